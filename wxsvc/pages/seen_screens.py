"""Seen screens (看到的屏幕码): a rotating code is judged when its address is opened, and the browser remembers.

A code on the screen is good for less than a minute. Silent authorisation on a weak network, reading the page, looking
for one's licence all take longer: what counts is that the address was opened in time, and that holds for some minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import request, session

from wxsvc.access import SEEN_SCREENS, house, now
from wxsvc.services.door import screen_codes

TOKEN: Final = "t"  # noqa: S105 - the name in the address
REMEMBERED: Final = timedelta(minutes=10)
_MOST: Final = 4
"""Activities that one visitor goes to in ten minutes, at most."""


def note() -> None:
    """Before every request, and before it is asked who is there: remember that a good code has brought the visitor."""
    token = request.args.get(TOKEN)
    if token is None or request.endpoint not in ("enterprise.door.show", "enterprise.door.enter"):
        return
    code = str((request.view_args or {}).get("code"))
    if screen_codes.is_good(house().settings.token_key, code, token, now()):
        fresh = [entry for entry in _fresh() if entry[0] != code]
        session[SEEN_SCREENS] = [*fresh, [code, int(now().timestamp())]][-_MOST:]


def has_seen(code: str) -> bool:
    """Whether this visitor stood before the activity's screen within the last minutes."""
    return any(entry[0] == code for entry in _fresh())


def is_expired(code: str) -> bool:
    """Whether the address has a token that is worth nothing (any more, or here)."""
    return TOKEN in request.args and not has_seen(code)


def _fresh() -> list[list[Any]]:
    oldest = (now() - REMEMBERED).timestamp()
    return [entry for entry in session.get(SEEN_SCREENS, []) if entry[1] >= oldest]
