"""The worker's jobs (后台作业): when each last ran to its end, which is overdue, which failed and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.errand import Heartbeat
from wxsvc import wording
from wxsvc.checks.finding import Finding, bad, good
from wxsvc.services import backlog
from wxsvc.services.people import retention as terms
from wxsvc.wechat import diagnosis
from wxsvc.wechat.diagnosis import Explanation
from wxsvc.worker.heartbeats import STARTED
from wxsvc.worker.timetable import TIMETABLE, Job, due_after

EXPIRE_PERSONS: Final = "expire_persons"
"""The job that lets personal data go."""
LEAST_GRACE: Final = timedelta(minutes=2)
MOST_GRACE: Final = timedelta(hours=1)


class Pulse(StrEnum):
    """How a job stands."""

    FRESH = "fresh"
    WAITING = "waiting"
    """Has never run, and need not have: its hour has not come since the worker began."""
    FAILING = "failing"
    OVERDUE = "overdue"
    NEVER = "never"


class Beat(Struct, frozen=True):
    """One job of the timetable: its last beat, and what went wrong if it did not run to its end."""

    name: str
    pulse: Pulse
    beat_at: datetime | None
    problem: str | None

    @property
    def label(self) -> str:
        """The job's Chinese name; one that nobody has named yet must not keep an operator from the others."""
        try:
            return wording.word(self.name, "job")
        except KeyError:
            return self.name


def beats(session: Session, now: datetime, entries: Iterable[Job] = TIMETABLE) -> list[Beat]:
    """Every job of the timetable, in its order."""
    rows = {row.name: row for row in session.scalars(sa.select(Heartbeat))}
    started = rows.get(STARTED)
    return [_beat(entry, rows.get(entry.name), started.beat_at if started else None, now) for entry in entries]


def worker(found: list[Beat], *, is_embedded: bool, is_simulated: bool = False) -> Finding:
    """后台作业: do all of them run."""
    if not any(beat.pulse in (Pulse.FRESH, Pulse.FAILING) for beat in found):
        return bad("worker", "worker_silent", is_embedded=is_embedded)
    overdue = [beat.label for beat in found if beat.pulse in (Pulse.OVERDUE, Pulse.NEVER)]
    if overdue:
        return bad("worker", "worker_overdue", jobs=overdue)
    failing = [beat for beat in found if beat.pulse is Pulse.FAILING]
    if failing:
        problem = failing[0].problem or ""
        explained = diagnosis.explain_noted(problem, is_simulated=is_simulated) or Explanation(problem, "")
        names = [beat.label for beat in failing]
        return bad("worker", "worker_failing", jobs=names, problem=explained.what, mend=explained.mend)
    return good("worker", "worker_runs", count=len(found))


def folding(session: Session, now: datetime, *, is_embedded: bool) -> Finding:
    """计分: does every change reach its score in time. It tells sooner than a missing heartbeat that nobody folds."""
    seconds = backlog.waiting_seconds(session, now)
    if seconds > backlog.LATE:
        return bad("folding", "folding_late", seconds=round(seconds), is_embedded=is_embedded)
    return good("folding", "folding_current")


def retention(session: Session, now: datetime) -> Finding:
    """个人信息保存期限: when the nightly job last ran, and who should be gone and is not."""
    ran_at = session.scalar(sa.select(Heartbeat.beat_at).where(Heartbeat.name == EXPIRE_PERSONS))
    late = terms.overdue(session, now)
    if late is not None:
        return bad("retention", "retention_overdue", count=late.count, since=late.since, ran_at=ran_at)
    return good("retention", "retention_kept", ran_at=ran_at)


def _beat(entry: Job, row: Heartbeat | None, started_at: datetime | None, now: datetime) -> Beat:
    since = row.beat_at if row is not None else started_at
    if since is None:
        return Beat(entry.name, Pulse.NEVER, None, None)
    due_at = due_after(entry.when, since)
    grace = min(max(2 * (due_after(entry.when, due_at) - due_at), LEAST_GRACE), MOST_GRACE)
    is_late = now > due_at + grace
    if row is None:
        return Beat(entry.name, Pulse.NEVER if is_late else Pulse.WAITING, None, None)
    running = Pulse.FAILING if row.problem else Pulse.FRESH
    return Beat(entry.name, Pulse.OVERDUE if is_late else running, row.beat_at, row.problem)
