"""现场屏幕码: the token in the code on the venue's screen, which proves that somebody stood before it just now.

Pure: a key, the activity's own code and an instant in, a token or a verdict out. Nothing is stored, so any process
can draw and judge; whoever photographs the screen holds a token that is worth nothing a minute later.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

PERIOD: Final = timedelta(seconds=25)
"""How long one code stays on the screen. It is good for one period more, for who has just begun to scan."""

_BYTES: Final = 9
"""72 bits: twelve characters in the address, and no hope of guessing one within its minute."""


def token(key: str, activity_code: str, at: datetime) -> str:
    """The token that the screen shows at this instant; ``key`` is the one of sessions and tokens."""
    return _token(key, activity_code, _period(at))


def is_good(key: str, activity_code: str, given: str, at: datetime) -> bool:
    """Whether a token is this activity's, of this period or the one before.

    The next one's is good too: nobody can have it early, and WeChat's clock, by which the chat judges, may be slow.
    """
    now = _period(at)
    return given.isascii() and any(
        hmac.compare_digest(_token(key, activity_code, period), given) for period in (now, now - 1, now + 1)
    )


def seconds_left(at: datetime) -> float:
    """How long the present token is still shown."""
    return PERIOD.total_seconds() - at.timestamp() % PERIOD.total_seconds()


def _period(at: datetime) -> int:
    return int(at.timestamp() // PERIOD.total_seconds())


def _token(key: str, activity_code: str, period: int) -> str:
    signed = hmac.digest(_key(key), f"{activity_code}\n{period}".encode(), "sha256")
    return base64.urlsafe_b64encode(signed[:_BYTES]).decode()


@lru_cache(maxsize=8)
def _key(key: str) -> bytes:
    """A key for screen codes alone."""
    return hmac.digest(key.encode(), b"wxsvc screen code", "sha256")
