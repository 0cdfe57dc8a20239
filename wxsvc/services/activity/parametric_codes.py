"""带参数二维码: one is asked for as soon as an activity can be scanned, and another before it ends.

Nobody asks by hand: whatever made an activity public (publishing, an import, a restored backup), the worker finds that
it has no code. Publishing never waits for WeChat, as the page's address and the short code need nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.errand import ParametricCode
from models.terms import Stage
from wxsvc.services import errands
from wxsvc.services.locks import insert_once

LIFE: Final = timedelta(days=30)
"""The longest that WeChat lets a temporary code live."""

RENEWED_BEFORE: Final = timedelta(days=3)
"""How long before a code's end the next one is asked for: two days of trouble at WeChat leave no gap."""

LEASE: Final = timedelta(minutes=3)
"""How long a row belongs to the worker that took it: longer than the slowest call with all its repeats."""

_PAUSE: Final = timedelta(days=1)
"""A code this young is not asked for again, however short WeChat makes its life."""


def wanting(session: Session, now: datetime) -> list[int]:
    """Activities that can be scanned, now or later, and need a code that nobody has asked for yet."""
    code = ParametricCode
    does = sa.or_(
        code.url.is_(None),
        sa.and_(
            code.expires_at > now,
            sa.or_(
                code.expires_at >= Activity.closes_at,
                code.made_at > now - _PAUSE,
                # What would be asked for now would not last until the end either: the old one does for a while.
                sa.and_(code.expires_at > now + RENEWED_BEFORE, Activity.closes_at > now + LIFE - RENEWED_BEFORE),
            ),
        ),
    )
    has_one = sa.exists().where(code.activity_id == Activity.id, does)
    return list(session.scalars(sa.select(Activity.id).where(_is_open(now), ~has_one).order_by(Activity.starts_at)))


def ask(session: Session, now: datetime) -> int:
    """Ask for every code that is wanted, at most one at a time per activity; how many are new."""
    return sum(
        insert_once(session, ParametricCode, activity_id=activity_id, asked_at=now)
        for activity_id in wanting(session, now)
    )


def due(session: Session, now: datetime, most: int) -> list[int]:
    """Codes to fetch from WeChat now, those that never failed first. None for what is over or cancelled."""
    return list(
        session.scalars(
            sa.select(ParametricCode.id)
            .join(Activity, Activity.id == ParametricCode.activity_id)
            .where(ParametricCode.url.is_(None), errands.is_due(ParametricCode, now), _is_open(now))
            .order_by(ParametricCode.tries, Activity.starts_at, ParametricCode.id)
            .limit(most)
        )
    )


def take(session: Session, code_id: int, now: datetime) -> str | None:
    """Take one for this worker alone and return the scene to ask with; None when another has it or it is made."""
    mine = session.execute(
        sa.update(ParametricCode)
        .where(ParametricCode.id == code_id, ParametricCode.url.is_(None), errands.is_due(ParametricCode, now))
        .values(try_after=now + LEASE)
        .returning(ParametricCode.activity_id)
    ).scalar()
    return session.scalar(sa.select(Activity.scene).where(Activity.id == mine)) if mine is not None else None


def made(session: Session, code_id: int, url: str, ticket: str, expires_at: datetime, now: datetime) -> None:
    """Keep what WeChat gave. Idempotent; the same url as before only lives longer."""
    row = session.get_one(ParametricCode, code_id, with_for_update=True, populate_existing=True)
    if row.url is not None:
        return
    known = session.scalars(sa.select(ParametricCode).where(ParametricCode.url == url)).one_or_none()
    if known is not None:
        known.made_at, known.expires_at = now, expires_at
        session.delete(row)
    else:
        row.url, row.ticket, row.made_at, row.expires_at = url, ticket, now, expires_at
        errands.done(row)
    session.flush()


def failed(session: Session, code_id: int, problem: str, now: datetime, until: datetime | None = None) -> None:
    """Keep what went wrong; it is tried again later, or not before ``until``."""
    row = session.get_one(ParametricCode, code_id, with_for_update=True, populate_existing=True)
    if row.url is None:
        errands.failed(row, problem, now, until)
        session.flush()


def put_off(session: Session, problem: str, until: datetime) -> None:
    """Let every code wait until then: what stopped one call stops them all (a spent quota, a pause)."""
    session.execute(
        sa.update(ParametricCode).where(ParametricCode.url.is_(None)).values(try_after=until, problem=problem[:500])
    )


def current(session: Session, activity: Activity, now: datetime) -> ParametricCode | None:
    """The code to draw: one that works until the check-in closes, so that a printed poster never dies before."""
    return session.scalars(
        sa.select(ParametricCode)
        .where(
            ParametricCode.activity_id == activity.id,
            ParametricCode.expires_at > now,
            ParametricCode.expires_at >= activity.closes_at,
        )
        .order_by(ParametricCode.expires_at, ParametricCode.id)
        .limit(1)
    ).one_or_none()


def activity_code_of(session: Session, url: str) -> str | None:
    """The activity's own code for what the menu's scanner read; a code that has been renewed is known as well."""
    return session.scalar(
        sa.select(Activity.code)
        .join(ParametricCode, ParametricCode.activity_id == Activity.id)
        .where(ParametricCode.url == url)
    )


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Activity.stage.not_in([Stage.DRAFT, Stage.VOID]), Activity.closes_at > now)
