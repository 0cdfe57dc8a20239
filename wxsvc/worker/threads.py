"""The threads of one worker process, watched: where one ends unasked the process ends, and its supervisor notices."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Final

from wxsvc import observe

THREAD_DIED: Final = 70
"""Exit status of a process that ended because one of its threads did (``EX_SOFTWARE``)."""

Loop = Callable[[threading.Event], object]
"""Goes on until the event is set."""


class Threads:
    """Loops that run side by side until they are told to end. A dead one among living ones would go unseen for days."""

    def __init__(self, **loops: Loop) -> None:
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(name, loop), name=name, daemon=True)
            for name, loop in loops.items()
        ]

    def start(self) -> None:
        """Start all of them; returns at once."""
        for thread in self._threads:
            thread.start()

    def tell(self) -> None:
        """Tell them to end, and do not wait."""
        self._ended.set()

    def stop(self, within: float) -> None:
        """Tell them to end, and wait this many seconds for each."""
        self._ended.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(within)

    def _run(self, name: str, loop: Loop) -> None:
        try:
            loop(self._ended)
        except BaseException:
            observe.logger("worker").exception("thread failed", thread=name)
        if not self._ended.is_set():
            observe.logger("worker").critical("a thread has ended, and so this process ends", thread=name)
            logging.shutdown()
            os._exit(THREAD_DIED)  # at once, as with kill -9: what was underway is rolled back and found again
