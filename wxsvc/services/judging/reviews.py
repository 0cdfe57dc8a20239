"""审核: approve (通过), send back (退回), refuse (不通过) and void (作废) of every reviewed record, activities too.

What is approved counts, nothing else does. The verdict is written only if stage and version are still those that were
judged; each verdict is kept in ``reviews``, the record itself shows the last. Its platform is told when it cannot be
undone any more (``verdict_steps``).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.journal import Review
from models.terms import HANDED_IN, Stage, Subject, Verdict
from wxsvc.services import counting_years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_have_reason
from wxsvc.services.judging import review_hints, takes, verdict_steps
from wxsvc.services.judging.verdict_steps import Given
from wxsvc.services.locks import lock_all
from wxsvc.services.marks import must_stand
from wxsvc.services.records import evidence
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import MODELS, Reviewable, concerned, find, note, subject_of, write

_STAGES: Final = {Verdict.APPROVED: Stage.APPROVED, Verdict.RETURNED: Stage.RETURNED, Verdict.VOIDED: Stage.VOID}
MOST_RETURNS: Final = 2
"""A record goes back to be mended so often at the most; then it is decided."""


class Chosen(Struct, frozen=True):
    """A record as the reviewer saw it when ticking it for approval."""

    subject: Subject
    subject_id: int
    version: int


class ApprovedMany(Struct, frozen=True):
    """What became of an approval of several: the records approved, and of the others the code of their refusal."""

    approved: tuple[Chosen, ...]
    refused: tuple[tuple[Chosen, str], ...]


def approve(
    session: Session, subject: Subject, subject_id: int, by: Actor, now: datetime, version: int | None = None
) -> Reviewable:
    """Let a submitted record count; approving idempotent.

    ``version`` is the one the reviewer saw. Raises ``Refused``: ``not_submitted``, ``edited_by_other``, ``no_proof``
    with its annex-2 ``item``, ``year_sealed``.
    """
    row, given = _approve(session, subject, subject_id, by, now, version)
    verdict_steps.keep(session, given, by, now)
    return row


def send_back(
    session: Session,
    subject: Subject,
    subject_id: int,
    reason: str,
    by: Actor,
    now: datetime,
    version: int | None = None,
    *,
    can_undo: bool = True,
) -> Reviewable:
    """Return a submitted record, or one approved too soon, with a reason that says what repairs it.

    Twice at the most. Idempotent. Raises ``Refused``: ``reason_needed``, ``not_submitted``, ``edited_by_other``,
    ``returned_enough``.
    """
    row = _judged(session, subject, subject_id, by, now)
    given = must_have_reason(reason)
    if row.stage is Stage.RETURNED and row.return_reason == given:
        return row
    _must_be(row, *HANDED_IN)
    if verdict_steps.returns(session, row) >= MOST_RETURNS:
        raise Refused("returned_enough", most=MOST_RETURNS)
    verdict_steps.keep(
        session, _give(session, row, Verdict.RETURNED, given, by, now, version), by, now, can_undo=can_undo
    )
    return row


def refuse(
    session: Session,
    subject: Subject,
    subject_id: int,
    reason: str,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> Reviewable:
    """不通过: a submitted record does not meet the rules and cannot be mended; it is void. Idempotent.

    Raises ``Refused``: ``reason_needed``, ``not_submitted``, ``edited_by_other``.
    """
    row = _judged(session, subject, subject_id, by, now)
    given = must_have_reason(reason)
    if row.stage is Stage.VOID and row.return_reason == given:
        return row
    _must_be(row, Stage.SUBMITTED)
    refused = _give(session, row, Verdict.VOIDED, given, by, now, version, is_refusal=True)
    verdict_steps.keep(session, refused, by, now)
    return row


def void(
    session: Session,
    subject: Subject,
    subject_id: int,
    reason: str,
    by: Actor,
    now: datetime,
    version: int | None = None,
    *,
    can_undo: bool = True,
) -> Reviewable:
    """Strike a record out for good, with a reason: nothing is deleted, it stays visible. Idempotent."""
    row = _judged(session, subject, subject_id, by, now)
    given = must_have_reason(reason)
    if row.stage is Stage.VOID and row.return_reason == given:
        return row
    if row.stage in (Stage.DRAFT, Stage.VOID):
        raise Refused("not_submitted")
    voided = _give(session, row, Verdict.VOIDED, given, by, now, version)
    verdict_steps.keep(session, voided, by, now, can_undo=can_undo)
    return row


def approve_many(
    session: Session, chosen: Iterable[Chosen], by: Actor, now: datetime, looked_at: Container[Chosen] = ()
) -> ApprovedMany:
    """Approve together, as one step, what raises no doubt (无疑点一并通过).

    A record with a hint is refused as ``has_hints``, unless it is among those that somebody ``looked_at`` and ticked.
    """
    by.must_review()
    wanted = tuple(chosen)
    rows = [find(session, MODELS[each.subject], each.subject_id) for each in wanted]
    lock_all(session, set().union(*(_moved_by(session, row) for row in rows)))
    hints = review_hints.of(session, {(each.subject, each.subject_id) for each in wanted})
    approved: list[Chosen] = []
    refused: list[tuple[Chosen, str]] = []
    verdicts: list[Given] = []
    for each in wanted:
        if each not in looked_at and hints.get((each.subject, each.subject_id)):
            refused.append((each, "has_hints"))
            continue
        try:
            _, given = _approve(session, each.subject, each.subject_id, by, now, each.version)
        except Refused as no:
            refused.append((each, no.code))
        else:
            approved.append(each)
            verdicts += given
    verdict_steps.keep(session, verdicts, by, now)
    return ApprovedMany(tuple(approved), tuple(refused))


def of(session: Session, subject: Subject, subject_id: int) -> Sequence[Review]:
    """Every verdict that a record was given and that was not undone, the first one first."""
    query = sa.select(Review).where(Review.subject == subject, Review.subject_id == subject_id)
    return session.scalars(verdict_steps.standing(query).order_by(Review.id)).all()


def _approve(
    session: Session, subject: Subject, subject_id: int, by: Actor, now: datetime, version: int | None
) -> tuple[Reviewable, list[Given]]:
    """The record, and the verdict if it is a new one."""
    row = _judged(session, subject, subject_id, by, now)
    if row.stage is Stage.APPROVED:
        return row, []
    _must_be(row, Stage.SUBMITTED)
    evidence.must_be_proved(session, row)
    return row, _give(session, row, Verdict.APPROVED, None, by, now, version)


def _judged(session: Session, subject: Subject, subject_id: int, by: Actor, now: datetime) -> Reviewable:
    by.must_review()
    row = find(session, MODELS[subject], subject_id)
    lock_all(session, _moved_by(session, row))
    if row.year is not None:
        counting_years.must_be_open(session, row.platform_id, when(row))
    takes.must_be_free(session, subject, subject_id, by, now)
    return row


def _moved_by(session: Session, row: Reviewable) -> set[tuple[int, int]]:
    """The platform-years to hold: the row's own, for an activity those of all confirmed platforms.

    Only its own being sealed freezes it. A partner's sealed year keeps its scorecard and its rows, whatever is judged.
    """
    own = concerned(session, row) if isinstance(row, Activity) else {(row.platform_id, row.year)}
    return counting_years.held_for(session, own, when(row).day)


def _must_be(row: Reviewable, *stages: Stage) -> None:
    if row.stage not in stages:
        raise Refused("not_submitted")


def _give(
    session: Session,
    row: Reviewable,
    verdict: Verdict,
    reason: str | None,
    by: Actor,
    now: datetime,
    version: int | None,
    *,
    is_refusal: bool = False,
) -> list[Given]:
    """Write the verdict; it is empty when another reviewer was faster with the same."""
    must_stand(version, row.version)
    stage, before = _STAGES[verdict], verdict_steps.before(session, row)
    try:
        write(session, row, stage=stage, reviewed_at=now, reviewed_by=by.person_id, return_reason=reason)
    except Refused:
        if row.stage is stage:  # another reviewer said the same in the same moment
            return []
        raise
    review = Review(
        subject=subject_of(row),
        subject_id=row.id,
        verdict=verdict,
        reason=reason,
        given_at=now,
        given_by=by.person_id,
        is_refusal=is_refusal,
    )
    if before["parts"]:  # who judges an activity has seen every part that is confirmed by then
        parts = sa.update(ActivityPlatform).where(
            ActivityPlatform.activity_id == row.id, ActivityPlatform.awaits_review
        )
        session.execute(parts.values(awaits_review=False))
    takes.end(session, subject_of(row), row.id)
    note(session, row, "refused" if is_refusal else verdict.value, by, now)
    return [Given(row, review, before)]
