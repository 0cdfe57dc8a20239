"""A world to scan in: running activities of today, and visitors whom the product knows; written by SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from tests import builders
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.texts import regions

PLATFORMS: Final = 50

_PEOPLE: Final = (
    """insert into enterprises (uscc, name, name_form, region_code, created_at)
    select '91430100MA' || lpad(n::text, 8, '0'), '第' || n || '号企业', '第' || n || '号企业', '430102', :before
    from generate_series(1, :people) n""",
    """insert into persons (openid, is_no_enterprise, is_following, created_at)
    select 'oBench-' || lpad(n::text, 20, '0'), false, true, :before from generate_series(1, :people) n""",
    """insert into contacts (person_id, enterprise_id, is_current, created_at)
    select p.id, e.id, true, :before from persons p
    join enterprises e on e.uscc = '91430100MA' || right(p.openid, 8) where p.openid like 'oBench-%'""",
)
_ACTIVITIES: Final = (
    """insert into activities (code, platform_id, year, title, category, form, organisers, starts_at, ends_at, opens_at,
        closes_at, place, scene, short_code, published_at, stage, version, created_at, is_backfilled)
    select :kind || n, p.id, :year, '第' || n || '场服务活动', 'digital', 'onsite', '主办：' || p.name,
        cast(:before as timestamptz) + interval '1 hour', cast(:after as timestamptz), :before, :after,
        '会议中心', :kind || n, lpad(((case :kind when 'h' then 50000 else 0 end) + n)::text, 5, '0'), :before,
        'published', 1, :before, false
    from generate_series(1, :activities) n
    join (select id, name, row_number() over (order by id) - 1 as place, count(*) over () as of_all from platforms) p
        on p.place = n % p.of_all""",
    """insert into activity_platforms (activity_id, platform_id, part, asked_at, confirmed_at, awaits_review)
    select id, platform_id, 'host', published_at, published_at, false from activities where scene like :kind || '%'""",
)
_HISTORY: Final = """insert into check_ins
        (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)
    select a.id, 1 + (a.id * 37 + n * 131) % :people, 'code', 1, :before, :before
    from activities a, generate_series(1, cast(:each as int)) n where a.scene like 'h%' on conflict do nothing"""


def openids(people: int) -> list[str]:
    """The openids of so many visitors."""
    return [f"oBench-{n:020}" for n in range(1, people + 1)]


def scenes(activities: int) -> list[str]:
    """The scenes of so many running activities; the platforms take turns."""
    return [f"s{n}" for n in range(1, activities + 1)]


def settle(database: Database, people: int, activities: int, history: int = 0) -> None:
    """Visitors with an enterprise each, activities that run now, and ``history`` check-ins at others."""
    now = datetime.now(UTC)
    given = {
        "people": people,
        "activities": activities,
        "before": now - timedelta(hours=6),
        "after": now + timedelta(hours=6),
        "year": years.last_day_of(now + timedelta(hours=6)).year,
        "kind": "s",
    }
    cities = regions.cities()
    with database.transaction() as session:
        for number in range(PLATFORMS):
            city = cities[number % len(cities)]
            builders.platform(session, code=f"B{number:03}", name=f"第{number}窗口平台", region_code=city.code)
        session.execute(sa.text("set local session_replication_role = replica"))
        for statement in (*_PEOPLE, *_ACTIVITIES):
            session.execute(sa.text(statement), given)
        if history:
            held = max(1, history * 2 // people)  # each is attended by half of all
            for statement in _ACTIVITIES:
                session.execute(sa.text(statement), given | {"kind": "h", "activities": held})
            session.execute(sa.text(_HISTORY), given | {"each": history // held})
