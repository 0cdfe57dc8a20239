"""校验链: each entry of the log, linked to the one before it, so that nobody changes or takes out one unnoticed.

The database refuses to change an entry. Whoever goes round it (with the rights of its owner) breaks the chain: each
link's hash covers the entry and the link before. Links are made by a job some minutes later, not with the entry: it
would have to wait for the one before it, and a scan for the whole hall. What was written last and taken out together
with its links is found only by who kept the chain's end, so each run tells it to the program's own log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.journal import LogEntry, LogLink
from wxsvc.services.locks import PROVINCE, lock

AT_ONCE: Final = 2000
BEGIN: Final = "0" * 64
_LATE: Final = 100_000
"""Keys: a long transaction may bring entries that are older by this many than the newest one linked."""
_READ: Final = 5000
_PATIENCE: Final = timedelta(hours=1)
"""An entry may be without a link for so long: the worker was down, or has much to do."""
_COLUMNS: Final = (
    LogEntry.id,
    LogEntry.done_at,
    LogEntry.person_id,
    LogEntry.deed,
    sa.cast(LogEntry.subject, sa.Text),
    LogEntry.subject_id,
    LogEntry.platform_id,
    *(sa.cast(column, sa.Text) for column in (LogEntry.details, LogEntry.before, LogEntry.after)),
)
"""What a link covers: JSON as it is written, which no database changes."""


class Chain(Struct, frozen=True):
    """What a look at the whole chain found: how many entries it holds, its end, and the entry where it breaks, if any.

    ``loose`` entries are in no link though they were written before the time given.
    """

    count: int
    end: str
    broken_at: int | None
    loose: int


_LAST: Final = sa.select(LogLink.hash, LogLink.id).order_by(LogLink.id.desc()).limit(1)
_NEWEST: Final = sa.select(sa.func.max(LogLink.entry_id))
_UNLINKED: Final = (
    sa.select(*_COLUMNS)
    .outerjoin(LogLink, LogLink.entry_id == LogEntry.id)
    .where(LogLink.id.is_(None), LogEntry.id > sa.bindparam("after"))
    .order_by(LogEntry.id)
    .limit(sa.bindparam("at_once", type_=sa.Integer))
)


def extend(session: Session, at_once: int = AT_ONCE) -> tuple[int, str]:
    """Link the oldest entries that no link holds yet; how many, and the chain's end. One run at a time."""
    lock(session, PROVINCE, 0)
    last = session.execute(_LAST).first()
    end = last.hash if last is not None else BEGIN
    newest = session.scalar(_NEWEST) or 0
    links = []
    for row in session.execute(_UNLINKED, {"after": newest - _LATE, "at_once": at_once}):
        end = _hash(end, row)
        links.append({"entry_id": row[0], "hash": end})
    if links:
        session.execute(sa.insert(LogLink), links)
    return len(links), end


def verify(session: Session, now: datetime) -> Chain:
    """Walk the chain from its begin to its end; a changed, lost or exchanged entry breaks it."""
    count, end = 0, BEGIN
    query = (
        sa.select(*_COLUMNS, LogLink.entry_id, LogLink.hash)
        .select_from(LogLink)
        .outerjoin(LogEntry, LogEntry.id == LogLink.entry_id)
        .order_by(LogLink.id)
        .execution_options(yield_per=_READ)
    )
    with session.execute(query) as rows:
        for *entry, linked, given in rows:
            if entry[0] is None or _hash(end, entry) != given:
                return Chain(count, end, linked, 0)
            count, end = count + 1, given
    waiting = (
        sa.select(sa.func.count(LogEntry.id))
        .outerjoin(LogLink, LogLink.entry_id == LogEntry.id)
        .where(LogLink.id.is_(None), LogEntry.done_at < now - _PATIENCE)
    )
    return Chain(count, end, None, session.scalar(waiting) or 0)


def _hash(before: str, entry: Sequence[Any]) -> str:
    """Of the link before and the entry's columns, each in a line of its own: none of them holds a line break."""
    key, done_at, *rest = entry
    told = [before, str(key), done_at.isoformat(), *("" if each is None else str(each) for each in rest)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
