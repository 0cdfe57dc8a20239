"""Limits (限流): how often one person may do what costs something; of who is not known yet, one connection."""

from __future__ import annotations

from time import time
from typing import Any

from flask import Flask, Response, g, request, session
from flask_limiter import Limiter

from wxsvc import access, networks, readers
from wxsvc.settings import Settings

SEARCHES = "30 per minute"
"""Looking names up: enough for a hurried typist, too little to copy the list."""
STAFF_SEARCHES = "120 per minute"
"""Staff who enter one record after the other, with a list that follows every key."""
SUBMISSIONS = "60 per minute"
"""Enrolments, check-ins and corrections by one person."""
LINKS = "10 per minute"
"""Links and codes that open a role: invitations and rejoining."""
DESKS = "60 per minute"
"""Desks that show a code, of one office whose computers share an address."""
REFUSED_CODES = "30 per minute"
"""Authorisation codes that WeChat refuses, from one address: each was a call of ours. A good one counts for nothing, so
that a whole hall behind one address comes in."""

SYSTEMS = "300 per minute"
"""What another system reads by its key: with the largest pages, a whole province in a few seconds."""

_MINUTE = 60
"""Seconds; every limit here is of a minute."""
_SILENCE = 0.4
"""Seconds that a page waits for a Redis that has fallen silent; once to connect, once to answer."""


def _without_waiting() -> dict[str, Any]:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {"socket_connect_timeout": _SILENCE, "socket_timeout": _SILENCE, "retry": Retry(NoBackoff(), 0)}


def who() -> str:
    """The person, or the connection."""
    openid = session.get("openid")
    return f"person {openid}" if openid else _where()


def which_system() -> str:
    """The key, or the connection of who has none."""
    reader = readers.known_reader(access.house())
    return f"key {reader.key_id}" if reader else _where()


def _where() -> str:
    return f"address {networks.connection_of(request.remote_addr)}"


def was_refused(_response: Response) -> bool:
    """Whether WeChat refused what this request had us ask (:func:`note_refusal`)."""
    return bool(g.get("was_refused"))


def note_refusal() -> None:
    """WeChat refused what this visitor brought."""
    g.was_refused = True


def seconds_to_wait() -> int:
    """How long who asked too often waits until the next request is taken."""
    reached = limiter.current_limit
    return min(_MINUTE, max(1, round(reached.reset_at - time()))) if reached is not None else _MINUTE


limiter = Limiter(key_func=who, headers_enabled=False)


def register(app: Flask, settings: Settings) -> None:
    """Count in this process, or in Redis where several processes share the work.

    Redis that does not answer is given up at once, and each process counts for itself until it is back.
    """
    shared = settings.broker_url.startswith(("redis://", "rediss://"))
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.broker_url if shared else "memory://",
        RATELIMIT_STORAGE_OPTIONS=_without_waiting() if shared else {},
        RATELIMIT_SWALLOW_ERRORS=True,  # a broken counter must not keep anybody out
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=shared,
    )
    limiter.init_app(app)
