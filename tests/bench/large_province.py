"""A province of full size on PostgreSQL, or of four times that, written by SQL: for measurements of pages and folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from models.platform import Platform
from models.terms import Role
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.texts import regions

YEAR: Final = 2026
AT_ONCE: Final = 25
"""Platforms that are folded in one transaction."""
EACH: Final = 50
"""Enterprises that came to each activity, on average."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How large it is. Half of this year's activities wait for review; former years have cards for every platform."""

    clusters: int = 36
    counties: int = 200
    enterprises: int = 20_000
    activities: int = 6_000
    former_activities: int = 0
    former_years: int = 1


PROVINCE: Final = Scope()
"""With the fourteen cities 250 platforms."""

_SQL: Final = (
    """insert into enterprises (uscc, name, name_form, region_code, created_at)
    select '91430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业', '第' || n || '号企业',
        (array(select unnest(cast(:regions as text[]))))[1 + n % :number], now()
    from generate_series(1, :enterprises) n""",
    """insert into activities (code, platform_id, year, title, category, form, organisers, starts_at, ends_at, opens_at,
        closes_at, place, scene, short_code, published_at, stage, submitted_at, reviewed_at, version, created_at,
        is_backfilled)
    select 'L-' || n, p.id, year, '第' || n || '场服务活动',
        (array['brand', 'digital', 'listing', 'other'])[1 + n % 4],
        'onsite', '主办：' || p.name, day, day + interval '2 hours', day - interval '1 hour', day + interval '2 hours',
        '会议中心', 'L' || n, lpad((n % 100000)::text, 5, '0'), day - interval '3 days',
        case when n <= :activities / 2 then 'submitted' else 'approved' end, day + interval '3 days',
        case when n > :activities / 2 then day + interval '5 days' end, 1, day - interval '3 days', false
    from (select n, case when n <= :activities then :year else :year - 1 - n % :former_years end as year
        from generate_series(1, :activities + :former_activities) n) every
    join (select id, name, row_number() over (order by id) - 1 as place, count(*) over () as of_all from platforms) p
        on p.place = n % p.of_all,
    lateral (select make_timestamptz(year, 1 + n % 11, 1 + n % 20, 9, 0, 0, 'Asia/Shanghai') as day) d""",
    """insert into activity_platforms (activity_id, platform_id, part, asked_at, confirmed_at, awaits_review)
    select id, platform_id, 'host', published_at, published_at, false from activities""",
    """insert into check_ins (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, 1 + (a.id * 37 + n * 131) % :enterprises, 'code', 1, a.starts_at, a.starts_at
    from activities a, generate_series(1, 1 + a.id * a.platform_id * 37 % (2 * :each - 1)) n""",
)

_KEPT: Final = (
    """insert into scorecards (platform_id, year, scheme, base, bonus, total, awaited, pending_participations, tally,
        pending, pending_stages, readings, as_of)
    select platform_id, year - n, scheme, base, bonus, total, awaited, 0, tally, '{}', '{}', readings, as_of
    from scorecards, generate_series(1, :former_years) n""",
    """insert into month_scores (platform_id, year, month, total, kept_at)
    select platform_id, year, year || '-' || lpad(m::text, 2, '0'), total * m / 12, as_of
    from scorecards, generate_series(1, 12) m where year < :year or m < 12""",
)


def settle(database: Database, scope: Scope = PROVINCE) -> str:
    """Write everything and fold every platform-year; returns the openid of an official."""
    cities = regions.cities()
    counties = [county for city in cities for county in regions.counties_of(city.code)]
    with database.transaction() as session:
        for city in cities:
            builders.platform(session, code=city.code, name=f"{city.name}窗口平台", region_code=city.code)
        for number in range(scope.clusters):
            where, code = cities[number % len(cities)], f"JQ{number:02}"
            name = f"{where.name}第{number}产业集群窗口平台"
            builders.platform(session, code=code, name=name, kind="cluster", region_code=where.code)
        for number in range(scope.counties):
            county = counties[number % len(counties)]
            name = f"{county.full_name}{number // len(counties) or ''}窗口平台"
            builders.platform(session, code=f"X{number:03}", name=name, kind="county", region_code=county.code)
        official = builders.staff(session, role=Role.PROVINCE)
        given = {
            "regions": [county.code for county in counties],
            "number": len(counties),
            "enterprises": scope.enterprises,
            "activities": scope.activities,
            "former_activities": scope.former_activities,
            "former_years": scope.former_years,
            "each": EACH,
            "year": YEAR,
        }
        session.execute(sa.text(_SQL[0]), given)
        session.execute(sa.text("set local session_replication_role = replica"))  # no guard is asked a million times
        for statement in _SQL[1:]:
            session.execute(sa.text(statement), given)
        session.execute(sa.text("set local session_replication_role = origin"))
        session.execute(sa.text("update activities set stage = stage where stage = 'submitted'"))  # they wait now
        openid = session.execute(sa.text("select openid from persons where id = :id"), {"id": official.person_id})
        found = str(openid.scalar_one())
        every = session.scalars(sa.select(Platform.id)).all()
    _analyze(database)
    for start in range(0, len(every), AT_ONCE):
        with database.transaction() as session:
            tallies.fold_all(session, every[start : start + AT_ONCE], YEAR, builders.NOW)
    with database.transaction() as session:
        for statement in _KEPT:
            session.execute(sa.text(statement), {"year": YEAR, "former_years": scope.former_years})
    _analyze(database)
    return found


def _analyze(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
