"""总览: the province in pictures, each drawn by a script from the table that stands below it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scoring.scheme_files import NoSchemeError
from scoring.terms import PlatformKind
from wxsvc.access import house, now
from wxsvc.db import Session
from wxsvc.pages import cards, paging
from wxsvc.pages.province.score_files import column_name
from wxsvc.pages.years import asked_kind, offered_years, score_year
from wxsvc.services.reports import dashboards, month_ends, score_tables
from wxsvc.services.reports.dashboards import DashboardFigures
from wxsvc.services.reports.month_ends import MonthTotals

blueprint = Blueprint("dashboard", __name__)

RANKED: Final = 8
"""How many platforms of a kind are on the wall: what can be read from the back of the room."""
SHADES: Final = ("participations", "completion", "rank")
"""What the cities of the map may be shaded by (``?shade=``)."""


@blueprint.get("/dashboard")
def page() -> ResponseReturnValue:
    """The map, the months, the spread of the totals, and completion by platform and indicator, of one kind and year."""
    kind, shade = asked_kind(), request.args.get("shade", "")
    is_whole = bool(request.args.get("all"))
    number, per_part = paging.asked(), None if is_whole else paging.OF_A_KIND
    with house().database.read() as session:
        year = score_year(session)
        of_kind = figures(session, year)
        try:
            table = score_tables.of(session, year, kind, now(), sort="rank", number=number, per_part=per_part)
        except NoSchemeError:
            table = None
    return render_template(
        "province/dashboard.html",
        kind=kind,
        year=year,
        shade=shade if shade in SHADES else SHADES[0],
        shades=SHADES,
        kinds=PlatformKind,
        years=offered_years(),
        found=of_kind[kind],
        spreads=of_kind[None].spreads,
        spans=dashboards.SPANS,
        table=table,
        is_whole=is_whole,
        per_page=paging.OF_A_KIND,
        column_name=column_name,
    )


def figures(session: Session, year: int) -> dict[PlatformKind | None, DashboardFigures]:
    """The figures of the year, reckoned anew when a card or a platform has changed since this process did so."""
    state = dashboards.state(session, year)
    return house().while_same("dashboard_figures", state, lambda: dashboards.figures(session, year, RANKED))


def month_totals(session: Session, kind: PlatformKind, year: int) -> MonthTotals:
    """月末得分 of a kind, read anew when they were kept anew, or others are compared."""
    state = month_ends.state(session, year)
    return house().while_same(f"month_totals_{kind}", state, lambda: month_ends.totals(session, kind, year))


@blueprint.get("/dashboard/<code>")
def platform(code: str) -> ResponseReturnValue:
    """One platform's year, month by month, against its kind."""
    with house().database.read() as session:
        row = cards.platform_by_code(session, code)
        year = score_year(session, row.id)
        own = month_ends.own(session, row.id, year)
        ends = month_ends.beside(own, month_totals(session, row.kind, year)) if own else []
    return render_template(
        "province/dashboard_platform.html", platform=row, year=year, years=offered_years(), ends=ends
    )
