"""年度锁定 by two people: one asks for what they saw, another confirms, and every open platform is sealed at once.

The steps before must be clear at both moments; one platform that cannot be sealed leaves all of them open.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.terms import NoticePurpose, Subject
from models.year_end import YearClosing, YearSnapshot
from wxsvc.services import journal, notices, outbox, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import seals, snapshots
from wxsvc.services.locks import PROVINCE, insert_once, lock
from wxsvc.services.refusal import Refused
from wxsvc.services.year_end import closing_steps, figures
from wxsvc.services.year_end.closing_steps import ClosingStep


def ask(session: Session, year: int, seen: str, by: Actor, now: datetime) -> YearClosing:
    """The first person asks to seal the figures that they saw, and officials are told; while an ask stands, another's
    changes nothing.

    Raises ``Refused``: ``closing_…`` for what is still open, ``preview_stale``, ``year_is_sealed``.
    """
    row = _held(session, year, by)
    if row.seal_asked_at is not None and row.seal_asked_by != by.person_id:
        return row
    _must_be_ready(session, year, now)
    if figures.seen(figures.of_year(session, year)) != seen:
        raise Refused("preview_stale")
    if row.seal_seen == seen:
        return row
    outbox.take_back(session, _asking(row), now)  # of figures that have moved since
    row.seal_asked_at, row.seal_asked_by, row.seal_seen = now, by.person_id, seen
    session.flush()
    journal.record(session, "year.seal_asked", Subject.PLATFORM_YEAR, None, by=by, now=now, year=year)
    facts = {"deed": "seal_asked", "year": year}
    notices.tell(session, NoticePurpose.SEALED, _asking(row), facts, now, but=by.person_id)
    return row


def _asking(row: YearClosing) -> str:
    """The key of the notice to whoever may confirm it; taken back once nobody need."""
    asked_at = row.seal_asked_at
    return f"seal_asked:{row.year}:{asked_at.timestamp() if asked_at is not None else 0:.6f}"


def withdraw(session: Session, year: int, by: Actor, now: datetime) -> YearClosing:
    """撤回锁定申请, by whoever asked or a colleague; idempotent."""
    row = _held(session, year, by)
    if row.seal_asked_at is not None:
        outbox.take_back(session, _asking(row), now)
        row.seal_asked_at = row.seal_asked_by = row.seal_seen = None
        session.flush()
        journal.record(session, "year.seal_withdrawn", Subject.PLATFORM_YEAR, None, by=by, now=now, year=year)
    return row


def confirm(session: Session, year: int, by: Actor, now: datetime) -> YearSnapshot:
    """The second person seals every platform that is open, and the province's document is kept. Idempotent.

    Raises ``Refused``: ``seal_not_asked``, ``seal_two_people`` to the one who asked, ``closing_…`` for what is open
    again, ``figures_moved`` when the last fold came to other figures than the first person saw.
    """
    row = _held(session, year, by)
    if (sealed := snapshots.year_snapshot(session, year)) is not None:
        return sealed
    if row.seal_asked_at is None:
        raise Refused("seal_not_asked", year=year)
    if row.seal_asked_by == by.person_id:
        raise Refused("seal_two_people")
    _must_be_ready(session, year, now)
    open_ids = _seal_all(session, year, by, now)
    session.expire_all()
    if figures.seen(figures.of_year(session, year), set(open_ids)) != row.seal_seen:
        raise Refused("figures_moved")
    asked_by = row.seal_asked_by
    outbox.take_back(session, _asking(row), now)
    row.seal_asked_at = row.seal_asked_by = row.seal_seen = None
    session.flush()
    journal.record(session, "year.sealed", Subject.PLATFORM_YEAR, None, by=by, now=now, year=year, asked_by=asked_by)
    return snapshots.keep_year(session, year, asked_by, by, now)


def _seal_all(session: Session, year: int, by: Actor, now: datetime) -> list[int]:
    """Every open platform; which. All is in memory: else the planner would scan all enterprises for each of them."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("set local random_page_cost = 1"))
    open_ids = years.open_platforms(session, year)
    seals.seal_all(session, open_ids, year, by, now)
    return open_ids


def _must_be_ready(session: Session, year: int, now: datetime) -> None:
    closing = closing_steps.of_year(session, year, now)
    if closing.is_sealed:
        raise Refused("year_is_sealed", year=year)
    closing_steps.must_be_clear(closing, before=ClosingStep.SEAL)


def _held(session: Session, year: int, by: Actor) -> YearClosing:
    """The year's closing under the province's lock; only a person of the province seals."""
    by.must_be_an_official()
    lock(session, PROVINCE, year)
    insert_once(session, YearClosing, year=year)
    return session.scalars(
        sa.select(YearClosing).where(YearClosing.year == year).execution_options(populate_existing=True)
    ).one()
