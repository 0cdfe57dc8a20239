"""重新加密: what lies encrypted is closed anew with the secret in use, so that a former one can be put away.

Look-ups (``Vault.lookup``) cannot be made anew, for the openid behind one is not kept; they live for days at most and
are found under former secrets until then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, cast

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.access_token import AccessToken
from models.key_check import KeyCheck
from models.person import Person
from models.webhook import Webhook
from wxsvc.vault import Vault

AT_ONCE: Final = 500
"""Rows of one transaction: a moment each, and what is done is done when the command is stopped."""

Column = sa.Column[Any]

_PERSON, _TOKEN = cast(sa.Table, Person.__table__), cast(sa.Table, AccessToken.__table__)
_WEBHOOK = cast(sa.Table, Webhook.__table__)
SEALED: Final[tuple[tuple[Column, Column], ...]] = (
    (_PERSON.c.id, _PERSON.c.name_sealed),
    (_PERSON.c.id, _PERSON.c.phone_sealed),
    (_TOKEN.c.name, _TOKEN.c.value),
    (_WEBHOOK.c.id, _WEBHOOK.c.secret_sealed),
)
"""Every column that the vault closes, with the key of its rows."""


class ResealStep(Struct, frozen=True):
    """What one transaction did: how many rows it saw, closed anew, could not open; where the next one goes on."""

    seen: int
    renewed: int
    unreadable: int
    last: Any


def counts(session: Session, vault: Vault) -> Counter[int | None]:
    """How many encrypted values rest on which secret: 0 is the one in use, 1 the former one …; None on none of ours."""
    found: Counter[int | None] = Counter()
    for _, column in SEALED:
        values = session.scalars(sa.select(column).where(column.is_not(None)).execution_options(yield_per=1000))
        found.update(vault.opened_by(cast(str, value)) for value in values)
    return found


def size(session: Session) -> int:
    """How many encrypted values there are."""
    return sum(session.scalar(sa.select(sa.func.count(column))) or 0 for _, column in SEALED)


def some(session: Session, vault: Vault, key: Column, column: Column, after: Any = None) -> ResealStep:
    """Close some values of one column anew, those after this key. What somebody changes meanwhile stays theirs."""
    beyond = key > after if after is not None else sa.true()
    query = sa.select(key, column).where(column.is_not(None), beyond).order_by(key).limit(AT_ONCE)
    rows = session.execute(query).all()
    renewed = unreadable = 0
    for row_key, closed in rows:
        match vault.opened_by(closed):
            case None:
                unreadable += 1
            case 0:
                pass
            case _:
                same = sa.and_(key == row_key, column == closed)
                session.execute(sa.update(column.table).where(same).values({column.name: vault.renew(closed)}))
                renewed += 1
    return ResealStep(len(rows), renewed, unreadable, rows[-1][0] if rows else None)


def put_away(session: Session, vault: Vault) -> bool:
    """Whether nothing rests on a former secret any more; then the database stops asking for it."""
    if any(place != 0 for place in counts(session, vault)):
        return False
    for number in list(_former(session, vault)):
        session.execute(sa.delete(KeyCheck).where(KeyCheck.number == number))
    return True


def _former(session: Session, vault: Vault) -> Iterator[int]:
    for row in session.scalars(sa.select(KeyCheck)):
        if vault.opened_by(row.sealed) not in (0, None):
            yield row.number
