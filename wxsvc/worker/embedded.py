"""The worker inside the one process of ``wxsvc serve``: a folding thread, a Celery worker thread, and its timetable."""

from __future__ import annotations

import threading

from celery.beat import Scheduler, Service
from celery.worker import WorkController

from wxsvc.worker import jobs
from wxsvc.worker.celery import make_celery
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import WORK
from wxsvc.worker.workshop import Workshop

FOLD_EVERY = 0.3
"""Seconds between two looks at the work list."""


class Embedded:
    """The threads of the embedded worker; ``start`` returns at once, ``stop`` waits until the last fold is done."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.celery = make_celery(shop, is_embedded=True)
        self._ended = threading.Event()
        self._worker = WorkController(app=self.celery, pool_cls="solo", queues=[WORK], concurrency=1)
        self._beat = Service(self.celery, max_interval=1, scheduler_cls=Scheduler)  # the default one keeps a file
        self._threads = [
            threading.Thread(target=self._fold_for_ever, name="folding", daemon=True),
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(target=self._beat.start, name="beat", kwargs={"embedded_process": True}, daemon=True),
        ]

    def start(self) -> None:
        """Start folding, the worker and the timetable."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop them; what waits on the list is folded at the next start."""
        self._ended.set()
        self._beat.stop()
        self._worker.stop()
        for thread in self._threads:
            thread.join(timeout=5)

    def _work(self) -> None:
        self.celery.set_current()  # the pool of one looks its tasks up in the app of its thread
        self._worker.start()

    def _fold_for_ever(self) -> None:
        beats = Heartbeats(self.shop)
        while not self._ended.is_set():
            is_well = beats.run("fold", jobs.fold)
            self._ended.wait(FOLD_EVERY if is_well else 2)
