"""加分申报: the five kinds of claim behind the two bonus rows; the reviewer may correct the year they count in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.collaboration import BonusClaim
from models.platform import PlatformYear
from models.terms import Stage
from scoring.terms import BonusKind, PlatformTitle
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import When, when
from wxsvc.services.demands import must_be_link, must_have_happened, must_have_reason, must_say
from wxsvc.services.locks import hold_open
from wxsvc.services.marks import must_stand
from wxsvc.services.records import media, reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import concerned, find, move_papers, note, write

_set_period: Final = sa.exists().where(
    PlatformYear.platform_id == BonusClaim.platform_id,
    PlatformYear.year == BonusClaim.year,
    PlatformYear.period_reason.is_not(None),
    BonusClaim.awarded_on.between(PlatformYear.assessed_from, PlatformYear.assessed_until),
)
IS_OF_ITS_YEAR: Final = sa.or_(sa.extract("year", BonusClaim.awarded_on) == BonusClaim.year, _set_period)
"""考评年度内: whether the day of a ``BonusClaim`` of a query lies in the year that it is claimed for.

Or in the period that the province set for that year, which may have days of the years beside it."""


class BonusClaimEntry(Struct, frozen=True):
    """What was won or reported, by whom (授予单位 or 报道媒体), on which day, and for which evaluation year.

    Titles are awarded after their year has ended, so the year is chosen and not read off the day. A claim of a title
    says which of the five (``award``); a press claim names its medium from the list, or says why another one is
    权威主流 (``medium_reason``).
    """

    year: int
    kind: BonusKind
    title: str
    issuer: str
    awarded_on: date
    link: str | None = None
    award: PlatformTitle | None = None
    medium_id: int | None = None
    medium_reason: str | None = None


def add(
    session: Session,
    platform_id: int,
    entry: BonusClaimEntry,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> BonusClaim:
    """Submit a claim; idempotent. Its proof is added by ``evidence.add``; a press report's link is proof.

    Raises ``Refused``: ``text_needed``, ``bad_link``, ``day_in_future``, ``year_sealed``, ``award_needed`` for a title
    that is none of the five, ``medium_needed`` for a report without a medium of the list or a reason for another one,
    ``medium_unknown``.
    """
    checked = _checked(session, entry, now)
    return reviewed.submit(session, BonusClaim, platform_id, checked, by, now, backfill_days=backfill_days)


def correct(
    session: Session,
    claim_id: int,
    entry: BonusClaimEntry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> BonusClaim:
    """Change a claim until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    kept = find(session, BonusClaim, claim_id).medium_id
    checked = _checked(session, entry, now, kept)
    return reviewed.amend(session, BonusClaim, claim_id, checked, version, by, now, backfill_days)


def set_year(
    session: Session, claim_id: int, year: int, reason: str, by: Actor, now: datetime, version: int | None = None
) -> BonusClaim:
    """The reviewer puts a claim into the year it belongs to, with a reason; its papers move along. Idempotent.

    ``version`` is the one the reviewer saw. Raises ``Refused``: ``not_allowed``, ``reason_needed``, ``record_void``,
    ``edited_by_other``, ``year_sealed``.
    """
    by.must_review()
    row = find(session, BonusClaim, claim_id)
    hold_open(session, row.platform_id, when(row), When(year, row.awarded_on))
    given = must_have_reason(reason)
    if row.year == year:
        return row
    if row.stage is Stage.VOID:
        raise Refused("record_void")
    must_stand(version, row.version)
    before = concerned(session, row)
    old = row.year
    write(session, row, year=year)
    move_papers(session, row)
    note(session, row, "year_set", by, now, also=before, old=old, new=year, reason=given)
    return row


def is_of_its_year(session: Session, row: BonusClaim) -> bool:
    """The same of one claim: what is not is left out of the count until the reviewer puts it into another year."""
    return bool(session.scalar(sa.select(IS_OF_ITS_YEAR).where(BonusClaim.id == row.id)))


def mark_story(
    session: Session, claim_id: int, of_id: int | None, by: Actor, now: datetime, version: int | None = None
) -> BonusClaim:
    """同一报道: the reviewer says of which other report this one tells the story; None takes the mark away. Idempotent.

    每次加3分: under the reading ``one_story`` = ``once`` reports of one story count once. Raises ``Refused``:
    ``not_allowed``, ``not_one_story`` unless both are press claims of one platform and year, ``year_sealed``,
    ``edited_by_other`` where ``version``, the one that the reviewer saw, is not the one that stands.
    """
    by.must_review()
    row = find(session, BonusClaim, claim_id)
    hold_open(session, row.platform_id, when(row))
    if of_id is not None and find(session, BonusClaim, of_id) not in other_reports(session, row):
        raise Refused("not_one_story")
    if row.story_of != of_id:
        must_stand(version, row.version)
        write(session, row, story_of=of_id)
        note(session, row, "story_marked", by, now, story_of=of_id)
    return row


def other_reports(session: Session, row: BonusClaim) -> list[BonusClaim]:
    """The other press claims of the platform's year, with which a press claim may share its story."""
    if row.kind is not BonusKind.PRESS:
        return []
    query = sa.select(BonusClaim).where(
        BonusClaim.platform_id == row.platform_id,
        BonusClaim.year == row.year,
        BonusClaim.kind == BonusKind.PRESS,
        BonusClaim.id != row.id,
        BonusClaim.stage != Stage.VOID,
    )
    return list(session.scalars(query.order_by(BonusClaim.awarded_on, BonusClaim.id)))


def told_again(reports: Iterable[Any]) -> list[Any]:
    """Of counted reports (rows with ``day``), those that tell a story which another of them tells.

    They have the same title, or the reviewer marked them. Of each story one is left out of the list: an approved one if
    there is any, else the earliest.
    """
    ordered = sorted(reports, key=lambda each: (each.stage is not Stage.APPROVED, each.day, each.id))
    stories: list[tuple[set[str | int], list[int]]] = []
    for place, claim in enumerate(ordered):
        marks: set[str | int] = {claim.id, claim.story_of or claim.id, _plain(claim.title) or claim.id}
        same = [each for each in stories if each[0] & marks]
        apart = [each for each in stories if not each[0] & marks]
        places = [place, *(known for _, places in same for known in places)]
        stories = [*apart, (marks.union(*(each for each, _ in same)), places)]
    return [ordered[place] for _, places in stories for place in sorted(places)[1:]]


def _plain(title: str) -> str:
    """A title as it is compared: letters and digits alone, whatever their width and case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", title).casefold() if sign.isalnum())


def _checked(session: Session, entry: BonusClaimEntry, now: datetime, kept: int | None = None) -> BonusClaimEntry:
    """The entry with its medium's name and a link that opens, and nothing that its kind does not have."""
    is_press, is_title = entry.kind is BonusKind.PRESS, entry.kind is BonusKind.PLATFORM_TITLE
    if is_title and entry.award is None:
        raise Refused("award_needed")
    if is_press and not entry.medium_id and not entry.medium_reason:
        raise Refused("medium_needed")
    listed = media.must_stand(session, entry.medium_id, kept=kept) if is_press and entry.medium_id else None
    issuer = listed.name if listed is not None else entry.issuer
    must_say(entry.title, issuer)
    must_have_happened(entry.awarded_on, now)
    return replace(
        entry,
        issuer=issuer,
        link=must_be_link(entry.link) if entry.link else None,
        award=entry.award if is_title else None,
        medium_id=listed.id if listed is not None else None,
        medium_reason=entry.medium_reason if is_press and listed is None else None,
    )
