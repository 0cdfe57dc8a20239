"""活动待完善: half an hour after an activity's end its platform hears once what it still lacks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.notice import Notice
from models.terms import NoticePurpose, Stage
from wxsvc.services import notices
from wxsvc.services.activity import submission

AFTER: Final = timedelta(minutes=30)
"""After the end, and after publishing too: whoever publishes afterwards is filling it in at this moment."""

LATEST: Final = timedelta(days=1)
"""A worker that was away does not remind of last week: 今天 lists what is unfinished anyway."""


def tell(session: Session, now: datetime) -> int:
    """Tell of every activity that ended, lacks something or is not handed in, once; how many were news."""
    return sum(_tell(session, row, now) for row in _ended(session, now))


def _ended(session: Session, now: datetime) -> list[Activity]:
    query = sa.select(Activity).where(
        Activity.stage.in_([Stage.PUBLISHED, Stage.SUBMITTED]),
        Activity.ends_at.between(now - LATEST, now - AFTER),
        Activity.published_at <= now - AFTER,
    )
    rows = {_key(row): row for row in session.scalars(query.order_by(Activity.id))}
    told = set(session.scalars(sa.select(Notice.key).where(Notice.key.in_(rows))))
    return [row for key, row in rows.items() if key not in told]


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
    return notices.tell(session, NoticePurpose.UNFINISHED, _key(row), facts, now, platform_id=row.platform_id)


def _key(row: Activity) -> str:
    return f"unfinished:{row.id}"
