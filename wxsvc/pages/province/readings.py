"""口径登记: every reading with its value, who decided it and since when; one reading, tried out (试算) and decided."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scoring.evidence import evidence_for
from scoring.scheme_files import scheme_for
from scoring.terms import ARITHMETIC_READINGS, READING_VALUES, PlatformKind, ReadingName
from scoring.words import explanation_of, value_name
from wxsvc.access import current_actor, house, now
from wxsvc.pages import cards
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_kind, asked_year, offered_years
from wxsvc.services.counting import reading_effects
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings
from wxsvc.services.reports import what_if
from wxsvc.services.years import has_rules

blueprint = Blueprint("readings", __name__)


@blueprint.get("/readings")
def listed() -> ResponseReturnValue:
    """口径登记 of one kind and year."""
    kind, year = asked_kind(), asked_year()
    if not has_rules(year):
        abort(404)
    scheme = scheme_for(kind, year)
    with house().database.read() as session:
        taken = readings.decided(session, year, kind)
        used = readings.in_use(taken, readings.in_force(session, year, kind), now())
        names = cards.deciders(each.decided for each in used.values())
        undecided = readings.at_default(session, year, kind)
    return render_template(
        "province/readings.html",
        undecided=len(undecided),
        readings=[(each, scheme.bearing(each.name)) for each in used.values()],
        names=names,
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/readings/defaults")
def defaults() -> ResponseReturnValue:
    """What would be confirmed as it stands: every reading of the kind and year that nobody decided."""
    return _defaults(TypedForm())


@blueprint.post("/readings/defaults")
def confirm_defaults() -> ResponseReturnValue:
    """The province confirms all of them with one reason; none, when one of those shown was decided meanwhile."""
    form, kind, year = TypedForm(request.form), asked_kind(), asked_year()
    reason = form.text("reason", most=1000, needed="reason_needed")
    if form.is_good and has_rules(year):
        seen = dict(each.partition("=")[::2] for each in form.all("shown"))
        try:
            with house().database.transaction() as session:
                count = readings.confirm_defaults(session, year, kind, seen, reason, current_actor(), now())
        except Refused as refused:
            form.refuse(refused)
        else:
            at = url_for("province.readings.listed", kind=kind.value, year=year)
            return done("readings_confirmed", at, count=count)
    return _defaults(form)


def _defaults(form: TypedForm) -> ResponseReturnValue:
    kind, year = asked_kind(), asked_year()
    if not has_rules(year):
        abort(404)
    with house().database.read() as session:
        found = readings.at_default(session, year, kind)
    return shown(
        "province/readings_defaults.html",
        form,
        found=[(name, word, value_name(name, word)) for name, word in found.items()],
        kind=kind,
        year=year,
    )


@blueprint.get("/readings/<reading>")
def page(reading: str) -> ResponseReturnValue:
    """One reading: its sentence, what it may be, who decided; under a chosen ``value``, whose score and rank move."""
    return _page(reading, TypedForm({"value": request.args.get("value", "")}))


@blueprint.post("/readings/<reading>")
def decide(reading: str) -> ResponseReturnValue:
    """The province decides; what a colleague decided meanwhile is shown first, beside what was chosen."""
    form, (kind, year, name) = TypedForm(request.form), _asked(reading)
    value = form.text("value", needed="reading_value_needed")
    reason = form.text("reason", most=1000, needed="reason_needed")
    if form.is_good:
        at, seen = (
            url_for("province.readings.page", reading=name.value, kind=kind.value, year=year),
            form.number("seen"),
        )
        try:
            with house().database.transaction() as session:
                readings.decide(session, year, kind, name, value, reason, current_actor(), now(), seen or 0)
        except Refused as refused:
            form.refuse(refused, {"unknown_reading_value": "value"})
            form.is_overtaken = refused.code == "reading_overtaken"
        else:
            return done("reading_decided", at, name=name, value=value_name(name, value))
    return _page(reading, form)


def _asked(reading: str) -> tuple[PlatformKind, int, ReadingName]:
    """Kind, year and reading of the address; 404 where there is none such."""
    kind, year = asked_kind(), asked_year()
    if reading not in READING_VALUES or not has_rules(year):
        abort(404)
    return kind, year, ReadingName(reading)


def _page(reading: str, form: TypedForm) -> ResponseReturnValue:
    kind, year, name = _asked(reading)
    lines = scheme_for(kind, year).bearing(name)
    with house().database.read() as session:
        taken = readings.decided(session, year, kind)
        used = readings.in_use(taken, readings.in_force(session, year, kind), now())[name]
        history = [each for each in taken if each.decision.name == name]
        is_compared = name in ARITHMETIC_READINGS
        effects = reading_effects.of_kind(session, year, kind, name) if is_compared else []
        tried = None
        if lines and form["value"] in READING_VALUES[name] and form["value"] != used.word:
            tried = what_if.of(session, year, kind, name, form["value"], now())
        names = cards.deciders(history)
    stands = history[-1].decision.id if history else 0
    return shown(
        "province/reading.html",
        form,
        used=used,
        history=history[::-1],
        names=names,
        explanation=explanation_of(name),
        values=[(word, value_name(name, word)) for word in READING_VALUES[name]],
        default=scheme_for(kind, year).readings.as_words()[name],
        lines=lines,
        papers=[paper for paper in evidence_for(kind, year) if paper.reading is name],
        is_compared=is_compared,
        effects=effects,
        tried=tried,
        # What was seen stays seen, until the page says what is new.
        seen=form["seen"] if form["seen"] and not form.is_overtaken else stands,
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
    )
