"""口径: what the province decides where the regulation's text is open. The newest decision for a name is in force.

A sealed year keeps the readings that stand on its scorecard.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.regulation import ReadingDecision
from models.terms import Subject
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.terms import READING_VALUES, PlatformKind, ReadingName
from wxsvc.services import journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import PROVINCE, lock
from wxsvc.services.refusal import Refused


def in_force(session: Session, year: int, kind: PlatformKind) -> Readings:
    """All readings for one kind and year: the scheme's defaults, and over them what the province decided.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    decided = {each.name: each.value for each in decisions(session, year, kind)}
    return scheme_for(kind, year).readings.with_decisions(decided)


def decisions(session: Session, year: int, kind: PlatformKind) -> list[ReadingDecision]:
    """Every decision for one kind and year, oldest first: what the page 口径登记 lists."""
    query = sa.select(ReadingDecision).where(ReadingDecision.year == year, ReadingDecision.kind == kind)
    return list(session.scalars(query.order_by(ReadingDecision.id)))


def decide(
    session: Session,
    year: int,
    kind: PlatformKind,
    name: str,
    value: str,
    reason: str,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> ReadingDecision:
    """The province decides one reading with a reason; every unsealed platform of the kind is counted anew.

    The value that the newest decision already says changes nothing. ``seen`` is the id of the decision that was
    shown as the newest, 0 for the scheme's default. Raises ``Refused``: ``unknown_reading``, ``unknown_reading_value``
    (with ``allowed``), ``reason_needed``, ``reading_overtaken`` (with what stands, by whom and when).
    """
    by.must_be_province()
    if name not in READING_VALUES:
        raise Refused("unknown_reading", name=name)
    allowed = READING_VALUES[ReadingName(name)]
    if value not in allowed:
        raise Refused("unknown_reading_value", name=name, value=value, allowed=allowed)
    given = must_have_reason(reason)
    lock(session, PROVINCE, year)
    newest = _newest(session, year, kind, name)
    if newest is not None and newest.value == value:
        return newest
    if seen is not None and seen != (newest.id if newest is not None else 0):
        stands = (newest.value, newest.decided_at, newest.decided_by) if newest is not None else (None, None, None)
        raise Refused("reading_overtaken", stands=stands[0], at=stands[1], by=stands[2], typed=value)
    decision = ReadingDecision(
        year=year, kind=kind, name=name, value=value, decided_by=by.person_id, decided_at=now, reason=given
    )
    session.add(decision)
    session.flush()
    journal.record(
        session,
        "reading.decided",
        Subject.READING,
        decision.id,
        by=by,
        now=now,
        year=year,
        kind=kind.value,
        name=name,
        old=newest.value if newest is not None else None,
        new=value,
    )
    years.touch_open(session, year, now, kind)
    return decision


def _newest(session: Session, year: int, kind: PlatformKind, name: str) -> ReadingDecision | None:
    return session.scalar(
        sa.select(ReadingDecision)
        .where(ReadingDecision.year == year, ReadingDecision.kind == kind, ReadingDecision.name == name)
        .order_by(ReadingDecision.id.desc())
        .limit(1)
    )
