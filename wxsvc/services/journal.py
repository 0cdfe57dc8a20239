"""操作记录 and 变动: every use case writes one line of the log and names the platform-years it touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.person import Person
from models.terms import Subject
from models.work_list import Change
from wxsvc.services import changed_rows
from wxsvc.services.actor import Actor


def record(
    session: Session,
    deed: str,
    subject: Subject,
    subject_id: int | None,
    *,
    by: Actor,
    now: datetime,
    platform_id: int | None = None,
    **details: Any,
) -> None:
    """Append who did what to the log; ``details`` are JSON values and never hold a name or an openid.

    By what a person is reached is taken out of them, as staff may write it into a reason.
    What the row was before and became is added as it is written (``changed_rows``): call this after the change.
    """
    session.add(
        LogEntry(
            done_at=now,
            person_id=by.person_id,
            deed=deed,
            subject=subject,
            subject_id=subject_id,
            platform_id=platform_id,
            details=changed_rows.told_value(details),
        )
    )


def record_of(
    session: Session, row: Any, deed: str, by: Actor, now: datetime, *, platform_id: int | None = None, **details: Any
) -> None:
    """:func:`record` of a row, which is written before: ``deed`` is the verb alone, the row's noun comes before it.

    The platform is the one that the row names, unless another is given.
    """
    state: Any = sa.inspect(row)
    if state.pending or state.modified:
        session.flush()
    subject = changed_rows.SUBJECTS[row.__tablename__]
    at = platform_id or (row.id if subject is Subject.PLATFORM else getattr(row, "platform_id", None))
    record(session, f"{subject}.{deed}", subject, row.id, by=by, now=now, platform_id=at, **details)


def record_year(
    session: Session, deed: str, platform_id: int, year: int, by: Actor, now: datetime, **details: Any
) -> None:
    """:func:`record` of one platform's year."""
    about = (session, deed, Subject.PLATFORM_YEAR, platform_id)
    record(*about, by=by, now=now, platform_id=platform_id, year=year, **details)


def touch(session: Session, platform_years: Iterable[tuple[int, int]], now: datetime) -> None:
    """Put these platform-years on the work list; the folder recounts them from the truth."""
    rows = [{"platform_id": platform_id, "year": year, "made_at": now} for platform_id, year in set(platform_years)]
    if rows:
        session.execute(sa.insert(Change), rows)


class LoggedStep(Struct, frozen=True):
    """One deed on one row: what, when, and by whom; the name is sealed, and empty for the program itself."""

    deed: str
    at: datetime
    person_id: int | None
    name: str | None
    details: Mapping[str, Any]


def steps_of(session: Session, subject: Subject, subject_id: int) -> list[LoggedStep]:
    """经过: everything that was done to one row, the first deed first."""
    query = (
        sa.select(LogEntry, Person.name_sealed)
        .outerjoin(Person, Person.id == LogEntry.person_id)
        .where(LogEntry.subject == subject, LogEntry.subject_id == subject_id)
        .order_by(LogEntry.done_at, LogEntry.id)
    )
    return [LoggedStep(row.deed, row.done_at, row.person_id, name, row.details) for row, name in session.execute(query)]
