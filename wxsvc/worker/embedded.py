"""The worker inside the one process of ``wxsvc serve``: a folding thread, a Celery worker thread, and its timetable."""

from __future__ import annotations

import threading

from celery.beat import Scheduler
from celery.worker import WorkController

from wxsvc.worker import jobs
from wxsvc.worker.celery import make_celery
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import WORK
from wxsvc.worker.workshop import Workshop

FOLD_EVERY = 0.3
"""Seconds between two looks at the work list."""
READY_WITHIN = 5
"""Seconds that the worker may take to start before ``stop`` no longer waits for that."""
ENDED_WITHIN = 20
"""Seconds that a job underway may take before ``stop`` leaves it."""


class Embedded:
    """The threads of the embedded worker; ``start`` returns at once, ``stop`` waits until the last fold is done."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.celery = make_celery(shop, is_embedded=True)
        self._ended = threading.Event()
        self._is_ready = threading.Event()
        self._worker = WorkController(
            app=self.celery,
            pool_cls="solo",
            queues=[WORK],
            concurrency=1,
            ready_callback=lambda _consumer: self._is_ready.set(),
        )
        self._threads = [
            threading.Thread(target=self._fold_for_ever, name="folding", daemon=True),
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(target=self._keep_time, name="beat", daemon=True),
        ]

    def start(self) -> None:
        """Start folding, the worker and the timetable."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop them; what waits on the list is folded at the next start."""
        self._ended.set()
        self._is_ready.wait(READY_WITHIN)  # told to stop while it starts, the worker would go on for ever
        self._worker.stop()
        for thread in self._threads:
            thread.join(ENDED_WITHIN)

    def _work(self) -> None:
        self.celery.set_current()  # the pool of one looks its tasks up in the app of its thread
        self._worker.start()

    def _keep_time(self) -> None:
        scheduler = Scheduler(self.celery, max_interval=1)  # the default one keeps a file
        while not self._ended.is_set():
            self._ended.wait(scheduler.tick())
        scheduler.close()

    def _fold_for_ever(self) -> None:
        beats = Heartbeats(self.shop)
        while not self._ended.is_set():
            is_well = beats.run("fold", jobs.fold)
            self._ended.wait(FOLD_EVERY if is_well else 2)
