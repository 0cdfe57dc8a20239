"""批量通过: what a filter of the queue would approve together, and what would count for it, told before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.record import OfflineServiceEnterprise
from models.terms import Subject
from scoring.terms import ActivityCategory
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_queue
from wxsvc.services.judging.queue_filters import Filter
from wxsvc.services.judging.review_queue import QueueEntry

MOST: Final = 200
"""Records approved in one step: some seconds at the most, in which nobody else waits for their platforms."""


class Batch(Struct, frozen=True):
    """``clean`` ones are approved together, ``doubtful`` ones only where somebody ticks them."""

    clean: tuple[QueueEntry, ...]
    doubtful: tuple[QueueEntry, ...]
    left: int
    """How many more the filter takes: they come next."""
    arrivals: int
    """签到 of the clean activities that are not taken out; which of them are 家次 is decided by the counting."""
    served: int
    """Enterprises served by the clean offline services."""
    by_category: Mapping[ActivityCategory, int]

    @property
    def by_noun(self) -> Mapping[str, int]:
        """How many clean ones of each noun."""
        return Counter(each.noun for each in self.clean)

    @property
    def by_platform(self) -> Mapping[str, int]:
        """How many clean ones of each platform, by name, most first."""
        return dict(Counter(each.platform_name for each in self.clean).most_common())


def of(session: Session, part: Filter, by: Actor, now: datetime) -> Batch:
    """The next batch of a part of the queue; what somebody else has taken is left to them."""
    free = replace(part, free_for=by.person_id)
    look = review_queue.look(session, by, now, free, most=MOST, clean_before=True)
    clean = tuple(each for each in look.entries if each.is_clean)
    doubtful = tuple(each for each in look.entries if not each.is_clean)
    activities = [each.record_id for each in clean if each.noun == Subject.ACTIVITY]
    services = [each.record_id for each in clean if each.noun == Subject.OFFLINE_SERVICE]
    arrived = sa.select(sa.func.count()).where(CheckIn.activity_id.in_(activities), CheckIn.is_live)
    enterprise = OfflineServiceEnterprise.offline_service_id
    categories = sa.select(Activity.category).where(Activity.id.in_(activities))
    return Batch(
        clean,
        doubtful,
        look.figures.taken.clean - len(clean),
        (session.scalar(arrived) or 0) if activities else 0,
        (session.scalar(sa.select(sa.func.count()).where(enterprise.in_(services))) or 0) if services else 0,
        Counter(each for each in session.scalars(categories) if each is not None) if activities else {},
    )
