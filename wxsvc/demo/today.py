"""The day of the demo (今天): activities that are open for check-in now, whatever the time of day."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from scoring.terms import ActivityCategory
from wxsvc.demo import seed_activities
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.tables import table

RUNS = timedelta(hours=3)
"""How long today's activities still run."""
STAYS_OPEN = timedelta(hours=2)
"""How long one that is over can still be scanned: scan, hand in and approve it without waiting for an end."""


def tell_of_the_clerk(telling: Telling, absent: str) -> None:
    """At the clerk's platform: one that runs, one that is just over and still open. ``absent`` comes to neither yet."""
    said, now = table("activities")["today"], telling.calendar.now
    running = _open(telling, ActivityCategory.DIGITAL, said["title"], now - timedelta(minutes=50), _end(now))
    over = now - timedelta(minutes=2)
    finished = _open(
        telling,
        ActivityCategory.LISTING,
        said["finished"],
        over - timedelta(minutes=150),
        over,
        closes_at=now + STAYS_OPEN,
    )
    for activity in (running, finished):
        guests = [each for each in seed_activities.guests(telling, 0.5) if each.openid != absent]
        seed_activities.arrive(telling, activity, guests, now - timedelta(minutes=3))


def tell_of_another(telling: Telling) -> None:
    """At another platform: one that runs."""
    title = telling.chance.choice(table("activities")["today"]["other"])
    now = telling.calendar.now
    category = ActivityCategory.OTHER
    begun = timedelta(minutes=telling.chance.randint(10, 80))
    running = _open(telling, category, title, now - begun, _end(now))
    seed_activities.arrive(telling, running, seed_activities.guests(telling, 0.6), now - timedelta(minutes=3))


def running(session: Session, now: datetime, platform_id: int | None = None) -> list[tuple[Activity, Platform]]:
    """The activities that can be scanned now, those that close first at the end."""
    query = (
        sa.select(Activity, Platform)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(
            Activity.stage.in_([Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED]),
            Activity.opens_at <= now,
            Activity.closes_at > now,
        )
        .order_by(Activity.closes_at.desc(), Activity.id)
    )
    if platform_id is not None:
        query = query.where(Activity.platform_id == platform_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def _open(
    telling: Telling,
    category: ActivityCategory,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    closes_at: datetime | None = None,
) -> Activity:
    return seed_activities.publish(telling, category, starts_at, ends_at, title, closes_at=closes_at)


def _end(now: datetime) -> datetime:
    """In some hours, but in this year: the end of an activity decides the year that it counts in."""
    new_year = now.replace(month=12, day=31, hour=23, minute=59, second=59, microsecond=0)
    return max(min(now + RUNS, new_year), now + timedelta(minutes=1))
