"""考评期: every platform's assessment period of a year; the province sets a special one, with a reason."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scoring.terms import PlatformKind
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import cards, overtaken
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_kind, asked_year, offered_years
from wxsvc.services.counting import assessment_periods
from wxsvc.services.refusal import Refused
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
        years=_years(),
    )


@blueprint.get("/periods/<code>")
def show(code: str) -> ResponseReturnValue:
    """One platform's period, and the form."""
    return _show(code, None)


@blueprint.post("/periods/<code>")
def change(code: str) -> ResponseReturnValue:
    """Set a special period, or go back to the ordinary one."""
    form, year, is_reset = TypedForm(request.form), asked_year(), request.form.get("deed") == "reset"
    first, last, reason = form.day("first"), form.day("last"), form.text("reason", most=300, needed="reason_needed")
    if not is_reset and form.is_good:
        first, last = form.day("first", needed="day_needed"), form.day("last", needed="day_needed")
    if not form.is_good:
        return _show(code, form)
    shown = form["seen"] or None
    try:
        with house().database.transaction() as session:
            at = (session, cards.platform_by_code(session, code).id, year)
            if is_reset:
                assessment_periods.reset(*at, reason, current_actor(), now(), shown)
            elif first is not None and last is not None:
                assessment_periods.change(*at, AssessmentPeriod(first, last), reason, current_actor(), now(), shown)
    except Refused as refused:
        if refused.code == overtaken.CODE:
            form.is_overtaken = True
        elif field := _FIELD_OF.get(refused.code):
            form.reproach(field, refusal_text(refused))
        else:
            form.refusal = refusal_text(refused)
        return _show(code, form)
    flash(wording.sentence("pages", "period_reset" if is_reset else "period_set"), "done")
    return redirect(url_for("province.periods.show", code=code, year=year), 303)


def _show(code: str, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        found = assessment_periods.of(session, cards.platform_by_code(session, code), asked_year())
    stands = {"first": found.period.first.isoformat(), "last": found.period.last.isoformat()}
    stands |= {"seen": assessment_periods.seen(found)}
    filled = form or TypedForm(stands)
    if filled.is_overtaken:
        filled = overtaken.noted(filled, stands)
    page = render_template(
        "province/period.html", found=found, form=filled, year=asked_year(), years=_years(), has_rules=has_rules
    )
    return page, 200 if filled.is_good else 422


def _years() -> list[int]:
    """Next year's, too: a period may be set before the year begins."""
    offered = offered_years()
    return sorted({*offered, max(offered) + 1}, reverse=True)
