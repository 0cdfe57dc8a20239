"""The Celery app: one thin task per entry of the timetable, two queues. The broker wakes, the rows are the truth."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import TIMETABLE, WORK, Entry
from wxsvc.worker.workshop import Workshop


def make_celery(shop: Workshop, *, is_embedded: bool = False) -> Celery:
    """The app for this broker. Embedded, the folding thread looks for itself and nothing is scheduled for it."""
    app = Celery("wxsvc", broker=shop.settings.broker_url, set_as_current=False)
    app.conf.update(
        timezone="Asia/Shanghai",
        enable_utc=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_default_queue=WORK,
        task_routes={_task(entry): {"queue": entry.queue} for entry in TIMETABLE},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        beat_scheduler="celery.beat:Scheduler",
        beat_schedule=schedule(is_embedded=is_embedded),
    )
    if shop.settings.broker_url.startswith("memory://"):
        app.conf.broker_transport_options = {"polling_interval": 0.05}
    _tasks(app, shop)
    app.finalize()  # now: the embedded worker's threads would find half the tasks while the first of them does it
    _after_fork(shop)
    return app


def schedule(*, is_embedded: bool) -> dict[str, Any]:
    """The timetable in beat's words."""
    return {
        entry.name: {
            "task": _task(entry),
            "schedule": entry.when,
            "options": {"queue": entry.queue} | ({"expires": entry.expires} if entry.expires else {}),
        }
        for entry in TIMETABLE
        if entry.is_embedded or not is_embedded
    }


def _tasks(app: Celery, shop: Workshop) -> None:
    """The tasks of this app alone: shared ones would work on the parts of whichever app came first."""
    beats = Heartbeats(shop)
    for entry in TIMETABLE:

        def run(entry: Entry = entry) -> None:
            beats.run(entry.name, entry.job)

        app.task(name=_task(entry), shared=False)(run)


def _task(entry: Entry) -> str:
    return f"wxsvc.{entry.name}"


def _after_fork(shop: Workshop) -> None:
    parent = os.getpid()

    @worker_process_init.connect(weak=False)
    def forget_the_parents_connections(**_: object) -> None:
        # A forked process must not talk on its parent's connections, nor close them. The embedded worker's pool
        # of one sends the signal too, and forks nothing.
        if os.getpid() != parent:
            shop.db.engine.dispose(close=False)
