"""计划与数据报送 · 年度总结与附件: what is due when and why, what was filed, and the papers ready to be filed."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.platform import Platform
from models.terms import Subject
from scoring.deadlines import Deadline
from scoring.scheme_files import NoSchemeError, rules_in_force, scheme_for
from scoring.terms import ActivityCategory, Obligation
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import downloads, overtaken, sent_papers
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform import filing_papers
from wxsvc.pages.row_numbers import YEARS, asked_number
from wxsvc.pages.years import year_in
from wxsvc.services import years
from wxsvc.services.activity import drafts
from wxsvc.services.activity.activity_forms import ActivityForm
from wxsvc.services.records import filings, papers, reviewed
from wxsvc.services.records.filings import FilingEntry, FilingStatus
from wxsvc.services.refusal import Refused
from wxsvc.services.reports import periods
from wxsvc.services.years import day_of, year_of

blueprint = Blueprint("filings", __name__)

_FIELD_OF = {
    "claimed_in_future": "claimed_on",
    "claimed_backwards": "claimed_on",
    "claimed_too_early": "claimed_on",
    "claim_unproved": "note",
    "filing_empty": "paper",
    "unknown_file": "paper",
    "reason_needed": "reason",
    "title_needed": "row_title",
    "title_too_long": "row_title",
}

_ROW_TAKES: Final = timedelta(hours=2)
"""How long an activity of the plan is until its form says otherwise."""


@blueprint.get("/filings")
def listed() -> ResponseReturnValue:
    """The year's obligations, month by month."""
    this_year, asked = year_of(now()), asked_number("year")
    year = this_year if asked is None else asked
    if year not in YEARS:
        abort(404)
    with house().database.read() as session:
        found = _year(session, year)
        is_dated = session.get_one(Platform, own_platform_id()).accepted_on is not None
    page = render_template(
        "platform/filings.html",
        year=year,
        first_year=_first_year(year),
        last_year=max(this_year, (day_of(now()).month == 12) + this_year),
        owed=found,
        is_dated=is_dated,
        counts=Counter(each.state for each in found),
    )
    return page


@blueprint.get("/filings/<obligation>/<period>")
def show(obligation: str, period: str) -> ResponseReturnValue:
    """One obligation: its day and reason, what was filed, the paper to file, and the form."""
    return _show(obligation, period, None)


@blueprint.post("/filings/<obligation>/<period>")
def file(obligation: str, period: str) -> ResponseReturnValue:
    """登记报送, mend what was filed, or 撤回; of a plan, one more row."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        standing = _one(session, obligation, period)
    due = standing.deadline
    try:
        if form["deed"] == "withdraw":
            _withdraw(standing, form)
            if form.is_good:
                flash(wording.sentence("filings", "withdrawn"), "done")
        elif form["deed"] == "row" and due.obligation is Obligation.PLAN:
            _plan_more(form, due)
            if form.is_good:
                flash(wording.sentence("filings", "row_added"), "done")
        elif _opens_on(due) > day_of(now()):
            form.refuse(Refused("claimed_too_early"))
        else:
            _file(form, due)
            if form.is_good:
                flash(wording.sentence("filings", "mended" if standing.filed_on else "filed"), "done")
    except Refused as refused:
        form.refuse(refused, _FIELD_OF)
    if not form.is_good:
        return _show(obligation, period, form)
    return redirect(url_for("platform.filings.show", obligation=obligation, period=period), 303)


@blueprint.get("/filings/<obligation>/<period>/word")
def word(obligation: str, period: str) -> ResponseReturnValue:
    """The plan or the summary as Word."""
    with house().database.read() as session:
        return filing_papers.as_word(session, _one(session, obligation, period).deadline) or abort(404)


@blueprint.get("/filings/<obligation>/<period>/excel")
def excel(obligation: str, period: str) -> ResponseReturnValue:
    """The plan or the figures as Excel."""
    with house().database.read() as session:
        return filing_papers.as_excel(session, _one(session, obligation, period).deadline) or abort(404)


@blueprint.get("/filings/<obligation>/<period>/paper")
def paper(obligation: str, period: str) -> ResponseReturnValue:
    """The paper that was filed."""
    with house().database.read() as session:
        claim = _one(session, obligation, period).filing
        stored = papers.of(session, claim.sha256, [own_platform_id()]) if claim is not None else None
    return downloads.stored(stored)


def _file(form: TypedForm, due: Deadline) -> None:
    claimed_on, note = form.day("claimed_on"), form.text("note", most=1000)
    paper = sent_papers.one(form)
    if not form.is_good:
        return
    with house().database.transaction() as session:
        sha256 = paper.keep(session) if paper is not None else None
        due_at, version = (int(due.period[:4]), due.obligation, due.period), form.number("version")
        entry = FilingEntry(*due_at, claimed_on, note or None, sha256, version)
        filings.file(session, own_platform_id(), entry, current_actor(), now())


def _plan_more(form: TypedForm, due: Deadline) -> None:
    """One more activity of the month: a draft, to be completed and published when it is certain."""
    starts_at = form.instant("row_starts_at", needed="form_needed")
    category, place = form.word("row_category", ActivityCategory), form.text("row_place", most=300)
    month = periods.month(due.covers)
    if starts_at is not None and not month.holds(day_of(starts_at)):
        form.reproach("row_starts_at", wording.sentence("filings", "row_of_other_month", month=month.first))
    if not form.is_good or starts_at is None:
        if not form["row_title"].strip():
            form.reproach("row_title", refusal_text(Refused("title_needed")))
        return
    entry = ActivityForm(
        own_platform_id(),
        form["row_title"],
        category=category,
        starts_at=starts_at,
        ends_at=starts_at + _ROW_TAKES,
        place=place,
    )
    with house().database.transaction() as session:
        drafts.save(session, entry, current_actor(), now())


def _opens_on(due: Deadline) -> date:
    """From which day on it can be filed: a month's figures once the month is over, all else at any time."""
    return date.fromisoformat(f"{due.period}-01") if due.obligation is Obligation.DATA else date.min


def _withdraw(standing: FilingStatus, form: TypedForm) -> None:
    if standing.filing is None:
        raise Refused("not_found")
    reason = form.text("reason", most=300)
    if not form.is_good:
        return
    with house().database.transaction() as session:
        reviewed.withdraw(session, Subject.FILING, standing.filing.id, reason, current_actor(), now())


def _show(obligation: str, period: str, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        standing = _one(session, obligation, period)
        is_sealed = years.is_sealed(session, own_platform_id(), standing.year)
        prepared = filing_papers.of(session, standing.deadline)
    return shown(
        "platform/filing.html",
        overtaken.filled(form, _typed_of(standing)),
        found=standing,
        due=standing.deadline,
        claim=standing.filing,
        title=wording.filing_name(standing.deadline.obligation, standing.deadline.period),
        today=day_of(now()),
        is_sealed=is_sealed,
        obligations=Obligation,
        opens_on=_opens_on(standing.deadline),
        categories=_categories(standing.deadline) if "plan" in prepared else (),
        **prepared,
    )


def _typed_of(standing: FilingStatus) -> dict[str, object]:
    claim = standing.filing
    typed: dict[str, object] = {"note": claim.note if claim else None, "version": claim.version if claim else 0}
    if standing.deadline.obligation is Obligation.DATA:
        stands = claim if standing.filed_on else None
        typed["claimed_on"] = (stands.claimed_on if stands else day_of(now())).isoformat()
    return typed


def _categories(due: Deadline) -> list[ActivityCategory]:
    """The categories that the own table counts in that year."""
    with house().database.read() as session:
        kind = session.get_one(Platform, own_platform_id()).kind
    scheme = scheme_for(kind, periods.month(due.covers).year)
    return [each for each in ActivityCategory if scheme.counting(f"activities.{each.value}")]


def _year(session: Session, year: int) -> list[FilingStatus]:
    try:
        return filings.state(session, own_platform_id(), year, now())
    except (NoSchemeError, ValueError, OverflowError):
        abort(404)


def _first_year(year: int) -> int:
    """The year before, while there are rules for it."""
    try:
        rules_in_force("deadlines", year - 1)
    except NoSchemeError:
        return year
    return year - 1


def _one(session: Session, obligation: str, period: str) -> FilingStatus:
    """The obligation of an address; 404 for one that the platform does not owe."""
    year = year_in(period[:4]) or abort(404)
    owed = _year(session, year)
    for other in years.reaching_into(session, own_platform_id(), year):
        owed = [*owed, *_year(session, other)]
    for each in owed:
        if (each.deadline.obligation, each.deadline.period) == (obligation, period):
            return each
    abort(404)
