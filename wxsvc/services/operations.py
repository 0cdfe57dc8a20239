"""操作记录: what was done, by whom and when, and what it changed; looked up by whoever reviews. Reads only.

The newest stands first, and older ones are asked for by the last one seen: a page costs the same in a long log.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.person import Person
from models.platform import Platform
from models.terms import Subject
from wxsvc.clock import BEIJING
from wxsvc.queries import holds
from wxsvc.services.actor import Actor

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 20_000
"""Rows of one file: the newest; more are asked for by days."""


class OperationFilter(Struct, frozen=True):
    """What is looked for; whatever is left empty does not matter.

    ``deeds`` are those whose name holds the ``text``: an entry fits by either, or by what it changed.
    """

    subject: Subject | None = None
    subject_id: int | None = None
    person_id: int | None = None
    is_machine: bool = False
    platform_id: int | None = None
    verb: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    deeds: Collection[str] = ()
    older_than: int | None = None


class Operation(Struct, frozen=True):
    """One entry of the log, who did it (None: the program itself), and at which platform."""

    entry: LogEntry
    person: Person | None
    platform: Platform | None


def look_for(session: Session, sought: OperationFilter, by: Actor, limit: int = PER_PAGE) -> Sequence[Operation]:
    """At most ``limit`` entries, the newest first. Raises ``Refused("not_allowed")``."""
    by.must_review()
    query = (
        sa.select(LogEntry, Person, Platform)
        .outerjoin(Person, Person.id == LogEntry.person_id)
        .outerjoin(Platform, Platform.id == LogEntry.platform_id)
        .where(*_conditions(sought))
        .order_by(LogEntry.id.desc())
        .limit(limit)
    )
    return [Operation(*row) for row in session.execute(query)]


def count(session: Session, sought: OperationFilter, by: Actor) -> int:
    """How many entries fit, of any age; more than :data:`MOST_EXPORTED` are not counted to the end."""
    by.must_review()
    fitting = sa.select(sa.literal(1)).select_from(LogEntry).where(*_conditions(replace(sought, older_than=None)))
    return session.scalar(sa.select(sa.func.count()).select_from(fitting.limit(MOST_EXPORTED + 1).subquery())) or 0


def _conditions(sought: OperationFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    plain = {"subject": sought.subject, "subject_id": sought.subject_id, "person_id": sought.person_id}
    for name, value in (plain | {"platform_id": sought.platform_id}).items():
        if value is not None:
            found.append(getattr(LogEntry, name) == value)
    if sought.is_machine:
        found.append(LogEntry.person_id.is_(None))
    if sought.verb:
        found.append(LogEntry.deed.endswith(f".{sought.verb}", autoescape=True))
    if sought.since is not None:
        found.append(LogEntry.done_at >= _begin(sought.since))
    if sought.until is not None and sought.until < date.max:
        found.append(LogEntry.done_at < _begin(sought.until + timedelta(days=1)))
    if sought.older_than is not None:
        found.append(LogEntry.id < sought.older_than)
    if sought.text:
        found.append(sa.or_(LogEntry.deed.in_(sought.deeds), *(_holds(each, sought.text) for each in _TEXTS)))
    return found


_TEXTS: Final[tuple[Any, ...]] = (LogEntry.details, LogEntry.before, LogEntry.after)


def _holds(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """JSON is kept with every Chinese character as ``\\uXXXX``, on both databases."""
    return holds(sa.cast(column, sa.Text), json.dumps(text)[1:-1])


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
