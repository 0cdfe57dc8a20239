"""站内通知: what somebody was told, read or not. Whatever becomes of the template messages, it stands here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.notice import Notice, NoticeRead
from models.terms import NoticePurpose
from wxsvc.queries import Page, page_of
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once

UNREAD_FOR: Final = timedelta(days=30)
"""What nobody opened for a month is history, and no figure that asks to be cleared."""


class Letter(Struct, frozen=True):
    """A notice as its reader sees it."""

    notice: Notice
    is_unread: bool


def letters(session: Session, by: Actor, now: datetime, number: int = 1, per_page: int = 12) -> Page[Letter]:
    """The notices for this person in this role, their platform's, the province's, or their own: the newest first."""
    query = sa.select(Notice, NoticeRead.read_at).outerjoin(NoticeRead, _read_by(by)).where(_for(by))

    def letter(notice: Notice, read_at: datetime | None) -> Letter:
        return Letter(notice, read_at is None and notice.made_at >= now - UNREAD_FOR)

    return page_of(session, query.order_by(Notice.made_at.desc(), Notice.id.desc()), number, per_page, letter)


def unread(session: Session, by: Actor, now: datetime) -> int:
    """How many of them were not read yet."""
    return session.scalar(unread_counted(by, now)) or 0


def unread_counted(by: Actor, now: datetime) -> sa.Select[int]:
    """The query of that number, to be asked with others."""
    query = sa.select(sa.func.count()).select_from(Notice).outerjoin(NoticeRead, _read_by(by))
    return query.where(_for(by), _is_unread(now))


def read_all(session: Session, by: Actor, now: datetime) -> int:
    """全部标为已读, for this person alone; how many. Idempotent."""
    if by.person_id is None:
        return 0
    query = sa.select(Notice.id).outerjoin(NoticeRead, _read_by(by)).where(_for(by), _is_unread(now))
    found = list(session.scalars(query))
    for notice_id in found:
        insert_once(session, NoticeRead, notice_id=notice_id, person_id=by.person_id, read_at=now)
    return len(found)


def _for(by: Actor) -> sa.ColumnElement[bool]:
    own = sa.and_(Notice.person_id == by.person_id, Notice.purpose == NoticePurpose.ROLE)
    if by.platform_id is not None:
        return sa.or_(Notice.platform_id == by.platform_id, own)
    if by.reviews:
        return sa.or_(sa.and_(Notice.platform_id.is_(None), Notice.person_id.is_(None)), own)
    return Notice.person_id == by.person_id if by.person_id is not None else sa.false()


def _read_by(by: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(NoticeRead.notice_id == Notice.id, NoticeRead.person_id == by.person_id)


def _is_unread(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(NoticeRead.read_at.is_(None), Notice.made_at >= now - UNREAD_FOR)
