"""备份: did ``wxsvc backup`` make one lately. Whoever backs up by other means is told so once, not told off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from wxsvc.checks.finding import Finding, bad, good, note
from wxsvc.services import backup_notes

LATE: Final = timedelta(days=2)
"""A nightly backup that is older was left out once."""


def made(session: Session, now: datetime) -> Finding:
    """备份: when the last one was made, and whether the last try failed."""
    row = backup_notes.last(session)
    if row is None:
        return note("backup", "backup_never")
    if row.problem is not None:
        return bad("backup", "backup_failed", problem=row.problem)
    if now - row.beat_at > LATE:
        return note("backup", "backup_late", made_at=row.beat_at)
    return good("backup", "backup_made", made_at=row.beat_at)
