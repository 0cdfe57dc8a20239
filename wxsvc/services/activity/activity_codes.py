"""活动的三种码: the code of its pages, the scene of its parametric code, the five digits to type; none is guessed."""

from __future__ import annotations

import secrets
import string
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.terms import Stage

_CODE_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # typed from a poster: nothing that looks like another
_CODE_LENGTH: Final = 8
CODE: Final = f"[{_CODE_ALPHABET}]{{{_CODE_LENGTH}}}"
"""What one of our own codes looks like; an imported activity keeps the key it came with."""
_SCENE_ALPHABET: Final = string.ascii_letters + string.digits
_SCENE_LENGTH: Final = 24


def new_code() -> str:
    """A code for the address of its pages, short enough to be typed from a poster."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))


def new_scene() -> str:
    """A scene of letters and digits (WeChat takes 64 characters)."""
    return "".join(secrets.choice(_SCENE_ALPHABET) for _ in range(_SCENE_LENGTH))


def new_short_code(session: Session) -> str:
    """Five digits that no published activity has now; the index ``uq_activities_short_code`` has the last word."""
    taken = set(session.scalars(sa.select(Activity.short_code).where(Activity.stage == Stage.PUBLISHED)))
    while (drawn := str(10_000 + secrets.randbelow(90_000))) in taken:
        pass
    return drawn


def code_then(connection: sa.Connection, short_code: str, at: datetime) -> str | None:
    """The code of the activity whose short code this was at that time, where it is no published activity's now.

    Of one that was cancelled nobody knows when: from its publication until its check-in would have ended, its short
    code still tells of it.
    """
    return connection.scalar(_THEN, {"short_code": short_code, "at": at})


_AT: Final = sa.bindparam("at", type_=Activity.opens_at.type)
_THEN: Final = (
    sa.select(Activity.code)
    .where(
        Activity.short_code == sa.bindparam("short_code"),
        Activity.published_at <= _AT,
        Activity.closes_at >= _AT,
        sa.or_(Activity.stage == Stage.VOID, sa.and_(Activity.opens_at <= _AT, Activity.submitted_at > _AT)),
    )
    .order_by(Activity.published_at.desc(), Activity.id.desc())
    .limit(1)
)
