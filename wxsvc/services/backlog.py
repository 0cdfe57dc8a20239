"""积压: what waits to be counted or asked of WeChat, since when, and what went wrong last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.errand import ChatPicture, Errand, ParametricCode, PersonTag
from models.work_list import Change

NOT_FOLLOWING: Final = "NotFollowing"
"""How the problem of a member of staff begins who does not follow the account: no fault of the system."""

LATE: Final = 20.0
"""Seconds that a change may wait to be counted; usually it is one or two."""


@dataclass(frozen=True, slots=True)
class WorkWaiting:
    """One kind of work: how much of it waits, since when, how much failed at least once, the newest problem."""

    count: int
    oldest_at: datetime | None = None
    failing: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """变动 to be counted, 二维码 and 照片 to be fetched, 标签 to be put on, and staff who do not follow the account."""

    changes: WorkWaiting
    codes: WorkWaiting
    pictures: WorkWaiting
    tags: WorkWaiting
    not_following: int


def waiting_seconds(session: Session, now: datetime) -> float:
    """How long the oldest change waits to be counted; 0 when none does."""
    oldest = session.scalar(sa.select(sa.func.min(Change.made_at)))
    return max((now - oldest).total_seconds(), 0.0) if oldest is not None else 0.0


def backlog(session: Session) -> Backlog:
    """Everything that waits now."""
    counted = session.execute(sa.select(sa.func.count(), sa.func.min(Change.made_at))).one()
    absent = sa.and_(PersonTag.problem.is_not(None), PersonTag.problem.startswith(NOT_FOLLOWING))
    return Backlog(
        changes=WorkWaiting(counted[0], counted[1]),
        codes=_errands(session, ParametricCode, ParametricCode.url.is_(None), ParametricCode.asked_at),
        pictures=_errands(
            session,
            ChatPicture,
            ChatPicture.fetched_at.is_(None) & ChatPicture.dropped_at.is_(None),
            ChatPicture.received_at,
        ),
        tags=_errands(session, PersonTag, PersonTag.problem.is_not(None) & ~absent, sa.null()),
        not_following=session.scalar(sa.select(sa.func.count()).select_from(PersonTag).where(absent)) or 0,
    )


def _errands(
    session: Session, table: type[Errand], waits: sa.ColumnElement[bool], since: sa.SQLColumnExpression[datetime | None]
) -> WorkWaiting:
    count, oldest_at, failing = session.execute(
        sa.select(sa.func.count(), sa.func.min(since), sa.func.count(table.problem)).select_from(table).where(waits)
    ).one()
    newest = sa.select(table.problem).where(waits, table.problem.is_not(None)).order_by(table.try_after.desc()).limit(1)
    return WorkWaiting(count, oldest_at, failing, session.scalar(newest))
