"""Credentials that live for two hours and are shared by all processes: the access token and the JS-SDK ticket.

Source: WeChat service account documentation, pages "get stable access token" and "JS-SDK", appendix 1. A stable token
stays the same however often it is asked for, and old and new overlap for five minutes, so that processes need no
lock between them; within a process one thread asks and the others wait.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from wxsvc.wechat.errors import WeChatError

EARLY = 300
"""Seconds before its end that a credential is replaced."""

_AT_MOST_EVERY = 30  # seconds: WeChat may still hand out the old token when our clocks differ a little
_FAILURE_HOLDS = 2  # seconds: those who waited for a call that failed share its failure


class Credential(Struct, frozen=True, eq=False):
    """A value with its time: `expires_at` and `fetched_at` are epoch seconds."""

    value: str
    expires_at: int
    fetched_at: int

    def is_fresh(self, at: float) -> bool:
        """Whether it need not be replaced yet."""
        return at < self.expires_at and at < max(self.expires_at - EARLY, self.fetched_at + _AT_MOST_EVERY)


class TokenStore(Protocol):
    """Where credentials are kept for all processes. The name is short: at most 32 characters."""

    def get(self, name: str) -> Credential | None:
        """The stored credential, however old."""

    def put(self, name: str, credential: Credential) -> None:
        """Store it, unless one that was fetched later is there."""


class Cached:
    """One credential with its store and the way to fetch it.

    `fetch` calls WeChat and returns the value and its lifetime in seconds.
    """

    def __init__(
        self, name: str, store: TokenStore, fetch: Callable[[], tuple[str, int]], now: Callable[[], datetime]
    ) -> None:
        self._name = name
        self._store = store
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._current: Credential | None = None
        self._failure: tuple[float, WeChatError] | None = None

    def get(self) -> Credential:
        """A credential that is good for some minutes more. Raises WeChatError."""
        return self.get_or_fetch()[0]

    def get_or_fetch(self) -> tuple[Credential, bool]:
        """The same, and whether this very call fetched it: then fetching again would bring nothing else."""
        current = self._current
        if current is not None and current.is_fresh(self._now().timestamp()):
            return current, False
        return self._replace(current, refused=False)

    def replace(self, used: Credential) -> Credential:
        """Another credential than `used`, which WeChat refused: the one that somebody fetched since, else a new one.

        WeChat may hand out the same value again; it is then a new Credential nevertheless.
        """
        return self._replace(used, refused=True)[0]

    def _replace(self, used: Credential | None, *, refused: bool) -> tuple[Credential, bool]:
        with self._lock:
            at = self._now().timestamp()
            current = self._current
            if current is not None and current is not used and current.is_fresh(at):
                return current, False
            stored = self._store.get(self._name)
            is_news = used is None or not refused or (stored is not None and stored.value != used.value)
            if stored is not None and is_news and stored.is_fresh(at):
                self._current = stored
                return stored, False
            if self._failure is not None and time.monotonic() - self._failure[0] < _FAILURE_HOLDS:
                raise self._failure[1]
            try:
                value, lifetime = self._fetch()
            except WeChatError as failure:
                self._failure = (time.monotonic(), failure)
                raise
            self._failure = None
            at = self._now().timestamp()
            self._current = Credential(value, int(at) + lifetime, int(at))
            self._store.put(self._name, self._current)
            return self._current, True
