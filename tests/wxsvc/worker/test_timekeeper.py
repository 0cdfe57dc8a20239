"""The timetable under clocks that somebody sets, and while the broker is away."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from celery.schedules import crontab

from tests.builders import BEIJING
from wxsvc.worker.timekeeper import Timekeeper, keep_time
from wxsvc.worker.timetable import WORK, Job

OFTEN = Job("often", lambda _: None, 5.0)
TENTH_MINUTE = Job("tenth_minute", lambda _: None, crontab(minute="*/10"))
NIGHTLY = Job("nightly", lambda _: None, crontab(hour="2", minute="30"))


class Clocks:
    """A wall clock that can be set, and a steady one that cannot."""

    def __init__(self) -> None:
        self.wall, self.steady = datetime(2026, 11, 23, 10, 0, 30, tzinfo=BEIJING), 1000.0
        self.keeper = Timekeeper((OFTEN, TENTH_MINUTE, NIGHTLY), lambda: self.wall, lambda: self.steady)

    def set(self, **by: float) -> None:
        self.wall += timedelta(**by)

    def run(self, seconds: float) -> list[str]:
        """Let time go by in half seconds; what became due, in order."""
        found: list[str] = []
        for _ in range(int(seconds * 2)):
            self.wall += timedelta(seconds=0.5)
            self.steady += 0.5
            found += [entry.name for entry in self.keeper.due()]
        return found


def test_a_period_goes_by_and_a_time_of_the_day_comes() -> None:
    """What goes by a period runs at the start too, and then each time the period is over."""
    clocks = Clocks()
    assert clocks.run(0.5) == ["often"]
    assert clocks.run(20) == ["often"] * 4
    assert clocks.run(600).count("tenth_minute") == 1
    assert Clocks().run(600).count("nightly") == 0


def test_no_job_waits_for_a_clock_that_was_set_back() -> None:
    """By three seconds or by a day: periods go on, and the next tenth minute comes as the wall says it."""
    for back in (3, 3600, 86400):
        clocks = Clocks()
        clocks.run(30)
        clocks.set(seconds=-back)
        assert clocks.run(10).count("often") == 2
        assert clocks.run(600).count("tenth_minute") == 1


def test_what_a_clock_set_forward_jumped_over_is_made_up_for_once() -> None:
    clocks = Clocks()
    clocks.run(0.5)
    clocks.set(days=2)
    assert sorted(clocks.run(0.5)) == ["nightly", "tenth_minute"]
    assert clocks.run(10) == ["often"] * 2


def test_a_day_and_a_night_have_each_time_once() -> None:
    clocks = Clocks()
    found = []
    for _ in range(24 * 60):
        clocks.wall += timedelta(minutes=1)
        found += [entry.name for entry in clocks.keeper.due()]
    assert (found.count("tenth_minute"), found.count("nightly")) == (144, 1)


def test_what_the_broker_does_not_take_is_sent_once_when_it_is_back() -> None:
    clocks, ended = Clocks(), threading.Event()
    clocks.set(hours=17)  # past half past two in the night
    tried, sent = [], []

    def send(entry: Job) -> None:
        tried.append(entry.name)
        clocks.steady += 5
        if len(tried) < 4:
            raise ConnectionError("redis://:secret@127.0.0.1 is away")
        sent.append(entry.name)
        if len(sent) == 3:
            ended.set()

    keep_time(clocks.keeper, send, ended)
    assert sorted(sent) == ["nightly", "often", "tenth_minute"]
    assert all(entry.queue == WORK for entry in (OFTEN, TENTH_MINUTE, NIGHTLY))
