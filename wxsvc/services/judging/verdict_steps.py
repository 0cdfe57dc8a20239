"""审核操作: one verdict on one record or on many, undone as one (撤销) by whoever gave it, within ten minutes.

A step keeps what stood in each record before. Undoing puts all of it back, or nothing where a record changed since.
The platforms are told when the ten minutes are over, so a verdict that was undone is told to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.journal import Review
from models.review_desk import VerdictStep
from models.terms import Stage, Subject, Verdict
from wxsvc.services import counting_years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.judging import verdict_notices
from wxsvc.services.locks import lock_all
from wxsvc.services.records.kinds import kind_of
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import MODELS, Reviewable, concerned, find, note, subject_of, write

UNDO_FOR: Final = timedelta(minutes=10)
"""How long a verdict can be undone, and its platform is not told."""
_AT_ONCE: Final = 200
"""Steps told in one transaction."""


class Given(Struct, frozen=True):
    """A verdict just given: the record, its review, and what stood in the record before."""

    row: Reviewable
    review: Review
    before: dict[str, Any]


def before(session: Session, row: Reviewable) -> dict[str, Any]:
    """What a verdict changes, as it stands now, in JSON."""
    parts: Sequence[int] = ()
    if isinstance(row, Activity):
        waits = sa.select(ActivityPlatform.platform_id).where(
            ActivityPlatform.activity_id == row.id, ActivityPlatform.awaits_review
        )
        parts = session.scalars(waits).all()
    return {
        "stage": row.stage.value,
        "reviewed_at": row.reviewed_at.isoformat() if row.reviewed_at else None,
        "reviewed_by": row.reviewed_by,
        "return_reason": row.return_reason,
        "parts": list(parts),
    }


def keep(session: Session, given: Sequence[Given], by: Actor, now: datetime, *, can_undo: bool = True) -> None:
    """Make one step of what was just given; what nobody can undo is told at once."""
    if not given:
        return
    is_open = can_undo and by.person_id is not None
    step = VerdictStep(
        verdict=given[0].review.verdict,
        changes=[
            {"subject": subject_of(each.row).value, "id": each.row.id, "version": each.row.version} | each.before
            for each in given
        ],
        undo_until=now + UNDO_FOR if is_open else now,
        created_at=now,
        created_by=by.person_id,
    )
    session.add(step)
    session.flush()
    for each in given:
        each.review.step_id = step.id
        session.add(each.review)
    session.flush()
    if not is_open:
        _tell(session, step, now)


def made_now(session: Session, by: Actor, now: datetime) -> VerdictStep | None:
    """The step that this person has made in this very moment."""
    query = sa.select(VerdictStep).where(VerdictStep.created_by == by.person_id, VerdictStep.created_at == now)
    return session.scalars(query.order_by(VerdictStep.id.desc()).limit(1)).first()


def undoable(session: Session, by: Actor, now: datetime) -> VerdictStep | None:
    """The last step that this person can still undo."""
    query = sa.select(VerdictStep).where(
        VerdictStep.created_by == by.person_id, VerdictStep.is_untold, VerdictStep.undo_until > now
    )
    return session.scalars(query.order_by(VerdictStep.id.desc()).limit(1)).first()


def undo(session: Session, step_id: int, by: Actor, now: datetime) -> VerdictStep:
    """撤销: everything as before, all of the step or nothing. Idempotent.

    Raises ``Refused``: ``undo_not_yours``, ``verdict_told``, ``undo_overtaken`` with the ``title`` of the first record
    to which something else happened since, ``year_sealed``.
    """
    by.must_review()
    find(session, VerdictStep, step_id)
    step = session.get_one(VerdictStep, step_id, with_for_update=True, populate_existing=True)
    if step.created_by is None or step.created_by != by.person_id:
        raise Refused("undo_not_yours")
    if step.undone_at is not None:
        return step
    if step.told_at is not None or now >= step.undo_until:
        raise Refused("verdict_told")
    rows = [(find(session, MODELS[Subject(each["subject"])], each["id"]), each) for each in step.changes]
    places = (counting_years.held_for(session, concerned(session, row), when(row).day) for row, _ in rows)
    lock_all(session, set().union(*places))
    for row, change in rows:
        session.refresh(row)
        if row.version != change["version"]:
            raise Refused("undo_overtaken", title=kind_of(row).title(row))
        if row.year is not None:
            counting_years.must_be_open(session, row.platform_id, when(row))
    for row, change in rows:
        _put_back(session, row, change)
        note(session, row, "verdict_undone", by, now, step_id=step.id, verdict=step.verdict.value)
    step.undone_at = now
    session.flush()
    return step


def tell_due(session: Session, now: datetime) -> int:
    """Tell the platforms of every step that cannot be undone any more, once; how many steps."""
    due = sa.select(VerdictStep).where(VerdictStep.is_untold, VerdictStep.undo_until <= now)
    steps = session.scalars(due.order_by(VerdictStep.id).limit(_AT_ONCE).with_for_update(skip_locked=True)).all()
    for step in steps:
        _tell(session, step, step.undo_until)
    return len(steps)


def _tell(session: Session, step: VerdictStep, at: datetime) -> None:
    reviews = session.scalars(sa.select(Review).where(Review.step_id == step.id).order_by(Review.id)).all()
    rows = ((find(session, MODELS[each.subject], each.subject_id), each) for each in reviews)
    verdict_notices.tell(session, rows, at)
    step.told_at = at
    session.flush()


def _put_back(session: Session, row: Reviewable, change: dict[str, Any]) -> None:
    reviewed_at = change["reviewed_at"]
    write(
        session,
        row,
        stage=Stage(change["stage"]),
        reviewed_at=datetime.fromisoformat(reviewed_at) if reviewed_at else None,
        reviewed_by=change["reviewed_by"],
        return_reason=change["return_reason"],
    )
    if change["parts"]:
        parts = sa.update(ActivityPlatform).where(
            ActivityPlatform.activity_id == row.id, ActivityPlatform.platform_id.in_(change["parts"])
        )
        session.execute(parts.values(awaits_review=True))


def standing(query: sa.Select[Any]) -> sa.Select[Any]:
    """Only reviews that stand: whose step was not undone."""
    undone = sa.select(VerdictStep.id).where(VerdictStep.id == Review.step_id, VerdictStep.undone_at.is_not(None))
    return query.where(~undone.exists())


def returns(session: Session, row: Reviewable) -> int:
    """How often the record was sent back (退回)."""
    query = sa.select(sa.func.count()).where(
        Review.subject == subject_of(row), Review.subject_id == row.id, Review.verdict == Verdict.RETURNED
    )
    return session.scalar(standing(query)) or 0
