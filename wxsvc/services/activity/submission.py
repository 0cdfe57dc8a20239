"""活动总结与提交: after the activity, what it still lacks, its summary, and the way to review."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import HANDED_IN, Stage
from wxsvc.services.activity import versions
from wxsvc.services.activity.activities import must_be_completable
from wxsvc.services.actor import Actor
from wxsvc.services.counting import activity_rows
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings
from wxsvc.services.reviewables import find_own, note, write
from wxsvc.services.years import year_of

LONGEST_SUMMARY: Final = 10_000


class Submission(Struct, frozen=True):
    """An activity handed in for review, and what it still lacks to be complete; its 家次 count either way."""

    activity: Activity
    lacks: tuple[str, ...]


def write_summary(session: Session, activity_id: int, text: str, version: int, by: Actor, now: datetime) -> Activity:
    """填写活动总结 until approval; an empty text takes it away. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``summary_too_long``, ``edited_by_other``, ``activity_approved`` …
    """
    row = find_own(session, Activity, activity_id, by)
    summary = text.strip() or None
    if summary and len(summary) > LONGEST_SUMMARY:
        raise Refused("summary_too_long", most=LONGEST_SUMMARY)
    if summary == row.summary:
        return row
    must_be_completable(session, row)
    if row.version != version:
        raise Refused("edited_by_other")
    write(session, row, summary=summary)
    note(session, row, "summary_written", by, now, characters=len(summary or ""))
    return row


def submit(session: Session, activity_id: int, by: Actor, now: datetime) -> Submission:
    """提交审核 once it is over; what it lacks does not hold it back; what it says is kept. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``activity_not_over``, ``activity_not_published``, ``activity_void``,
    ``year_sealed``.
    """
    row = find_own(session, Activity, activity_id, by)
    if row.stage not in HANDED_IN:
        must_be_completable(session, row)
        if row.ends_at is not None and now < row.ends_at:
            raise Refused("activity_not_over", ends_at=row.ends_at)
        write(session, row, stage=Stage.SUBMITTED, submitted_at=now, return_reason=None)
        versions.keep(session, row, by, now)
        note(session, row, "submitted", by, now)
    return Submission(row, lacks(session, row))


def lacks(session: Session, row: Activity) -> tuple[str, ...]:
    """What the activity still lacks for its own platform (codes of ``completeness.LACKS``)."""
    return activity_rows.own_lacks(session, row)


def fewest_characters(session: Session, row: Activity) -> int:
    """How long the summary (活动小结) must be, in characters: reading ``complete_summary``."""
    platform = session.get_one(Platform, row.platform_id)
    return readings.in_force(session, row.year or year_of(row.created_at), platform.kind).complete_summary


def counted_enterprises(session: Session, row: Activity) -> int:
    """参与企业: live check-ins of enterprises that count for its platform under the readings in force."""
    counted: int = activity_rows.own(session, row).enterprises
    return counted
