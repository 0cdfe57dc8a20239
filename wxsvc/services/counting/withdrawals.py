"""撤回: a paper or a proved record is taken back — what it costs is said first, and the province hears of it.

不按要求提供则视为无，不计入评分: what rested on the paper does not count until it is there again. The cost is no
estimate: the year is counted before and after, and a withdrawal that nobody agreed to is undone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct
from sqlalchemy.orm import Session

from models.collaboration import Evidence
from models.platform import Platform
from models.terms import NoticePurpose, Subject
from scoring.scheme import Indicator
from scoring.words import points_text
from wxsvc.services import counting_years, journal, notices
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.counting_years import when
from wxsvc.services.judging import line_bases
from wxsvc.services.locks import hold_open
from wxsvc.services.records import evidence, reviewed
from wxsvc.services.records.kinds import KINDS, kind_of
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import RECORDS, Record, find

Taken = TypeVar("Taken", Evidence, Record)


class Loss(Struct, frozen=True):
    """What one line loses: ``points`` of now (0 where the cap hides the loss, or nothing was ruled yet)."""

    code: str
    name: str
    points: Decimal


class _Holding(Struct, frozen=True):
    """One line: its points, and how many facts count for it or how many accepted records it is recognised by."""

    line: Indicator
    points: Decimal
    amount: int

    def exceeds(self, other: _Holding) -> bool:
        return self.points > other.points or self.amount > other.amount

    def less(self, other: _Holding) -> Loss:
        return Loss(self.line.code, self.line.name, self.points - other.points)


def take_back_paper(
    session: Session, evidence_id: int, by: Actor, now: datetime, *, is_agreed: bool = False
) -> Evidence:
    """Take a paper of annex 2 back; idempotent.

    Raises ``Refused``: ``proof_in_use`` with the ``losses`` unless they were agreed to, ``not_allowed``,
    ``year_sealed``.
    """
    row = find(session, Evidence, evidence_id)
    return _taken(
        session, row, row.title, by, now, lambda: evidence.withdraw(session, row.id, by, now), is_agreed=is_agreed
    )


def take_back_record(
    session: Session,
    subject: Subject,
    record_id: int,
    reason: str,
    by: Actor,
    now: datetime,
    *,
    is_agreed: bool = False,
) -> Record:
    """The platform takes its own record back (作废) with a reason; of a kind that rests on papers, what it costs first.

    Raises ``Refused`` like :func:`take_back_paper`, and ``reason_needed``.
    """
    row = find(session, RECORDS[subject], record_id)

    def deed() -> Record:
        return reviewed.withdraw(session, subject, record_id, reason, by, now)

    if not KINDS[subject].needs_proof:
        return deed()
    return _taken(session, row, kind_of(row).title(row), by, now, deed, is_agreed=is_agreed)


def _taken(
    session: Session, row: Taken, title: str, by: Actor, now: datetime, deed: Callable[[], Taken], *, is_agreed: bool
) -> Taken:
    by.must_work_for(row.platform_id)
    at = evidence.when_of(session, row) if isinstance(row, Evidence) else when(row)
    hold_open(session, row.platform_id, at)
    platform = session.get_one(Platform, row.platform_id)
    year = counting_years.year_of(session, platform.id, at)
    before = _holdings(session, platform, year, now)
    try:
        with session.begin_nested():
            done = deed()
            lost = _lost(before, _holdings(session, platform, year, now))
            if lost and not is_agreed:
                raise Refused("proof_in_use", losses=lost)
    except Refused:
        session.expire(row)  # undone in the database, and here
        raise
    if lost:
        _tell(session, platform, year, row, title, lost, by, now)
    return done


def _lost(before: dict[str, _Holding], after: dict[str, _Holding]) -> tuple[Loss, ...]:
    return tuple(held.less(after[code]) for code, held in before.items() if held.exceeds(after[code]))


def _holdings(session: Session, platform: Platform, year: int, now: datetime) -> dict[str, _Holding]:
    """Line by line, what the platform has now."""
    counted, found = tallies.recount(session, platform, year, now), {}
    for line in counted.tally.scheme.indicators:
        offers = line_bases.of(session, platform.id, year, line.code, now).offers
        amount = sum(counted.tally.count(fact) for fact in line.counts) + sum(each.is_accepted for each in offers)
        found[line.code] = _Holding(line, counted.scored.line(line.code).points, amount)
    return found


def _tell(
    session: Session,
    platform: Platform,
    year: int,
    row: Evidence | Record,
    title: str,
    lost: tuple[Loss, ...],
    by: Actor,
    now: datetime,
) -> None:
    """省枢纽平台 and 省工信厅 hear what was taken back and which points wait; the log keeps it."""
    subject = Subject.EVIDENCE if isinstance(row, Evidence) else row.SUBJECT
    lines = [{"code": each.code, "name": each.name, "points": points_text(each.points)} for each in lost]
    facts = {"deed": "unproved", "platform": platform.name, "code": platform.code, "year": year, "title": title}
    key = f"unproved:{subject.value}:{row.id}:{now.isoformat()}"
    notices.tell(session, NoticePurpose.RULING, key, facts | {"subject": subject.value, "lines": lines}, now)
    journal.record_of(session, row, "points_given_up", by, now, year=year, lines=lines)
