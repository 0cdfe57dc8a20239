"""One scan as it came (``Scan``), and all that the database knows about it (``ScanFacts``), read by one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec import Struct

from models.terms import Absence, Door
from models.types import Instant
from wxsvc.hot_statements import HotStatement

_BY = {
    Door.CODE: "a.scene = :typed",
    Door.MENU: "a.code = :typed",
    Door.SHORT_CODE: "a.short_code = :typed and a.stage = 'published'",
    Door.PAGE: "a.code = :typed",
    Door.SCREEN: "a.code = :typed",
}

OWN_SCAN, WEAKER, LATE = 1, 2, 3
GRADE_OF = dict.fromkeys(_BY, OWN_SCAN) | {Door.PAGE: WEAKER}
"""证据等级 of a visitor's own scan: whoever opens a printed address need not have stood before it."""


REFUSED: Final = "refused"
"""A word of ``ScanFacts.became``: it was no check-in."""


class Scan(Struct, frozen=True):
    """One scan as it came: who, which code by which door, when in WeChat's clock and when in ours.

    ``typed`` is the scene for the door ``CODE``, the five digits for ``SHORT_CODE``, and the activity's own code for
    ``MENU``, ``PAGE`` and ``SCREEN``. An earlier scan that is completed has the activity's own code too, and says so by
    ``found_by``: the next activity may have the same short code.
    """

    openid: str
    typed: str
    door: Door
    scanned_at: datetime
    received_at: datetime
    evidence_grade: int | None = None
    """Given only where it differs from the door's grade."""
    found_by: Door | None = None
    is_code_expired: bool = False
    """Whether the code was read from a screen that shows another one since."""

    @property
    def grade(self) -> int:
        """证据等级 of the check-in that this scan becomes."""
        return self.evidence_grade or GRADE_OF[self.door]


class ScanFacts(NamedTuple):
    """The one row that decides a scan. What does not exist is None: the person, the activity, their enterprise, …"""

    person_id: int | None
    is_no_enterprise: bool | None
    """我不代表企业, as the person said when enrolling."""
    met_at: datetime | None
    """When the person was first seen; an older scan of the same openid may be somebody else's (``following``)."""

    activity_id: int | None
    code: str | None
    title: str | None
    stage: str | None
    """A word of ``Stage``."""
    year: int | None
    opens_at: datetime | None
    """Window of check-in; drafts may lack it."""
    closes_at: datetime | None

    platform_name: str | None
    platform_phone: str | None

    enterprise_id: int | None
    """The enterprise that the person stands for now."""
    enterprise_name: str | None
    uscc: str | None
    is_counted: bool | None
    """Whether it counts as a 家次; without ``uscc`` that is still open (统一社会信用代码待核)."""
    is_own: bool
    """Whether the enterprise is the operator of the platform itself."""
    must_choose: bool
    """Whether the person has enterprises and stands for none of them now."""

    check_in_id: int | None
    """The enterprise's check-in at this activity that was not undone; staff may have voided it."""
    checked_in_person_id: int | None
    checked_in_at: datetime | None
    voided_at: datetime | None
    checked_in_door: str | None
    """A word of ``Door``."""
    entered_by: int | None
    """The member of staff who entered it, if it was no scan."""

    became: str | None
    """The row that this very scan has already, ``check_in`` or ``refused``: of WeChat's second and the door, or of the
    page where it was completed since."""
    attended_at: datetime | None
    """When the person first came here without a 家次 (到场)."""
    is_forgotten: bool
    """Whether what was kept of the person was deleted in these minutes, at their wish or as WeChat told."""
    undone_at: datetime | None
    """When the person last undid a check-in here after this scan; not where an earlier one stands since."""
    is_undone_beside: bool
    """Whether the enterprise was in when this scan was made, by somebody else who has undone it since."""
    other_enterprise: str | None
    """Name of an enterprise that the person checked in at this activity, and does not stand for now."""
    wrong_tries: int
    """Unknown short codes typed within the minute before; 0 for every other door."""

    @property
    def absence(self) -> Absence | None:
        """Why the visitor's arrival is attendance (到场) only; None where it is a check-in."""
        if self.enterprise_id is None:
            return Absence.NOT_AN_ENTERPRISE
        if self.is_own:
            return Absence.OWN_PEOPLE
        return Absence.PUBLIC_BODY if self.uscc is not None and not self.is_counted else None


def read(connection: sa.Connection, scan: Scan, person_id: int | None = None) -> ScanFacts:
    """Read what decides the scan: of the person with its openid, or of the person ``person_id``."""
    door = scan.found_by or scan.door
    values: dict[str, Any] = {"typed": scan.typed, "scanned_at": scan.scanned_at, "door": scan.door.value}
    values["is_code_expired"] = scan.is_code_expired
    if door is Door.SHORT_CODE:
        values["minute_ago"] = scan.scanned_at - timedelta(minutes=1)
    values |= {"openid": scan.openid} if person_id is None else {"person_id": person_id}
    row = (_READ if person_id is None else _READ_OF)[door].row(connection, values)
    if row is None:
        raise RuntimeError("the read of a scan gives one row always")
    return ScanFacts._make(row)


class WrittenScan(NamedTuple):
    """What the visitor is told of a scan that ``write_plain`` has written."""

    check_in_id: int
    activity_code: str
    activity_title: str
    platform_name: str
    platform_phone: str | None
    enterprise_name: str
    is_counted: bool | None
    opens_at: datetime
    closes_at: datetime


def write_plain(connection: sa.Connection, scan: Scan) -> WrittenScan | None:
    """PostgreSQL: write the check-in of a plain scan, and its change; None where the scan is not plain.

    One statement, one round trip, one transaction. Where it is not plain nothing is written, and the facts decide
    (``read``). Raises ``IntegrityError`` where a guard refuses the row.
    """
    values = {
        "openid": scan.openid,
        "typed": scan.typed,
        "door": scan.door.value,
        "evidence_grade": scan.grade,
        "scanned_at": scan.scanned_at,
        "received_at": scan.received_at,
        "minute_ago": scan.scanned_at - timedelta(minutes=1),
    }
    row = _WRITE_PLAIN[scan.door].row(connection, values)
    return None if row is None else WrittenScan._make(row)


# The scans of a person are few, so the sub-queries cost nothing unless their row is there. They leave the planner
# no index but the person's: "+ 0" and "coalesce" keep it from reading all scans of the activity instead, and "limit 1
# offset 0" from reading a whole table once for all persons, which PostgreSQL 18 does even where that is switched off.
_SOURCE = {
    "person_id": "p.id",
    "is_no_enterprise": "p.is_no_enterprise",
    "met_at": "p.created_at",
    "activity_id": "a.id",
    "code": "a.code",
    "title": "a.title",
    "stage": "a.stage",
    "year": "a.year",
    "opens_at": "a.opens_at",
    "closes_at": "a.closes_at",
    "platform_name": "l.name",
    "platform_phone": "l.phone",
    "enterprise_id": "e.id",
    "enterprise_name": "e.name",
    "uscc": "e.uscc",
    "is_counted": "e.is_counted",
    "is_own": "coalesce(e.uscc = l.operator_uscc, false)",
    "must_choose": "(e.id is null and exists (select 1 from contacts k where k.person_id = p.id limit 1 offset 0))",
    "check_in_id": "m.id",
    "checked_in_person_id": "m.person_id",
    "checked_in_at": "m.checked_in_at",
    "voided_at": "m.voided_at",
    "checked_in_door": "m.door",
    "entered_by": "m.entered_by",
    "became": (
        "case when exists (select 1 from check_ins b where b.person_id = p.id and b.activity_id + 0 = a.id"
        " and b.checked_in_at = :scanned_at and b.door in (:door, 'page') limit 1 offset 0) then 'check_in'"
        " when exists (select 1 from refused_scans b where b.person_id = p.id and b.scanned_at = :scanned_at"
        " and (b.typed = :typed or b.activity_id = a.id) and b.door = :door"
        " and (b.refusal <> 'code_expired' or :is_code_expired) limit 1 offset 0) then 'refused' end"
    ),
    "attended_at": "(select t.attended_at from attendances t where t.activity_id = a.id and t.person_id = p.id)",
    "is_forgotten": (
        "(p.erased_at is not null and exists (select 1 from passages g"
        " where g.person_id = p.id and g.is_final limit 1 offset 0))"
    ),
    "undone_at": (
        "(select max(u.undone_at) from check_ins u where u.activity_id + 0 = a.id and u.person_id = p.id"
        " and u.undone_at > :scanned_at"
        " and (u.checked_in_at <= :scanned_at or m.id is null or u.undone_at <= m.checked_in_at))"
    ),
    "is_undone_beside": (
        "exists (select 1 from check_ins u where u.activity_id = a.id and u.undone_at > :scanned_at"
        " and u.checked_in_at <= :scanned_at and u.enterprise_id = e.id and u.set_aside_by is null"
        " and (u.person_id is null or u.person_id <> p.id) limit 1 offset 0)"
    ),
    "other_enterprise": (
        "(select (select x.name from enterprises x where x.id = o.enterprise_id) from check_ins o"
        " where o.person_id = p.id and o.activity_id + 0 = a.id"
        " and (e.id is null or o.enterprise_id <> e.id)"
        " and coalesce(o.undone_at, o.voided_at) is null limit 1)"
    ),
    "wrong_tries": "0",
}
"""Where each of the ``ScanFacts`` comes from; the statement lists them in the order of that type."""

_WRONG_TRIES = (
    "(select count(*) from refused_scans r where r.person_id = p.id and r.refusal = 'unknown_code'"
    " and r.door = 'short_code' and r.scanned_at > :minute_ago and r.scanned_at <= :scanned_at"
    " and not (r.typed = :typed and r.scanned_at = :scanned_at))"
)
"""By the scans' own time, so that a delivery that comes again is not judged by what was typed since."""


def _joined(table: str, name: str, condition: str, is_postgresql: bool) -> str:
    """The one row of a table, or nulls. Each is looked up by itself: a planner that believes a table empty joins freely
    and reads all of it, for as long as the connection keeps that plan. SQLite joins in this order anyway.
    """
    if not is_postgresql:
        return f"left join {table} {name} on {condition}"
    return f"left join lateral (select * from {table} {name} where {condition} offset 0) {name} on true"  # noqa: S608


_INSTANTS = frozenset({"met_at", "opens_at", "closes_at", "checked_in_at", "voided_at", "undone_at", "attended_at"})
_BOOLEANS = frozenset({"is_no_enterprise", "is_counted", "is_own", "must_choose", "is_forgotten", "is_undone_beside"})


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(name, Instant() if name in _INSTANTS else sa.Boolean() if name in _BOOLEANS else None)


_COLUMNS = tuple(_column(name) for name in ScanFacts._fields)
"""Given by position: of columns given by name SQLAlchemy works out the places again at every execution."""


def _statement(door: Door, person: str, is_postgresql: bool) -> sa.TextClause:
    source = _SOURCE | ({"wrong_tries": _WRONG_TRIES} if door is Door.SHORT_CODE else {})
    columns = ", ".join(f"{source[name]} as {name}" for name in ScanFacts._fields)
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
    times = ("minute_ago", "scanned_at") if door is Door.SHORT_CODE else ("scanned_at",)
    text = f"select {columns} from (select 1) as one {tables}"  # noqa: S608 - every part is a constant of this file
    return sa.text(text).bindparams(*(sa.bindparam(name, type_=Instant()) for name in times))


def _reads(person: str) -> Mapping[Door, HotStatement]:
    return {
        door: HotStatement(_statement(door, person, True), _statement(door, person, False).columns(*_COLUMNS))
        for door in _BY
    }


def _writing(door: Door) -> HotStatement:
    """Plain is narrower than what ``checkins`` takes: in the window, by somebody met before who has no row at this
    activity yet, not even an undone one, for an enterprise that has none, no repeat of a scan that was refused, not
    made before somebody undid a check-in here, and nothing that asks for more.

    Each row is looked up by itself, as in ``_joined``.
    """
    is_typed = door is Door.SHORT_CODE
    times = ["scanned_at", "received_at"] + (["minute_ago"] if is_typed else [])
    return HotStatement(
        sa.text(
            f"""
            with plain as (
                select p.id as person_id, e.id as enterprise_id, e.name as enterprise_name, e.is_counted,
                       a.id as activity_id, a.year, a.code, a.title, a.opens_at, a.closes_at,
                       l.name as platform_name, l.phone
                  from (select id from persons where openid = :openid and created_at <= :scanned_at offset 0) p
                 cross join lateral (select enterprise_id from contacts where person_id = p.id and is_current
                       offset 0) c
                 cross join lateral (select id, name, uscc, is_counted from enterprises
                       where id = c.enterprise_id and (uscc is null or is_counted) offset 0) e
                 cross join lateral (select id, year, code, title, opens_at, closes_at, platform_id from activities a
                       where {_BY[door]} and stage in ('published', 'submitted', 'returned', 'approved')
                       and :scanned_at between opens_at and closes_at offset 0) a
                 cross join lateral (select name, phone from platforms
                       where id = a.platform_id and (operator_uscc = e.uscc) is not true offset 0) l
                 where not exists (
                       select from check_ins m where m.person_id = p.id and m.activity_id + 0 = a.id
                       union all
                       select from attendances t where t.activity_id = a.id and t.person_id = p.id
                       union all
                       select from refused_scans r where r.person_id = p.id and r.typed = :typed
                          and r.scanned_at = :scanned_at
                       union all
                       select from check_ins u where u.activity_id = a.id and u.undone_at > :scanned_at
                       offset 0) {f"and {_WRONG_TRIES} = 0" if is_typed else ""}
            ), i as (
                insert into check_ins
                       (activity_id, enterprise_id, person_id, door, evidence_grade, checked_in_at, received_at)
                select activity_id, enterprise_id, person_id, :door, cast(:evidence_grade as smallint),
                       :scanned_at, :received_at from plain
                    on conflict (activity_id, enterprise_id) where undone_at is null do nothing
                returning id, activity_id
            ), w as (
                insert into changes (platform_id, year, made_at)
                select p.platform_id, plain.year, :received_at from plain, i
                 cross join lateral (select platform_id from activity_platforms
                       where activity_id = i.activity_id and confirmed_at is not null offset 0) p
            )
            select i.id, code, title, platform_name, phone, enterprise_name, is_counted, opens_at, closes_at
              from plain, i
            """  # noqa: S608 - every part is a constant of this file
        ).bindparams(*(sa.bindparam(name, type_=Instant()) for name in times))
    )


_READ = _reads("p.openid = :openid")
_READ_OF = _reads("p.id = :person_id")
_WRITE_PLAIN = {door: _writing(door) for door in _BY}
