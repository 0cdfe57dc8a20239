"""企业合并: two registrations of one firm become one enterprise. The hub merges, confirms a proposal, and undoes.

A licence and the code that replaced it, or two spellings, are one firm: at one activity it is one 家次. Sealed years
keep their rows and scores; every other platform-year concerned is counted anew.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.person import Contact
from wxsvc.services import counting_years, journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import lock_all
from wxsvc.services.people import merge_cases, merge_changes, merge_plans, persons
from wxsvc.services.people.enterprise_years import platform_years
from wxsvc.services.refusal import Refused


def merge(session: Session, kept_id: int, merged_id: int, reason: str, by: Actor, now: datetime) -> EnterpriseMerge:
    """合并 by the hub: ``merged_id`` is found as ``kept_id`` from now on. The same again changes nothing.

    Raises ``Refused``: ``not_allowed``, ``reason_needed``, ``not_found``, ``merge_with_itself``, ``already_merged``,
    ``merge_keeps_the_code``.
    """
    by.must_review()
    given = merge_cases.must_reason(reason)
    kept, merged = merge_cases.chosen(session, kept_id, merged_id)
    _hold(session, kept, merged)
    if merged.merged_into_id == kept.id:
        return _in_force(session, merged.id)
    merge_cases.must_fit(session, kept, merged)
    waiting = sa.select(EnterpriseMerge).where(EnterpriseMerge.is_waiting, _is_about(kept.id, merged.id))
    row = session.scalar(waiting.order_by(EnterpriseMerge.id)) or merge_cases.new(
        session, kept.id, merged.id, given, by, now
    )
    return _carry_out(session, row, kept, merged, given, by, now)


def confirm(session: Session, merge_id: int, reason: str, by: Actor, now: datetime) -> EnterpriseMerge:
    """同意 a proposal. Idempotent. Raises as ``merge``, and ``merge_refused_before``."""
    by.must_review()
    given = merge_cases.must_reason(reason)
    row = merge_cases.row_of(session, merge_id)
    if _is_done(row):
        return row
    kept, merged = merge_cases.chosen(session, row.kept_id, row.merged_id)
    _hold(session, kept, merged)
    session.refresh(row, with_for_update=True)
    if _is_done(row):
        return row
    merge_cases.must_fit(session, kept, merged)
    return _carry_out(session, row, kept, merged, given, by, now)


def undo(session: Session, merge_id: int, reason: str, by: Actor, now: datetime) -> EnterpriseMerge:
    """撤销合并: both enterprises have the rows again that they had; what came later stays with the kept one.

    Idempotent. Raises ``Refused``: ``not_allowed``, ``reason_needed``, ``merge_not_done``, ``newer_merge_first`` with
    its ``name``.
    """
    by.must_review()
    given = merge_cases.must_reason(reason)
    row = merge_cases.row_of(session, merge_id)
    if row.merged_at is None:
        raise Refused("merge_not_done")
    kept, merged = session.get_one(Enterprise, row.kept_id), session.get_one(Enterprise, row.merged_id)
    _hold(session, kept, merged)
    session.refresh(row, with_for_update=True)
    if row.undone_at is not None:
        return row
    if (newer := _newer(session, row)) is not None:
        raise Refused("newer_merge_first", name=session.get_one(Enterprise, newer.merged_id).name)
    concerned = _concerned(session, kept, merged)
    session.execute(sa.update(Enterprise).where(Enterprise.id == merged.id).values(merged_into_id=None))
    session.execute(
        sa.update(Enterprise).where(Enterprise.id.in_(_led_by(session, merged.id))).values(merged_into_id=merged.id)
    )
    left = merge_changes.take_back(session, row)
    row.undone_at, row.undone_by, row.undo_reason = now, by.person_id, given
    _settle(session, "merge_undone", row, concerned, by, now, reason=given, left=left)
    return row


def _carry_out(
    session: Session, row: EnterpriseMerge, kept: Enterprise, merged: Enterprise, reason: str, by: Actor, now: datetime
) -> EnterpriseMerge:
    concerned = _concerned(session, kept, merged)
    moves = merge_plans.plan(session, kept, merged)
    row.kept_id, row.merged_id = kept.id, merged.id
    row.merged_at, row.merged_by, row.answer, row.changes = now, by.person_id, reason, []
    session.flush()
    merge_changes.apply(session, row, moves, kept, merged, now)
    left = sum(move.stays for move in moves)
    _settle(session, "merged", row, concerned, by, now, reason=reason, moved=len(moves) - left, left=left)
    return row


def _settle(
    session: Session,
    deed: str,
    row: EnterpriseMerge,
    concerned: set[tuple[int, int]],
    by: Actor,
    now: datetime,
    **details: object,
) -> None:
    """Log the deed and count anew: sealed years keep their score."""
    session.flush()
    session.expire_all()
    merge_cases.log(session, deed, row, by, now, **details)
    journal.touch(session, counting_years.open_among(session, concerned), now)


def _hold(session: Session, kept: Enterprise, merged: Enterprise) -> None:
    """Hold both until the transaction ends, in the order in which other writers take their locks.

    Persons first (enrolment), then platform-years (records, folds, seals), check-ins (late scans), the enterprises: a
    new row of either waits for the last lock and follows the merge (``follow_merge``).
    """
    both = sa.or_(Contact.enterprise_id == kept.id, Contact.enterprise_id == merged.id)
    persons.all_locked(session, session.scalars(sa.select(Contact.person_id).where(both)).all())
    lock_all(session, _concerned(session, kept, merged))
    ids = sorted((kept.id, merged.id))
    check_ins = sa.select(CheckIn.id).where(CheckIn.enterprise_id.in_(ids)).order_by(CheckIn.id)
    session.execute(check_ins.with_for_update()).all()
    for each in ids:
        session.get_one(Enterprise, each, with_for_update=True, populate_existing=True)


def _concerned(session: Session, kept: Enterprise, merged: Enterprise) -> set[tuple[int, int]]:
    """Every platform-year in which either counts: two firms' rows become one firm's."""
    return platform_years(session, kept.id) | platform_years(session, merged.id)


def _newer(session: Session, row: EnterpriseMerge) -> EnterpriseMerge | None:
    """A later merge in force that has the rows of this one's kept enterprise in its hands."""
    other = EnterpriseMerge
    query = sa.select(other).where(
        other.is_in_force,
        other.id != row.id,
        sa.or_(other.kept_id == row.kept_id, other.merged_id == row.kept_id),
        sa.or_(other.merged_at > row.merged_at, sa.and_(other.merged_at == row.merged_at, other.id > row.id)),
    )
    return session.scalars(query.order_by(other.merged_at.desc(), other.id.desc())).first()


def _led_by(session: Session, enterprise_id: int) -> set[int]:
    """Every enterprise that was merged into this one, through others too."""
    query = sa.select(EnterpriseMerge.merged_id, EnterpriseMerge.kept_id).where(EnterpriseMerge.is_in_force)
    leads = dict(session.execute(query).all())
    found = {each for each, into in leads.items() if into == enterprise_id}
    while more := {each for each, into in leads.items() if into in found} - found:
        found |= more
    return found


def _in_force(session: Session, merged_id: int) -> EnterpriseMerge:
    query = sa.select(EnterpriseMerge).where(EnterpriseMerge.merged_id == merged_id, EnterpriseMerge.is_in_force)
    return session.scalars(query).one()


def _is_done(row: EnterpriseMerge) -> bool:
    if row.refused_at is not None:
        raise Refused("merge_refused_before")
    return row.merged_at is not None


def _is_about(kept_id: int, merged_id: int) -> sa.ColumnElement[bool]:
    """The pair, whichever of the two was meant to be kept."""
    pair = (kept_id, merged_id)
    return sa.and_(EnterpriseMerge.kept_id.in_(pair), EnterpriseMerge.merged_id.in_(pair))
