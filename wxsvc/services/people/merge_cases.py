"""企业合并 as it is asked for and looked at: proposals and their answers, the list, what would change."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.platform import Platform
from models.terms import Role, Subject
from wxsvc.queries import Page, page_of
from wxsvc.services import journal, kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import held
from wxsvc.services.people import enterprise_years, enterprises, merge_plans, persons
from wxsvc.services.people.merge_plans import MergeEffect
from wxsvc.services.refusal import Refused, every_fault, must_be_found

LONGEST_REASON: Final = 300


class MergePreview(Struct, frozen=True):
    """合并预览: both enterprises, what changes per platform and year, and how many contacts come along."""

    kept: Enterprise
    merged: Enterprise
    effects: tuple[tuple[Platform, MergeEffect], ...]
    contacts: int
    shared_contacts: int
    """Persons who stand for both: they are contact of one afterwards."""

    @property
    def has_two_codes(self) -> bool:
        """Two different 统一社会信用代码: most likely two firms."""
        return self.kept.uscc is not None and self.merged.uscc is not None


class MergeCase(Struct, frozen=True):
    """One merge with the enterprises' names, and who proposed it."""

    merge: EnterpriseMerge
    kept: Enterprise
    merged: Enterprise
    platform: Platform | None

    @property
    def state(self) -> str:
        """Which of ``STATES`` it is in."""
        row = self.merge
        if row.is_waiting:
            return "waiting"
        return "undone" if row.undone_at is not None else "merged" if row.merged_at is not None else "refused"


def compare(session: Session, kept_id: int, merged_id: int, by: Actor) -> MergePreview:
    """What merging would change; writes nothing. Raises as ``merge``."""
    by.must_review()
    kept, merged = chosen(session, kept_id, merged_id)
    must_fit(session, kept, merged)
    moves = merge_plans.plan(session, kept, merged)
    contacts = [move for move in moves if move.name == merge_plans.CONTACTS]
    effects = merge_plans.effects(session, moves, kept, merged)
    return MergePreview(
        kept,
        merged,
        tuple((session.get_one(Platform, effect.platform_id), effect) for effect in effects),
        len(contacts),
        sum(move.twin is not None for move in contacts),
    )


def propose(
    session: Session, enterprise_id: int, uscc: str, reason: str, by: Actor, now: datetime
) -> EnterpriseMerge | None:
    """申请合并: this enterprise is the one that has the code already; it waits for the hub. Idempotent.

    By its contact, a platform that serves it, or the hub; None where it has been merged so already. Raises ``Refused``:
    ``reason_needed``, ``not_allowed``, ``wrong_uscc`` or ``wrong_uscc_length``, ``merge_of_unknown_code``.
    """
    with every_fault() as checked:
        given = checked(lambda: must_reason(reason)) or ""
        code = checked(lambda: enterprises.must_be_uscc(uscc)) or ""
    persons.must_be_here(session, by.person_id)
    merged = must_be_found(kept_enterprises.held(session, enterprise_id))
    if not enterprises.is_contact(session, by.person_id, merged.id):
        enterprises.must_be_served_by(by, enterprise_years.platform_years(session, merged.id))
    kept = enterprises.by_code(session, code)
    if kept is None:
        raise Refused("merge_of_unknown_code")
    if kept.id == merged.id:
        return None
    waiting = sa.select(EnterpriseMerge).where(
        EnterpriseMerge.kept_id == kept.id, EnterpriseMerge.merged_id == merged.id, EnterpriseMerge.is_waiting
    )
    if (row := session.scalar(waiting)) is None:
        row = new(session, kept.id, merged.id, given, by, now)
        log(session, "merge_proposed", row, by, now, reason=given)
    return row


def refuse(session: Session, merge_id: int, reason: str, by: Actor, now: datetime) -> EnterpriseMerge:
    """不同意 a proposal, with the reason that its proposer reads. Idempotent. Raises ``merge_done_before``."""
    by.must_review()
    given = must_reason(reason)
    row = held(session, row_of(session, merge_id))
    if row.merged_at is not None:
        raise Refused("merge_done_before")
    if row.refused_at is None:
        row.refused_at, row.refused_by, row.answer = now, by.person_id, given
        log(session, "merge_refused", row, by, now, reason=given)
    return row


STATES: Final[dict[str, Any]] = {
    "waiting": EnterpriseMerge.is_waiting,
    "merged": EnterpriseMerge.is_in_force,
    "undone": EnterpriseMerge.undone_at.is_not(None),
    "refused": sa.and_(EnterpriseMerge.refused_at.is_not(None), EnterpriseMerge.merged_at.is_(None)),
}
"""待审核 · 已合并 · 已撤销 · 未同意: each merge is in exactly one of them; the conditions that say in which."""


def counts(session: Session) -> dict[str, int]:
    """How many merges are in each of ``STATES``."""
    asked = [sa.func.count().filter(is_so).label(state) for state, is_so in STATES.items()]
    return dict(session.execute(sa.select(*asked).select_from(EnterpriseMerge)).mappings().one())


def cases(
    session: Session, by: Actor, state: str | None = None, number: int = 1, per_page: int = 50
) -> Page[MergeCase]:
    """企业合并 for the hub, of one of ``STATES`` or all: what waits first, in the order it came, then the newest."""
    by.must_review()
    rank = sa.case((EnterpriseMerge.is_waiting, 0), else_=1)
    waiting_since = sa.case((EnterpriseMerge.is_waiting, EnterpriseMerge.id))
    decided = sa.func.coalesce(EnterpriseMerge.undone_at, EnterpriseMerge.merged_at, EnterpriseMerge.refused_at)
    query = sa.select(EnterpriseMerge).order_by(rank, waiting_since, decided.desc(), EnterpriseMerge.id.desc())
    if state is not None:
        query = query.where(STATES[state])
    page: Page[EnterpriseMerge] = page_of(session, query, number, per_page)
    rows = page.rows
    ids = {each for row in rows for each in (row.kept_id, row.merged_id)}
    firms = {each.id: each for each in session.scalars(sa.select(Enterprise).where(Enterprise.id.in_(ids)))}
    of = {row.platform_id for row in rows if row.platform_id is not None}
    platforms = {each.id: each for each in session.scalars(sa.select(Platform).where(Platform.id.in_(of)))}
    listed = [
        MergeCase(row, firms[row.kept_id], firms[row.merged_id], platforms.get(row.platform_id or 0)) for row in rows
    ]
    return Page(listed, page.count, page.number, page.pages)


def case_of(session: Session, merge_id: int, by: Actor) -> MergeCase:
    """One of them. Raises ``Refused("not_found")``."""
    by.must_review()
    return _case(session, row_of(session, merge_id))


def waiting_count(session: Session) -> int:
    """待审核: how many proposals wait for the hub."""
    return session.scalar(sa.select(sa.func.count()).where(EnterpriseMerge.is_waiting)) or 0


def last_proposed(session: Session, enterprise_id: int) -> EnterpriseMerge | None:
    """The newest proposal to merge this enterprise into another, for who stands for it."""
    query = sa.select(EnterpriseMerge).where(EnterpriseMerge.merged_id == enterprise_id)
    return session.scalar(query.order_by(EnterpriseMerge.id.desc()).limit(1))


def must_fit(session: Session, kept: Enterprise, merged: Enterprise) -> None:
    """Whether the one may be merged into the other: it is not part of another yet, and no code gets lost."""
    for each in (merged, kept):
        if each.merged_into_id is not None:
            into = session.get_one(Enterprise, each.merged_into_id)
            raise Refused("already_merged", name=each.name, kept=into.name)
    if (merged.uscc is not None, merged.is_counted) > (kept.uscc is not None, kept.is_counted) and kept.uscc is None:
        raise Refused("merge_keeps_the_code", name=merged.name)


def chosen(session: Session, kept_id: int, merged_id: int) -> tuple[Enterprise, Enterprise]:
    """The one that is kept, itself found as what it was merged into, and the other. Raises ``merge_with_itself``."""
    kept, merged = (
        must_be_found(kept_enterprises.find(session, kept_id)),
        must_be_found(session.get(Enterprise, merged_id)),
    )
    if kept is merged:
        raise Refused("merge_with_itself")
    return kept, merged


def new(session: Session, kept_id: int, merged_id: int, reason: str, by: Actor, now: datetime) -> EnterpriseMerge:
    """A merge that is asked for."""
    row = EnterpriseMerge(
        kept_id=kept_id,
        merged_id=merged_id,
        reason=reason,
        platform_id=by.platform_id if by.role is Role.PLATFORM else None,
        created_at=now,
        created_by=by.person_id,
    )
    session.add(row)
    session.flush()
    return row


def row_of(session: Session, merge_id: int) -> EnterpriseMerge:
    """The merge of this id; else ``Refused("not_found")``."""
    return must_be_found(session.get(EnterpriseMerge, merge_id))


def _case(session: Session, row: EnterpriseMerge) -> MergeCase:
    kept, merged = (session.get_one(Enterprise, each) for each in (row.kept_id, row.merged_id))
    return MergeCase(row, kept, merged, session.get(Platform, row.platform_id) if row.platform_id else None)


def must_reason(text: str) -> str:
    """The reason, not too long; else ``Refused``: ``reason_needed``, ``text_too_long``."""
    given = must_have_reason(text)
    if len(given) > LONGEST_REASON:
        raise Refused("text_too_long", most=LONGEST_REASON)
    return given


def log(session: Session, deed: str, row: EnterpriseMerge, by: Actor, now: datetime, **details: object) -> None:
    """Log what was done about it, on the enterprise that is kept."""
    journal.record(
        session,
        f"enterprise.{deed}",
        Subject.ENTERPRISE,
        row.kept_id,
        by=by,
        now=now,
        platform_id=row.platform_id,
        merge=row.id,
        merged=row.merged_id,
        **details,
    )
    session.flush()
