"""首次登记: find the company by two characters or its code, or describe it; consent; the waiting scan is completed."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.person import Person
from scoring import uscc
from wxsvc import regions, wording
from wxsvc.access import current_openid, current_person_id, house, now
from wxsvc.pages import limits, mine, receipts
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import Form
from wxsvc.services.door import enrolment
from wxsvc.services.door.checkins import Outcome
from wxsvc.services.door.enrolment import EnrolmentForm
from wxsvc.services.people import enterprises
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused

blueprint = Blueprint("enrol", __name__)

_FIELD_OF = {
    "wrong_uscc": "uscc",
    "code_needed": "uscc",
    "wrong_licence_number": "licence_number",
    "enterprise_name_needed": "name",
    "enterprise_name_too_long": "name",
    "wrong_region": "region",
    "wrong_phone": "phone",
    "name_too_long": "contact_name",
    "consent_needed": "consent",
    "enterprise_needed": "enterprise",
    "unknown_enterprise": "enterprise",
}
"""Beside which field a refusal stands."""


@blueprint.get("/enrol")
@limits.limiter.limit(limits.SEARCHES)
def form() -> ResponseReturnValue:
    """One box first; what was typed decides what is asked next."""
    with house().database.reading() as session:
        current = mine.current_enterprise(session, current_person_id())
    if current is not None and current.uscc is None and "add" not in request.args and "q" not in request.args:
        return redirect(url_for("visitor.mine.code", enterprise_id=current.id), 303)
    guessed = Form(_guessed(request.args.get("q", "")))
    if len(code := guessed["uscc"]) == uscc.LENGTH and not uscc.is_valid(code):
        guessed.reproach("uscc", refusal_text(Refused("wrong_uscc", suggestion=uscc.suggestion(code))))
    return _page(guessed)


@blueprint.post("/enrol")
@limits.limiter.limit(limits.SUBMISSIONS)
def enrol() -> ResponseReturnValue:
    """登记, and complete what waited for it."""
    typed = Form(request.form)
    try:
        with house().database.transaction() as session:
            outcomes = _enrolled(session, typed)
    except Refused as refused:
        field = _FIELD_OF.get(refused.code)
        if field:
            typed.reproach(field, refusal_text(refused))
        else:
            typed.refusal = refusal_text(refused)
    else:
        return receipts.after(outcomes, request.args.get("activity"))
    return _page(typed)


def _enrolled(session: Session, typed: Form) -> tuple[Outcome, ...]:
    is_none = typed.ticked("none")
    picked = int(typed["whom"]) if typed["whom"].isdigit() else None
    described = EnterpriseForm(
        name=typed["name"],
        uscc=typed["uscc"].strip() or None,
        licence_number=typed["licence_number"].strip() or None,
        region_code=typed["region"] or None,
    )
    is_described = typed["whom"] == "new" or described.uscc or described.licence_number
    if not is_none and picked is None and not is_described:
        raise Refused("enterprise_needed")
    person = _enrolled_person(session)
    if person is not None and not is_none:
        added = enrolment.add_enterprise(session, person.id, picked if picked is not None else described, now())
        if "receipt" in request.args and added.enterprise is not None:
            return receipts.stand_for(session, added.enterprise.id)
        return added.completed
    asked = EnrolmentForm(
        consent_version=_consented(typed, person),
        enterprise_id=picked,
        enterprise=described if picked is None and not is_none else None,
        is_no_enterprise=is_none,
        contact_name=typed["contact_name"],
        phone=typed["phone"],
    )
    return enrolment.enrol(session, current_openid(), asked, now(), vault=house().vault).completed


def _consented(typed: Form, person: Person | None) -> str | None:
    """The version agreed to: the one that was shown, if it is still the one in force."""
    if person is not None:
        return person.consent_version
    version = wording.sentence("pages", "consent_version")
    return version if typed["consent"] == version else None


def _enrolled_person(session: Session) -> Person | None:
    """The person, once they have agreed to the notice."""
    person_id = current_person_id()
    person = session.get(Person, person_id) if person_id is not None else None
    return person if person is not None and person.consent_version is not None else None


def _guessed(text: str) -> dict[str, object]:
    """What was typed into the one box, put where it belongs."""
    code = uscc.normalise(text)
    is_code = len(code) >= 15 and code.isascii() and code.isalnum()
    return {"q": text, "uscc": code if is_code else "", "name": "" if is_code else text.strip()}


def _page(typed: Form) -> ResponseReturnValue:
    with house().database.reading() as session:
        found = enterprises.search(session, typed["q"]) if typed["q"].strip() else []
        is_enrolled = _enrolled_person(session) is not None
    page = render_template(
        "visitor/enrol.html",
        form=typed,
        found=found,
        is_enrolled=is_enrolled,
        cities=[(city, regions.counties_of(city.code)) for city in regions.cities()],
        carried={name: request.args[name] for name in ("activity", "receipt", "add") if name in request.args},
    )
    return page, 200 if typed.is_good else 422
