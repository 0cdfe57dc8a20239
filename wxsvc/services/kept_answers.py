"""填错的表单: the page that answers a form which could not be taken, kept so that its address can be opened again.

Few for each session, for an hour at most, closed by the vault, gone as soon as the form is taken.
"""

from __future__ import annotations

import base64
import secrets
import zlib
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.kept_answer import KeptAnswer
from wxsvc.vault import Vault, VaultError

KEPT_FOR: Final = timedelta(hours=1)
MOST: Final = 5
"""Answers of one session: the newest ones; going back further shows the form as it is without them."""
LARGEST: Final = 2 * 2**20
"""Characters of a page that are kept at most."""


class AnsweredPage(Struct, frozen=True):
    """A page as it was answered; ``status`` is its HTTP status."""

    text: str
    status: int


def keep(session: Session, owner: str, page: str, answer: AnsweredPage, now: datetime, *, vault: Vault) -> str | None:
    """Keep the answer to a form of ``page`` for the session ``owner``; the word that finds it. None: it is too large.

    What is over, and all but the newest of this session, goes at the same time.
    """
    if len(answer.text) > LARGEST:
        return None
    let_go(session, now)
    older = sa.select(KeptAnswer.key).where(KeptAnswer.owner == vault.lookup(owner))
    for key in session.scalars(older.order_by(KeptAnswer.made_at.desc(), KeptAnswer.key).offset(MOST - 1)).all():
        session.execute(sa.delete(KeptAnswer).where(KeptAnswer.key == key))
    word = secrets.token_urlsafe(12)
    session.add(
        KeptAnswer(
            key=vault.lookup(word),
            owner=vault.lookup(owner),
            page=vault.lookup(page),
            status=answer.status,
            sealed=vault.encrypt(base64.b64encode(zlib.compress(answer.text.encode())).decode()),
            made_at=now,
        )
    )
    session.flush()
    return word


def find(session: Session, owner: str, page: str, word: str, now: datetime, *, vault: Vault) -> AnsweredPage | None:
    """The answer that this session was given on this page; None when it is gone, or another's."""
    row = session.scalar(
        sa.select(KeptAnswer).where(
            KeptAnswer.key.in_(vault.lookups(word)),
            KeptAnswer.owner.in_(vault.lookups(owner)),
            KeptAnswer.page.in_(vault.lookups(page)),
            KeptAnswer.made_at > now - KEPT_FOR,
        )
    )
    if row is None:
        return None
    try:
        closed = vault.decrypt(row.sealed)
    except VaultError:
        return None
    return AnsweredPage(zlib.decompress(base64.b64decode(closed)).decode(), row.status)


def forget(session: Session, owner: str, page: str, *, vault: Vault) -> None:
    """A form of this page was taken: what was typed before is not needed any more."""
    session.execute(
        sa.delete(KeptAnswer).where(
            KeptAnswer.owner.in_(vault.lookups(owner)), KeptAnswer.page.in_(vault.lookups(page))
        )
    )


def let_go(session: Session, now: datetime) -> int:
    """Delete what is over; how many."""
    gone = session.execute(sa.delete(KeptAnswer).where(KeptAnswer.made_at <= now - KEPT_FOR).returning(KeptAnswer.key))
    return len(gone.all())
