"""市场化服务业务收入: whether a platform has any in a year; annex 2 asks its yearly accounts of those that do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.terms import Subject
from wxsvc.services import journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.locks import hold_open


def declare(session: Session, platform_id: int, year: int, has_income: bool, by: Actor, now: datetime) -> None:
    """The platform says whether it has such income; no indicator rests on it. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    hold_open(session, platform_id, year)
    row = years.platform_year(session, platform_id, year)
    if row.has_market_income is has_income:
        return
    row.has_market_income = has_income
    session.flush()
    journal.record(
        session,
        "platform_year.market_income",
        Subject.PLATFORM_YEAR,
        None,
        by=by,
        now=now,
        platform_id=platform_id,
        year=year,
        has_income=has_income,
    )
