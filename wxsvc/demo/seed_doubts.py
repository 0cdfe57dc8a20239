"""What a reviewer should look at twice (疑点): scans one second apart after midnight, the same photo, entries by hand.

Told after the year, with a chance of its own, as what is open is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from models.activity import Activity
from models.terms import Door
from scoring.terms import ActivityCategory
from wxsvc.demo import seed_activities
from wxsvc.demo.seed_calendar import at
from wxsvc.demo.seed_context import SeedContext
from wxsvc.demo.tables import table
from wxsvc.services.activity import submission
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import Scan, check_in

_DAYS_AGO: Final = 4
_SCANNED: Final = 24
"""Scans one second apart."""
_BY_HAND: Final = 9
"""Enterprises that staff entered for the same activity."""
_PICTURE: Final = 0
"""The number of a picture that every doubtful activity shows."""


def add(seed: SeedContext) -> None:
    """An evening that was scanned in one go after midnight; it waits for the reviewer."""
    said, day = table("activities")["doubtful"], seed.calendar.today - timedelta(days=_DAYS_AGO)
    starts_at, ends_at, midnight = at(day, 19), at(day, 21, 30), at(day + timedelta(days=1), 0)
    closes_at = midnight + timedelta(hours=2)
    activity = seed_activities.publish(
        seed, ActivityCategory.OTHER, starts_at, ends_at, said["title"], closes_at=closes_at
    )
    visitors = seed_activities.guests(seed)
    begin = midnight + timedelta(minutes=20)
    connection = seed.session.connection()
    for second, visitor in enumerate(visitors[:_SCANNED]):
        moment = begin + timedelta(seconds=second)
        check_in(connection, Scan(visitor.openid, activity.code, Door.PAGE, moment, moment))
    _enter_by_hand(seed, activity, [each.enterprise_id for each in visitors[_SCANNED:][:_BY_HAND]])
    summed_at = closes_at + timedelta(hours=8)
    seed_activities.sum_up(seed, activity, len(visitors), summed_at, picture=_PICTURE)
    submission.submit(seed.session, activity.id, seed.platform.staff, summed_at + timedelta(minutes=5))


def _enter_by_hand(seed: SeedContext, activity: Activity, enterprise_ids: list[int]) -> None:
    moment = activity.closes_at or seed.calendar.now
    for enterprise_id in enterprise_ids:
        corrections.enter_by_hand(seed.session, activity.id, enterprise_id, seed.platform.staff, moment)
