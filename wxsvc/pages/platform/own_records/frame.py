"""The pages that every reviewed record has in common: list, form, correction, withdrawal, submitting again, papers.

A noun's file says how its form is read and filled and which use cases take it (:class:`Noun`); its template says what
the form looks like. Everything else is here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import Stage
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import form_pages, limits, overtaken, records, sent_papers
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform import chat_pictures
from wxsvc.pages.platform.own_records import attached, lists, worth
from wxsvc.pages.platform.own_records.noun import NOUNS, Noun, only_where_counted, own_platform, own_record
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import offered_years, score_year
from wxsvc.services import counting_years, years
from wxsvc.services.activity import chat_picture_errands
from wxsvc.services.counting import withdrawals
from wxsvc.services.records import evidence, reviewed
from wxsvc.services.records.kinds import KINDS, lines_of
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import Record, is_withdrawn

_SHARED_FIELDS: Final = {"day_in_future": "day", "year_without_rules": "day", "bad_link": "link"}


def pages_of(noun: Noun) -> Blueprint:
    """The blueprint of one noun."""
    NOUNS[noun.subject] = noun
    blueprint = Blueprint(noun.name, __name__)
    root = f"/{noun.address}"

    only_where_counted(blueprint, noun.subject)

    @blueprint.get(root)
    def listed() -> ResponseReturnValue:
        return redirect(url_for(noun.listed_at)) if noun.listed_at else _list(noun)

    @blueprint.get(f"{root}/new")
    def blank() -> ResponseReturnValue:
        return _blank(noun)

    @blueprint.post(f"{root}/new")
    @limits.limiter.limit(limits.STAFF_SEARCHES, exempt_when=_is_no_search)
    def add() -> ResponseReturnValue:
        return _add(noun)

    @blueprint.get(f"{root}/<int:record_id>")
    def record(record_id: int) -> ResponseReturnValue:
        return _record(noun, record_id, TypedForm())

    @blueprint.get(f"{root}/<int:record_id>/edit")
    def correct(record_id: int) -> ResponseReturnValue:
        return _filled(noun, record_id)

    @blueprint.post(f"{root}/<int:record_id>/edit")
    @limits.limiter.limit(limits.STAFF_SEARCHES, exempt_when=_is_no_search)
    def edit(record_id: int) -> ResponseReturnValue:
        return _edit(noun, record_id)

    @blueprint.post(f"{root}/<int:record_id>/withdraw")
    def withdraw(record_id: int) -> ResponseReturnValue:
        form = TypedForm(request.form)

        def deed(session: Session) -> None:
            reason, is_agreed = form.text("reason", most=300), form.ticked("agreed")
            withdrawals.take_back_record(
                session, noun.subject, record_id, reason, current_actor(), now(), is_agreed=is_agreed
            )

        return done(noun, record_id, form, deed, "withdrawn", {"reason_needed": "reason"})

    @blueprint.post(f"{root}/<int:record_id>/resubmit")
    def resubmit(record_id: int) -> ResponseReturnValue:
        def deed(session: Session) -> None:
            reviewed.resubmit(session, noun.subject, record_id, current_actor(), now())

        return done(noun, record_id, TypedForm(request.form), deed, "resubmitted", {})

    if noun.has_papers:

        @blueprint.post(f"{root}/<int:record_id>/papers")
        def attach(record_id: int) -> ResponseReturnValue:
            return _attach(noun, record_id)

    return blueprint


def _is_no_search() -> bool:
    return request.form.get("deed") != "find"


def _list(noun: Noun) -> ResponseReturnValue:
    number = asked_page()
    wanted = request.args.get("stage")
    stage = next((each for each in lists.STAGES if each.value == wanted), None)
    with house().database.read() as session:
        platform = own_platform(session)
        year = score_year(session, platform.id)
        page = lists.page(session, platform, noun.subject, year, stage, number)
        lines = lines_of(platform.kind, year, noun.subject)
        above = noun.above(session)
    return render_template(
        "platform/records/list.html",
        noun=noun,
        page=page,
        stage=stage,
        year=year,
        years=offered_years(),
        lines=lines,
        above=above,
    )


def _blank(noun: Noun) -> ResponseReturnValue:
    """An empty form, a copy of an earlier record (``?copy=``), or what an address already says (``?kind=``)."""
    copied = TypedForm(request.args).number("copy")
    typed: dict[str, Any] = {"day": years.day_of(now()).isoformat(), **request.args.to_dict()}
    if copied is not None:
        with house().database.read() as session:
            typed = noun.typed_of(session, own_record(session, noun, copied)) | {"day": typed["day"]}
    return _form(noun, TypedForm(typed))


def _add(noun: Noun) -> ResponseReturnValue:
    form = TypedForm(request.form)
    if form["deed"] == "find":
        return _form(noun, form)

    def save(session: Session, entry: Any) -> Record:
        return noun.add(session, own_platform_id(), entry, current_actor(), now(), **noun.settings)

    return _saved(noun, form, save, "added") or _form(noun, form)


def _filled(noun: Noun, record_id: int) -> ResponseReturnValue:
    with house().database.read() as session:
        row = own_record(session, noun, record_id)
        form = TypedForm(noun.typed_of(session, row) | {"version": row.version})
    return _form(noun, form, record_id)


def _edit(noun: Noun, record_id: int) -> ResponseReturnValue:
    """Correct what stands; what was sent back is submitted again by the same button."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        was_returned = own_record(session, noun, record_id).stage is Stage.RETURNED
    if form["deed"] == "find":
        return _form(noun, form, record_id)

    def save(session: Session, entry: Any) -> Record:
        own_record(session, noun, record_id)
        version = form.number("version") or 0
        row = noun.correct(session, record_id, entry, version, current_actor(), now(), **noun.settings)
        if row.stage is Stage.RETURNED:
            reviewed.resubmit(session, noun.subject, record_id, current_actor(), now())
        return row

    said = "mended" if was_returned else "corrected"
    return _saved(noun, form, save, said) or _form(noun, form, record_id)


def _saved(
    noun: Noun, form: TypedForm, save: Callable[[Session, Any], Record], said: str
) -> ResponseReturnValue | None:
    """Write what the form says with the papers that came with it, all or nothing; None when it cannot be taken."""
    sent = sent_papers.stored()

    def deed(session: Session) -> str:
        entry = noun.entry_of(session, form)
        kept = sent_papers.told(form, sent)  # only now: what is wrong with the fields is told beside it
        if not form.is_good or entry is None:
            return ""
        row = save(session, entry)
        attached.attach_kept(session, row, kept, attached.is_scan(form))
        return _address(noun, row.id)

    field_of = _SHARED_FIELDS | attached.FIELD_OF | dict(noun.field_of)
    answer = taken(form, deed, said, field_of, table="own_records")
    if form.is_overtaken:
        form.refusal = wording.sentence("own_records", "edited_meanwhile")
    return answer


def _form(noun: Noun, form: TypedForm, record_id: int | None = None) -> ResponseReturnValue:
    """The form as it was typed; overtaken by a colleague, it stands below what the record says by now."""
    with house().database.read() as session:
        platform = own_platform(session)
        row = own_record(session, noun, record_id) if record_id is not None else None
        overtaker = row if form.is_overtaken else None
        return shown(
            "platform/records/form.html",
            form,
            noun=noun,
            record=row,
            version=overtaker.version if overtaker is not None else form["version"],
            shown=records.shown(session, noun.subject, overtaker.id) if overtaker is not None else None,
            platform=platform,
            beside=noun.beside(session, form),
            lines=lines_of(platform.kind, years.year_of(now()), noun.subject),
            papers_hint=attached.hint_before(platform, noun.subject) if row is None else None,
        )


def _record(noun: Noun, record_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        platform = own_platform(session)
        row = own_record(session, noun, record_id)
        counts_in = counting_years.year_of(session, platform.id, counting_years.when(row))
        scored = worth.of_year(session, platform, counts_in, noun.subject)
        return shown(
            "platform/records/record.html",
            form,
            noun=noun,
            record=row,
            shown=records.shown(session, noun.subject, row.id),
            worth=worth.of_record(platform, noun.subject, row, scored.get(row.id), evidence.lacking(session, row)),
            papers_hint=attached.hint(session, row),
            pictures=_pictures(session, noun, record_id),
            is_withdrawn=is_withdrawn(row),
            counts_in=counts_in,
            is_sealed=years.is_sealed(session, platform.id, counts_in),
        )


def _pictures(session: Session, noun: Noun, record_id: int) -> chat_pictures.Pictures | None:
    """Photos that come by chat, where the kind of record takes some."""
    if not KINDS[noun.subject].takes_papers:
        return None
    return chat_pictures.shown(chat_picture_errands.of_record(session, noun.subject, record_id, now()))


def _attach(noun: Noun, record_id: int) -> ResponseReturnValue:
    with house().database.read() as session:
        own_record(session, noun, record_id)
    form = TypedForm(request.form)
    kept = sent_papers.every(form)
    if not form.is_good:
        return _record(noun, record_id, form)

    def deed(session: Session) -> None:
        attached.attach(session, own_record(session, noun, record_id), form, kept)

    return done(noun, record_id, form, deed, "attached", attached.FIELD_OF)


def done(
    noun: Noun,
    record_id: int,
    form: TypedForm,
    deed: Callable[[Session], None],
    said: str,
    field_of: Mapping[str, str],
) -> ResponseReturnValue:
    """Do one thing to an own record and show it again; refused, with the sentence where it belongs."""
    try:
        with house().database.transaction() as session:
            own_record(session, noun, record_id)
            deed(session)
            if not form.is_good:
                session.rollback()
    except Refused as refused:
        if refused.code == "proof_in_use":
            return _costly(noun, record_id, refused)
        form.refuse(refused, field_of)
    if not form.is_good:
        return _record(noun, record_id, overtaken.filled(form, {}))
    return form_pages.done(said, _address(noun, record_id), table="own_records")


def _address(noun: Noun, record_id: int) -> str:
    return url_for(f"{noun.endpoint}.record", record_id=record_id)


def _costly(noun: Noun, record_id: int, refused: Refused) -> ResponseReturnValue:
    """What taking the record back costs, before it is done."""
    with house().database.read() as session:
        row = own_record(session, noun, record_id)
        title = records.title_of(records.shown(session, noun.subject, row.id))
    return attached.costly(refused, title, row.year, _address(noun, record_id))
