"""The Celery app: thin tasks over the jobs, two queues, one timetable. The broker wakes, the work list is the truth."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

from wxsvc.worker import jobs
from wxsvc.worker.jobs import Workshop

FOLDING = "folding"
"""The queue of wake-ups: their own, so that no long job stands in their way."""
WORK = "work"

FOLD_EVERY = 0.5
"""Seconds between two looks at the work list."""


def make_celery(shop: Workshop, *, is_embedded: bool = False) -> Celery:
    """The app for this broker. Embedded, the folding thread looks for itself and nothing is scheduled for it."""
    app = Celery("wxsvc", broker=shop.settings.broker_url, set_as_current=False)
    app.conf.update(
        timezone="Asia/Shanghai",
        enable_utc=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_default_queue=WORK,
        task_routes={"wxsvc.fold": {"queue": FOLDING}},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        beat_scheduler="celery.beat:Scheduler",
        beat_schedule=timetable(is_embedded=is_embedded),
    )
    if shop.settings.broker_url.startswith("memory://"):
        app.conf.broker_transport_options = {"polling_interval": 0.05}
    _tasks(app, shop)
    if (
        not is_embedded
    ):  # the embedded worker is a thread: nothing is forked, and its pool sends the signal all the same
        _after_fork(shop)
    return app


def timetable(*, is_embedded: bool) -> dict[str, Any]:
    """When what happens, Beijing time. Every job may come twice, late or never once: the next one makes up for it."""
    wake: dict[str, Any] = {
        "fold": {
            "task": "wxsvc.fold",
            "schedule": FOLD_EVERY,
            "options": {"queue": FOLDING, "expires": 2 * FOLD_EVERY},
        }
    }
    return ({} if is_embedded else wake) | {
        "deadlines": {"task": "wxsvc.pass_deadlines", "schedule": crontab(minute="*/10")},
        "reminders": {"task": "wxsvc.remind", "schedule": crontab(hour="9-17", minute="0")},
        "recount": {"task": "wxsvc.recount_all", "schedule": crontab(hour="2", minute="30")},
        "visits": {"task": "wxsvc.visit_all", "schedule": crontab(hour="3", minute="0")},
    }


def _tasks(app: Celery, shop: Workshop) -> None:
    """The tasks of this app alone: shared ones would work on the parts of whichever app came first."""

    @app.task(name="wxsvc.fold", shared=False)
    def fold() -> None:
        jobs.fold(shop)

    @app.task(name="wxsvc.pass_deadlines", shared=False)
    def pass_deadlines() -> None:
        jobs.pass_deadlines(shop)

    @app.task(name="wxsvc.remind", shared=False)
    def remind() -> None:
        jobs.remind(shop)

    @app.task(name="wxsvc.recount_all", shared=False)
    def recount_all() -> None:
        jobs.recount_all(shop)

    @app.task(name="wxsvc.visit_all", shared=False)
    def visit_all() -> None:
        for online_service_id in jobs.online_services_to_visit(shop):
            visit_one.delay(online_service_id)

    @app.task(name="wxsvc.visit_one", shared=False)
    def visit_one(online_service_id: int) -> None:
        jobs.visit_online_service(shop, online_service_id)


def _after_fork(shop: Workshop) -> None:
    @worker_process_init.connect(weak=False)
    def forget_the_parents_connections(**_: object) -> None:
        # A forked process must not talk on its parent's connections, nor close them.
        shop.db.engine.dispose(close=False)
