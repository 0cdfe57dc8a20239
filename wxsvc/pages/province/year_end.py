"""年终: one page for a year, step by step, with what blocks each; preview, 公示, the seal of two people, objections."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.platform import Platform
from models.terms import ObjectionState
from scoring.scheme_files import scheme_for
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import cards, downloads, paging
from wxsvc.pages.form_pages import Led, done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import key_of
from wxsvc.pages.years import offered_years
from wxsvc.services.counting import opening_years
from wxsvc.services.year_end import closing_steps, confirmations, figures, objections, publicities, sealing
from wxsvc.services.year_end.closing_steps import Closing
from wxsvc.services.years import has_rules

blueprint = Blueprint("year_end", __name__)

MOST_NAMED = 10
"""So many platforms that are not sealed yet are named above the tables."""


@blueprint.get("/year")
def latest() -> ResponseReturnValue:
    """The first year in which a colleague's deed waits for this person, else the one that was or will be closed."""
    with house().database.read() as session:
        waiting = confirmations.waiting(session, current_actor())
        year = min(waiting, default=None) or opening_years.closed(session, now())
    return redirect(url_for("province.year_end.page", year=year))


@blueprint.get("/year/<int:year>")
def page(year: int) -> ResponseReturnValue:
    """Every step, what blocks it, and where that is mended."""
    return _page(year, TypedForm())


@blueprint.post("/year/<int:year>/count")
def count(year: int) -> ResponseReturnValue:
    """重新统计."""
    _must_have_rules(year)
    with house().database.transaction() as session:
        figures.count_anew(session, year, current_actor(), now())
    return done("year_counted", _address(year))


@blueprint.get("/year/<int:year>/preview")
def preview(year: int) -> ResponseReturnValue:
    """What would be published: every platform by kind and rank, what is not ruled, what moved since the publicity."""
    return _preview(year, TypedForm({"days": publicities.USUAL}))


@blueprint.post("/year/<int:year>/preview")
def publish(year: int) -> ResponseReturnValue:
    """开始公示 of what the preview showed."""
    _must_have_rules(year)
    form = TypedForm(request.form)
    days = form.number("days", needed="days_needed")
    if days is None:
        return _preview(year, form)

    def deed(session: Session) -> str:
        publicities.open_for(session, year, days, form["seen"], current_actor(), now(), after=key_of(form["after"]))
        return _address(year)

    return taken(form, deed, "year_published", {"publicity_days": "days"}) or _preview(year, form)


@blueprint.post("/year/<int:year>/seal")
def seal(year: int) -> ResponseReturnValue:
    """申请锁定 with what the preview showed, 确认锁定 by a second person, or 撤回申请."""
    _must_have_rules(year)
    form, by, deed = TypedForm(request.form), current_actor(), request.form.get("deed")
    if deed not in ("ask", "confirm", "withdraw"):
        abort(400)

    def sealed(session: Session) -> str:
        if deed == "ask":
            sealing.ask(session, year, form["seen"], by, now())
        elif deed == "confirm":
            sealing.confirm(session, year, by, now())
        else:
            sealing.withdraw(session, year, by, now())
        return _address(year)

    return taken(form, sealed, f"year_seal_{deed}") or _page(year, form)


@blueprint.get("/year/<int:year>/objections")
def objected(year: int) -> ResponseReturnValue:
    """得分异议 of the year, those that wait first; ``?state=`` shows those of one state."""
    state = paging.word_asked("state", ObjectionState)
    with house().database.read() as session:
        every = objections.of_year(session, year)
    counts = {each: sum(case.objection.state is each for case in every) for each in ObjectionState}
    found = [case for case in every if state in (None, case.objection.state)]
    cases = paging.page_of(found, paging.asked(), paging.AT_A_DESK)
    return render_template("province/year/objections.html", cases=cases, counts=counts, state=state, year=year)


@blueprint.get("/year/objections/<int:record_id>")
def objection(record_id: int) -> ResponseReturnValue:
    """One objection, and the form to answer it."""
    return _objection(record_id, TypedForm())


@blueprint.post("/year/objections/<int:record_id>")
def answer(record_id: int) -> ResponseReturnValue:
    """成立 or 不成立, with the reason that the platform reads."""
    form = TypedForm(request.form)
    verdict = form["verdict"]
    if verdict not in ("upheld", "dismissed"):
        abort(400)
    reason = form.text("reason", most=objections.LONGEST, needed="reason_needed")

    def deed(session: Session) -> Led:
        is_upheld, by = verdict == "upheld", current_actor()
        row = objections.answer(session, record_id, is_upheld=is_upheld, reason=reason, by=by, now=now())
        about = {"platform": session.get_one(Platform, row.platform_id).name}
        return url_for("province.year_end.objected", year=row.year), about

    return taken(form, deed, f"objection_{verdict}") or _objection(record_id, form)


@blueprint.get("/year/objections/<int:record_id>/paper")
def paper(record_id: int) -> ResponseReturnValue:
    """The paper that came with an objection."""
    with house().database.read() as session:
        found = objections.case_of(session, record_id).paper
    return downloads.stored(found)


def _page(year: int, form: TypedForm) -> ResponseReturnValue:
    _must_have_rules(year)
    with house().database.read() as session:
        closing = closing_steps.of_year(session, year, now())
        awaited = confirmations.of_year(session, year) if closing.sealed else []
        names = _names(session, closing, *(each.asked_by for each in awaited))
        years = {*offered_years(), *closing_steps.sealed_years(session), year}
    return shown(
        "province/year/steps.html",
        form,
        closing=closing,
        order=closing_steps.ORDER,
        awaited=awaited,
        year=year,
        years=sorted(years, reverse=True),
        names=names,
        person_id=current_actor().person_id,
    )


def _preview(year: int, form: TypedForm) -> ResponseReturnValue:
    _must_have_rules(year)
    with house().database.read() as session:
        closing = closing_steps.of_year(session, year, now())
        found = figures.of_year(session, year, closing.publicity.figures if closing.publicity else None)
        names = _names(session, closing)
    still_open = [each for each in found if not each.is_sealed]
    is_whole = bool(request.args.get("all"))
    part = paging.page_of(found, paging.asked(), max(1, len(found)) if is_whole else paging.OF_A_PROVINCE)
    kinds = [each.platform.kind for each in found]
    return shown(
        "province/year/preview.html",
        form,
        closing=closing,
        part=part,
        is_whole=is_whole,
        per_page=paging.OF_A_PROVINCE,
        groups=[(kind, list(of_kind)) for kind, of_kind in groupby(part.rows, key=lambda each: each.platform.kind)],
        counts=Counter(kinds),
        begins={kind: kinds.index(kind) // paging.OF_A_PROVINCE + 1 for kind in dict.fromkeys(kinds)},
        seen=figures.seen(found),
        still_open=still_open,
        most_named=MOST_NAMED,
        moved=sum(each.has_moved for each in still_open),
        year=year,
        names=names,
        person_id=current_actor().person_id,
        least=publicities.SHORTEST,
        most=publicities.LONGEST,
    )


def _names(session: Session, closing: Closing, *more: int | None) -> dict[int, str]:
    """Of the two people of the seal: who asked, and who confirmed."""
    asked, sealed = closing.asked, closing.snapshot
    people = [asked.seal_asked_by] if asked else [sealed.asked_by, sealed.sealed_by] if sealed else []
    return cards.names_of(session, [*people, *more])


def _objection(record_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        case = objections.case_of(session, record_id)
    is_ruled = case.line.code in scheme_for(case.platform.kind, case.objection.year).rulings
    most = objections.LONGEST
    return shown("province/year/objection.html", form, case=case, is_ruled=is_ruled, most=most)


def _must_have_rules(year: int) -> None:
    if not has_rules(year):
        abort(404)


def _address(year: int) -> str:
    return url_for("province.year_end.page", year=year)
