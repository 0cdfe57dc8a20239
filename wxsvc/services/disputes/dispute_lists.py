"""企业异议 as lists: what waits, what was decided, what one's own enterprises object to; each with what it is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.platform import Platform
from models.terms import DisputeState, DisputeSubject, Subject
from wxsvc.queries import Page, page_of
from wxsvc.services import counting_years, kept_enterprises, years
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import RECORDS

About: TypeAlias = tuple[int, bool, str | None]
"""Of what is disputed: the year that counts it, whether a seal freezes it, and an activity's title."""


class DisputeCase(Struct, frozen=True):
    """A dispute with what it is about; ``year`` is the evaluation year that counted it."""

    dispute: Dispute
    enterprise: Enterprise
    platform: Platform
    year: int
    is_sealed: bool
    title: str | None
    """An activity's title."""


def cases(
    session: Session, by: Actor, state: DisputeState | None = None, number: int = 1, per_page: int = 50
) -> Page[DisputeCase]:
    """企业异议 for the reviewer, page by page: the open ones in the order they came, or those in another state, the
    newest first.
    """
    by.must_review()
    query = sa.select(Dispute)
    if state is not None:
        query = query.where(Dispute.state == state)
    order = Dispute.raised_at if state is DisputeState.OPEN else Dispute.raised_at.desc()
    return _page(session, query.order_by(order, Dispute.id), number, per_page)


def open_count(session: Session) -> int:
    """待处理: how many wait for the reviewer."""
    return session.scalar(open_counted()) or 0


def open_counted(platform_id: int | None = None) -> sa.Select[int]:
    """The query of that number, of one platform or of all, to be asked with others."""
    query = sa.select(sa.func.count()).select_from(Dispute).where(Dispute.state == DisputeState.OPEN)
    return query.where(Dispute.platform_id == platform_id) if platform_id is not None else query


def open_of_year(session: Session, year: int) -> int:
    """待处理 of one evaluation year: what is disputed counts in it, a check-in by its activity; one query."""
    of_activity = sa.exists().where(
        CheckIn.id == Dispute.subject_id, Activity.id == CheckIn.activity_id, counting_years.counts_in(Activity, year)
    )
    of_year = [sa.and_(Dispute.subject == DisputeSubject.CHECK_IN, of_activity)]
    for subject in DisputeSubject:
        if subject is not DisputeSubject.CHECK_IN:
            table: Any = RECORDS[Subject(subject.value)]
            about = sa.exists().where(table.id == Dispute.subject_id, counting_years.counts_in(table, year))
            of_year.append(sa.and_(Dispute.subject == subject, about))
    query = sa.select(sa.func.count()).where(Dispute.state == DisputeState.OPEN, sa.or_(*of_year))
    return session.scalar(query) or 0


def of_platform(session: Session, platform_id: int, number: int = 1, per_page: int = 12) -> Page[DisputeCase]:
    """What enterprises objected to at one platform, page by page: open ones first, then the newest.

    What took a check-in from an activity that it held with the others is among them, once it was upheld.
    """
    is_open = sa.case((Dispute.state == DisputeState.OPEN, 0), else_=1)
    query = sa.select(Dispute).where(sa.or_(Dispute.platform_id == platform_id, _taken_from(platform_id)))
    return _page(session, query.order_by(is_open, Dispute.raised_at.desc(), Dispute.id), number, per_page)


def _taken_from(platform_id: int) -> sa.ColumnElement[bool]:
    """成立的异议 about a check-in of an activity in which the platform has a confirmed part."""
    held = (
        sa.select(CheckIn.id)
        .join(ActivityPlatform, ActivityPlatform.activity_id == CheckIn.activity_id)
        .where(ActivityPlatform.platform_id == platform_id, ActivityPlatform.confirmed_at.is_not(None))
    )
    is_upheld = (Dispute.subject == DisputeSubject.CHECK_IN, Dispute.state == DisputeState.UPHELD)
    return sa.and_(*is_upheld, Dispute.subject_id.in_(held))


def of_person(session: Session, person_id: int, number: int = 1, per_page: int = 12) -> Page[DisputeCase]:
    """What one's own enterprises objected to, page by page, the newest first."""
    query = sa.select(Dispute).where(Dispute.enterprise_id.in_(kept_enterprises.own_ids(person_id)))
    return _page(session, query.order_by(Dispute.raised_at.desc(), Dispute.id), number, per_page)


def open_of_person(session: Session, person_id: int) -> set[tuple[DisputeSubject, int]]:
    """What one's own enterprises object to and nobody has decided yet."""
    own = Dispute.enterprise_id.in_(kept_enterprises.own_ids(person_id))
    query = sa.select(Dispute.subject, Dispute.subject_id).where(own, Dispute.state == DisputeState.OPEN)
    return {(subject, subject_id) for subject, subject_id in session.execute(query)}


def case_of(session: Session, dispute_id: int) -> DisputeCase:
    """The dispute with what it is about; ``Refused("not_found")``."""
    found = _page(session, sa.select(Dispute).where(Dispute.id == dispute_id), 1, 1)
    if not found.rows:
        raise Refused("not_found")
    return found.rows[0]


def _page(session: Session, query: sa.Select[Dispute], number: int, per_page: int) -> Page[DisputeCase]:
    """A page of a query's disputes with what they are about: two statements, and one for each kind of that."""
    with_parties = (
        query.add_columns(Enterprise, Platform)
        .join(Enterprise, Enterprise.id == Dispute.enterprise_id)
        .join(Platform, Platform.id == Dispute.platform_id)
    )
    found = page_of(session, with_parties, number, per_page, lambda *row: row)
    return Page(_cases(session, found.rows), found.count, found.number, found.pages)


def _cases(session: Session, rows: Sequence[tuple[Dispute, Enterprise, Platform]]) -> list[DisputeCase]:
    about: dict[tuple[DisputeSubject, int], About] = {}
    for subject in {row.subject for row, _, _ in rows}:
        ids = {row.subject_id for row, _, _ in rows if row.subject is subject}
        tell = _told_of_check_ins if subject is DisputeSubject.CHECK_IN else _told_of_records
        about |= {(subject, each): told for each, told in tell(session, subject, ids).items()}
    return [DisputeCase(row, firm, platform, *about[row.subject, row.subject_id]) for row, firm, platform in rows]


def _told_of_check_ins(session: Session, _: DisputeSubject, ids: Collection[int]) -> dict[int, About]:
    query = (
        sa.select(CheckIn.id, CheckIn.checked_in_at, Activity.year, Activity.title, counting_years.ACTIVITY_IS_SEALED)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .where(CheckIn.id.in_(ids))
    )
    return {
        check_in_id: (year or years.year_of(came_at), is_sealed, title)
        for check_in_id, came_at, year, title, is_sealed in session.execute(query)
    }


def _told_of_records(session: Session, subject: DisputeSubject, ids: Collection[int]) -> dict[int, About]:
    table: Any = RECORDS[Subject(subject.value)]
    query = sa.select(table.id, table.year, counting_years.is_sealed_of(table)).where(table.id.in_(ids))
    return {record_id: (year, is_sealed, None) for record_id, year, is_sealed in session.execute(query)}
