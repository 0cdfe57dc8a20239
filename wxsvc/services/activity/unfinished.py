"""活动待完善: half an hour after an activity's end its platform hears once what it still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.notice import Notice
from models.scorecard import ScorecardRow
from models.terms import NoticePurpose, Stage
from wxsvc.services import notices
from wxsvc.services.activity import submission

AFTER: Final = timedelta(minutes=30)
"""After the end, and after publishing too: whoever publishes afterwards is filling it in at this moment."""

LATEST: Final = timedelta(days=1)
"""A worker that was away does not remind of last week: 今天 lists what is unfinished anyway."""

_RUNS_FOR: Final = timedelta(minutes=10)
"""The job is noted when it ends, and looked as of its beginning."""
_KEY: Final = "unfinished:"


def tell(session: Session, now: datetime, last: datetime | None = None) -> int:
    """Tell of every activity that ended, lacks something or is not handed in, once; how many were news.

    ``last`` is when this was done last: what had been handed in and lacked nothing then is looked at again only once
    its platform's year has been counted anew, as it is whenever a photo, a check-in or an enterprise goes.
    """
    return sum(_tell(session, row, now) for row in _ended(session, now, last or now - LATEST))


def _ended(session: Session, now: datetime, last: datetime) -> Sequence[Activity]:
    is_told = sa.exists().where(Notice.key == sa.literal(_KEY).concat(sa.cast(Activity.id, sa.String)))
    is_due_since = sa.or_(*(moment > last - AFTER - _RUNS_FOR for moment in (Activity.ends_at, Activity.published_at)))
    is_counted_since = sa.exists().where(
        ScorecardRow.platform_id == Activity.platform_id,
        ScorecardRow.year == Activity.year,
        ScorecardRow.as_of > last - _RUNS_FOR,
    )
    is_news = sa.or_(is_due_since, is_counted_since)
    query = sa.select(Activity).where(
        sa.or_(Activity.stage == Stage.PUBLISHED, sa.and_(Activity.stage == Stage.SUBMITTED, is_news)),
        Activity.ends_at.between(now - LATEST, now - AFTER),
        Activity.published_at <= now - AFTER,
        ~is_told,
    )
    return session.scalars(query.order_by(Activity.id)).all()


def _tell(session: Session, row: Activity, now: datetime) -> bool:
    lacks = submission.lacks(session, row)
    is_submitted = row.stage is Stage.SUBMITTED
    if is_submitted and not lacks:
        return False
    facts = {
        "code": row.code,
        "title": row.title,
        "ended_at": row.ends_at.isoformat() if row.ends_at is not None else None,
        "enterprises": submission.counted_enterprises(session, row),
        "lacks": list(lacks),
        "is_submitted": is_submitted,
    }
    return notices.tell(session, NoticePurpose.UNFINISHED, f"{_KEY}{row.id}", facts, now, platform_id=row.platform_id)
