"""需求与诉求: entered by staff, or taken up as an enterprise raised it; matched, closed, each with its result."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from models.platform import Platform
from models.terms import NeedKind, Subject
from scoring.terms import PlatformKind
from wxsvc.access import current_actor, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records import picker
from wxsvc.pages.platform.own_records.frame import done, pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.services.people import enterprises
from wxsvc.services.records import needs, raised_needs
from wxsvc.services.records.needs import NeedEntry
from wxsvc.services.refusal import Refused
from wxsvc.texts import regions

LONGEST_TITLE = 100
LONGEST_RESULT = 1000
_STEPS = {"match": needs.match, "close": needs.close}


def entry_of(session: Session, form: TypedForm) -> NeedEntry | None:
    """What the form says; the region is asked only where neither enterprise nor platform tells it."""
    kind = form.word("kind", NeedKind, needed="form_choose")
    title = form.text("title", most=LONGEST_TITLE, needed="form_needed")
    content = form.text("content", most=raised_needs.LONGEST_TEXT, needed="form_needed")
    day = form.day_come("day", needed="form_needed")
    enterprise_id = picker.one(session, form, current_actor(), now())
    region = _region(session, form, enterprise_id)
    if kind is None or day is None or enterprise_id is None or region is None:
        return None
    return NeedEntry(kind, enterprise_id, region, title, content, day)


def typed_of(session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    is_the_enterprises = session.get_one(Enterprise, row.enterprise_id).region_code == row.region_code
    return {
        "kind": row.kind.value,
        "enterprise": picker.typed([row.enterprise_id]),
        "region": "" if is_the_enterprises else row.region_code,
        "title": row.title,
        "content": row.content,
        "day": row.raised_on.isoformat(),
    }


def beside(session: Session, form: TypedForm) -> dict[str, Any]:
    """What the form offers to choose from."""
    cities = [(city, regions.counties_of(city.code)) for city in regions.cities()]
    return {
        "choice": picker.shown(session, form),
        "kinds": NeedKind,
        "cities": cities,
        "counties": {county.code for _, counties in cities for county in counties},
        "longest": {"title": LONGEST_TITLE, "content": raised_needs.LONGEST_TEXT},
    }


def above(session: Session) -> Any:
    """What enterprises asked and nobody has taken up."""
    return raised_needs.waiting_for(session, own_platform_id())


def _region(session: Session, form: TypedForm, enterprise_id: int | None) -> str | None:
    """The region that was chosen, else the enterprise's, else the county that the platform is for."""
    if enterprise_id is None:
        return None
    chosen = form["region"]
    enterprise = session.get_one(Enterprise, enterprise_id)
    own = session.get_one(Platform, own_platform_id())
    found = chosen or enterprise.region_code or (own.region_code if own.kind is PlatformKind.COUNTY else None)
    if not found:
        form.complain("region", "region_needed")
        return None
    try:
        region = raised_needs.must_be_region(found)
    except Refused:
        form.complain("region", "form_choose")
        return None
    enterprises.give_region(session, enterprise_id, region, current_actor(), now())
    return region


noun = Noun(
    Subject.NEED,
    "needs",
    entry_of,
    typed_of,
    needs.add,
    needs.correct,
    beside=beside,
    above=above,
    field_of={"wrong_region": "region", "unknown_enterprise": "enterprise"},
)
blueprint = pages_of(noun)


@blueprint.post("/needs/<int:record_id>/<step>")
def move(record_id: int, step: str) -> ResponseReturnValue:
    """登记对接 or 办结, with what came of it."""
    if step not in _STEPS:
        abort(404)
    form = TypedForm(request.form)

    def deed(session: Session) -> None:
        result = form.text("result", most=LONGEST_RESULT, needed="form_needed")
        if form.is_good:
            _STEPS[step](session, record_id, result, current_actor(), now(), form.number("version"))

    return done(noun, record_id, form, deed, f"need_{step}", {"need_not_matched": "result"})
