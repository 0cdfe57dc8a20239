"""What a merge writes, row by row with what stood there before, and how undo takes it back.

A row that somebody changed since, or that a seal keeps by now, is left as it is found: later work is never lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from models.checkin import Attendance, CheckIn
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.person import Contact
from models.terms import Absence, DisputeState, DisputeSubject
from models.types import Instant
from wxsvc.services.people.merge_plans import (
    CHECK_INS,
    CONTACTS,
    DISPUTES,
    Row,
    RowMove,
    Seals,
    is_link,
    survivor_is_kepts,
)

Values = dict[str, Any]


class Changes:
    """The rows that one merge changes, kept in order."""

    def __init__(self, session: Session, merge: EnterpriseMerge) -> None:
        self._session, self._merge = session, merge
        self.made: list[Values] = []

    def update(self, table: sa.Table, row: Row, **values: Any) -> None:
        """Write the values and keep those that stood there; the key is found again by what was written."""
        changed = {name: value for name, value in values.items() if row[name] != value}
        key = {column.name: row[column.name] for column in table.primary_key.columns}
        self._session.execute(sa.update(table).where(*_is(table, key)).values(changed))
        self._keep("updated", table, key | changed if is_link(table) else key, {name: row[name] for name in changed})
        self.made[-1]["now"] = _plain(changed)

    def delete(self, table: sa.Table, row: Row) -> None:
        """Set a link aside: it says what another one says already."""
        key = {column.name: row[column.name] for column in table.primary_key.columns}
        self._session.execute(sa.delete(table).where(*_is(table, key)))
        self._keep("deleted", table, key, row)

    def added(self, table: sa.Table, key: Values) -> None:
        """A row was inserted."""
        self._keep("added", table, key, {})

    def _keep(self, deed: str, table: sa.Table, key: Values, was: Values) -> None:
        key = {name: value for name, value in key.items() if name in table.primary_key.columns}
        self.made.append({"deed": deed, "table": table.name, "key": _plain(key), "was": _plain(was)})


def apply(
    session: Session,
    merge: EnterpriseMerge,
    moves: Iterable[RowMove],
    kept: Enterprise,
    merged: Enterprise,
    now: datetime,
) -> None:
    """Move the rows, set the second of two aside, and let the merged enterprise lead to the kept one."""
    changes = Changes(session, merge)
    for move in moves:
        if move.stays:
            continue
        if move.name == CHECK_INS:
            _move_check_in(session, changes, merge, move, now)
        elif is_link(move.table) and move.twin is not None:
            changes.delete(move.table, move.row)
            if move.name == CONTACTS and move.row["is_current"]:
                changes.update(move.table, move.twin, is_current=True)
        else:
            changes.update(move.table, move.row, enterprise_id=kept.id)
    if kept.region_code is None and merged.region_code is not None:
        before: Row = {"id": kept.id, "region_code": None}
        changes.update(Base.metadata.tables["enterprises"], before, region_code=merged.region_code)
    merge.changes = changes.made
    session.execute(
        sa.update(Enterprise)
        .where(sa.or_(Enterprise.id == merged.id, Enterprise.merged_into_id == merged.id))
        .values(merged_into_id=kept.id)
    )


def _move_check_in(session: Session, changes: Changes, merge: EnterpriseMerge, move: RowMove, now: datetime) -> None:
    """Two check-ins at one activity are one 家次: the other one is set aside, who made it came as a colleague."""
    if move.twin is not None:
        lost, stays = move.row, move.twin
        if not survivor_is_kepts(move.row, move.twin):
            lost, stays = stays, lost
        emptied = dict.fromkeys(("voided_at", "voided_by", "void_reason"))
        changes.update(move.table, lost, undone_at=now, set_aside_by=merge.id, **emptied)
        _redirect_disputes(session, changes, lost["id"], stays["id"])
        if lost["voided_at"] is None and lost["person_id"] not in (None, stays["person_id"]):
            _attend(session, changes, merge, lost)
    changes.update(move.table, move.row, enterprise_id=merge.kept_id)


def _redirect_disputes(session: Session, changes: Changes, lost_id: int, stays_id: int) -> None:
    """An open objection to the check-in that is set aside is one to the other, unless that has one already."""
    table = Base.metadata.tables[DISPUTES]
    about = sa.and_(table.c.subject == DisputeSubject.CHECK_IN, table.c.state == DisputeState.OPEN)
    if session.scalar(sa.select(table.c.id).where(about, table.c.subject_id == stays_id).limit(1)) is None:
        for row in session.execute(sa.select(table).where(about, table.c.subject_id == lost_id)).mappings().all():
            changes.update(table, dict(row), subject_id=stays_id)


def _attend(session: Session, changes: Changes, merge: EnterpriseMerge, lost: Row) -> None:
    came = {"activity_id": lost["activity_id"], "person_id": lost["person_id"]}
    is_in = sa.select(CheckIn.id).filter_by(**came).where(CheckIn.is_live, CheckIn.id != lost["id"])
    if session.scalar(sa.select(Attendance.id).filter_by(**came)) or session.scalar(is_in.limit(1)):
        return
    row = Attendance(
        **came,
        enterprise_id=merge.kept_id,
        absence=Absence.COLLEAGUE,
        attended_at=lost["checked_in_at"],
        received_at=lost["received_at"],
    )
    session.add(row)
    session.flush()
    changes.added(Base.metadata.tables["attendances"], {"id": row.id})


def take_back(session: Session, merge: EnterpriseMerge) -> int:
    """Give the rows back, the last change first; how many are left as they are. The enterprises are apart by now."""
    seals = Seals(session)
    return sum(not _take_back(session, merge, change, seals) for change in reversed(merge.changes or []))


def _take_back(session: Session, merge: EnterpriseMerge, change: Values, seals: Seals) -> bool:
    table = Base.metadata.tables[change["table"]]
    key, was = _read(table, change["key"]), _read(table, change["was"])
    if change["deed"] == "deleted":
        return _give_back(session, merge, table, was, seals)
    row = session.execute(sa.select(table).where(*_is(table, key))).mappings().first()
    found = dict(row or {})
    if not found or seals.freeze(table.name, found):
        return False
    if change["deed"] == "added":
        session.execute(sa.delete(table).where(*_is(table, key)))
        return True
    now = _read(table, change["now"])
    if any(found[name] != value for name, value in now.items()):
        return False
    if table.name == CHECK_INS and "set_aside_by" in was and was["undone_at"] is None and _is_taken(session, found):
        return False
    session.execute(sa.update(table).where(*_is(table, key)).values(was))
    return True


def _give_back(session: Session, merge: EnterpriseMerge, table: sa.Table, was: Values, seals: Seals) -> bool:
    """A link that was set aside: given back while the kept enterprise's own is there, else both were ended since."""
    key = {column.name: was[column.name] for column in table.primary_key.columns}
    own = session.execute(sa.select(table).where(*_is(table, key | {"enterprise_id": merge.kept_id}))).first()
    if own is None or seals.freeze(table.name, was):
        return False
    if table.name == CONTACTS and was["is_current"]:
        current = sa.select(Contact.person_id).where(Contact.person_id == was["person_id"], Contact.is_current)
        was["is_current"] = session.scalar(current) is None  # they chose another one since
    session.execute(sa.insert(table).values(was))
    return True


def _is_taken(session: Session, row: Row) -> bool:
    """Whether another check-in holds the enterprise's place by now."""
    query = sa.select(CheckIn.id).where(
        CheckIn.activity_id == row["activity_id"], CheckIn.enterprise_id == row["enterprise_id"], CheckIn.holds_place
    )
    return session.scalar(query) is not None


def _is(table: sa.Table, key: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.items()]


def _plain(values: Mapping[str, Any]) -> Values:
    """As JSON."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _read(table: sa.Table, values: Mapping[str, Any]) -> Values:
    """Back from JSON, by the types of the columns."""
    return {name: _value(table.c[name].type, value) for name, value in values.items()}


def _value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    return datetime.fromisoformat(value) if value is not None and isinstance(kind, Instant) else value
