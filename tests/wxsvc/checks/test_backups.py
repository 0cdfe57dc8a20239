"""备份: what doctor says of the last backup, and that a failed one does not move its time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.builders import NOW
from wxsvc.checks import backups
from wxsvc.checks.finding import FindingState
from wxsvc.db import Database
from wxsvc.services import backup_notes


def test_the_last_backup_is_told_and_a_failed_one_moves_nothing(db: Database) -> None:
    with db.transaction() as session:
        _told(session)


def _told(session: Session) -> None:
    def state(days: int) -> FindingState:
        return backups.made(session, NOW + timedelta(days=days)).state

    assert state(0) is FindingState.NOTE
    backup_notes.note(session, NOW, None)
    assert (state(1), state(3)) == (FindingState.GOOD, FindingState.NOTE)
    backup_notes.note(session, NOW + timedelta(days=1), "pg_dump failed: postgresql://u:hush@h is away\nmore")
    row = backup_notes.last(session)
    assert row is not None
    session.refresh(row)
    assert (row.beat_at, row.problem) == (NOW, "pg_dump failed: postgresql://u:[redacted]@h is away")
    assert state(1) is FindingState.BAD
    backup_notes.note(session, NOW + timedelta(days=3), None)
    session.refresh(row)
    assert state(4) is FindingState.GOOD
