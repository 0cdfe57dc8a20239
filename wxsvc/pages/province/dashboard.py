"""总览: the province in pictures, each drawn by a script from the table that stands below it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scoring.scheme_files import NoSchemeError
from scoring.terms import PlatformKind
from wxsvc.access import house, now
from wxsvc.pages import cards
from wxsvc.pages.province.score_files import column_name
from wxsvc.pages.years import asked_kind, offered_years, score_year
from wxsvc.services.reports import dashboards, score_tables

blueprint = Blueprint("dashboard", __name__)

SHADES: Final = ("participations", "completion", "rank")
"""What the cities of the map may be shaded by (``?shade=``)."""


@blueprint.get("/dashboard")
def page() -> ResponseReturnValue:
    """The map, the months, the spread of the totals, and completion by platform and indicator, of one kind and year."""
    kind, shade = asked_kind(), request.args.get("shade", "")
    with house().database.read() as session:
        year = score_year(session)
        try:
            of_kind = dashboards.standings(session, year)
            table = score_tables.of(session, year, kind, now(), sort="rank")
        except NoSchemeError:
            of_kind, table = {}, None
    rows = of_kind.get(kind, [])
    return render_template(
        "province/dashboard.html",
        kind=kind,
        year=year,
        shade=shade if shade in SHADES else SHADES[0],
        shades=SHADES,
        kinds=PlatformKind,
        years=offered_years(),
        rows=rows,
        cities=dashboards.by_city(rows),
        months=dashboards.by_month(rows, year),
        spreads=[found for each in PlatformKind if (found := dashboards.spread(each, of_kind.get(each, [])))],
        spans=dashboards.SPANS,
        table=table,
        column_name=column_name,
    )


@blueprint.get("/dashboard/<code>")
def platform(code: str) -> ResponseReturnValue:
    """One platform's year, month by month, against its kind."""
    with house().database.read() as session:
        row = cards.platform_by_code(session, code)
        year = score_year(session, row.id)
        ends = dashboards.month_ends(session, row, year)
    return render_template(
        "province/dashboard_platform.html", platform=row, year=year, years=offered_years(), ends=ends
    )
