"""The statements that write a scan, for both databases; ``scans`` has the one that reads.

Rows depend on when people scanned, never on when WeChat delivered it: of two times the earlier one is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from models.activity import Activity
from models.types import Instant
from wxsvc.hot_statements import HotStatement
from wxsvc.services import counting_years


def _instants(*names: str) -> tuple[sa.BindParameter[Any], ...]:
    return tuple(sa.bindparam(name, type_=Instant()) for name in names)


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
_INSERT_ONCE = HotStatement(_POSTGRESQL, sa.text(_INSERT).bindparams(*_TIMES))
_SQLITE_CHANGES = HotStatement(
    sa.text(
        "insert into changes (platform_id, year, made_at)"
        " select platform_id, :year, :received_at from activity_platforms"
        " where activity_id = :activity_id and confirmed_at is not null"
    ).bindparams(*_instants("received_at"))
)


def insert_once(connection: sa.Connection, values: Mapping[str, Any]) -> int | None:
    """The new check-in's id, with its change on the work list; None when the enterprise has one here already."""
    row = _INSERT_ONCE.row(connection, values)
    if row is None:
        return None
    if connection.dialect.name == "sqlite":
        _SQLITE_CHANGES.row(connection, values)
    return int(row[0])


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
    # The lock orders this before or after a take-over, so nobody has the check-in and an attendance as well.
    return sa.text(
        f"{_ATTENDANCE} select m.activity_id, :person_id, m.enterprise_id, 'colleague', :at, :received_at"  # noqa: S608
        f" from (select * from check_ins where id = :check_in_id and person_id {other} :person_id {lock}) m"
        f" where true {_EARLIEST}"
    ).bindparams(*_AT)


_BESIDE_POSTGRESQL = _attend_beside("is distinct from", "for share")
_BESIDE_SQLITE = _attend_beside("is not", "")


def attend_beside(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    """Note a colleague's attendance, unless the check-in has become this person's own since it was read."""
    connection.execute(_BESIDE_POSTGRESQL if connection.dialect.name == "postgresql" else _BESIDE_SQLITE, values)


REFUSE = sa.text(
    "insert into refused_scans (activity_id, person_id, typed, door, refusal, scanned_at, received_at)"
    " values (cast(:activity_id as bigint), :person_id, :typed, :door, :refusal, :at, :received_at)"
    " on conflict (person_id, typed, scanned_at) do update"
    " set activity_id = excluded.activity_id, door = excluded.door, refusal = excluded.refusal"
    " where excluded.door < refused_scans.door"
).bindparams(*_AT)

REFUSE_UNKNOWN = sa.text(
    "insert into refused_scans (activity_id, person_id, typed, door, refusal, scanned_at, received_at)"
    " select cast(:activity_id as bigint), cast(:person_id as bigint), cast(:typed as varchar(64)),"
    " cast(:door as varchar(32)), cast(:refusal as varchar(32)), :at, :received_at"
    " where (select count(*) from refused_scans r where r.person_id = :person_id and r.refusal = 'unknown_code'"
    " and r.scanned_at > :minute_ago and r.scanned_at <= :at and not (r.typed = :typed and r.scanned_at = :at)) < :most"
    " on conflict (person_id, typed, scanned_at) do nothing"
).bindparams(*_instants("at", "received_at", "minute_ago"))
"""For a code of no activity: the first few of a minute tell all, and whoever guesses on fills no table."""

_HELD = (
    "select c.person_id, c.checked_in_at, c.received_at, c.door, c.voided_at, c.undone_at, p.openid,"
    " (select g.openid_hash from passages g where g.person_id = c.person_id and g.is_leaving limit 1) as openid_hash,"
    " exists (select 1 from log_entries l where l.subject = 'check_in' and l.subject_id = c.id"
    " limit 1 offset 0) as is_touched,"
    " {is_sealed} as is_sealed"
    " from check_ins c left join persons p on p.id = c.person_id where c.id = :check_in_id"
)


class HeldCheckIn(NamedTuple):
    """Whose a check-in is, and since when; read under a lock. The fields are in the order of ``_HELD``."""

    person_id: int | None
    checked_in_at: datetime
    received_at: datetime
    door: str
    voided_at: datetime | None
    undone_at: datetime | None
    openid: str | None
    openid_hash: str | None
    """The keyed hash of the openid, of somebody who left in these minutes."""
    is_touched: bool
    """Whether the log has an entry about it: staff voided, revived or entered it, or the visitor undid it."""
    is_sealed: bool
    """Whether it counts in a platform-year that is sealed."""


_HELD_TYPES: dict[str, Any] = {
    **dict.fromkeys(("checked_in_at", "received_at", "voided_at", "undone_at"), Instant()),
    **dict.fromkeys(("is_touched", "is_sealed"), sa.Boolean()),
}
_HELD_COLUMNS = tuple(sa.column(name, _HELD_TYPES.get(name)) for name in HeldCheckIn._fields)


def _held_statement(dialect: sa.Dialect, lock: str = "") -> sa.TextualSelect:
    of_it = sa.exists().where(Activity.id == sa.literal_column("c.activity_id"), counting_years.ACTIVITY_IS_SEALED)
    is_sealed = str(of_it.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return sa.text(_HELD.format(is_sealed=is_sealed) + lock).columns(*_HELD_COLUMNS)


_HELD_POSTGRESQL = _held_statement(postgresql.dialect(), " for update of c")  # type: ignore[no-untyped-call]
_HELD_SQLITE = _held_statement(sqlite.dialect())


def held(connection: sa.Connection, check_in_id: int | None) -> HeldCheckIn:
    """Lock a check-in until the transaction ends, and read whose it is."""
    statement = _HELD_POSTGRESQL if connection.dialect.name == "postgresql" else _HELD_SQLITE
    return HeldCheckIn._make(connection.execute(statement, {"check_in_id": check_in_id}).one())


TAKE_OVER = sa.text(
    "update check_ins set person_id = :person_id, door = :door, evidence_grade = :evidence_grade,"
    " checked_in_at = :at, received_at = :received_at where id = :check_in_id"
).bindparams(*_AT)

NO_COLLEAGUE = sa.text(
    "delete from attendances where activity_id = :activity_id and person_id = :person_id and absence = 'colleague'"
)

CHANGED_SINCE = sa.text(
    "select exists (select 1 from log_entries where subject = 'person' and subject_id = :person_id and done_at > :at)"
).bindparams(*_instants("at"))
"""Whether a person has changed for whom they stand, or deleted what was kept of them: each has its entry in the log."""
