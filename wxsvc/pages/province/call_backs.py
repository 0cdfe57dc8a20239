"""回访: a random sample is drawn by a stated seed; each enterprise is called, and what it said is written down."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import CallBackResult
from scoring.terms import PlatformKind
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import offered_years
from wxsvc.services.judging import call_backs
from wxsvc.services.refusal import Refused
from wxsvc.services.years import day_of, year_of

blueprint = Blueprint("call_backs", __name__)


@blueprint.get("/call-backs")
def listed() -> ResponseReturnValue:
    """Every sample with what became of it, and the form that draws another."""
    return _listed(TypedForm())


@blueprint.post("/call-backs")
def draw() -> ResponseReturnValue:
    """抽取 by year, kind, number and seed."""
    form = TypedForm(request.form)
    year = form.year("year", needed="form_choose")
    wanted = form.number("wanted", needed="form_choose")
    kind = form.word("kind", PlatformKind)
    form.checked("seed", call_backs.must_be_seed, form["seed"])
    if wanted is not None:
        form.checked("wanted", call_backs.must_be_size, wanted)
    if year is not None and wanted is not None and form.is_good:
        try:
            with house().database.transaction() as session:
                sample = call_backs.draw(session, year, kind, wanted, form["seed"], current_actor(), now())
        except Refused as refused:
            form.refuse(refused, {ANY_OTHER: "wanted"})
        else:
            return redirect(url_for("province.call_backs.sample", sample_id=sample.id), 303)
    return _listed(form)


@blueprint.get("/call-backs/<int:sample_id>")
def sample(sample_id: int) -> ResponseReturnValue:
    """Whom to call, whom to ask, and what was said."""
    return _sample(sample_id, None, TypedForm())


@blueprint.post("/call-backs/<int:sample_id>/<int:call_id>")
def record(sample_id: int, call_id: int) -> ResponseReturnValue:
    """登记 of one call."""
    form = TypedForm(request.form)
    result = form.word("result", CallBackResult, needed="form_choose")
    note = form.text("note", most=call_backs.LONGEST_NOTE)
    if result is None:
        return _sample(sample_id, call_id, form)

    def deed(session: Session) -> str:
        call_backs.record(session, call_id, result, note, form.number("version") or 0, current_actor(), now())
        at = url_for("province.call_backs.sample", sample_id=sample_id, page=asked_page())
        return f"{at}#call-{call_id}"

    return taken(form, deed, "call_back_recorded") or _sample(sample_id, call_id, form)


def _listed(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        found = call_backs.samples(session, current_actor())
    return shown(
        "province/call_backs.html",
        form,
        samples=found,
        kinds=PlatformKind,
        years=offered_years(),
        year=year_of(now()),
        seed=day_of(now()).isoformat(),
        most=call_backs.MOST,
    )


def _sample(sample_id: int, call_id: int | None, form: TypedForm) -> ResponseReturnValue:
    page = asked_page()
    with house().database.read() as session:
        samples = call_backs.samples(session, current_actor())
        state = next((each for each in samples if each.sample.id == sample_id), None) or abort(404)
        pages = max(1, -(-state.number // call_backs.PAGE))
        page = min(page, pages)
        calls = call_backs.calls(session, sample_id, page, current_actor())
    return shown(
        "province/call_back_sample.html",
        form,
        state=state,
        calls=calls,
        page=page,
        pages=pages,
        results=CallBackResult,
        call_id=call_id,
    )
