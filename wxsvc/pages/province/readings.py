"""口径登记: every reading with its value, who decided it and since when, and the page of one reading."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from scoring.evidence import evidence_for
from scoring.scheme_files import scheme_for
from scoring.terms import ARITHMETIC_READINGS, READING_VALUES, PlatformKind, ReadingName
from scoring.words import explanation_of, value_name
from wxsvc.access import house, now
from wxsvc.pages import cards
from wxsvc.pages.years import asked_kind, asked_year, offered_years
from wxsvc.services.counting import reading_effects
from wxsvc.services.regulation import readings
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
    return render_template(
        "province/readings.html",
        readings=[(each, scheme.bearing(each.name)) for each in used.values()],
        names=names,
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/readings/<reading>")
def page(reading: str) -> ResponseReturnValue:
    """One reading: its sentence, what it may be, who decided; where it is arithmetic, every platform side by side."""
    kind, year = asked_kind(), asked_year()
    if reading not in READING_VALUES or not has_rules(year):
        abort(404)
    name = ReadingName(reading)
    with house().database.read() as session:
        taken = readings.decided(session, year, kind)
        used = readings.in_use(taken, readings.in_force(session, year, kind), now())[name]
        history = [each for each in taken if each.decision.name == name]
        is_compared = name in ARITHMETIC_READINGS
        effects = reading_effects.of_kind(session, year, kind, name) if is_compared else []
        names = cards.deciders(history)
    return render_template(
        "province/reading.html",
        used=used,
        history=history[::-1],
        names=names,
        explanation=explanation_of(name),
        values=[(word, value_name(name, word)) for word in READING_VALUES[name]],
        default=scheme_for(kind, year).readings.as_words()[name],
        lines=scheme_for(kind, year).bearing(name),
        papers=[paper for paper in evidence_for(kind, year) if paper.reading is name],
        is_compared=is_compared,
        effects=effects,
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
    )
