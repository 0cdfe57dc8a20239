"""Evaluation years (考评年度) as pages offer them."""

from __future__ import annotations

from flask import request

from scoring.terms import PlatformKind
from wxsvc.access import house, now
from wxsvc.db import Session
from wxsvc.pages.paging import word_asked
from wxsvc.pages.row_numbers import YEARS, key_of
from wxsvc.services.counting import opening_years
from wxsvc.services.years import year_of


def asked_year() -> int:
    """The year in the address, else the running one."""
    return _wanted() or year_of(now())


def score_year(session: Session, platform_id: int | None = None) -> int:
    """The year in the address, else the one that a scorecard opens on: in January, the one in closing."""
    return _wanted() or opening_years.of(session, now(), platform_id)


def judged_year(session: Session) -> int:
    """The year in the address, else the one that is judged: in January, the one in closing."""
    return _wanted() or opening_years.judged(session, now())


def compared_years(session: Session, platform_id: int | None = None) -> tuple[int, int]:
    """The two years of a comparison, the former first: ``year`` and ``with``, by default the one before."""
    later = score_year(session, platform_id)
    former = _wanted("with") or later - 1
    return min(former, later), max(former, later)


def comparable_years(years: tuple[int, int]) -> list[int]:
    """What a comparison offers: the running year and the three before, and what is asked for."""
    running = year_of(now())
    return sorted({*range(running - 3, running + 1), *years}, reverse=True)


def _wanted(name: str = "year") -> int | None:
    return year_in(request.args.get(name))


def year_in(text: str | None) -> int | None:
    """The year that was written, if there are rules and calendars for anything like it."""
    wanted = key_of(text)
    return wanted if wanted in YEARS else None


def asked_kind() -> PlatformKind:
    """The kind of platform in the address, else 市州."""
    return word_asked("kind", PlatformKind) or PlatformKind.PREFECTURE


def offered_years() -> list[int]:
    """The running year, the one before, every older one that has a scorecard, and the one that is asked for."""
    running = year_of(now())
    return sorted({running, running - 1, asked_year(), *house().hourly("former_years", _former)}, reverse=True)


def years_ahead() -> list[int]:
    """The next year, too: its periods and its calendar are set before it begins."""
    offered = offered_years()
    return sorted({*offered, max(offered) + 1}, reverse=True)


def _former() -> list[int]:
    with house().database.read() as session:
        return opening_years.former(session, year_of(now()) - 1)
