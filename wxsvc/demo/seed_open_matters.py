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
from wxsvc.demo import seed_activities
from wxsvc.demo.days import Calendar, at
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.seed_people import Cast, Visitor
from wxsvc.demo.tables import table
from wxsvc.services.activity import submission
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews
from wxsvc.services.people import persons
from wxsvc.services.records import assignments, countings, disputes, needs, raised_needs
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.records.raised_needs import RaisedNeed

_TRIES = 30
"""Enterprises asked before a platform stays without a need or an objection."""


def ask(session: Session, cast: Cast, calendar: Calendar) -> Assignment:
    """What the province asks of all platforms just now, to be answered within days of this year."""
    said, today = table("open_matters")["assignment"], calendar.today
    asked_on, due_on = today - timedelta(days=6), min(today + timedelta(days=9), date(today.year, 12, 31))
    kind = AssignmentKind(said["kind"])
    entry = AssignmentEntry(today.year, kind, said["title"], said["content"], due_on)
    return assignments.add(session, entry, cast.officials[0], at(asked_on, 10))


def tell(year: Telling, asked: Assignment, phone: str = "") -> None:
    """One platform's; the whole of it where ``phone`` is the openid of a visitor who comes to it in the story."""
    chance = seed_activities.luck(f"open:{year.place.code}")
    telling = replace(year, chance=chance, calendar=Calendar(year.calendar.now, chance))
    if not phone:
        _raise_needs(telling, chance.choice((0, 0, 1, 2)))
        _respond(telling, asked)
        return
    _raise_needs(telling, 2, but=phone)
    _answer_need(telling, phone)
    _object(telling, but=phone)
    _send_back(telling, table("open_matters")["returned"], days_ago=7)
    _send_back(telling, table("open_matters")["mended"], days_ago=12)


def _raise_needs(telling: Telling, count: int, but: str = "") -> None:
    """Enterprises ask, and nobody has answered yet."""
    texts = telling.chance.sample(table("open_matters")["needs"], count)
    for text, visitor, number in zip(texts, _local(telling, but), range(count, 0, -1), strict=False):
        moment = at(telling.calendar.today - timedelta(days=number), 9 + number, telling.chance.randint(0, 59))
        asked = RaisedNeed(
            NeedKind(text["kind"]), visitor.enterprise_id, visitor.region, text["text"], telling.place.id
        )
        raised_needs.raise_need(telling.session, asked, _person(telling, visitor.openid), moment)


def _answer_need(telling: Telling, phone: str) -> None:
    """The visitor of the story has asked before, and was helped."""
    said, session, staff = table("open_matters")["answered"], telling.session, telling.place.staff
    visitor = next(each for each in telling.place.visitors if each.openid == phone)
    day = telling.calendar.today - timedelta(days=24)
    asked = RaisedNeed(NeedKind(said["kind"]), visitor.enterprise_id, visitor.region, said["text"], telling.place.id)
    row = raised_needs.raise_need(session, asked, _person(telling, phone), at(day, 11))
    row = raised_needs.take_up(session, row.id, staff, at(day + timedelta(days=1), 9))
    telling.reviewed(row)
    needs.match(session, row.id, said["result"], staff, at(day + timedelta(days=12), 16))


def _object(telling: Telling, but: str) -> None:
    """An enterprise objects to a service that it was entered for; the reviewer has not decided."""
    session, place, year = telling.session, telling.place, telling.calendar.today.year
    for visitor in telling.chance.sample(place.visitors, min(_TRIES, len(place.visitors))):
        person = _person(telling, visitor.openid)
        if visitor.openid == but or person.person_id is None:
            continue
        for counted in countings.of_person(session, person.person_id, year):
            if counted.subject is DisputeSubject.OFFLINE_SERVICE and counted.platform.id == place.id:
                moment = at(telling.calendar.today - timedelta(days=1), 15, 20)
                reason = table("open_matters")["dispute"]["reason"]
                disputes.raise_dispute(
                    session, visitor.enterprise_id, counted.subject, counted.subject_id, reason, person, moment
                )
                return


def _send_back(telling: Telling, said: dict[str, Any], days_ago: int) -> None:
    """An activity that came back with a reason; where there is a better ``summary`` it was handed in again."""
    session, staff, day = telling.session, telling.place.staff, telling.calendar.today - timedelta(days=days_ago)
    if day.weekday() >= 5:
        day -= timedelta(days=2)
    starts_at, ends_at = at(day, 14, 30), at(day, 17)
    activity = seed_activities.publish(telling, ActivityCategory.OTHER, starts_at, ends_at, said["title"])
    came = seed_activities.arrive(telling, activity, seed_activities.guests(telling, 0.5), ends_at)
    seed_activities.sum_up(telling, activity, came, at(day + timedelta(days=1), 9))
    words = {"platform": telling.place.name, "title": said["title"], "count": came}
    _say(telling, activity, said["poor"].format(**words), at(day + timedelta(days=1), 10))
    submission.submit(session, activity.id, staff, at(day + timedelta(days=1), 10, 5))
    returned_at = at(telling.calendar.today - timedelta(days=2), 16, 10)
    reviews.send_back(session, Subject.ACTIVITY, activity.id, said["reason"], telling.reviewer, returned_at)
    if "summary" in said:
        again = at(telling.calendar.today - timedelta(days=1), 9, 40)
        _say(telling, activity, said["summary"].format(**words), again)
        submission.submit(session, activity.id, staff, again + timedelta(minutes=2))


def _say(telling: Telling, activity: Activity, text: str, moment: datetime) -> None:
    submission.write_summary(telling.session, activity.id, text, activity.version, telling.place.staff, moment)


def _respond(telling: Telling, asked: Assignment) -> None:
    moment = telling.calendar.later(asked.created_at, 1, 8)
    if telling.calendar.has_come(moment):
        answer = table("open_matters")["assignment"]["answer"].format(count=telling.chance.randint(6, 40))
        staff, place = telling.place.staff, telling.place
        assignments.respond(telling.session, place.id, asked.id, answer, staff, moment)


def _local(telling: Telling, but: str = "") -> Iterator[Visitor]:
    """Enterprises whose needs this platform takes up, in an order of chance."""
    place = telling.place
    for visitor in telling.chance.sample(place.visitors, len(place.visitors))[:_TRIES]:
        offered = raised_needs.platforms_for(telling.session, visitor.enterprise_id, visitor.region)
        if visitor.openid != but and place.id in {each.id for each in offered}:
            yield visitor


def _person(telling: Telling, openid: str) -> Actor:
    person = persons.find(telling.session, openid)
    return Actor(person.id if person is not None else None)
