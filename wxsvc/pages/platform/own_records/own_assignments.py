"""重点工作: what the province asks of the platforms this year, until when, and how the own response stands."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.terms import Subject
from wxsvc.access import house, now
from wxsvc.pages.platform.own_records.noun import own_platform
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.services.records import assignments
from wxsvc.services.records.kinds import lines_of
from wxsvc.services.years import day_of

blueprint = Blueprint("own_assignments", __name__)


@blueprint.get("/assignments")
def listed() -> ResponseReturnValue:
    """Every assignment of the year: what waits for a response first, by its day."""
    year = asked_year()
    with house().database.read() as session:
        platform = own_platform(session)
        own = assignments.responses_of(session, platform.id, year)
        found = [(each, own.get(each.id)) for each in assignments.of_year(session, year)]
        lines = lines_of(platform.kind, year, Subject.RESPONSE)
    waiting = [each for each, response in found if response is None]
    waiting.sort(key=lambda each: (each.due_on is None, each.due_on, each.id))
    return render_template(
        "platform/records/assignments.html",
        waiting=waiting,
        answered=[(each, response) for each, response in found if response is not None],
        today=day_of(now()),
        year=year,
        years=offered_years(),
        lines=lines,
    )
