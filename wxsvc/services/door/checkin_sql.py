"""The statements of one scan, in both dialects' words. One read that decides, one statement that writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa

from models.terms import Door
from models.types import Instant

_BY = {
    Door.CODE: "a.scene = :typed",
    Door.MENU: "a.code = :typed",
    Door.SHORT_CODE: "a.short_code = :typed and a.stage = 'published'",
    Door.PAGE: "a.code = :typed",
    Door.SCREEN: "a.code = :typed",
}

_WRONG_TRIES = (
    "(select count(*) from refused_scans r where r.person_id = p.id and r.refusal = 'unknown_code'"
    " and r.door = 'short_code' and r.received_at > :minute_ago)"
)


def _read(door: Door) -> sa.TextualSelect:
    """Everything that decides one scan, in one row; what does not exist is null."""
    # The scans of a person are few, so the sub-queries cost nothing unless their row is there.
    return (
        sa.text(
            f"""
            select p.id as person_id, p.is_no_enterprise, a.id as activity_id, a.code, a.title, a.stage, a.year,
                   a.opens_at, a.closes_at, l.name as platform_name, l.phone as platform_phone,
                   e.id as enterprise_id, e.name as enterprise_name, e.uscc, e.is_counted,
                   coalesce(e.uscc = l.operator_uscc, false) as is_own,
                   (e.id is null and exists (select 1 from contacts k where k.person_id = p.id)) as contacts,
                   m.id as check_in_id, m.person_id as checked_in_person_id, m.checked_in_at, m.voided_at,
                   (select x.name from check_ins o join enterprises x on x.id = o.enterprise_id
                     where o.person_id = p.id and o.activity_id = a.id and o.enterprise_id <> e.id
                       and o.undone_at is null and o.voided_at is null limit 1) as other_enterprise,
                   {_WRONG_TRIES if door is Door.SHORT_CODE else "0"} as wrong_tries
              from (select 1) as one
              left join persons p on p.openid = :openid
              left join activities a on {_BY[door]}
              left join platforms l on l.id = a.platform_id
              left join contacts c on c.person_id = p.id and c.is_current
              left join enterprises e on e.id = c.enterprise_id
              left join check_ins m on m.activity_id = a.id and m.enterprise_id = e.id and m.undone_at is null
            """  # noqa: S608 - every part is a constant of this file
        )
        .bindparams(*((sa.bindparam("minute_ago", type_=Instant()),) if door is Door.SHORT_CODE else ()))
        .columns(
            is_no_enterprise=sa.Boolean(),
            is_counted=sa.Boolean(),
            opens_at=Instant(),
            closes_at=Instant(),
            checked_in_at=Instant(),
            voided_at=Instant(),
        )
    )


READ: Mapping[Door, sa.TextualSelect] = {door: _read(door) for door in _BY}

_COLUMNS = "activity_id, enterprise_id, person_id, door, evidence_grade, checked_in_at, received_at, entered_by"
_VALUES = ":" + _COLUMNS.replace(", ", ", :")
_INSERT = (
    f"insert into check_ins ({_COLUMNS}) values ({_VALUES})"  # noqa: S608 - constants
    " on conflict (activity_id, enterprise_id) where undone_at is null do nothing returning id"
)
_TIMES = (sa.bindparam("checked_in_at", type_=Instant()), sa.bindparam("received_at", type_=Instant()))

_POSTGRESQL = sa.text(
    f"""
    with i as ({_INSERT}),
         w as (insert into changes (platform_id, year, made_at)
               select p.platform_id, cast(:year as smallint), :received_at from activity_platforms p, i
                where p.activity_id = :activity_id and p.confirmed_at is not null)
    select id from i
    """  # noqa: S608 - constants
).bindparams(*_TIMES)
_SQLITE = sa.text(_INSERT).bindparams(*_TIMES)
_SQLITE_CHANGES = sa.text(
    "insert into changes (platform_id, year, made_at)"
    " select platform_id, :year, :received_at from activity_platforms"
    " where activity_id = :activity_id and confirmed_at is not null"
).bindparams(sa.bindparam("received_at", type_=Instant()))


def insert_once(connection: sa.Connection, values: Mapping[str, Any]) -> int | None:
    """The new check-in's id, its change already on the work list; None when the place is taken."""
    if connection.dialect.name == "postgresql":
        return cast("int | None", connection.scalar(_POSTGRESQL, values))
    check_in_id: int | None = connection.scalar(_SQLITE, {name: values[name] for name in _COLUMNS.split(", ")})
    if check_in_id is not None:
        changed = {name: values[name] for name in ("year", "received_at", "activity_id")}
        connection.execute(_SQLITE_CHANGES, changed)
    return check_in_id


WINNER = sa.text(
    "select id, person_id, checked_in_at from check_ins"
    " where activity_id = :activity_id and enterprise_id = :enterprise_id and undone_at is null"
).columns(checked_in_at=Instant())

_AT = (sa.bindparam("at", type_=Instant()), sa.bindparam("received_at", type_=Instant()))

ATTEND = sa.text(
    "insert into attendances (activity_id, person_id, enterprise_id, absence, attended_at, received_at)"
    " values (:activity_id, :person_id, :enterprise_id, :absence, :at, :received_at)"
    " on conflict (activity_id, person_id) do nothing"
).bindparams(*_AT)

MEET = sa.text(
    "insert into persons (openid, is_no_enterprise, is_following, created_at) values (:openid, false, false, :at)"
    " on conflict (openid) do nothing"
).bindparams(sa.bindparam("at", type_=Instant()))

REFUSE = sa.text(
    "insert into refused_scans (activity_id, person_id, typed, door, refusal, scanned_at, received_at)"
    " select cast(:activity_id as bigint), p.id, :typed, :door, :refusal, :at, :received_at from persons p"
    " where p.openid = :openid on conflict (person_id, typed, scanned_at) do nothing"
).bindparams(*_AT)
