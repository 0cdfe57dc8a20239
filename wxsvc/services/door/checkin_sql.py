"""The statements of one scan, in both dialects' words. One read that decides, one statement that writes.

Rows depend on when people scanned, never on when WeChat delivered it: the earliest time stands, whoever comes first.
"""

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
    " and r.door = 'short_code' and r.scanned_at > :minute_ago and r.scanned_at <= :scanned_at"
    " and not (r.typed = :typed and r.scanned_at = :scanned_at))"
)
"""By the scans' own time, so that a delivery that comes again is not judged by what was typed since."""

_BY_OPENID, _BY_ID = "p.openid = :openid", "p.id = :person_id"


def _joined(table: str, name: str, condition: str, is_postgresql: bool) -> str:
    """The one row of a table, or nulls. Each is looked up by itself: a planner that believes a table empty joins freely
    and reads all of it, for as long as the connection keeps that plan. SQLite joins in this order anyway.
    """
    if not is_postgresql:
        return f"left join {table} {name} on {condition}"
    return f"left join lateral (select * from {table} {name} where {condition} offset 0) {name} on true"  # noqa: S608


def _read(door: Door, person: str, is_postgresql: bool) -> sa.TextualSelect:
    """Everything that decides one scan, in one row; what does not exist is null."""
    # The scans of a person are few, so the sub-queries cost nothing unless their row is there. They leave the planner
    # no index but the person's: "+ 0" and "coalesce" keep it from reading all scans of the activity instead.
    tables = " ".join(
        _joined(table, name, condition, is_postgresql)
        for table, name, condition in (
            ("persons", "p", person),
            ("activities", "a", _BY[door]),
            ("platforms", "l", "l.id = a.platform_id"),
            ("contacts", "c", "c.person_id = p.id and c.is_current"),
            ("enterprises", "e", "e.id = c.enterprise_id"),
            ("check_ins", "m", "m.activity_id = a.id and m.enterprise_id = e.id and m.undone_at is null"),
        )
    )
    return (
        sa.text(
            f"""
            select p.id as person_id, p.is_no_enterprise, p.created_at as met_at,
                   a.id as activity_id, a.code, a.title, a.stage, a.year, a.opens_at, a.closes_at,
                   l.name as platform_name, l.phone as platform_phone,
                   e.id as enterprise_id, e.name as enterprise_name, e.uscc, e.is_counted,
                   coalesce(e.uscc = l.operator_uscc, false) as is_own,
                   (e.id is null and exists (select 1 from contacts k where k.person_id = p.id)) as contacts,
                   m.id as check_in_id, m.person_id as checked_in_person_id, m.checked_in_at, m.voided_at,
                   m.door as checked_in_door, m.entered_by,
                   case when m.id is null then
                     (select max(u.undone_at) from check_ins u where u.activity_id + 0 = a.id and u.enterprise_id = e.id
                       and u.person_id = p.id and u.undone_at is not null) end as undone_at,
                   (select (select x.name from enterprises x where x.id = o.enterprise_id) from check_ins o
                     where o.person_id = p.id and o.activity_id + 0 = a.id and o.enterprise_id <> e.id
                       and coalesce(o.undone_at, o.voided_at) is null limit 1) as other_enterprise,
                   {_WRONG_TRIES if door is Door.SHORT_CODE else "0"} as wrong_tries
              from (select 1) as one {tables}
            """  # noqa: S608 - every part is a constant of this file
        )
        .bindparams(*(_instants("minute_ago", "scanned_at") if door is Door.SHORT_CODE else ()))
        .columns(
            is_no_enterprise=sa.Boolean(),
            met_at=Instant(),
            is_counted=sa.Boolean(),
            opens_at=Instant(),
            closes_at=Instant(),
            checked_in_at=Instant(),
            voided_at=Instant(),
            undone_at=Instant(),
        )
    )


def _instants(*names: str) -> tuple[sa.BindParameter[Any], ...]:
    return tuple(sa.bindparam(name, type_=Instant()) for name in names)


DOORS = tuple(_BY)

Reads = Mapping[tuple[Door, bool], sa.TextualSelect]
"""By door, and whether the database is PostgreSQL."""

_EACH = tuple((door, is_postgresql) for door in _BY for is_postgresql in (False, True))
_READ: Reads = {each: _read(each[0], _BY_OPENID, each[1]) for each in _EACH}
_READ_OF: Reads = {each: _read(each[0], _BY_ID, each[1]) for each in _EACH}


def read(connection: sa.Connection, door: Door, values: Mapping[str, Any]) -> Any:
    """The row that decides a scan through this door, of whoever has ``openid``, or of the person ``person_id``."""
    reads = _READ_OF if "person_id" in values else _READ
    return connection.execute(reads[door, connection.dialect.name == "postgresql"], values).one()


_COLUMNS = "activity_id, enterprise_id, person_id, door, evidence_grade, checked_in_at, received_at, entered_by"
_VALUES = ":" + _COLUMNS.replace(", ", ", :")
_INSERT = (
    f"insert into check_ins ({_COLUMNS}) values ({_VALUES})"  # noqa: S608 - constants
    " on conflict (activity_id, enterprise_id) where undone_at is null do nothing returning id"
)
_TIMES = _instants("checked_in_at", "received_at")

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


_AT = _instants("at", "received_at")

_ATTENDANCE = "insert into attendances (activity_id, person_id, enterprise_id, absence, attended_at, received_at)"
_EARLIEST = (
    " on conflict (activity_id, person_id) do update"
    " set attended_at = excluded.attended_at, received_at = excluded.received_at"
    " where excluded.attended_at < attendances.attended_at"
)

ATTEND = sa.text(
    f"{_ATTENDANCE} values (:activity_id, :person_id, :enterprise_id, :absence, :at, :received_at) {_EARLIEST}"
).bindparams(*_AT)


def _attend_beside(other: str, lock: str) -> sa.TextClause:
    # Whoever takes the check-in over in this moment comes before or after, so nobody is both.
    return sa.text(
        f"{_ATTENDANCE} select m.activity_id, :person_id, m.enterprise_id, 'colleague', :at, :received_at"  # noqa: S608
        f" from (select * from check_ins where id = :check_in_id and person_id {other} :person_id {lock}) m"
        f" where true {_EARLIEST}"
    ).bindparams(*_AT)


_BESIDE_POSTGRESQL = _attend_beside("is distinct from", "for share")
_BESIDE_SQLITE = _attend_beside("is not", "")


def attend_beside(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    """A colleague came, unless the check-in has become this person's own meanwhile."""
    connection.execute(_BESIDE_POSTGRESQL if connection.dialect.name == "postgresql" else _BESIDE_SQLITE, values)


REFUSE = sa.text(
    "insert into refused_scans (activity_id, person_id, typed, door, refusal, scanned_at, received_at)"
    " values (cast(:activity_id as bigint), :person_id, :typed, :door, :refusal, :at, :received_at)"
    " on conflict (person_id, typed, scanned_at) do update"
    " set activity_id = excluded.activity_id, door = excluded.door, refusal = excluded.refusal"
    " where excluded.door < refused_scans.door"
).bindparams(*_AT)

_HELD = (
    "select c.person_id, c.checked_in_at, c.received_at, c.door, c.voided_at, c.undone_at, p.openid,"
    " (select g.openid_hash from passages g where g.person_id = c.person_id and g.is_leaving limit 1) as openid_hash,"
    " exists (select 1 from log_entries l where l.subject = 'check_in' and l.subject_id = c.id) as is_touched,"
    " exists (select 1 from activities a join activity_platforms x on x.activity_id = a.id join platform_years y"
    " on y.platform_id = x.platform_id and y.year = a.year where a.id = c.activity_id and x.confirmed_at is not null"
    " and y.sealed_at is not null) as is_sealed"
    " from check_ins c left join persons p on p.id = c.person_id where c.id = :check_in_id"
)


def held(connection: sa.Connection, check_in_id: int) -> Any:
    """Who holds a check-in, and since when; nobody else changes it until the transaction ends."""
    lock = " for update of c" if connection.dialect.name == "postgresql" else ""
    columns = {name: Instant() for name in ("checked_in_at", "received_at", "voided_at", "undone_at")}
    return connection.execute(sa.text(_HELD + lock).columns(**columns), {"check_in_id": check_in_id}).one()


TAKE_OVER = sa.text(
    "update check_ins set person_id = :person_id, door = :door, evidence_grade = :evidence_grade,"
    " checked_in_at = :at, received_at = :received_at where id = :check_in_id"
).bindparams(*_AT)

NO_COLLEAGUE = sa.text(
    "delete from attendances where activity_id = :activity_id and person_id = :person_id and absence = 'colleague'"
)
