"""What is open when the demo begins (未了事项): needs nobody took up yet, an objection, what came back, work asked for.

Told after the year, with a chance of its own: the year does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import Assignment
from models.terms import AssignmentKind, DisputeSubject, NeedKind, Subject
from scoring.terms import ActivityCategory
from wxsvc.demo import seed_activities, seed_signups
from wxsvc.demo.seed_calendar import DemoYear, at
from wxsvc.demo.seed_context import SeedContext, random_for
from wxsvc.demo.seed_people import Province, SeedContact
from wxsvc.demo.tables import table
from wxsvc.services.activity import submission
from wxsvc.services.actor import Actor
from wxsvc.services.disputes import countings, disputes
from wxsvc.services.judging import reviews
from wxsvc.services.people import persons
from wxsvc.services.records import assignments, needs, raised_needs
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.records.raised_needs import RaisedNeed

_TRIES = 30
"""Enterprises asked before a platform stays without a need or an objection."""


def add_assignment(session: Session, province: Province, calendar: DemoYear) -> Assignment:
    """What the province asks of all platforms just now, to be answered within days of this year."""
    said, today = table("open_matters")["assignment"], calendar.today
    asked_on, due_on = today - timedelta(days=6), min(today + timedelta(days=9), date(today.year, 12, 31))
    kind = AssignmentKind(said["kind"])
    entry = AssignmentEntry(today.year, kind, said["title"], said["content"], due_on)
    return assignments.add(session, entry, province.officials[0], at(asked_on, 10))


def add(year: SeedContext) -> None:
    """What is open at one platform: some needs, and the answer to what is asked just now."""
    seed = own_chance(year, "open")
    _raise_needs(seed, seed.chance.choice((0, 0, 1, 2)))
    _respond(seed)


def add_of_clerk(year: SeedContext, visitor: str) -> None:
    """What is open at the clerk's platform. ``visitor`` is the openid of the enterprise that has a phone of its own."""
    seed = own_chance(year, "open")
    _raise_needs(seed, 2, but=visitor)
    _answer_need(seed, visitor)
    _object(seed, but=visitor)
    _send_back(seed, table("open_matters")["returned"], days_ago=7)
    _send_back(seed, table("open_matters")["mended"], days_ago=12)
    seed_signups.add(own_chance(year, "signups"), but=visitor)


def own_chance(year: SeedContext, purpose: str) -> SeedContext:
    """Random numbers of a purpose: the year does not depend on it."""
    chance = random_for(f"{purpose}:{year.platform.code}")
    return replace(year, chance=chance, calendar=DemoYear(year.calendar.now, chance))


def _raise_needs(seed: SeedContext, count: int, but: str = "") -> None:
    """Enterprises ask, and nobody has answered yet."""
    texts = seed.chance.sample(table("open_matters")["needs"], count)
    for text, visitor, number in zip(texts, _local(seed, but), range(count, 0, -1), strict=False):
        moment = at(seed.calendar.today - timedelta(days=number), 9 + number, seed.chance.randint(0, 59))
        asked = RaisedNeed(
            NeedKind(text["kind"]), visitor.enterprise_id, visitor.region, text["text"], seed.platform.id
        )
        raised_needs.raise_need(seed.session, asked, _person(seed, visitor.openid), moment)


def _answer_need(seed: SeedContext, phone: str) -> None:
    """A need that the visitor raised some weeks ago, and that was met."""
    said, session, staff = table("open_matters")["answered"], seed.session, seed.platform.staff
    visitor = next(each for each in seed.platform.visitors if each.openid == phone)
    day = seed.calendar.today - timedelta(days=24)
    asked = RaisedNeed(NeedKind(said["kind"]), visitor.enterprise_id, visitor.region, said["text"], seed.platform.id)
    row = raised_needs.raise_need(session, asked, _person(seed, phone), at(day, 11))
    row = raised_needs.take_up(session, row.id, staff, at(day + timedelta(days=1), 9))
    seed.reviewed(row)
    needs.match(session, row.id, said["result"], staff, at(day + timedelta(days=12), 16))


def _object(seed: SeedContext, but: str) -> None:
    """An enterprise objects to a service that it was entered for; the reviewer has not decided."""
    session, platform, year = seed.session, seed.platform, seed.calendar.today.year
    for visitor in seed.chance.sample(platform.visitors, min(_TRIES, len(platform.visitors))):
        person = _person(seed, visitor.openid)
        if visitor.openid == but or person.person_id is None:
            continue
        for counted in countings.of_person(session, person.person_id, year):
            if counted.subject is DisputeSubject.OFFLINE_SERVICE and counted.platform.id == platform.id:
                moment = at(seed.calendar.today - timedelta(days=1), 15, 20)
                reason = table("open_matters")["dispute"]["reason"]
                disputes.raise_dispute(
                    session, visitor.enterprise_id, counted.subject, counted.subject_id, reason, person, moment
                )
                return


def _send_back(seed: SeedContext, said: dict[str, Any], days_ago: int) -> None:
    """An activity that came back with a reason; where there is a better ``summary`` it was handed in again."""
    session, staff, day = seed.session, seed.platform.staff, seed.calendar.today - timedelta(days=days_ago)
    if day.weekday() >= 5:
        day -= timedelta(days=2)
    starts_at, ends_at = at(day, 14, 30), at(day, 17)
    activity = seed_activities.publish(seed, ActivityCategory.OTHER, starts_at, ends_at, said["title"])
    came = seed_activities.add_check_ins(seed, activity, seed_activities.guests(seed, 0.5), ends_at)
    seed_activities.sum_up(seed, activity, came, at(day + timedelta(days=1), 9))
    words = {"platform": seed.platform.name, "title": said["title"], "count": came}
    _say(seed, activity, said["poor"].format(**words), at(day + timedelta(days=1), 10))
    submission.submit(session, activity.id, staff, at(day + timedelta(days=1), 10, 5))
    returned_at = at(seed.calendar.today - timedelta(days=2), 16, 10)
    reviews.send_back(session, Subject.ACTIVITY, activity.id, said["reason"], seed.reviewer, returned_at)
    if "summary" in said:
        again = at(seed.calendar.today - timedelta(days=1), 9, 40)
        _say(seed, activity, said["summary"].format(**words), again)
        submission.submit(session, activity.id, staff, again + timedelta(minutes=2))


def _say(seed: SeedContext, activity: Activity, text: str, moment: datetime) -> None:
    submission.write_summary(seed.session, activity.id, text, activity.version, seed.platform.staff, moment)


def _respond(seed: SeedContext) -> None:
    asked = seed.assignment
    if asked is None:
        return
    moment = seed.calendar.later(asked.created_at, 1, 8)
    if seed.calendar.has_come(moment):
        answer = table("open_matters")["assignment"]["answer"].format(count=seed.chance.randint(6, 40))
        staff, platform = seed.platform.staff, seed.platform
        assignments.respond(seed.session, platform.id, asked.id, answer, staff, moment)


def _local(seed: SeedContext, but: str = "") -> Iterator[SeedContact]:
    """Enterprises whose needs this platform takes up, in an order of chance."""
    platform = seed.platform
    for visitor in seed.chance.sample(platform.visitors, len(platform.visitors))[:_TRIES]:
        offered = raised_needs.platforms_for(seed.session, visitor.enterprise_id, visitor.region)
        if visitor.openid != but and platform.id in {each.id for each in offered}:
            yield visitor


def _person(seed: SeedContext, openid: str) -> Actor:
    person = persons.find(seed.session, openid)
    return Actor(person.id if person is not None else None)
