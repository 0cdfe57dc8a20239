"""收到的推送 that must not take effect twice: WeChat repeats a push that was answered late, and networks repeat too.

Most pushes are repeatable by nature (a check-in is inserted or ignored) and need none of this.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import ReceivedPush
from wxsvc.services.locks import insert_once

KEPT_FOR: Final = timedelta(hours=1)
"""A push older than five minutes is refused at the door, so this is plenty."""


def key_of(dedupe_key: str) -> str:
    """The wide key of a push (sender, second, number or event) as it is kept: no openid stands in it."""
    return sha256(dedupe_key.encode()).hexdigest()


def once(session: Session, dedupe_key: str, now: datetime, effect: Callable[[], str | None]) -> str | None:
    """Let the push take effect in this transaction and keep its reply; a later delivery gets the same reply alone.

    Of two deliveries in the same moment the second waits for the first; if the first fails, the second takes effect.
    """
    key = key_of(dedupe_key)
    if not insert_once(session, ReceivedPush, key=key, received_at=now):
        return session.scalar(sa.select(ReceivedPush.reply).where(ReceivedPush.key == key))
    reply = effect()
    session.execute(sa.update(ReceivedPush).where(ReceivedPush.key == key).values(reply=reply))
    return reply


def forget(session: Session, now: datetime) -> int:
    """Delete what no push can repeat any more; how many."""
    gone = session.scalars(
        sa.delete(ReceivedPush).where(ReceivedPush.received_at < now - KEPT_FOR).returning(ReceivedPush.key)
    )
    return len(gone.all())
