"""企业提出的需求与诉求: one box, one choice. A draft of the region's platform until it is taken up; no draft counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.person import Person
from models.platform import Platform
from models.record import Need
from models.terms import NeedKind, NeedState, Stage
from scoring.terms import PlatformKind
from wxsvc.queries import Page, page_of
from wxsvc.services import counting_years, journal, kept_enterprises, platforms, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import When, when
from wxsvc.services.demands import must_have_reason, must_hold_no_identity_number, must_say
from wxsvc.services.locks import concerning, hold_open, lock_all
from wxsvc.services.people import enterprises, known_standings, persons
from wxsvc.services.records import need_notices, needs
from wxsvc.services.records.need_notices import NeedNews
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find, find_own, note, write
from wxsvc.texts import regions
from wxsvc.vault import Vault

LONGEST_TEXT: Final = 2000
LONGEST_TITLE: Final = 40
MOST_A_DAY: Final = 10
"""Needs that one person may raise in a day without staff."""
_WAITS: Final = (Need.is_from_enterprise, Need.stage == Stage.DRAFT)
_SENTENCE_ENDS: Final = "\n。！？；!?;"


class RaisedNeed(Struct, frozen=True):
    """What somebody asks for their enterprise; without a platform the one of the region takes it."""

    kind: NeedKind
    enterprise_id: int
    region_code: str
    text: str
    platform_id: int | None = None


class NeedWaiting(Struct, frozen=True):
    """待受理: a need that an enterprise raised; ``need.version`` is the one to take up."""

    need: Need
    enterprise: Enterprise


class OwnNeed(Struct, frozen=True):
    """A need of one's own enterprise. Its text is shown to the person who raised it alone (``is_mine``)."""

    need: Need
    enterprise: Enterprise
    platform: Platform
    is_mine: bool


def platforms_for(session: Session, enterprise_id: int, region_code: str) -> Sequence[Platform]:
    """Who may take it up: the county's platform first, then the clusters and parks that list the enterprise.

    Where a county has no platform, the prefecture's stands in for it.
    """
    found = platforms.serving(session, enterprise_id, region := must_be_region(region_code))
    county = [each for each in found if each.kind is PlatformKind.COUNTY and each.region_code == region]
    local = county or [each for each in found if each.kind is PlatformKind.PREFECTURE]
    return [*local, *(each for each in found if each.kind is not PlatformKind.PREFECTURE and each not in local)]


def reached(
    session: Session, enterprise_id: int, region_code: str, platform_id: int | None = None
) -> Sequence[Platform]:
    """Whom a need reaches: the chosen platform, else the county's, and every cluster and park of the enterprise.

    Raises ``Refused``: ``no_platform_there``, ``wrong_region``.
    """
    offered = platforms_for(session, enterprise_id, region_code)
    chosen = _chosen(offered, platform_id)
    listing = platforms.listing(session, enterprise_id)
    home = offered[0] if chosen.id in listing else chosen
    return [chosen, *(each for each in offered if each is not chosen and (each is home or each.id in listing))]


def must_be_text(text: str) -> str:
    """What an enterprise wrote, as it is kept. Else ``text_needed``, ``identity_number_written``, ``need_too_long``."""
    text = text.strip().replace("\r\n", "\n")
    must_say(text)
    must_hold_no_identity_number(text)
    if len(text) > LONGEST_TEXT:
        raise Refused("need_too_long", most=LONGEST_TEXT)
    return text


def raise_need(session: Session, asked: RaisedNeed, by: Actor, now: datetime) -> Need:
    """提需求与诉求 by a person for their enterprise. The same text again on the same day is the same need.

    It reaches the county's platform and every cluster and park of the enterprise (:func:`reached`), as a draft of each,
    which each may take up once; the first one's is returned. The region fills in the enterprise's where none is known.
    Raises ``Refused``: ``not_your_enterprise``, ``text_needed``, ``identity_number_written``, ``need_too_long``,
    ``wrong_region``, ``no_platform_there``, ``year_sealed``, ``needs_enough``.
    """
    persons.must_be_here(session, by.person_id)
    if not enterprises.is_contact(session, by.person_id, asked.enterprise_id):
        raise Refused("not_your_enterprise")
    asked = replace(asked, enterprise_id=kept_enterprises.id_of(session, asked.enterprise_id))
    text = must_be_text(asked.text)
    region = must_be_region(asked.region_code)
    first, *others = reached(session, asked.enterprise_id, region, asked.platform_id)
    today = years.day_of(now)
    now_is = When(today.year, today)
    lock_all(session, set().union(*(concerning(session, each.id, [now_is]) for each in (first, *others))))
    counting_years.must_be_open(session, first.id, now_is)
    _must_have_needs_left(session, text, by, today)
    asked = replace(asked, region_code=region, text=text)
    row = _raise_at(session, first, asked, by, now)
    for each in others:
        if not counting_years.is_sealed(session, each.id, now_is):
            _raise_at(session, each, asked, by, now)
    enterprises.give_region(session, asked.enterprise_id, region, by, now)
    return row


def _must_have_needs_left(session: Session, text: str, by: Actor, today: date) -> None:
    """``Refused("needs_enough", most=…)`` for somebody's first text too many of a day; the same text again is none."""
    raised = sa.select(Need.content).where(
        Need.created_by == by.person_id, Need.raised_on == today, Need.is_from_enterprise
    )
    texts = set(session.scalars(raised))
    if text not in texts and len(texts) >= MOST_A_DAY:
        raise Refused("needs_enough", most=MOST_A_DAY)


def _raise_at(session: Session, platform: Platform, asked: RaisedNeed, by: Actor, now: datetime) -> Need:
    """The need as a draft of one platform; the one that is there already, if it is the same."""
    today = years.day_of(now)
    twin = sa.select(Need).where(
        Need.enterprise_id == asked.enterprise_id,
        Need.platform_id == platform.id,
        Need.kind == asked.kind,
        Need.content == asked.text,
        Need.raised_on == today,
        Need.is_from_enterprise,
        Need.stage != Stage.VOID,
    )
    if (found := session.scalars(twin.order_by(Need.id)).first()) is not None:
        return found
    row = Need(
        platform_id=platform.id,
        year=today.year,
        kind=asked.kind,
        enterprise_id=asked.enterprise_id,
        region_code=asked.region_code,
        title=title_of(asked.text),
        content=asked.text,
        raised_on=today,
        is_from_enterprise=True,
        stage=Stage.DRAFT,
        created_at=now,
        created_by=by.person_id,
    )
    session.add(row)
    journal.record_of(session, row, "raised", by, now)  # no more than that: a draft moves no score
    need_notices.tell_platform(session, row, NeedNews.RAISED, now)
    return row


def waiting_for(session: Session, platform_id: int) -> list[NeedWaiting]:
    """待受理: what enterprises asked this platform and it has not taken up, the oldest first."""
    query = (
        sa.select(Need, Enterprise)
        .join(Enterprise, Enterprise.id == Need.enterprise_id)
        .where(Need.platform_id == platform_id, *_WAITS)
        .order_by(Need.created_at, Need.id)
    )
    return [NeedWaiting(need, enterprise) for need, enterprise in session.execute(query)]


def waiting_count(session: Session, platform_id: int) -> int:
    """How many there are."""
    return session.scalar(sa.select(sa.func.count()).where(Need.platform_id == platform_id, *_WAITS)) or 0


def carry_over(session: Session, platform_ids: Sequence[int], year: int, by: Actor, now: datetime) -> None:
    """What nobody has taken up when the year is sealed goes into the next one, where it can still be answered.

    One of a day after the calendar year, which the sealed period has, goes into the year after that day's: a period
    takes what has the year of its day (``counting_years``).
    """
    query = sa.select(Need).where(Need.platform_id.in_(platform_ids), counting_years.column(Need) == year, *_WAITS)
    for row in session.scalars(query.order_by(Need.id)).all():
        write(session, row, year=max(year, row.raised_on.year) + 1)
        note(session, row, "carried_over", by, now)


def who_asked(session: Session, need_id: int, by: Actor, *, vault: Vault) -> tuple[str | None, str | None]:
    """联系人 of a raised need, as (name, phone) where given, for the staff of its platform who answer it."""
    row = find_own(session, Need, need_id, by)
    person = session.get(Person, row.created_by) if row.is_from_enterprise and row.created_by is not None else None
    if person is None:
        return None, None
    return persons.name_of(person, vault), persons.phone_of(person, vault)


def take_up(session: Session, need_id: int, by: Actor, now: datetime, title: str | None = None) -> Need:
    """受理: the need becomes the platform's own record and goes to the reviewer; taken up already changes nothing.

    ``title`` replaces the one cut from the enterprise's words. Raises ``Refused``: ``not_allowed``, ``record_void``,
    ``edited_by_other``, ``year_sealed``.
    """
    row = _raised(session, need_id, by)
    if row.stage is Stage.VOID:
        raise Refused("record_void")
    if row.stage is not Stage.DRAFT:
        return row
    given = (title or "").strip() or row.title
    copy = needs.near_same(session, row)
    write(session, row, stage=Stage.SUBMITTED, submitted_at=now, title=given, possible_copy_of=copy)
    note(session, row, "taken_up", by, now)
    need_notices.tell_enterprise(session, row, NeedNews.TAKEN_UP, now)
    return row


def decline(session: Session, need_id: int, reason: str, by: Actor, now: datetime) -> Need:
    """不予受理 what was not taken up, with a reason that the enterprise reads; idempotent.

    Raises ``Refused``: ``reason_needed``, ``need_taken_up``, ``year_sealed``.
    """
    row = _raised(session, need_id, by)
    given = must_have_reason(reason)
    if row.stage is Stage.VOID:
        return row
    if row.stage is not Stage.DRAFT:
        raise Refused("need_taken_up")
    write(session, row, stage=Stage.VOID, return_reason=given)
    journal.record_of(session, row, "declined", by, now, reason=given)
    need_notices.tell_enterprise(session, row, NeedNews.DECLINED, now, given)
    return row


def recall(session: Session, need_id: int, by: Actor, now: datetime) -> Need:
    """撤回 by the person who raised it: void at every platform that it reached and that has not closed it; idempotent.

    It counts nowhere from now on, and no platform can submit it again. Where another platform's year is sealed, or
    that platform has closed it, the row there stays. Raises ``Refused``: ``not_found`` for what somebody else raised,
    ``need_closed``, ``year_sealed``.
    """
    row = find(session, Need, need_id)
    if not row.is_from_enterprise or by.person_id is None or row.created_by != by.person_id:
        raise Refused("not_found")
    same = sa.select(Need).where(
        Need.enterprise_id == row.enterprise_id,
        Need.created_by == by.person_id,
        Need.kind == row.kind,
        Need.content == row.content,
        Need.raised_on == row.raised_on,
        Need.is_from_enterprise,
        Need.id != row.id,
    )
    others = session.scalars(same.order_by(Need.id)).all()
    reached_by = (concerning(session, each.platform_id, [when(each)]) for each in (row, *others))
    lock_all(session, set().union(*reached_by))
    counting_years.must_be_open(session, row.platform_id, when(row))
    session.refresh(row)
    if row.stage is not Stage.VOID and row.state is NeedState.CLOSED:
        raise Refused("need_closed")
    for each in (row, *others):
        session.refresh(each)
        is_over = each.stage is Stage.VOID or each.state is NeedState.CLOSED
        if not is_over and not counting_years.is_sealed(session, each.platform_id, when(each)):
            write(session, each, stage=Stage.VOID, recalled_at=now)
            note(session, each, "recalled", by, now)
            need_notices.tell_platform(session, each, NeedNews.RECALLED, now)
    return row


def of_person(session: Session, person_id: int, number: int = 1, per_page: int = 12) -> Page[OwnNeed]:
    """我的需求诉求, page by page, the newest first: of every enterprise one stands for, and all that one raised.

    Of an enterprise that nobody has confirmed one for: what was raised since.
    """
    own = kept_enterprises.own_ids(person_id)
    hidden = known_standings.unconfirmed(session, person_id)
    later = [
        sa.and_(Need.enterprise_id == enterprise_id, Need.raised_on >= years.day_of(since))
        for enterprise_id, since in hidden.items()
        if since is not None
    ]
    is_seen = sa.or_(Need.enterprise_id.not_in(hidden), *later)
    mine = sa.and_(Need.is_from_enterprise, Need.created_by == person_id)
    query = (
        sa.select(Need, Enterprise, Platform)
        .join(Enterprise, Enterprise.id == Need.enterprise_id)
        .join(Platform, Platform.id == Need.platform_id)
        .where(sa.or_(mine, sa.and_(Need.enterprise_id.in_(own), Need.stage != Stage.VOID, is_seen)))
        .order_by(Need.raised_on.desc(), Need.id.desc())
    )

    def own_need(need: Need, enterprise: Enterprise, platform: Platform) -> OwnNeed:
        return OwnNeed(need, enterprise, platform, need.is_from_enterprise and need.created_by == person_id)

    return page_of(session, query, number, per_page, own_need)


def must_be_region(code: str) -> str:
    """Today's code of a division, or a park's own six digits; else ``Refused("wrong_region")``."""
    known = regions.find(code)
    if known is None and not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise Refused("wrong_region")
    return known.code if known else code


def title_of(text: str) -> str:
    """The first sentence, cut to forty characters: a heading for lists."""
    ends = [at for mark in _SENTENCE_ENDS if (at := text.find(mark)) > 0]
    first = text[: min(ends, default=len(text))].strip()
    return first if len(first) <= LONGEST_TITLE else first[: LONGEST_TITLE - 1] + "…"


def _chosen(offered: Sequence[Platform], platform_id: int | None) -> Platform:
    for each in offered:
        if platform_id is None or each.id == platform_id:
            return each
    raise Refused("no_platform_there")


def _raised(session: Session, need_id: int, by: Actor) -> Need:
    row = find_own(session, Need, need_id, by)
    if not row.is_from_enterprise:
        raise Refused("not_found")
    hold_open(session, row.platform_id, when(row))
    session.refresh(row)
    return row
