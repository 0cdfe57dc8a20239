"""心跳: when each job last ran to its end, and what went wrong; `wxsvc doctor` and the status page read them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import Heartbeat
from wxsvc import observe
from wxsvc.house import House
from wxsvc.services.locks import insert_once
from wxsvc.wechat.errors import WeChatError

SELDOM = 30.0
"""Seconds: a job that runs several times a second says only this often that it is well."""


STARTED = "started"
"""The row that says since when this worker runs: a job that has not run yet is late from then on, not from ever."""


def last_run(session: Session, name: str) -> datetime | None:
    """When the job last ran to its end, or half a minute later; None where it never did, or last went wrong."""
    return session.scalar(sa.select(Heartbeat.beat_at).where(Heartbeat.name == name, Heartbeat.problem.is_(None)))


class Heartbeats:
    """The heartbeats of one process. A change between well and ill is written at once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last: dict[str, tuple[float, str | None]] = {}

    def run(self, name: str, job: Callable[[House], object]) -> bool:
        """Run a job and note how it went; what it raises is logged and noted, never raised. Whether it went well."""
        problem = None
        try:
            job(self._house)
        except Exception as error:
            # Whatever went wrong, the rows still hold the work: the next run looks again.
            if isinstance(error, WeChatError):  # it says all there is to say
                observe.logger("worker").warning("job failed", job=name, reason=str(error))
            else:
                observe.logger("worker").exception("job failed", job=name)
            problem = observe.scrubbed(f"{type(error).__name__}: {error}").partition("\n")[0][:500]
        at, before = self._last.get(name, (float("-inf"), None))
        if problem != before or time.monotonic() - at >= SELDOM:
            self._note(name, problem)
        return problem is None

    def _note(self, name: str, problem: str | None) -> None:
        try:
            with self._house.database.transaction() as session:
                if not self._last:
                    self._write(session, STARTED, None)
                self._write(session, name, problem)
        except Exception:
            observe.logger("worker").exception("heartbeat not written", job=name)
        else:
            self._last[name] = (time.monotonic(), problem)

    def _write(self, session: Session, name: str, problem: str | None) -> None:
        now = self._house.now()
        insert_once(session, Heartbeat, name=name, beat_at=now, problem=problem)
        session.execute(sa.update(Heartbeat).where(Heartbeat.name == name).values(beat_at=now, problem=problem))
