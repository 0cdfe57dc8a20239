"""待审事项: doubts first; approve one, approve the clean together, or send back with what repairs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace

from models.collaboration import BonusClaim
from models.terms import Subject, Verdict
from scoring.terms import ActivityCategory, PlatformKind
from scoring.words import name_of
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import form_pages, overtaken, pictures, records
from wxsvc.pages.form_pages import done, taken
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.paging import word_in
from wxsvc.pages.row_numbers import asked_number, key_of
from wxsvc.pages.years import year_in
from wxsvc.services.judging import (
    late_entries,
    review_queue,
    reviews,
    saved_views,
    takes,
    verdict_steps,
    waiting_elsewhere,
)
from wxsvc.services.judging.queue_filters import Filter
from wxsvc.services.judging.review_queue import Following, QueuePage
from wxsvc.services.judging.reviews import ApprovedMany, Chosen
from wxsvc.services.judging.waiting_rows import NOUNS
from wxsvc.services.people import enterprise_regions, enterprises, persons
from wxsvc.services.records import bonus_claims
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import kind_of
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import MODELS
from wxsvc.services.years import day_of, year_of
from wxsvc.texts import regions

blueprint = Blueprint("review", __name__)

AGES: Final = (3, 7, 14, 30)
"""Days of waiting that can be asked for."""

_WITH_REASON: Final = {"return": reviews.send_back, "refuse": reviews.refuse, "void": reviews.void}


class QueuePlace(Struct, frozen=True):
    """Which part of the queue somebody looks at; it goes along to a record, and back after the verdict."""

    part: Filter
    page: int

    @property
    def within(self) -> dict[str, Any]:
        """The filter as an address carries it."""
        part = self.part
        found = {
            "noun": part.noun,
            "kind": part.kind,
            "city": part.city,
            "platform": part.platform,
            "hint": part.hint,
            "only": "clean" if part.is_clean else None,
            "older": part.older,
            "year": part.year,
            "q": part.text or None,
            "order": "stake" if part.by_stake else None,
        }
        return {name: str(value) for name, value in found.items() if value is not None}

    @property
    def address(self) -> dict[str, Any]:
        """All of it, as an address carries it."""
        return self.within | ({"page": str(self.page)} if self.page > 1 else {})

    @property
    def queue(self) -> str:
        """The address of the list there."""
        return url_for("province.review.queue", **self.address)


def place() -> QueuePlace:
    """Where the visitor is, or comes from."""
    return place_of(request.args)


def place_of(args: Mapping[str, str]) -> QueuePlace:
    """The place that an address or a form names; a word that is none narrows nothing."""
    typed = TypedForm(args)
    noun = typed["noun"] or typed["subject"]
    part = Filter(
        noun=noun if noun in NOUNS else None,
        kind=word_in(typed["kind"], PlatformKind),
        city=typed["city"] if typed["city"] in {city.code for city in regions.cities()} else None,
        platform=typed["platform"][:64] or None,
        hint=word_in(typed["hint"], Hint),
        is_clean=True if typed["only"] == "clean" else None,
        older=_days(typed["older"]),
        year=year_in(typed["year"]),
        text=typed["q"].strip()[:50],
        by_stake=typed["order"] == "stake",
    )
    return QueuePlace(part, max(1, key_of(typed["page"]) or 1))


@blueprint.get("/review")
def queue() -> ResponseReturnValue:
    """What waits, all or the part that the filter takes; page by page."""
    at = place()
    with house().database.read() as session:
        look = _page(session, at)
        if at.page > (pages := look.figures.taken.pages):
            at = replace(at, page=pages)
            look = _page(session, at) if look.figures.taken.total else look
        late = late_entries.of(session, look.entries, now())
        elsewhere = waiting_elsewhere.of(session, current_actor())
        undo_step = verdict_steps.undoable(session, current_actor(), now())
        views = saved_views.of(session, current_actor())
        colleagues = {person.id: persons.name_of(person, house().vault) for person in takes.reviewers(session)}
    return render_template(
        "province/review.html",
        items=look.entries,
        late=late,
        today=day_of(now()),
        queue=look.figures.taken,
        everything=look.figures.everything,
        elsewhere=elsewhere,
        clean=[item for item in look.entries if item.is_clean],
        counts=look.figures.beside.by_noun,
        nouns=NOUNS,
        place=at,
        kinds=PlatformKind,
        cities=regions.cities(),
        ages=AGES,
        years=look.figures.everything.years,
        open_item=request.args.get("item"),
        undo_step=undo_step,
        views=views,
        colleagues=colleagues,
        own_id=current_actor().person_id,
    )


def _page(session: Session, at: QueuePlace) -> QueuePage:
    first = (at.page - 1) * review_queue.PAGE
    return review_queue.look(session, current_actor(), now(), at.part, first=first, most=review_queue.PAGE)


@blueprint.post("/review")
def approve_clean() -> ResponseReturnValue:
    """无疑点一并通过: what was ticked, as it was seen."""
    chosen = [chosen_of(value) for value in request.form.getlist("clean" if "all" in request.form else "chosen")]
    with house().database.transaction() as session:
        batch = reviews.approve_many(session, chosen, current_actor(), now())
    tell_approved(batch)
    return redirect(place().queue, 303)


def tell_approved(batch: ApprovedMany) -> None:
    """Say how many were approved together, and how many were not."""
    if batch.approved:
        flash(wording.sentence("pages", "approved_many", count=len(batch.approved)), "done")
    if batch.refused or not batch.approved:
        flash(wording.sentence("pages", "approved_not_all", count=len(batch.refused)), "wrong")


@blueprint.get("/review/<subject>/<int:subject_id>")
def detail(subject: str, subject_id: int) -> ResponseReturnValue:
    """One record with everything that judges it."""
    return detail_page(subject_of(subject), subject_id, TypedForm())


@blueprint.post("/review/<subject>/<int:subject_id>")
def decide(subject: str, subject_id: int) -> ResponseReturnValue:
    """Judge what was seen, and go on with the next of the same filter; what changed meanwhile is shown again first."""
    noun, form, at, by = subject_of(subject), TypedForm(request.form), place(), current_actor()
    version, verdict = form.number("version") or 0, form["verdict"]
    reasons = "；".join(filter(None, [*form.all("reason"), form.text("more", most=500)]))
    judge = _WITH_REASON.get(verdict)
    if judge is None and verdict != "approve":
        abort(400)
    if not form.is_good:
        return detail_page(noun, subject_id, form)
    try:
        with house().database.transaction() as session:
            following = review_queue.following(session, f"{noun}-{subject_id}", by, now(), at.part)
            if judge is None:
                row = reviews.approve(session, noun, subject_id, by, now(), version)
            else:
                row = judge(session, noun, subject_id, reasons, by, now(), version)
            step = verdict_steps.made_now(session, by, now())
            title = kind_of(row).title(row)
    except Refused as refused:
        form.refuse(refused, {"reason_needed": "more"})
        form.is_overtaken = False  # a verdict edits nothing: it is given anew on what the page shows by now
        return detail_page(noun, subject_id, form)
    step_id = step.id if step is not None else None
    return done(f"review_{verdict}", after(following, at, step_id, is_desk=form.ticked("desk")), title=title)


def after(following: Following | None, at: QueuePlace, undo: int | None, *, is_desk: bool) -> str:
    """Where to go on after a verdict: beside the list at a desk, on a page of its own on a phone."""
    if following is None:
        return url_for("province.review.queue", undo=undo, **at.address)
    entry = following.entry
    if entry.noun in MODELS and not is_desk:
        key: dict[str, Any] = {"subject": entry.noun, "subject_id": entry.record_id}
        return url_for("province.review.detail", undo=undo, **key, **at.address)
    there = replace(at, page=following.page)
    return url_for("province.review.queue", undo=undo, item=entry.key, **there.address)


@blueprint.post("/review/<subject>/<int:subject_id>/region")
def correct_region(subject: str, subject_id: int) -> ResponseReturnValue:
    """更正登记所在地 of the enterprise behind a record: it decides whose region it belongs to."""
    noun, form = subject_of(subject), TypedForm(request.form)
    enterprise_id = form.number("enterprise")
    reason, seen = form.text("region_reason", most=500, needed="reason_needed"), form["seen"] or None
    region = form.text("region", needed="region_needed")
    if region:
        form.checked("region", enterprises.must_be_region, region)

    def deed(session: Session) -> str:
        enterprise_regions.correct(session, enterprise_id or 0, region, reason, current_actor(), now(), seen)
        return again(noun, subject_id, is_desk=form.ticked("desk"))

    return taken(form, deed, "region_corrected", {ANY_OTHER: "region"}) or detail_page(noun, subject_id, form)


def again(noun: Subject, subject_id: int, *, is_desk: bool) -> str:
    """Where a record is looked at once more: beside its list at a desk (the first entry, if it has left the list)."""
    if is_desk:
        return url_for("province.review.queue", item=f"{noun}-{subject_id}", **place().address)
    return url_for("province.review.detail", subject=noun.value, subject_id=subject_id, **place().address)


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    """A photo of any activity: provincial staff may look at all."""
    return pictures.photo(photo_id, lambda _platforms: True)


@blueprint.get("/papers/<int:evidence_id>")
def paper(evidence_id: int) -> ResponseReturnValue:
    """A paper of annex 2."""
    return pictures.paper(evidence_id, lambda _platforms: True)


def _days(text: str) -> int | None:
    days = key_of(text)
    return None if days is None else min(days, 366)


def detail_page(subject: Subject, subject_id: int, form: TypedForm) -> ResponseReturnValue:
    """One record with what was typed on its page, and why that was refused."""
    with house().database.read() as session:
        shown = records.for_review(session, subject, subject_id, asked_number("rows") or 1)
        holder = takes.holder(session, subject, subject_id, now())
        claim = shown.record if isinstance(shown.record, BonusClaim) else None
        is_of_its_year = claim is None or bonus_claims.is_of_its_year(session, claim)
    if form.is_overtaken:
        form = overtaken.noted(form, *_stands(shown, form))
    return form_pages.shown(
        "province/record.html",
        form,
        shown=shown,
        place=place(),
        years=_years(shown),
        is_of_its_year=is_of_its_year,
        categories=ActivityCategory,
        elsewhere=regions.ELSEWHERE,
        region_seen=enterprise_regions.seen(shown.enterprises[0]) if shown.enterprises else None,
        cities=[(city, regions.counties_of(city.code)) for city in regions.cities()],
        reasons=_reasons,
        returns=sum(each.verdict is Verdict.RETURNED for each in shown.reviews),
        most_returns=reviews.MOST_RETURNS,
        holder=holder,
        holder_name=persons.name_of(holder.person, house().vault) if holder else None,
        own_id=current_actor().person_id,
    )


def _stands(shown: records.ShownRecord, form: TypedForm) -> tuple[dict[str, object], dict[str, str]]:
    """What stands where one of the page's forms says something, and what that is in words."""
    row, enterprise = shown.record, next(iter(shown.enterprises), None)
    region, category = enterprise.region_code if enterprise else None, getattr(row, "category", None)
    stands = {"category": category, "year": row.year, "story": getattr(row, "story_of", None), "region": region}
    told = {
        "category": name_of(category) if category else "",
        "story": shown.story.title if shown.story else "",
        "region": regions.name_of(region) if region else "",
    }
    return {field: value for field, value in stands.items() if form.all(field)}, told


def _reasons(verb: str, subject: Subject) -> tuple[str, ...]:
    return wording.listed("verdict_reasons", verb, subject)


def _years(shown: records.ShownRecord) -> list[int]:
    """The years into which a claim may be put: the running one, the one before, that of its day, and its own."""
    running = year_of(now())
    claim = shown.record
    own = (claim.year, claim.awarded_on.year) if isinstance(claim, BonusClaim) else ()
    return sorted({running, running - 1, *own}, reverse=True)


def chosen_of(value: str) -> Chosen:
    """``noun:id:version``, as the page wrote it."""
    noun, _, rest = value.partition(":")
    number, _, version = rest.partition(":")
    record_id, seen = key_of(number), key_of(version)
    if record_id is None or seen is None:
        abort(400)
    return Chosen(subject_of(noun), record_id, seen)


def subject_of(word: str) -> Subject:
    """The noun of an address; 404 for any other word."""
    return Subject(word) if word in {each.value for each in MODELS} else abort(404)
