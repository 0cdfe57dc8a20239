"""The worker inside the one process of ``wxsvc serve``: a folding thread, a Celery worker thread, and its timetable."""

from __future__ import annotations

import threading

from celery.worker import WorkController

from wxsvc.house import House
from wxsvc.worker.celery import make_celery, timekeeping
from wxsvc.worker.folding import fold_for_ever
from wxsvc.worker.threads import Threads
from wxsvc.worker.timetable import WORK

READY_WITHIN = 5
"""Seconds that the worker may take to start before ``stop`` no longer waits for that."""
ENDED_WITHIN = 20
"""Seconds that a job underway may take before ``stop`` leaves it."""


class Embedded:
    """The threads of the embedded worker; ``start`` returns at once, ``stop`` waits until the last fold is done."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.celery = make_celery(house)
        self._is_ready = threading.Event()
        self._worker = WorkController(
            app=self.celery,
            pool_cls="solo",
            queues=[WORK],
            concurrency=1,
            ready_callback=lambda _consumer: self._is_ready.set(),
        )
        self._threads = Threads(
            folding=lambda ended: fold_for_ever(house, ended), worker=self._work, beat=timekeeping(self.celery, house)
        )

    def start(self) -> None:
        """Start folding, the worker and the timetable."""
        self._threads.start()

    def stop(self) -> None:
        """Stop them; what waits on the list is folded at the next start."""
        self._threads.tell()
        self._is_ready.wait(READY_WITHIN)  # told to stop while it starts, the worker would go on for ever
        self._worker.stop()
        self._threads.stop(ENDED_WITHIN)

    def _work(self, _ended: threading.Event) -> None:
        self.celery.set_current()  # the pool of one looks its tasks up in the app of its thread
        self._worker.start()
