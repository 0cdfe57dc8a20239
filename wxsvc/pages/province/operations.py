"""操作记录 (省级): who did what, when, to which object, and what it changed; looked for, and taken along as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.terms import Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.clock import BEIJING
from wxsvc.db import Session
from wxsvc.documents import csv_tables, official_sheets
from wxsvc.documents.official_sheets import Column, OfficialTable, SheetValue
from wxsvc.pages import downloads, operation_words, paging, platform_choices
from wxsvc.pages.operation_words import KnownNames, ShownChange
from wxsvc.pages.row_numbers import key_of
from wxsvc.services import operations, platforms
from wxsvc.services.operations import MOST_EXPORTED, PER_PAGE, Operation, OperationFilter
from wxsvc.services.people import persons, staff_lists
from wxsvc.services.records import titles
from wxsvc.services.reviewables import MODELS
from wxsvc.uploads.filetypes import CSV, XLSX

blueprint = Blueprint("operations", __name__)

_FILTERS: Final = ("subject", "id", "person", "platform", "verb", "since", "until", "text")
_COLUMNS: Final = (("when", 20.0), ("who", 12.0), ("platform", 22.0), ("deed", 18.0), ("object", 24.0), ("what", 60.0))
_MACHINE: Final = "machine"


class ShownOperation(Struct, frozen=True):
    """One entry in words; ``address`` is the object's own page, where it has one, ``called`` what it is called."""

    operation: Operation
    who: str
    deed: str
    called: str | None
    address: str | None
    changes: tuple[ShownChange, ...]
    details: tuple[tuple[str, str], ...]


@blueprint.get("/operations")
def listed() -> ResponseReturnValue:
    """The newest entries of what is looked for; older ones by the last one seen."""
    view = _view()
    with house().database.read() as session:
        sought = _sought(session, view)
        found, count = _found(session, sought, PER_PAGE + 1), operations.count(session, sought, current_actor())
        every = platform_choices.every(session)
        officials = {each.id: persons.name_of(each, house().vault) for each in staff_lists.officials(session)}
    more = {**view, "older": found[PER_PAGE - 1].operation.entry.id} if len(found) > PER_PAGE else None
    return render_template(
        "province/operations.html",
        found=found[:PER_PAGE],
        count=count,
        view=view,
        chosen={name: view.get(name, "") for name in _FILTERS},
        more=more,
        is_first="older" not in request.args,
        subjects=Subject,
        verbs=wording.words_of("deed_verb"),
        officials=officials,
        platforms=every,
        machine=_MACHINE,
        most=MOST_EXPORTED,
    )


@blueprint.get("/operations/csv")
def csv() -> Response:
    """What is looked for, for other programs."""
    content = csv_tables.content([_say(code) for code, _ in _COLUMNS], _rows())
    return downloads.made(content, CSV, f"{_say('title')}.csv")


@blueprint.get("/operations/excel")
def excel() -> Response:
    """What is looked for, as Excel."""
    rows = _rows()
    sheet = OfficialTable(
        sheet=_say("title"),
        title=_say("title"),
        reporter="",
        day="",
        unit="",
        columns=[Column(_say(code), width) for code, width in _COLUMNS],
        rows=rows,
        said=_say("said", count=len(rows), at=now()),
        is_signed=False,
    )
    return downloads.made(official_sheets.workbook(sheet), XLSX, f"{_say('title')}.xlsx")


def _view() -> dict[str, str]:
    """What the address looks for, without what it leaves open."""
    return {name: value for name in _FILTERS if (value := request.args.get(name, "").strip())}


def _sought(session: Session, view: dict[str, str]) -> OperationFilter:
    code, text = view.get("platform", ""), view.get("text", "")
    at = platforms.by_code(session, code) if code else None
    return OperationFilter(
        subject=paging.word_in(view.get("subject"), Subject),
        subject_id=key_of(view.get("id")),
        person_id=key_of(view.get("person")),
        is_machine=view.get("person") == _MACHINE,
        platform_id=at.id if at is not None else 0 if code else None,
        verb=view.get("verb", ""),
        since=_day(view.get("since")),
        until=_day(view.get("until")),
        text=text,
        deeds=operation_words.deeds_named(text) if text else (),
        older_than=key_of(request.args.get("older")),
    )


def _found(session: Session, sought: OperationFilter, limit: int) -> list[ShownOperation]:
    found = list(operations.look_for(session, sought, current_actor(), limit))
    people = {each.person.id: each.person for each in found if each.person is not None}
    objects = [(each.entry.subject, each.entry.subject_id) for each in found if each.entry.subject_id is not None]
    named = {key for subject, key in objects if subject is Subject.PERSON}
    others = named.union(*(operation_words.people_in(each.entry) for each in found)) - people.keys()
    people |= {person.id: person for person in persons.by_ids(session, others)}
    called = {id_: name for id_, person in people.items() if (name := persons.name_of(person, house().vault))}
    at = set[int]().union(*(operation_words.platforms_in(each.entry) for each in found))
    known = KnownNames(platforms.called(session, at), called)
    titled = titles.of(session, objects)
    titled |= {(Subject.PERSON, key): known.people[key] for key in named & known.people.keys()}
    return [_shown(each, known, titled.get((each.entry.subject, each.entry.subject_id or 0))) for each in found]


def _shown(operation: Operation, known: KnownNames, called: str | None) -> ShownOperation:
    entry, person = operation.entry, operation.person
    if person is None:
        who = wording.word(_MACHINE, "log_value")
    else:
        who = known.people.get(person.id) or wording.word("person", "log_value").format(person.id)
    return ShownOperation(
        operation,
        who,
        operation_words.told(entry),
        called,
        _address(operation),
        tuple(operation_words.changes(entry, known)),
        tuple(operation_words.details(entry, known)),
    )


def _address(operation: Operation) -> str | None:
    entry, platform = operation.entry, operation.platform
    if entry.subject in MODELS and entry.subject_id is not None:
        return url_for("province.review.detail", subject=entry.subject.value, subject_id=entry.subject_id)
    if entry.subject is Subject.PERSON and entry.subject_id is not None:
        return None
    if platform is not None:
        return url_for("province.platforms.show", code=platform.code)
    return None


def _rows() -> list[tuple[SheetValue, ...]]:
    with house().database.read() as session:
        found = _found(session, _sought(session, _view()), MOST_EXPORTED)
    return [tuple(_cells(each)) for each in found]


def _cells(shown: ShownOperation) -> Sequence[SheetValue]:
    entry, platform = shown.operation.entry, shown.operation.platform
    changed = [_say("change", name=each.name, before=each.before, after=each.after) for each in shown.changes]
    said = [_say("detail", name=name, value=value) for name, value in shown.details]
    number = "" if entry.subject_id is None else str(entry.subject_id)
    return (
        entry.done_at.astimezone(BEIJING).replace(microsecond=0, tzinfo=None),
        shown.who,
        platform.name if platform else "",
        shown.deed,
        " ".join(filter(None, (f"{wording.word(entry.subject)}{number}", shown.called))),
        "\n".join([*said, *changed]),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _say(code: str, **facts: Any) -> str:
    return wording.sentence("operations", code, **facts)
