"""写入检查: whether the database takes what is written; a full one answers all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import Heartbeat
from wxsvc.services.locks import insert_once

EVERY: Final = timedelta(seconds=10)
"""A row that any process wrote this short a time ago says that writing works."""
_ROW: Final = "writing"
_MAY_ASK: Final = sa.text("select has_database_privilege(current_database(), 'temporary')")


def is_known(session: Session, now: datetime) -> bool:
    """Whether somebody has written just now, so that nobody need try again."""
    written = session.scalar(sa.select(Heartbeat.beat_at).where(Heartbeat.name == _ROW))
    return written is not None and timedelta(0) <= now - written < EVERY


def write(session: Session, now: datetime) -> None:
    """Write a row, as a scan would; raises what the database raises where it takes nothing.

    The row's own page has room on a full disk too, so PostgreSQL is asked for a new page first, and gives it back.
    """
    if session.get_bind().dialect.name == "postgresql" and session.scalar(_MAY_ASK):
        session.execute(sa.text("create temporary table room on commit drop as select repeat('x', 1000) as filler"))
    if not insert_once(session, Heartbeat, name=_ROW, beat_at=now, problem=None):
        session.execute(sa.update(Heartbeat).where(Heartbeat.name == _ROW).values(beat_at=now))
