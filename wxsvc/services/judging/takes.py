"""认领与指派: who has a record before them, so that two reviewers do not begin with the same one.

A take ends by itself, with the verdict, when it is given back, and when its person is no reviewer any more. Others may
look; judging it, they first take it over (接手), which is a decision of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.person import Person, StaffRole
from models.review_desk import ReviewTake
from models.terms import RecordKey, Role, Stage, Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import MODELS, find

TAKEN_FOR: Final = timedelta(minutes=30)
"""认领: long enough to look at one record well."""
ASSIGNED_FOR: Final = timedelta(hours=8)
"""指派: a day's work."""

IS_REVIEWER: Final = (
    sa.select(StaffRole.id)
    .where(
        StaffRole.person_id == ReviewTake.person_id,
        StaffRole.is_held,
        StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE]),
    )
    .exists()
)
"""Whoever left the province's staff has nothing before them any more."""


class Holder(Struct, frozen=True):
    """Who has a record before them, until when."""

    person: Person
    ends_at: datetime


def take(
    session: Session, subject: Subject, subject_id: int, by: Actor, now: datetime, *, over: int | None = None
) -> ReviewTake:
    """认领, or 接手 from the person ``over``; again it begins anew.

    Raises ``Refused``: ``not_allowed``, ``not_found``, ``not_submitted``, ``taken_by_other`` with ``ends_at``.
    """
    by.must_review()
    if by.person_id is None:
        raise Refused("not_allowed")
    row = find(session, MODELS[subject], subject_id)
    session.refresh(row, with_for_update=True)  # the second in one moment sees the first one's take, or verdict
    if row.stage not in (Stage.SUBMITTED, Stage.APPROVED):
        raise Refused("not_submitted")
    former = _take(session, subject, subject_id, now)
    if former is not None and former.person_id not in (by.person_id, over):
        raise Refused("taken_by_other", ends_at=former.ends_at)
    if former is not None and former.person_id != by.person_id:
        journal.record(
            session,
            "review_take.taken_over",
            subject,
            subject_id,
            by=by,
            now=now,
            platform_id=row.platform_id,
            former=former.person_id,
        )
    return _give_to(session, subject, subject_id, by.person_id, now, now + TAKEN_FOR)


def give_back(session: Session, subject: Subject, subject_id: int, by: Actor) -> None:
    """交还 what one has taken; idempotent."""
    by.must_review()
    own = sa.delete(ReviewTake).where(*_about(subject, subject_id), ReviewTake.person_id == by.person_id)
    session.execute(own)


def assign(session: Session, keys: Iterable[RecordKey], person_id: int, by: Actor, now: datetime) -> int:
    """指派 records to a colleague (or oneself); those that somebody has taken stay theirs. How many were assigned.

    Raises ``Refused``: ``not_allowed``, ``not_a_reviewer``.
    """
    by.must_review()
    if person_id not in {person.id for person in reviewers(session)}:
        raise Refused("not_a_reviewer")
    done = 0
    for subject, subject_id in sorted(keys):
        session.refresh(find(session, MODELS[subject], subject_id), with_for_update=True)
        former = _take(session, subject, subject_id, now)
        if former is None or former.person_id == person_id:
            _give_to(session, subject, subject_id, person_id, now, now + ASSIGNED_FOR)
            done += 1
    return done


def holder(session: Session, subject: Subject, subject_id: int, now: datetime) -> Holder | None:
    """Who has the record before them now."""
    query = (
        sa.select(Person, ReviewTake.ends_at)
        .join(ReviewTake, ReviewTake.person_id == Person.id)
        .where(*_about(subject, subject_id), ReviewTake.ends_at > now, IS_REVIEWER)
    )
    found = session.execute(query).first()
    return Holder(*found) if found is not None else None


def must_be_free(session: Session, subject: Subject, subject_id: int, by: Actor, now: datetime) -> None:
    """Nobody else has it before them; else ``Refused("taken_by_other")``."""
    found = _take(session, subject, subject_id, now)
    if by.person_id is not None and found is not None and found.person_id != by.person_id:
        raise Refused("taken_by_other", ends_at=found.ends_at)


def end(session: Session, subject: Subject, subject_id: int) -> None:
    """The record was judged: nobody has it before them any more."""
    session.execute(sa.delete(ReviewTake).where(*_about(subject, subject_id)))


def reviewers(session: Session) -> Sequence[Person]:
    """Everybody who may judge, in the order in which they came."""
    is_held = sa.and_(StaffRole.is_held, StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE]))
    query = sa.select(Person).where(sa.select(StaffRole.id).where(StaffRole.person_id == Person.id, is_held).exists())
    return session.scalars(query.order_by(Person.id)).all()


def _about(subject: Subject, subject_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return ReviewTake.subject == subject, ReviewTake.subject_id == subject_id


def _take(session: Session, subject: Subject, subject_id: int, now: datetime) -> ReviewTake | None:
    query = sa.select(ReviewTake).where(*_about(subject, subject_id), ReviewTake.ends_at > now, IS_REVIEWER)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _give_to(
    session: Session, subject: Subject, subject_id: int, person_id: int, now: datetime, ends_at: datetime
) -> ReviewTake:
    """Of two who take it in the same moment, the second is told."""
    key = {"subject": subject, "subject_id": subject_id}
    values = {"person_id": person_id, "taken_at": now, "ends_at": ends_at}
    former = session.get(ReviewTake, (subject, subject_id), with_for_update=True, populate_existing=True)
    if former is None and not insert_once(session, ReviewTake, **key, **values):
        former = session.get_one(ReviewTake, (subject, subject_id), populate_existing=True)
        if former.person_id != person_id:
            raise Refused("taken_by_other", ends_at=former.ends_at)
    if former is not None:
        former.person_id, former.taken_at, former.ends_at = person_id, now, ends_at
        session.flush()
    return session.get_one(ReviewTake, (subject, subject_id))
