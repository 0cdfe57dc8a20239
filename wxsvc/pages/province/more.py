"""更多 (省级): everything that is not looked at every day, on one page."""

from __future__ import annotations

from flask import Blueprint, render_template

from wxsvc.access import current_actor, house, now
from wxsvc.checks import calendar
from wxsvc.services.disputes import dispute_lists
from wxsvc.services.people import merge_cases, standings
from wxsvc.services.year_end import confirmations

blueprint = Blueprint("more", __name__)


@blueprint.get("/more")
def page() -> str:
    """Where else provincial staff can go, with how much waits there for them."""
    with house().database.read() as session:
        waiting = {
            "province.merges.listed": merge_cases.waiting_count(session),
            "province.dispute_cases.listed": dispute_lists.open_count(session),
            "province.standings.waiting": standings.waiting_count(session),
            "province.year_end.latest": sum(confirmations.waiting(session, current_actor()).values()),
        }
        awaited = calendar.awaited(session, now())
    return render_template("province/more.html", waiting=waiting, calendar_awaited=awaited)
