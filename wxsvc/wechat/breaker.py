"""A breaker: after a failure that only an operator can mend, calls stop for a while instead of burning the quota."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from wxsvc.wechat.errors import ApiError, Paused

FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(minutes=15)


class Breaker:
    """Open after `trip`, for a minute at first and twice as long each time in a row; then one call may try.

    Safe to share between threads. Each process has its own.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._cause: ApiError | None = None
        self._until: datetime | None = None
        self._pause = FIRST_PAUSE
        self._trying = False

    @property
    def cause(self) -> ApiError | None:
        """What opened the breaker; None while it is closed."""
        return self._cause

    def check(self) -> None:
        """Return if a call may be made, else raise Paused. Of several callers after the pause one may try."""
        if self._until is None:
            return
        with self._lock:
            if self._until is None or self._cause is None:
                return
            now = self._now()
            if now < self._until:
                raise Paused(self._cause, (self._until - now).total_seconds())
            self._until = now + self._pause
            self._trying = True

    def trip(self, cause: ApiError) -> None:
        """Open; or, when the one call that might try has failed as well, stay open for twice as long."""
        with self._lock:
            if self._cause is not None and not self._trying:
                return  # calls that were on their way when it opened
            if self._trying:
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._trying = False
            self._cause = cause
            self._until = self._now() + self._pause

    def close(self) -> None:
        """A call has succeeded: all is well again."""
        if self._until is not None:
            with self._lock:
                self._cause, self._until, self._pause, self._trying = None, None, FIRST_PAUSE, False
