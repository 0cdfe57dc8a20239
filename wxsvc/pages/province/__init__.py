"""Provincial pages (省级): what 省枢纽平台 and 省工信厅 read, review and judge."""

from __future__ import annotations

from flask import Blueprint

from wxsvc.pages import members, notices
from wxsvc.pages.province import (
    annex,
    announcements,
    assigned_work,
    calendar,
    call_backs,
    comparisons,
    dashboard,
    dispute_cases,
    documents,
    enterprises,
    inspections,
    media_list,
    merges,
    more,
    online_checks,
    operations,
    owed,
    people,
    periods,
    platforms,
    readings,
    review,
    review_corrections,
    review_desk,
    roster_copies,
    ruling_sheet,
    rulings,
    running_state,
    scores,
    sealed_years,
    service_items,
    standings,
    systems,
    verdicts,
    wall,
    webhooks,
    year_end,
)

blueprint = Blueprint("province", __name__, url_prefix="/v")
for noun in (
    *(scores, comparisons, dashboard, wall, annex, documents, running_state, operations, more),
    *(review, review_corrections, review_desk, verdicts, roster_copies, dispute_cases, call_backs),
    *(rulings, ruling_sheet, inspections, online_checks, readings, year_end, sealed_years),
    *(assigned_work, owed, service_items, media_list, periods, calendar, announcements),
    *(platforms, people, standings, merges, enterprises, systems, webhooks),
):
    blueprint.register_blueprint(noun.blueprint)
blueprint.register_blueprint(members.province)
blueprint.register_blueprint(notices.province)
