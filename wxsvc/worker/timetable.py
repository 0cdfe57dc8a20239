"""The timetable (作业时刻): which job runs when, Beijing time. One line makes a job, a task and a heartbeat.

Every job may come twice, late or not at all: the next one makes up for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from celery.schedules import crontab

from wxsvc.worker import chat_pictures, deliveries, jobs, parametric_codes, person_tags, wechat_health
from wxsvc.worker.workshop import Workshop

FOLDING = "folding"
"""The queue of wake-ups: their own, so that no long job stands in their way."""
WORK = "work"


@dataclass(frozen=True, slots=True)
class Entry:
    """One job: seconds between two runs, or the minutes of a day at which it runs."""

    name: str
    job: Callable[[Workshop], object]
    when: float | crontab
    queue: str = WORK
    is_embedded: bool = True
    """Whether the embedded worker runs it by the timetable too (folding has a thread of its own there)."""

    @property
    def expires(self) -> float | None:
        """A wake-up that waited this many seconds is worth nothing: the next one is due."""
        return 2 * self.when if isinstance(self.when, int | float) else None


TIMETABLE: tuple[Entry, ...] = (
    Entry("fold", jobs.fold, 0.5, FOLDING, is_embedded=False),
    Entry("fetch_codes", parametric_codes.fetch_codes, 5.0),
    Entry("tell_unfinished", jobs.tell_unfinished, 60.0),
    Entry("send_notices", deliveries.send_notices, 5.0),
    Entry("fetch_pictures", chat_pictures.fetch_pictures, 10.0),
    Entry("clear_pictures", chat_pictures.clear_away, crontab(minute="20")),
    Entry("forget_departed", jobs.forget_departed, 60.0),
    Entry("pass_deadlines", jobs.pass_deadlines, crontab(minute="*/10")),
    Entry("remind", jobs.remind, crontab(hour="9-17", minute="0")),
    Entry("recount_all", jobs.recount_all, crontab(hour="2", minute="30")),
    Entry("person_tags", person_tags.follow_roles, 10),
    Entry("wechat", wechat_health.ask, 300),
    Entry("compare_person_tags", person_tags.compare, crontab(hour="3", minute="30")),
    Entry("expire_persons", jobs.expire_persons, crontab(hour="4", minute="0")),
    Entry("visit_all", jobs.visit_all, crontab(hour="3", minute="0")),
)
