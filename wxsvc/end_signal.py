"""SIGTERM and Ctrl-C: a process is told to end."""

from __future__ import annotations

import signal
import time

_LOOK_EVERY = 0.1


class EndSignal:
    """Whether the process was told to end.

    A plain flag that is looked at: a ``threading.Event`` that a signal handler sets stops the process for good when the
    signal comes while the main thread begins to wait for it.
    """

    def __init__(self) -> None:
        self._is_set = False

    def listen(self) -> EndSignal:
        """Take SIGTERM and SIGINT from now on; in the main thread only."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())
        return self

    def set(self) -> None:
        """The process is to end."""
        self._is_set = True

    def is_set(self) -> bool:
        """Whether it was told so."""
        return self._is_set

    def wait(self) -> None:
        """Until it is told so."""
        while not self._is_set:
            time.sleep(_LOOK_EVERY)
