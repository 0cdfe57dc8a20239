"""Keeping the timetable (守时): which jobs are due, whatever anybody does to the machine's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from celery.schedules import crontab

from wxsvc import observe
from wxsvc.worker.timetable import Job, due_after

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the clocks."""


class Timekeeper:
    """Says which entries are due. Periods go by the steady clock, times of the day by the wall clock.

    A time of the day is due when it lies between the last look and this one. So a clock that is set back makes a job
    run twice at the most and none wait, and one that is set forward makes up for what it jumped over.
    """

    def __init__(
        self, entries: Iterable[Job], now: Callable[[], datetime], steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._entries = tuple(entries)
        self._now, self._steady = now, steady
        self._looked_at = now()
        # What goes by a period runs at the start too: nobody waits five minutes to hear whether WeChat answers.
        self._last = {entry.name: steady() - entry.seconds for entry in self._entries}

    def due(self) -> list[Job]:
        """What has become due since the last look; each at most once, however long ago that was."""
        since, self._looked_at = self._looked_at, self._now()
        steady = self._steady()
        found = []
        for entry in self._entries:
            if isinstance(entry.when, crontab):
                is_due = _minute(since) < _minute(self._looked_at) and due_after(entry.when, since) <= self._looked_at
            else:
                is_due = steady - self._last[entry.name] >= entry.when
            if is_due:
                self._last[entry.name] = steady
                found.append(entry)
        return found


def keep_time(keeper: Timekeeper, send: Callable[[Job], object], ended: threading.Event) -> None:
    """Send what is due until told to end. What cannot be sent now is kept and sent once the broker is back."""
    unsent: dict[str, Job] = {}
    is_well = True
    while not ended.is_set():
        unsent |= {entry.name: entry for entry in keeper.due()}
        was_well, is_well = is_well, True
        for name, entry in list(unsent.items()):
            try:
                send(entry)
            except Exception as error:
                is_well = False
                if was_well:
                    reason = observe.scrubbed(str(error))
                    observe.logger("worker").warning("jobs wait for the broker", reason=reason)
                break
            del unsent[name]
        if is_well and not was_well:
            observe.logger("worker").info("the broker takes jobs again")
        ended.wait(LOOK_EVERY)


def _minute(instant: datetime) -> int:
    return int(instant.timestamp() // 60)
