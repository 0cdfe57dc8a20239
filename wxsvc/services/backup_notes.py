"""备份记录: when ``wxsvc backup`` last made a backup, and why the last try made none."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import Heartbeat
from wxsvc import observe
from wxsvc.services.locks import insert_once

NAME: Final = "backup"
"""The row's name among the heartbeats, and the metrics' ``task``."""
_LONGEST: Final = 500


def last(session: Session) -> Heartbeat | None:
    """``beat_at``: when one was made (or first tried); ``problem``: why the last try made none. None before any try."""
    return session.get(Heartbeat, NAME)


def note(session: Session, now: datetime, problem: str | None) -> None:
    """Note a backup that was made, or, with what was wrong, one that was not: its time stays that of the one before."""
    if problem is not None:
        problem = observe.scrubbed(problem).partition("\n")[0][:_LONGEST]
    if not insert_once(session, Heartbeat, name=NAME, beat_at=now, problem=problem):
        changed = {"problem": problem} if problem is not None else {"beat_at": now, "problem": None}
        session.execute(sa.update(Heartbeat).where(Heartbeat.name == NAME).values(changed))
