"""工作日历: the State Council's notice of a year, judged and tried before it is loaded; every due day that it moves."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct, field

from models.person import Person
from models.regulation import HolidayNotice
from scoring.deadlines import Deadline
from scoring.terms import DaySource, PlatformKind
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.checks import calendar as check
from wxsvc.db import Session
from wxsvc.documents import holiday_notices
from wxsvc.documents.holiday_notices import NoticeRefused
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import key_of
from wxsvc.pages.years import asked_kind, asked_year, years_ahead
from wxsvc.services import platforms
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, readings, workdays
from wxsvc.services.regulation.calendars import NoticeDay
from wxsvc.services.regulation.workdays import NoticePreview, Source
from wxsvc.services.years import has_rules
from wxsvc.uploads.filetypes import FileRefused

blueprint = Blueprint("calendar", __name__)


class Holiday(Struct, frozen=True):
    """One holiday as the page lists it: its days off and its make-up days."""

    name: str
    off: list[NoticeDay] = field(default_factory=list)
    made_up: list[NoticeDay] = field(default_factory=list)


@blueprint.get("/calendar")
def page() -> ResponseReturnValue:
    """What is loaded for the year, its due days, and the form for a notice."""
    return _page(TypedForm())


@blueprint.post("/calendar")
def load() -> ResponseReturnValue:
    """Read and judge a notice; load it once its effects were seen."""
    form, year = TypedForm(request.form), asked_year()
    form = _with_file(form)
    if not form.is_good:
        return _page(form)
    try:
        days, source = _read(form, year)
        if form["deed"] != "load":
            return _page(form.having(issued=source.issued_on or "", number=source.number or ""), (days, source))
        late = {key for each in form.all("late") if (key := key_of(each)) is not None}
        seen = form.number("seen")
        with house().database.transaction() as session:
            workdays.load_notice(
                session, year, days, source, current_actor(), now(), seen=seen or 0, late_accepted=late
            )
    except (Refused, NoticeRefused) as refused:
        told = wording.sentence("refusals", refused.code, **_facts(refused))
        code = refused.code
        if code == "notice_undated":
            form.reproach("issued", told)
        else:
            form.refusal, form.refused_as = told, code
        form.is_overtaken = code == "notice_overtaken"
        shows_again = code in ("filings_would_be_late", "notice_overtaken")
        return _page(form, (days, source) if shows_again else None)
    return done("notice_loaded", url_for("province.calendar.page", year=year), year=year)


def _facts(refused: Refused | NoticeRefused) -> dict[str, object]:
    return dict(refused.values if isinstance(refused, Refused) else refused.facts)


def _with_file(form: TypedForm) -> TypedForm:
    """The text of a file that was sent takes the place of what was typed."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        if not form["text"].strip():
            form.complain("text", "notice_needed")
        return form
    try:
        return form.having(text=holiday_notices.text_of(sent.stream.read()).strip(), issued="", number="")
    except FileRefused as refused:
        form.reproach("file", wording.sentence("notice_files", refused.reason))
        return form


def _read(form: TypedForm, year: int) -> tuple[tuple[NoticeDay, ...], Source]:
    notice = holiday_notices.read(form["text"], year)
    typed = form.day("issued")
    source = Source(typed or notice.issued_on, form.text("number") or notice.number, notice.year, form["text"])
    return tuple(NoticeDay(*each) for each in notice.days), source


def _page(form: TypedForm, notice: tuple[tuple[NoticeDay, ...], Source] | None = None) -> ResponseReturnValue:
    kind, year = asked_kind(), asked_year()
    preview: NoticePreview | None = None
    with house().database.read() as session:
        if notice is not None:
            try:
                preview = workdays.preview(session, year, notice[0], notice[1], now())
            except Refused as refused:
                if refused.code == "notice_undated":
                    form.reproach("issued", refusal_text(refused))
                elif form.refusal is None:
                    form.refuse(refused)
        named = tuple(each for each in calendars.named_days(session) if each.day.year == year)
        loaded = workdays.loaded(session, year)
        day = calendars.calendar(session).day(check.new_year(year))
        concerned = {each.platform_id for each in preview.changes} if preview else set()
        names = platforms.called(session, concerned)
        return shown(
            "province/calendar.html",
            form,
            year=year,
            years=years_ahead(),
            kind=kind,
            kinds=PlatformKind,
            has_rules=has_rules(year),
            source=day.source,
            is_provisional=day.source is DaySource.RULE,
            loaded=loaded,
            loader=_loader(session, loaded),
            holidays=_holidays(named),
            due=_due(session, year, kind),
            read=_holidays(notice[0]) if notice and preview else None,
            preview=preview,
            names=names,
            seen=loaded.id if loaded is not None else 0,
        )


def _loader(session: Session, loaded: HolidayNotice | None) -> str | None:
    """Who loaded it, by name."""
    person = session.get(Person, loaded.loaded_by) if loaded is not None and loaded.loaded_by else None
    return persons.name_of(person, house().vault) if person is not None else None


def _due(session: Session, year: int, kind: PlatformKind) -> tuple[Deadline, ...]:
    return calendars.due(session, year, readings.in_force(session, year, kind)) if has_rules(year) else ()


def _holidays(days: tuple[NoticeDay, ...]) -> list[Holiday]:
    """The holidays in the order of their first day off."""
    found: dict[str, Holiday] = {}
    for each in sorted(days, key=lambda each: (each.is_workday, each.day)):
        holiday = found.setdefault(each.name, Holiday(each.name))
        (holiday.made_up if each.is_workday else holiday.off).append(each)
    return list(found.values())
