"""The simulator's own clock: real time until somebody moves or stops it."""

import threading
import time
from collections.abc import Callable


class Clock:
    """Unix seconds; everything that expires or is counted by the day asks here."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._stopped_at: float | None = None
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the present instant in Unix seconds."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Move the present forward, or back with a negative number."""
        with self._lock:
            if self._stopped_at is not None:
                self._stopped_at += seconds
            else:
                self._offset += seconds

    def set(self, instant: float) -> None:
        """Make ``instant`` (Unix seconds) the present; the clock runs on from there unless stopped."""
        with self._lock:
            if self._stopped_at is not None:
                self._stopped_at = instant
            self._offset += instant - (self._source() + self._offset)

    def stop(self) -> None:
        """Hold the present still until ``go``."""
        with self._lock:
            self._stopped_at = self._now()

    def go(self) -> None:
        """Let time run on from where it stood."""
        with self._lock:
            if self._stopped_at is not None:
                self._offset = self._stopped_at - self._source()
                self._stopped_at = None

    def _now(self) -> float:
        return self._source() + self._offset if self._stopped_at is None else self._stopped_at
