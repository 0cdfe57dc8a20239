"""The timetable (作业时刻): which job runs when, Beijing time. One line makes a job, a task and a heartbeat.

Every job may come twice, late or not at all: the next one makes up for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery.schedules import crontab
from msgspec import Struct

from wxsvc.clock import BEIJING
from wxsvc.house import House
from wxsvc.worker import (
    chat_pictures,
    deliveries,
    jobs,
    parametric_codes,
    person_tags,
    photo_likenesses,
    webhooks,
    wechat_health,
)

FOLDING = "folding"
"""What looks for itself, in a thread of its own, so that no long job stands in its way."""
WORK = "work"
"""What the broker hands out."""

_MINUTE = timedelta(minutes=1)
_FARTHEST = 366 * 24 * 60  # minutes to look ahead


class Job(Struct, frozen=True):
    """One job: seconds between two runs, or the minutes of a day at which it runs."""

    name: str
    job: Callable[[House], object]
    when: float | crontab
    queue: str = WORK

    @property
    def seconds(self) -> float:
        """The period; 0 for what goes by the time of the day."""
        return 0.0 if isinstance(self.when, crontab) else self.when


def due_after(when: float | crontab, instant: datetime) -> datetime:
    """When a job that ran at this instant is due again, by its line in the timetable (Beijing time)."""
    if not isinstance(when, crontab):
        return instant + timedelta(seconds=when)
    due: Any = when  # the stubs do not know its sets of minutes, hours …
    at = instant.astimezone(BEIJING).replace(second=0, microsecond=0)
    for _ in range(_FARTHEST):
        at += _MINUTE
        if (
            at.minute in due.minute
            and at.hour in due.hour
            and at.isoweekday() % 7 in due.day_of_week
            and at.day in due.day_of_month
            and at.month in due.month_of_year
        ):
            return at
    return instant + timedelta(days=366)


FOLD = Job("fold", jobs.fold, 0.3, FOLDING)

TIMETABLE: tuple[Job, ...] = (
    FOLD,
    Job("fetch_codes", parametric_codes.fetch_codes, 5.0),
    Job("analyze_grown", jobs.analyze_grown, 5.0),
    Job("tell_unfinished", jobs.tell_unfinished, 60.0),
    Job("follow_signups", jobs.follow_signups, 60.0),
    Job("tell_verdicts", jobs.tell_verdicts, 5.0),
    Job("keep_hints", jobs.keep_hints, 60.0),
    Job("renew_hints", jobs.renew_hints, crontab(minute="5-59/10")),
    Job("send_notices", deliveries.send_notices, 5.0),
    Job("send_webhooks", webhooks.send_webhooks, 5.0),
    Job("clear_webhooks", webhooks.clear_webhooks, crontab(hour="4", minute="20")),
    Job("fetch_pictures", chat_pictures.fetch_pictures, 10.0),
    Job("compare_photos", photo_likenesses.compare, 60.0),
    Job("clear_pictures", chat_pictures.clear_away, crontab(minute="20")),
    Job("clear_sessions", jobs.clear_sessions, crontab(minute="40")),
    Job("forget_departed", jobs.forget_departed, 60.0),
    Job("pass_deadlines", jobs.pass_deadlines, crontab(minute="*/10")),
    Job("chain_log", jobs.chain_log, crontab(minute="*/5")),
    Job("remind", jobs.remind, crontab(hour="9-17", minute="0")),
    Job("recount_all", jobs.recount_all, crontab(hour="2", minute="30")),
    Job("keep_month", jobs.keep_month, crontab(hour="23", minute="50")),
    Job("person_tags", person_tags.follow_roles, 10),
    Job("wechat", wechat_health.ask, 300),
    Job("compare_person_tags", person_tags.compare, crontab(hour="3", minute="30")),
    Job("expire_persons", jobs.expire_persons, crontab(hour="4", minute="0")),
    Job("visit_all", jobs.visit_all, crontab(hour="3", minute="0")),
    Job("picture_changed", jobs.picture_changed, crontab(hour="0-6", minute="25")),
)
