"""The log (操作记录): is it whole, as the chain over it tells. Walks all of it, so ``doctor`` alone asks."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from wxsvc.checks.finding import Finding, bad, good, note
from wxsvc.services import log_chain

_SHOWN: Final = 16
"""Digits of the chain's end that somebody can compare with what was noted before."""


def chain(session: Session, now: datetime) -> Finding:
    """Whether no entry was changed or taken out, and none waits for its link."""
    found = log_chain.verify(session, now)
    if found.broken_at is not None:
        return bad("log", "log_broken", entry=found.broken_at, count=found.count)
    if found.loose:
        return note("log", "log_loose", loose=found.loose)
    return good("log", "log_whole", count=found.count, end=found.end[:_SHOWN])
