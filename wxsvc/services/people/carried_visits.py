"""来访记录 of somebody who had a row of their own for a while: check-ins, 报名, needs and notices become the person's.

Whoever follows again (``returning``) or has a new WeChat (``rejoinings``) scans, signs up and writes under a row of its
own until the two rows are known to be one person's. Their receipts, notices and 个人信息管理 are the person's then, and
deleting it takes all of it along. Nothing is counted twice or otherwise: an enterprise is in whoever scanned for it.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.dispute import Dispute
from models.errand import ChatPicture
from models.notice import Delivery, Notice, NoticeRead, Subscription, SubscriptionEvent
from models.record import Need
from models.signup import Signup
from models.terms import Absence
from wxsvc.services import counting_years


def carry(session: Session, former_id: int, person_id: int) -> None:
    """Give the person what stands under the former row. What a sealed year (锁定) holds stays as it was sealed."""
    session.flush()
    for column, which in _MINE:
        _give(session, column, former_id, person_id, which)
    for table, same in _ONE_EACH:
        other = aliased(table)
        is_there = sa.exists().where(
            other.person_id == person_id, *(getattr(other, name) == getattr(table, name) for name in same)
        )
        _give(session, table.person_id, former_id, person_id, ~is_there)
    _carry_attendances(session, former_id, person_id)
    session.expire_all()


def _give(
    session: Session, column: Any, former_id: int, person_id: int, which: sa.ColumnElement[bool] | None = None
) -> None:
    given = sa.update(column.class_).where(column == former_id).values({column.key: person_id})
    if which is not None:
        given = given.where(which)
    session.execute(given.execution_options(synchronize_session=False))


def _carry_attendances(session: Session, former_id: int, person_id: int) -> None:
    """到场: one person came once, the first time; and whose own check-in it is was nobody's colleague."""
    both = Attendance.person_id.in_((former_id, person_id))
    other = aliased(Attendance)
    came_before = sa.exists().where(
        other.activity_id == Attendance.activity_id,
        other.person_id.in_((former_id, person_id)),
        other.id != Attendance.id,
        sa.tuple_(other.attended_at, other.id) < sa.tuple_(Attendance.attended_at, Attendance.id),
    )
    own = sa.exists().where(
        CheckIn.activity_id == Attendance.activity_id,
        CheckIn.enterprise_id == Attendance.enterprise_id,
        CheckIn.person_id == person_id,
        CheckIn.holds_place,
    )
    was_no_colleague = sa.and_(Attendance.absence == Absence.COLLEAGUE, own)
    twice = sa.delete(Attendance).where(both, _is_open(Attendance), sa.or_(came_before, was_no_colleague))
    session.execute(twice.execution_options(synchronize_session=False))
    _give(session, Attendance.person_id, former_id, person_id, _is_open(Attendance))


def _is_open(row: Any) -> sa.ColumnElement[bool]:
    """Whether no sealed year counts the activity of this row."""
    return ~sa.exists(sa.select(Activity.id).where(Activity.id == row.activity_id, counting_years.ACTIVITY_IS_SEALED))


_MINE: Final[tuple[tuple[Any, sa.ColumnElement[bool] | None], ...]] = (
    (CheckIn.person_id, _is_open(CheckIn)),
    (Signup.person_id, None),
    (Need.created_by, sa.and_(Need.is_from_enterprise, ~counting_years.is_sealed_of(Need))),
    (Dispute.raised_by, None),
    (Notice.person_id, None),
    (ChatPicture.person_id, None),
    (SubscriptionEvent.person_id, None),
)
"""Columns that name a person as often as they like, and which of their rows may change."""

_ONE_EACH: Final[tuple[tuple[Any, tuple[str, ...]], ...]] = (
    (RefusedScan, ("typed", "scanned_at")),
    (Subscription, ("template_id",)),
    (NoticeRead, ("notice_id",)),
    (Delivery, ("notice_id",)),
)
"""Tables with one row of a person for each of these: what the person has already stays as it is."""
