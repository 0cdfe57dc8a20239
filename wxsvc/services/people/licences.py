"""营业执照照片: pictures by which provincial staff confirm a standing. They name people, so each has its own end.

A picture is released once it is needed no more, and the worker then removes row and file, unless something else in the
house names the same content. It is needed no more

- ``KEPT_AFTER`` the standing was confirmed or refused: so long a mistake can be looked into,
- ``KEPT_AT_MOST`` after it was sent, looked at or not: who still wants to be confirmed sends it again,
- at once, when another was sent in its place, when the person left the enterprise, or has gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from models.person import Contact, Standing
from models.stored_file import FileName, ReleasedFile, StoredFile
from models.terms import Subject
from wxsvc.services import journal
from wxsvc.services.actor import MACHINE
from wxsvc.services.locks import insert_once

KEPT_AFTER: Final = timedelta(days=30)
"""After the decision."""
KEPT_AT_MOST: Final = timedelta(days=180)
"""After it was sent."""


def release(session: Session, rows: Iterable[Standing], now: datetime) -> None:
    """The pictures of these standings are needed no more."""
    for row in rows:
        if row.licence_sha256 is not None:
            insert_once(session, ReleasedFile, sha256=row.licence_sha256, released_at=now)
            row.licence_sha256 = row.licence_sent_at = None
    session.flush()


def of_person(session: Session, person_id: int) -> Sequence[Standing]:
    """The person's standings that have a picture."""
    mine = sa.select(Standing).where(Standing.person_id == person_id, Standing.licence_sha256.is_not(None))
    return session.scalars(mine).all()


def expire(session: Session, now: datetime) -> int:
    """Release the pictures whose time is over; how many."""
    stands = sa.exists().where(Contact.person_id == Standing.person_id, Contact.enterprise_id == Standing.enterprise_id)
    before = now - KEPT_AFTER
    is_over = sa.or_(
        Standing.licence_sent_at < now - KEPT_AT_MOST,
        sa.and_(Standing.licence_sent_at < before, Standing.confirmed_at < before),
        sa.and_(Standing.licence_sent_at < before, Standing.suspended_at < before, ~stands),
    )
    rows = session.scalars(sa.select(Standing).where(Standing.licence_sha256.is_not(None), is_over)).all()
    release(session, rows, now)
    for row in rows:
        about = (session, "person.standing_licence_removed", Subject.PERSON, row.person_id)
        journal.record(*about, by=MACHINE, now=now, enterprise_id=row.enterprise_id)
    return len(rows)


def take_out(session: Session) -> list[str]:
    """Delete the rows of released files that nothing names any more; the files' hashes, to be removed for good."""
    gone: list[str] = []
    for released in session.scalars(sa.select(ReleasedFile)).all():
        named = sa.or_(*(sa.exists().where(column == released.sha256) for column in _NAMING))
        if session.scalar(sa.select(named)):
            session.delete(released)
            continue
        session.execute(sa.delete(FileName).where(FileName.sha256 == released.sha256))
        session.execute(sa.delete(StoredFile).where(StoredFile.sha256 == released.sha256))
        gone.append(released.sha256)
    session.flush()
    return gone


def removed(session: Session, hashes: Sequence[str]) -> None:
    """These files are gone from the folder too."""
    session.execute(sa.delete(ReleasedFile).where(ReleasedFile.sha256.in_(hashes)))


_STORED: Final = sa.inspect(StoredFile).local_table.c.sha256
_NAMING: Final[list[sa.Column[Any]]] = [
    column
    for table in Base.metadata.sorted_tables
    if table is not FileName.__table__
    for column in table.columns
    if any(key.column is _STORED for key in column.foreign_keys)
]
"""Every column of the house that names a stored file."""
