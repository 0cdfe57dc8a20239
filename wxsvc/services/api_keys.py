"""接口密钥: other systems of the province read our figures by a key of their own. Officials and operators hold them.

A key is shown once, when it is made; here lies its hash alone. It says what its system may read, and gives no writes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.api_key import ApiKey
from models.person import Person
from models.terms import ApiScope
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused, must_be_found

BEGINS: Final = "wxsvc_"
"""How every key begins, so that one that lies about is known for what it is."""
LONGEST_NAME: Final = 60
_NOTED_EVERY: Final = timedelta(minutes=5)
"""When a key was last used is told to some minutes, so that reading seldom writes."""


class Reader(Struct, frozen=True):
    """对接系统 that asks: the number of its key, what it may read, and since when it is known to have asked."""

    key_id: int
    scopes: frozenset[ApiScope]
    used_at: datetime | None


class ListedKey(Struct, frozen=True):
    """A key as officials see it; ``maker`` is sealed, and empty where the operator made it or nobody left a name."""

    key: ApiKey
    maker: str | None

    @property
    def scopes(self) -> tuple[ApiScope, ...]:
        """What it may read, in the order of ``ApiScope``."""
        return tuple(scope for scope in ApiScope if scope.value in self.key.scopes)


def make(session: Session, system: str, scopes: Collection[ApiScope], by: Actor, now: datetime) -> tuple[int, str]:
    """A new key for a system: its number, and the key itself, which nobody can read again.

    Raises ``Refused``: ``system_needs_name``, ``api_key_needs_scope``.
    """
    by.must_be_province()
    system = " ".join(system.split())
    if not 1 <= len(system) <= LONGEST_NAME:
        raise Refused("system_needs_name", most=LONGEST_NAME)
    if not scopes:
        raise Refused("api_key_needs_scope")
    token = BEGINS + secrets.token_urlsafe(32)
    words = [scope.value for scope in ApiScope if scope in scopes]
    key = ApiKey(token_hash=hash_of(token), system=system, scopes=words, made_at=now, made_by=by.person_id)
    session.add(key)
    journal.record_of(session, key, "made", by, now)
    return key.id, token


def end(session: Session, key_id: int, by: Actor, now: datetime) -> ApiKey:
    """停用: the key opens nothing from now on; one that has ended stays as it is. Raises ``Refused("not_found")``."""
    by.must_be_province()
    key = must_be_found(session.get(ApiKey, key_id, with_for_update=True, populate_existing=True))
    if not key.is_ended:
        key.ended_at, key.ended_by = now, by.person_id
        journal.record_of(session, key, "ended", by, now)
    return key


def listed(session: Session, by: Actor, system: str = "") -> Sequence[ListedKey]:
    """Every key of the systems with this in their name, those in use first, the newest of either first."""
    by.must_review()
    query = (
        sa.select(ApiKey, Person.name_sealed)
        .outerjoin(Person, Person.id == ApiKey.made_by)
        .where(ApiKey.system.icontains(system, autoescape=True))
        .order_by(ApiKey.is_ended, ApiKey.id.desc())
    )
    return [ListedKey(key, maker) for key, maker in session.execute(query)]


def reader_of(session: Session, token: str) -> Reader | None:
    """Whose key this is; None for one that nobody has or that has ended."""
    key = session.scalar(sa.select(ApiKey).where(ApiKey.token_hash == hash_of(token), ~ApiKey.is_ended))
    if key is None:
        return None
    return Reader(key.id, frozenset(scope for scope in ApiScope if scope.value in key.scopes), key.last_used_at)


def is_to_be_noted(reader: Reader, now: datetime) -> bool:
    """Whether it is to be written down that the key is in use."""
    return reader.used_at is None or reader.used_at <= now - _NOTED_EVERY


def note_use(session: Session, key_id: int, now: datetime) -> None:
    """Write down that the key is in use."""
    session.execute(
        sa.update(ApiKey)
        .where(ApiKey.id == key_id)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def hash_of(token: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
