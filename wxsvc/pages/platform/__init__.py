"""Platform staff's pages (平台): today, publishing, the door, wrapping up, the own score."""

from __future__ import annotations

from flask import Blueprint

from wxsvc.pages import members, notices
from wxsvc.pages.platform import (
    activities,
    announcements,
    arrivals,
    codes,
    filings,
    materials,
    objections,
    own_disputes,
    own_score,
    poster,
    publish,
    roster_lines,
    rosters,
    screen,
    today,
    workbench,
    wrap_up,
)
from wxsvc.pages.platform.own_records.every import blueprints as own_records

blueprint = Blueprint("platform", __name__, url_prefix="/p")
for noun in (
    *(today, publish, activities, arrivals, codes, poster, screen, materials, wrap_up, rosters, roster_lines),
    *(filings, own_score, objections, own_disputes, announcements, workbench),
):
    blueprint.register_blueprint(noun.blueprint)
blueprint.register_blueprint(members.platform)
blueprint.register_blueprint(notices.platform)
for each in own_records:
    blueprint.register_blueprint(each)
