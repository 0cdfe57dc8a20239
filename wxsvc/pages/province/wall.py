"""数据大屏: the province on a wall, for hours and without a hand. Totals, ranks and activities; no person."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from scoring.scheme_files import NoSchemeError
from wxsvc.access import house, now
from wxsvc.pages.years import score_year
from wxsvc.services.reports import dashboards

blueprint = Blueprint("wall", __name__)

_RANKED: Final = 8
"""How many platforms of a kind are shown: what can be read from the back of the room."""
_LATEST: Final = 8


@blueprint.get("/wall")
def page() -> ResponseReturnValue:
    """The whole screen; without its script it loads itself anew every minute."""
    return render_template("province/wall.html", **_shown())


@blueprint.get("/wall/now")
def piece() -> ResponseReturnValue:
    """What changes, as a piece of the page, polled; unchanged is 304."""
    response = make_response(render_template("province/wall_now.html", **_shown()))
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _shown() -> dict[str, Any]:
    with house().database.read() as session:
        year = score_year(session)
        try:
            of_kind = dashboards.standings(session, year)
        except NoSchemeError:
            of_kind = {}
        latest = dashboards.latest_activities(session, now(), _LATEST)
    rows = [row for found in of_kind.values() for row in found]
    return {
        "year": year,
        "platforms": len(rows),
        "participations": sum(row.participations for row in rows),
        "active": sum(row.participations > 0 for row in rows),
        "cities": dashboards.by_city(rows),
        "months": dashboards.by_month(rows, year),
        "ranked": {kind: [row for row in found if row.rank][:_RANKED] for kind, found in of_kind.items() if found},
        "spreads": [found for kind, own in of_kind.items() if (found := dashboards.spread(kind, own))],
        "latest": latest,
        "as_of": min((row.as_of for row in rows), default=None),
    }
