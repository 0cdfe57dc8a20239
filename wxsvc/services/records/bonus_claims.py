"""加分申报: the five kinds of claim behind the two bonus rows; the reviewer may correct the year they count in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.collaboration import BonusClaim
from models.terms import Stage
from scoring.terms import BonusKind
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_be_link, must_have_happened, must_have_reason, must_say
from wxsvc.services.locks import hold_open
from wxsvc.services.records import reviewed
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import concerned, find, move_papers, note, write


@dataclass(frozen=True, slots=True)
class BonusClaimEntry:
    """What was won or reported, by whom (授予单位 or 报道媒体), on which day, and for which evaluation year.

    Titles are awarded after their year has ended, so the year is chosen and not read off the day.
    """

    year: int
    kind: BonusKind
    title: str
    issuer: str
    awarded_on: date
    link: str | None = None


def add(session: Session, platform_id: int, entry: BonusClaimEntry, by: Actor, now: datetime) -> BonusClaim:
    """Submit a claim; idempotent. Its proof is added by ``evidence.add``; a press report's link is proof.

    Raises ``Refused``: ``text_needed``, ``bad_link``, ``day_in_future``, ``year_sealed``.
    """
    return reviewed.submit(session, BonusClaim, platform_id, _checked(entry, now), by, now)


def correct(
    session: Session, claim_id: int, entry: BonusClaimEntry, version: int, by: Actor, now: datetime
) -> BonusClaim:
    """Change a claim until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    return reviewed.amend(session, BonusClaim, claim_id, _checked(entry, now), version, by, now)


def set_year(session: Session, claim_id: int, year: int, reason: str, by: Actor, now: datetime) -> BonusClaim:
    """The reviewer puts a claim into the year it belongs to, with a reason; its papers move along. Idempotent."""
    by.must_review()
    row = find(session, BonusClaim, claim_id)
    hold_open(session, row.platform_id, row.year, year)
    given = must_have_reason(reason)
    if row.year == year:
        return row
    if row.stage is Stage.VOID:
        raise Refused("record_void")
    before = concerned(session, row)
    old = row.year
    write(session, row, year=year)
    move_papers(session, row)
    note(session, row, "year_set", by, now, also=before, old=old, new=year, reason=given)
    return row


def _checked(entry: BonusClaimEntry, now: datetime) -> BonusClaimEntry:
    must_say(entry.title, entry.issuer)
    must_have_happened(entry.awarded_on, now)
    return replace(entry, link=must_be_link(entry.link) if entry.link else None)
