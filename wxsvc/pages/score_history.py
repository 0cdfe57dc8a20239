"""得分变化 as both sides read it: the span that the address asks for, and each cause in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import render_template, request

from models.platform import Platform
from wxsvc import wording
from wxsvc.access import now
from wxsvc.db import Session
from wxsvc.pages import operation_words
from wxsvc.pages.row_numbers import YEARS
from wxsvc.pages.years import score_year
from wxsvc.services.reports import score_history
from wxsvc.services.reports.score_history import Cause
from wxsvc.services.years import day_of


def _asked_span() -> tuple[datetime, datetime]:
    """From the first moment of ``since`` to the last of ``until``; without them, since last month until now."""
    since, until = _day("since"), _day("until")
    first = score_history.day_began(since) if since else score_history.month_began(now())
    last = score_history.day_began(until + timedelta(days=1)) if until else now()
    return first, max(first, min(last, now()))


def page(template: str, session: Session, platform: Platform) -> str:
    """自上月以来为何变化 of a platform, in the frame of either audience; between any two days."""
    year, (first, last) = score_year(session, platform.id), _asked_span()
    return render_template(
        template,
        platform=platform,
        year=year,
        history=score_history.of(session, platform, year, first, last),
        first_day=day_of(first).isoformat(),
        last_day=day_of(last).isoformat(),
        is_since_last_month="since" not in request.args and "until" not in request.args,
    )


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
