"""积压: what waits to be counted or asked of WeChat, since when, and what went wrong last."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.errand import ChatPicture, Errand, ParametricCode, PersonTag
from models.work_list import Change

NOT_FOLLOWING: Final = "NotFollowing"
"""How the problem of a member of staff begins who does not follow the account: no fault of the system."""

LATE: Final = 20.0
"""Seconds that a change may wait to be counted; usually it is one or two."""


class WorkWaiting(Struct, frozen=True):
    """One kind of work: how much of it waits, since when, how much failed at least once, the newest problem."""

    count: int
    oldest_at: datetime | None = None
    failing: int = 0
    problem: str | None = None


class Backlog(Struct, frozen=True):
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


def pictures_waiting_seconds(session: Session, now: datetime) -> float:
    """How long the oldest picture from the chat waits that the worker is to fetch; 0 when none does."""
    waits = (ChatPicture.is_claimed, ChatPicture.fetched_at.is_(None), ChatPicture.dropped_at.is_(None))
    oldest = session.scalar(sa.select(sa.func.min(ChatPicture.received_at)).where(*waits))
    return max((now - oldest).total_seconds(), 0.0) if oldest is not None else 0.0


def backlog(session: Session) -> Backlog:
    """Everything that waits now."""
    absent = sa.and_(PersonTag.problem.is_not(None), PersonTag.problem.startswith(NOT_FOLLOWING))
    waits: dict[str, tuple[Any, sa.ColumnElement[bool], Any]] = {
        "changes": (Change, sa.true(), Change.made_at),
        "codes": (ParametricCode, ParametricCode.url.is_(None), ParametricCode.asked_at),
        "pictures": (
            ChatPicture,
            ChatPicture.fetched_at.is_(None) & ChatPicture.dropped_at.is_(None),
            ChatPicture.received_at,
        ),
        "tags": (PersonTag, PersonTag.problem.is_not(None) & ~absent, None),
        "not_following": (PersonTag, absent, None),
    }
    parts = [_counted(name, *each) for name, each in waits.items()]
    found = {row.name: row for row in session.execute(sa.union_all(*parts))}
    return Backlog(
        changes=WorkWaiting(found["changes"].number, found["changes"].oldest_at),
        **{
            name: WorkWaiting(
                found[name].number,
                found[name].oldest_at,
                found[name].failing,
                _newest(session, *waits[name][:2]) if found[name].failing else None,
            )
            for name in ("codes", "pictures", "tags")
        },
        not_following=found["not_following"].number,
    )


def _counted(name: str, table: Any, waits: sa.ColumnElement[bool], since: Any) -> sa.Select[Any]:
    """How many wait, since when, and how many of them failed."""
    at = Change.made_at.type
    oldest = sa.func.min(since, type_=at) if since is not None else sa.cast(sa.null(), at)
    failing = sa.func.count(table.problem) if issubclass(table, Errand) else sa.literal(0)
    columns = (sa.literal(name).label("name"), sa.func.count().label("number"), oldest.label("oldest_at"))
    return sa.select(*columns, failing.label("failing")).select_from(table).where(waits)


def _newest(session: Session, table: Any, waits: sa.ColumnElement[bool]) -> str | None:
    """The problem that was noted last."""
    noted = sa.select(table.problem).where(waits, table.problem.is_not(None))
    newest: str | None = session.scalar(noted.order_by(table.try_after.desc()).limit(1))
    return newest
