"""考评期: every platform's assessment period of a year; the province sets a special one, with a reason."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scoring.terms import PlatformKind
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import cards, overtaken
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_kind, asked_year, years_ahead
from wxsvc.services.counting import assessment_periods
from wxsvc.services.years import AssessmentPeriod, has_rules

blueprint = Blueprint("periods", __name__)

_FIELD_OF = {
    "period_backwards": "last",
    "period_not_of_year": "first",
    "period_too_long": "last",
    "period_overlaps": "first",
    "reason_needed": "reason",
}


@blueprint.get("/periods")
def listed() -> ResponseReturnValue:
    """All platforms of a kind: the ordinary period, or the one that was set and why."""
    with house().database.read() as session:
        found = assessment_periods.of_year(session, asked_year(), asked_kind())
    return render_template(
        "province/periods.html",
        found=found,
        kind=asked_kind(),
        kinds=PlatformKind,
        year=asked_year(),
        years=years_ahead(),
    )


@blueprint.get("/periods/<code>")
def show(code: str) -> ResponseReturnValue:
    """One platform's period, and the form."""
    return _show(code, None)


@blueprint.post("/periods/<code>")
def change(code: str) -> ResponseReturnValue:
    """Set a special period, or go back to the ordinary one."""
    form, year, is_reset = TypedForm(request.form), asked_year(), request.form.get("deed") == "reset"
    needed = None if is_reset else "day_needed"
    first, last = form.day("first", needed=needed), form.day("last", needed=needed)
    reason = form.text("reason", most=300, needed="reason_needed")
    if first is not None and last is not None and not is_reset:
        form.judged(_FIELD_OF, assessment_periods.must_make_sense, AssessmentPeriod(first, last), year)

    def deed(session: Session) -> str:
        at, seen = (session, cards.platform_by_code(session, code).id, year), form["seen"] or None
        if is_reset:
            assessment_periods.reset(*at, reason, current_actor(), now(), seen)
        elif first is not None and last is not None:
            assessment_periods.change(*at, AssessmentPeriod(first, last), reason, current_actor(), now(), seen)
        return url_for("province.periods.show", code=code, year=year)

    return taken(form, deed, "period_reset" if is_reset else "period_set", _FIELD_OF) or _show(code, form)


def _show(code: str, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        found = assessment_periods.of(session, cards.platform_by_code(session, code), asked_year())
    stands = {"first": found.period.first.isoformat(), "last": found.period.last.isoformat()}
    stands |= {"seen": assessment_periods.seen(found)}
    typed = overtaken.filled(form, stands)
    return shown(
        "province/period.html", typed, found=found, year=asked_year(), years=years_ahead(), has_rules=has_rules
    )
