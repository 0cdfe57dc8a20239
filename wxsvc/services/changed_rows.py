"""变更前后: what a row of the log was before a deed, and what it became.

Whatever a session writes to a table of which the log speaks is noted as it is flushed; the next entry about that row
takes it along. So no use case has to say it, and none can forget. A write by a statement of SQL is seen by nobody:
whoever makes one tells (:func:`written`). No openid, name or phone gets here: the log is never erased, and persons are.
Of what visitors wrote themselves no number is told at all: from the row it goes when they leave (``people.free_text``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from models.journal import LogEntry
from models.platform import PlatformYear
from models.terms import RecordKey, Subject
from models.types import Instant
from wxsvc.texts import private_data

_KEPT: Final = "changed_rows"
SUBJECTS: Final[Mapping[str, Subject]] = {
    **{f"{subject}s": subject for subject in Subject if subject is not Subject.WORKDAY},  # its rows are days, by no id
    "activities": Subject.ACTIVITY,
    "evidence": Subject.EVIDENCE,
    "reading_decisions": Subject.READING,
}
"""The noun of a table's rows; days of the calendar have no number, and are told by the notice that brought them."""
_COLUMNS: Final[Mapping[Subject, Mapping[str, Any]]] = {
    SUBJECTS[table.name]: dict(table.columns) for table in Base.metadata.tables.values() if table.name in SUBJECTS
}
_UNTOLD: Final = frozenset(
    {"openid", "name_sealed", "phone_sealed", "token_hash", "name_form", "version", "secret_sealed"}
)
"""Whom a person is, what opens a link, and what only the program reads."""
_WRITTEN_BY_VISITORS: Final = frozenset({("needs", "title"), ("needs", "content")})

Columns = dict[str, Any]


def columns(row: Any) -> Columns:
    """A row as the log may tell it: JSON values by column."""
    return {name: _told(row, name, getattr(row, name)) for name in names(type(row))}


def written(session: Session, row: Any, before: Columns | None) -> None:
    """Note that a statement changed the row, which was ``before`` (None: not there) and has been read again since."""
    now = columns(row)
    if before is None:
        _keep(session, row, None, _filled(now))
        return
    changed = {name for name, value in before.items() if now[name] != value}
    _keep(session, row, {name: before[name] for name in changed}, {name: now[name] for name in changed})


def revived(subject: Subject, name: str, value: Any) -> Any:
    """A value of the log as the row held it: a word, a day, an instant; any other as it stands."""
    column = _COLUMNS.get(subject, {}).get(name)
    if column is None or not isinstance(value, str):
        return value
    try:
        match column.type:
            case sa.Enum(enum_class=kind) if kind is not None:
                return kind(value)
            case Instant():
                return datetime.fromisoformat(value)
            case sa.Date():
                return date.fromisoformat(value)
    except ValueError:  # a word of another release
        return value
    return value


def names(table: Any) -> list[str]:
    """The columns of a table that the log may tell."""
    return [each.key for each in sa.inspect(table).column_attrs if each.key not in _UNTOLD]


def _differing(before: Columns | None, after: Columns) -> tuple[Columns | None, Columns | None]:
    """Without what became again what it was."""
    if before is None:
        return None, after
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed} or None, {name: after[name] for name in changed} or None


def _filled(values: Columns) -> Columns:
    return {name: value for name, value in values.items() if value is not None}


def told_value(value: Any) -> Any:
    """A value as the log may tell it: JSON, and nothing by which a person is reached."""
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case str():
            return private_data.without_contacts(value)
        case list() | tuple():
            return [told_value(each) for each in value]
        case dict():
            return {name: told_value(each) for name, each in value.items()}
    return value


def _told(row: Any, name: str, value: Any) -> Any:
    if isinstance(value, str) and (row.__tablename__, name) in _WRITTEN_BY_VISITORS:
        return private_data.without_numbers(value, "***")
    return told_value(value)


def _keep(session: Session, row: Any, before: Columns | None, after: Columns) -> None:
    """Join it to what was noted of the row since its last entry: the first ``before`` and the last ``after`` stand."""
    subject = SUBJECTS[row.__tablename__]
    key = (subject, row.platform_id if isinstance(row, PlatformYear) else row.id)
    kept: dict[RecordKey, tuple[Columns | None, Columns]] = session.info.setdefault(_KEPT, {})
    first, last = kept.get(key, ({}, {}))
    is_new = before is None or first is None
    kept[key] = (None if is_new else (before or {}) | (first or {}), last | after)


def _changed(row: Any) -> tuple[Columns, Columns]:
    before, after = {}, {}
    state: Any = sa.inspect(row)
    for name in names(type(row)):
        history = state.attrs[name].history
        if history.has_changes():
            before[name] = _told(row, name, history.deleted[0]) if history.deleted else None
            after[name] = _told(row, name, getattr(row, name))
    return before, after


@sa.event.listens_for(Session, "before_flush")
def _look(session: Session, _context: object, _instances: object) -> None:
    """Note the changes that are about to be written, then give each new entry of the log those of its row."""
    for row in session.dirty:
        if row.__tablename__ in SUBJECTS:
            before, after = _changed(row)
            if after:
                _keep(session, row, before, after)
    kept: dict[RecordKey, tuple[Columns | None, Columns]] = session.info.get(_KEPT, {})
    for entry in [each for each in session.new if isinstance(each, LogEntry)] if kept else ():
        found = kept.pop((entry.subject, _id_of(entry)), None)
        if found is not None:
            entry.before, entry.after = _differing(*found)


@sa.event.listens_for(Session, "after_flush")
def _look_at_new(session: Session, _context: object) -> None:
    """A new row has its key only now; the entry about it comes after."""
    for row in session.new:
        if row.__tablename__ in SUBJECTS:
            _keep(session, row, None, _filled(columns(row)))


def _id_of(entry: LogEntry) -> int:
    if entry.subject is Subject.PLATFORM_YEAR:
        return entry.platform_id or 0
    return entry.subject_id or 0
