"""得分变化 as both sides read it: the span that the address asks for, and each cause in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import request

from wxsvc import wording
from wxsvc.access import now
from wxsvc.pages import operation_words
from wxsvc.pages.row_numbers import YEARS
from wxsvc.services.reports import score_history
from wxsvc.services.reports.score_history import Cause
from wxsvc.services.years import day_of


def asked_span() -> tuple[datetime, datetime]:
    """From the first moment of ``since`` to the last of ``until``; without them, since last month until now."""
    since, until = _day("since"), _day("until")
    first = score_history.day_began(since) if since else score_history.month_began(now())
    last = score_history.day_began(until + timedelta(days=1)) if until else now()
    return first, max(first, min(last, now()))


def span(first: datetime, last: datetime) -> dict[str, object]:
    """What the page's form shows of the span."""
    shown = {"first_day": day_of(first).isoformat(), "last_day": day_of(last).isoformat()}
    return shown | {"is_since_last_month": "since" not in request.args and "until" not in request.args}


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if found.year in YEARS else None


def cause_text(cause: Cause) -> str:
    """``通过服务活动“对接会”``, ``确定口径“不足一档如何扣分”：按比例``."""
    entry = cause.entry
    try:
        deed = operation_words.deed_name(entry.deed, entry.subject)
    except KeyError:
        deed = wording.word(entry.subject)
    return wording.said("score_cause", deed=deed, title=cause.title, note=cause.note)
