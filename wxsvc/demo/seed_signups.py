"""报名 when the demo begins: an activity of the clerk's platform whose places are taken, and one firm that waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from scoring.terms import ActivityCategory
from wxsvc.demo import seed_activities
from wxsvc.demo.seed_calendar import at
from wxsvc.demo.seed_context import SeedContext
from wxsvc.demo.tables import table
from wxsvc.services.activity import signups
from wxsvc.services.actor import Actor
from wxsvc.services.people import persons

PLACES: Final = 8


def add(seed: SeedContext, but: str) -> None:
    """Nine firms for eight places, each for itself; the one with the openid ``but`` has not signed up."""
    day = seed.calendar.today + timedelta(days=3)
    title = table("open_matters")["signups"]["title"]
    about = (ActivityCategory.DIGITAL, at(day, 9), at(day, 11, 30), title)
    activity = seed_activities.publish(seed, *about, takes_signups=True, signup_limit=PLACES)
    others = [each for each in seed.platform.visitors if each.openid != but]
    firms = list({each.enterprise_id: each for each in others}.values())[: PLACES + 1]
    for number, visitor in enumerate(firms):
        person = persons.find(seed.session, visitor.openid)
        moment = seed.calendar.now - timedelta(minutes=len(firms) - number)
        by = Actor(person.id if person is not None else None)
        signups.sign_up(seed.session, activity.id, visitor.enterprise_id, by, moment)
