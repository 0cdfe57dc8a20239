"""公示: an official shows the year's result for some days; meanwhile platforms may object to their own lines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.platform import PlatformYear
from models.terms import NoticePurpose, Subject
from models.year_end import Publicity
from scoring.words import points_text
from wxsvc.services import journal, notices, years
from wxsvc.services.actor import Actor
from wxsvc.services.locks import PROVINCE, lock
from wxsvc.services.refusal import Refused
from wxsvc.services.year_end import closing_steps, figures
from wxsvc.services.year_end.closing_steps import ClosingStep, of_year

SHORTEST: Final = 1
LONGEST: Final = 60
USUAL: Final = 7
"""Days that a form offers."""


def open_for(
    session: Session, year: int, days: int, seen: str, by: Actor, now: datetime, *, after: int | None = None
) -> Publicity:
    """公示 for so many days after today; every platform that is not sealed gets a notice. The same again is the same.

    ``seen`` is the digest of the preview (:func:`figures.seen`), ``after`` the id of the publicity that was shown with
    it, 0 for none. Another opening later replaces the window. Raises ``Refused``: ``publicity_days``,
    ``preview_stale``, ``publicity_overtaken`` where a colleague, or another page of one's own, has opened one since,
    and ``closing_…`` for what is still open before.
    """
    by.must_be_province()
    if not SHORTEST <= days <= LONGEST:
        raise Refused("publicity_days", least=SHORTEST, most=LONGEST)
    lock(session, PROVINCE, year)
    closing_steps.must_be_clear(of_year(session, year, now), before=ClosingStep.PUBLICITY)
    today = years.day_of(now)
    first, last = today, today + timedelta(days=days)
    found = figures.of_year(session, year)
    if figures.seen(found) != seen:
        raise Refused("preview_stale")
    shown = {each.platform.code: points_text(each.total) for each in found if not each.is_sealed}
    newest = current(session, year)
    if newest is not None and (newest.first_day, newest.last_day, newest.figures) == (first, last, shown):
        return newest
    if newest is not None and after not in (None, newest.id):
        raise Refused("publicity_overtaken", year=year, last=newest.last_day)
    row = Publicity(year=year, first_day=first, last_day=last, figures=shown, opened_at=now, opened_by=by.person_id)
    session.add(row)
    session.flush()
    deed, window = "year.publicity_opened", [first.isoformat(), last.isoformat()]
    journal.record(session, deed, Subject.PLATFORM_YEAR, None, by=by, now=now, year=year, window=window)
    for each in found:
        if not each.is_sealed:
            facts = {"deed": "publicity", "year": year, "day": last.isoformat()}
            key = f"publicity:{row.id}:{each.platform.id}"
            notices.tell(session, NoticePurpose.SEALED, key, facts, now, platform_id=each.platform.id)
    return row


def current(session: Session, year: int) -> Publicity | None:
    """The newest publicity of the year, running or over."""
    return session.scalar(sa.select(Publicity).where(Publicity.year == year).order_by(Publicity.id.desc()).limit(1))


def must_be_running(session: Session, year: int, now: datetime) -> Publicity:
    """The publicity in whose window the day lies; else ``Refused``: ``publicity_none``, ``publicity_over``."""
    found, today = current(session, year), years.day_of(now)
    if found is None or today < found.first_day:
        raise Refused("publicity_none", year=year)
    if today > found.last_day:
        raise Refused("publicity_over", year=year, last=found.last_day)
    return found


def running_of(session: Session, platform_id: int, now: datetime) -> Publicity | None:
    """The publicity that runs today and is about the platform's open year; what its pages invite to object in."""
    return session.get(Publicity, found) if (found := session.scalar(running_id(platform_id, now))) else None


def running_id(platform_id: int, now: datetime) -> sa.Select[int]:
    """The id of :func:`running_of`, as a query."""
    today, newer = years.day_of(now), aliased(Publicity)
    query = sa.select(Publicity.id).where(
        *(Publicity.first_day <= today, Publicity.last_day >= today),
        ~sa.exists().where(newer.year == Publicity.year, newer.id > Publicity.id),
        ~sa.exists().where(
            PlatformYear.platform_id == platform_id, PlatformYear.year == Publicity.year, PlatformYear.is_sealed
        ),
    )
    return query.order_by(Publicity.id.desc()).limit(1)
