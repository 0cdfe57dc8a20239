"""The Celery app: one thin task per entry of the timetable. The broker hands out, the rows are the truth."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from celery import Celery

from wxsvc.house import House
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timekeeper import Timekeeper, keep_time
from wxsvc.worker.timetable import TIMETABLE, WORK, Job

SENT: Final = tuple(entry for entry in TIMETABLE if entry.queue == WORK)
"""What goes by way of the broker. Folding does not: it looks for itself."""

_BROKER_SECONDS: Final = 10
"""A broker that has fallen silent is given up after this, and asked anew."""


def make_celery(house: House) -> Celery:
    """The app for this broker, with the tasks that work with these parts."""
    app = Celery("wxsvc", broker=house.settings.broker_url, set_as_current=False)
    app.conf.update(
        timezone="Asia/Shanghai",
        enable_utc=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_default_queue=WORK,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
    )
    if house.settings.broker_url.startswith("memory://"):
        app.conf.broker_transport_options = {"polling_interval": 0.05}
    if house.settings.broker_url.startswith("redis"):
        app.conf.broker_transport_options = {
            "socket_connect_timeout": _BROKER_SECONDS,
            "socket_timeout": _BROKER_SECONDS,
        }
    _tasks(app, house)
    app.finalize()  # now: the embedded worker's threads would find half the tasks while the first of them does it
    return app


def timekeeping(app: Celery, house: House) -> Callable[[threading.Event], None]:
    """The loop that sends each job when it is due."""

    def loop(ended: threading.Event) -> None:
        # No message expires: that would be judged by another machine's clock. What waited too long is left out below.
        def send(entry: Job) -> None:
            app.tasks[_task(entry)].apply_async(queue=entry.queue, retry=False)

        keep_time(Timekeeper(SENT, house.now), send, ended)

    return loop


def _tasks(app: Celery, house: House) -> None:
    """The tasks of this app alone: shared ones would work on the parts of whichever app came first."""
    beats = Heartbeats(house)
    ended_at: dict[str, float] = {}
    for entry in SENT:

        def run(entry: Job = entry) -> None:
            # Where messages have piled up, the first of them has done the work of the others.
            if time.monotonic() - ended_at.get(entry.name, float("-inf")) < entry.seconds / 2:
                return
            beats.run(entry.name, entry.job)
            ended_at[entry.name] = time.monotonic()

        app.task(name=_task(entry), shared=False)(run)


def _task(entry: Job) -> str:
    return f"wxsvc.{entry.name}"
