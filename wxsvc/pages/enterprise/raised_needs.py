"""需求与诉求 of an enterprise: one box and two buttons; what became of each."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.enterprise import Enterprise
from models.person import Person
from models.terms import NeedKind
from wxsvc import wording
from wxsvc.access import current_actor, current_person_id, house, now, own_person_id
from wxsvc.db import Session
from wxsvc.pages import limits, paging
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import asked_number
from wxsvc.queries import NO_ROWS
from wxsvc.services import platforms
from wxsvc.services.people import enterprises, persons
from wxsvc.services.records import raised_needs
from wxsvc.services.records.raised_needs import RaisedNeed
from wxsvc.services.refusal import Refused
from wxsvc.texts import regions

blueprint = Blueprint("raised_needs", __name__)

_FIELD_OF = {
    "text_needed": "text",
    "need_too_long": "text",
    "identity_number_written": "text",
    "wrong_region": "region",
    "no_platform_there": "region",
    "wrong_phone": "phone",
}


@blueprint.get("/needs")
def every() -> ResponseReturnValue:
    """我的需求诉求: state and result of each."""
    person_id = current_person_id()
    with house().database.read() as session:
        found = raised_needs.of_person(session, person_id, paging.asked()) if person_id is not None else NO_ROWS
    return render_template("enterprise/needs.html", found=found, place=paging.place("page"))


@blueprint.get("/needs/new")
def new() -> ResponseReturnValue:
    """提需求与诉求: the box; whom it is for and where it goes is known."""
    return _page(TypedForm())


@blueprint.post("/needs/new")
@limits.limiter.limit(limits.SUBMISSIONS)
def ask() -> ResponseReturnValue:
    """Send it to the platform of the region."""
    form = TypedForm(request.form)
    kind = form.word("kind", NeedKind)
    if kind is None:
        form.reproach("text", wording.sentence("enterprise", "kind_needed"))
    elif not form["text"].strip():
        form.reproach("text", wording.sentence("enterprise", "need_text_needed"))
    else:
        form.checked("text", raised_needs.must_be_text, form["text"])
    if form["phone"].strip():
        form.checked("phone", persons.mobile, form["phone"])
    with house().database.read() as session:
        enterprise = _enterprise(session)
        if enterprise is not None and enterprise.region_code is None:
            form.checked("region", raised_needs.must_be_region, form["region"])
    if kind is not None and form.is_good:
        try:
            with house().database.transaction() as session:
                names = _asked(session, form, kind)
        except Refused as refused:
            if refused.code not in _FIELD_OF:
                raise
            form.refuse(refused, _FIELD_OF)
        else:
            at = url_for("enterprise.raised_needs.every")
            return done("need_raised", at, table="enterprise", platforms=names)
    return _page(form)


@blueprint.post("/needs/<int:need_id>/recall")
def recall(need_id: int) -> ResponseReturnValue:
    """撤回 what one raised; the button says what it does and asks once."""
    with house().database.transaction() as session:
        raised_needs.recall(session, need_id, current_actor(), now())
    at = url_for("enterprise.raised_needs.every", **paging.place("page"))
    return done("need_recalled", at, table="enterprise")


def _asked(session: Session, form: TypedForm, kind: NeedKind) -> list[str]:
    """Raise it, keep a phone where there was none; the names of the platforms that have it now."""
    enterprise = _enterprise(session)
    if enterprise is None:
        raise Refused("not_your_enterprise")
    region = enterprise.region_code or form["region"]
    platform_id = form.number("platform")
    asked = RaisedNeed(kind, enterprise.id, region, form["text"], platform_id)
    raised_needs.raise_need(session, asked, current_actor(), now())
    person = session.get_one(Person, own_person_id())
    if form["phone"].strip() and person.phone_sealed is None:
        name = persons.name_of(person, house().vault)
        persons.correct(session, person.id, current_actor(), now(), vault=house().vault, name=name, phone=form["phone"])
    return [each.name for each in raised_needs.reached(session, enterprise.id, region, platform_id)]


def _page(form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        own = enterprises.of_person(session, current_person_id())
        enterprise = _enterprise(session)
        region = enterprise.region_code if enterprise else None
        offered = raised_needs.platforms_for(session, enterprise.id, region) if enterprise and region else []
        listing = platforms.listing(session, enterprise.id) if enterprise else set()
        choices = [each for each in offered if each.id not in listing]
        person_id = current_person_id()
        person = session.get(Person, person_id) if person_id is not None else None
        is_callable = person is not None and person.phone_sealed is not None
    return shown(
        "enterprise/need.html",
        form,
        own=own,
        enterprise=enterprise,
        offered=offered,
        choices=choices if len(choices) > 1 else [],
        is_callable=is_callable,
        kinds=NeedKind,
        most=raised_needs.LONGEST_TEXT,
        cities=[(city, regions.counties_of(city.code)) for city in regions.cities()],
    )


def _enterprise(session: Session) -> Enterprise | None:
    """The one that the address names, else the current one, else the only one; 404 for another's."""
    own = enterprises.of_person(session, current_person_id())
    wanted = asked_number("enterprise")
    if wanted is None:
        return own[0] if own else None
    return next((each for each in own if each.id == wanted), None) or abort(404)
