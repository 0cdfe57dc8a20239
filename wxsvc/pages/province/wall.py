"""数据大屏: the province on a wall, for hours and without a hand. Totals, ranks and activities; no person."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from wxsvc.access import house, now
from wxsvc.pages.province.dashboard import figures
from wxsvc.pages.years import score_year
from wxsvc.services.reports import dashboards

blueprint = Blueprint("wall", __name__)

_LATEST: Final = 12
"""More than a screen has room for; those that do not fit whole are left out."""


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
        shown = figures(session, year)[None]
        latest = dashboards.latest_activities(session, now(), _LATEST)
    return {"year": year, "shown": shown, "latest": latest}
