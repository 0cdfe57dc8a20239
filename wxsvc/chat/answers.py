"""Answers in the chat: menu taps by role, and the scorecard of a typed place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from models.terms import Role
from wxsvc import wording
from wxsvc.db import Session
from wxsvc.house import House
from wxsvc.services import platforms
from wxsvc.services.actor import Actor
from wxsvc.services.counting import opening_years, scorecards
from wxsvc.services.counting.scorecards import Card
from wxsvc.services.door import checkin_lists
from wxsvc.services.judging import review_queue, waiting_elsewhere
from wxsvc.services.people import staff
from wxsvc.services.reports import kind_summaries

_SHOWN = 8
"""Lines of a list that still fit a chat bubble."""


def my_check_ins(house: House, openid: str, now: datetime) -> str:
    """An enterprise's person: the latest check-ins."""
    with house.database.read() as session:
        person_id = checkin_lists.person_id_of(session, openid)
        arrivals = checkin_lists.of_enterprises(session, person_id, per_page=_SHOWN).rows if person_id else []
    return wording.reply("my_check_ins", arrivals=arrivals, link=f"{house.settings.public_url}/mine")


def platform_score(house: House, openid: str, now: datetime) -> str:
    """Platform staff: the own platform's score so far, and what is missing; of several platforms, each one's score."""
    with house.database.read() as session:
        own = [role.platform_id for role in staff.roles_of(session, openid) if role.platform_id is not None]
        if not own:
            return wording.reply("not_staff")
        cards = _cards(session, own, now)
    link = f"{house.settings.public_url}/p/score"
    if len(cards) > 1:
        return wording.reply("platform_scores", cards=cards, link=link)
    return _score(cards[0], link) if cards else wording.reply("no_scorecard_yet")


def province_overview(house: House, openid: str, now: datetime) -> str:
    """Provincial staff: one line per kind, what waits for them, and the link."""
    with house.database.read() as session:
        official = _official(session, openid)
        if official is None:
            return wording.reply("not_staff")
        year = opening_years.of(session, now)
        kinds = kind_summaries.of_year(session, year)
        waiting = review_queue.figures(session, official, now).everything
        elsewhere = waiting_elsewhere.of(session, official)
    base = house.settings.public_url
    return wording.reply(
        "province_overview",
        year=year,
        kinds=kinds,
        as_of=min((each.as_of for each in kinds), default=None),
        waiting=waiting,
        elsewhere=elsewhere,
        link=f"{base}/v/scores",
        review=f"{base}/v/review",
    )


BY_KEY: Mapping[str, Callable[[House, str, datetime], str]] = {
    "my_check_ins": my_check_ins,
    "platform_score": platform_score,
    "province_overview": province_overview,
}
"""The menu's keys (``menus.toml``) that answer here."""


def of_place(house: House, openid: str, typed: str, now: datetime) -> str | None:
    """The scorecard of the place that provincial staff typed; a list where several fit; None where nothing does."""
    if not 2 <= len(typed) <= 20:
        return None
    with house.database.read() as session:
        if _official(session, openid) is None:
            return None
        found = platforms.named(session, typed, _SHOWN + 1)
        cards = _cards(session, (platform.id for platform in found[:_SHOWN]), now)
    base = house.settings.public_url
    if len(cards) == 1:
        return _score(cards[0], f"{base}/v/score/{cards[0].platform.code}")
    return wording.reply("places", cards=cards, is_more=len(found) > _SHOWN, base=base) if cards else None


def guidance(house: House, openid: str, now: datetime, reply: str = "help") -> str:
    """What to send or tap instead, by the menu that this person sees; ``reply`` says first what was not understood."""
    with house.database.read() as session:
        roles = staff.roles_of(session, openid)
    return wording.reply(reply, role=roles[0].role.value if roles else "")


def _cards(session: Session, platform_ids: Iterable[int], now: datetime) -> list[Card]:
    """The scorecards that their pages open, of those that have been counted."""
    opened = ((each, opening_years.of(session, now, each)) for each in platform_ids)
    return [card for each in opened if (card := scorecards.detail(session, *each, now)) is not None]


def _score(card: Card, link: str) -> str:
    return wording.reply("platform_score", card=card, link=link)


def _official(session: Session, openid: str) -> Actor | None:
    """This person as provincial staff, if that is what they are."""
    provincial = [role for role in staff.roles_of(session, openid) if role.role in (Role.REVIEWER, Role.PROVINCE)]
    return Actor(provincial[0].person_id, provincial[0].role) if provincial else None
