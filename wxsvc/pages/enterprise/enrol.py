"""首次登记: find the company by two characters or its code, or describe it; consent; the waiting scan is completed."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.person import Person
from scoring import uscc
from wxsvc import wording
from wxsvc.access import current_openid, current_person_id, house, local_path, look_again, now
from wxsvc.db import Session
from wxsvc.pages import described_enterprises, limits
from wxsvc.pages.enterprise import receipts, subscribing
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import key_of
from wxsvc.services.activity import activity_lists
from wxsvc.services.door import checkin_lists, corrections, enrolment
from wxsvc.services.door.checkins import Outcome
from wxsvc.services.door.enrolment import EnrolmentForm
from wxsvc.services.people import enterprises, near_names
from wxsvc.services.refusal import Refused
from wxsvc.texts import names, regions

blueprint = Blueprint("enrol", __name__)

_FIELD_OF: Final = {
    "wrong_phone": "phone",
    "name_too_long": "contact_name",
    "consent_needed": "consent",
    "enterprise_needed": "enterprise",
    "unknown_enterprise": "enterprise",
}
_CARRIED: Final = ("activity", "ahead", "receipt", "add", "to")
"""What the address says of where the visitor came from and goes to."""
_SHORTEST_CODE: Final = 13
_OLDER_LICENCE: Final = (13, 15)
"""Digits of a 营业执照注册号 from before 2015."""


@blueprint.get("/enrol")
@limits.limiter.limit(limits.SEARCHES)
def form() -> ResponseReturnValue:
    """One box first; what was typed decides what is asked next, and a wrong code is told at once."""
    with house().database.read() as session:
        current = enterprises.current_of(session, current_person_id())
        code = request.args.get("activity", "")
        check_in_id = checkin_lists.own_at(session, current_person_id(), code)
    if check_in_id is not None and not {"add", "q", "new", "receipt"} & set(request.args):
        # the link in the chat stays there after it has done its work
        return redirect(url_for("enterprise.receipts.receipt", check_in_id=check_in_id), 303)
    if current is not None and current.uscc is None and not {"add", "q", "to"} & set(request.args):
        return redirect(url_for("enterprise.mine.code", enterprise_id=current.id), 303)
    guessed = TypedForm(_guessed(request.args.get("q", ""), request.args.get("name", "")))
    if code := guessed["uscc"] or guessed["licence_number"]:
        _judge(guessed, code)
    return _page(guessed)


@blueprint.get("/enrol/title")
@limits.limiter.limit(limits.SEARCHES)
def title() -> ResponseReturnValue:
    """What the browser needs to offer 选择发票抬头; 404 where WeChat does not, and the page then stays as it is."""
    page = request.args.get("page", "")
    if not local_path(page).startswith(url_for("enterprise.enrol.form")):
        abort(404)
    return jsonify(subscribing.signed(page))


@blueprint.post("/enrol")
@limits.limiter.limit(limits.SUBMISSIONS)
def enrol() -> ResponseReturnValue:
    """登记, and complete what waited for it."""
    typed = TypedForm(request.form)
    known: str | None = None
    try:
        with house().database.transaction() as session:
            outcomes = _enrolled(session, typed)
        look_again()
    except Refused as refused:
        known = str(refused.values["number"]) if refused.code == "name_known" else None
        typed.refuse(refused, described_enterprises.field_of(typed) | _FIELD_OF)
    else:
        if request.args.get("to") == "needs":
            return redirect(url_for("enterprise.raised_needs.new"), 303)
        return receipts.after(outcomes, request.args.get("activity"))
    return _page(typed, known)


def _enrolled(session: Session, typed: TypedForm) -> tuple[Outcome, ...]:
    is_none = typed.ticked("none")
    picked = key_of(typed["whom"])
    described = described_enterprises.of(typed)
    is_described = typed["whom"] == "new" or described.uscc or described.licence_number
    if not is_none and picked is None and not is_described:
        raise Refused("enterprise_needed")
    person = _enrolled_person(session)
    if person is not None and not is_none:
        chosen, at = picked if picked is not None else described, request.args.get("activity")
        done = enrolment.add_enterprise(session, person.id, chosen, now(), at=at)
    else:
        asked = EnrolmentForm(
            consent_version=_consented(typed, person),
            enterprise_id=picked,
            enterprise=described if picked is None and not is_none else None,
            is_no_enterprise=is_none,
            contact_name=typed["contact_name"],
            phone=typed["phone"],
        )
        done = enrolment.enrol(session, current_openid(), asked, now(), vault=house().vault)
    if "receipt" in request.args and done.enterprise is not None:
        return receipts.stand_for(session, done.enterprise.id)
    return done.completed


def _consented(typed: TypedForm, person: Person | None) -> str | None:
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


def _guessed(text: str, name: str) -> dict[str, object]:
    """What was typed into the one box, put where it belongs: a code, the number of an older licence, or a name."""
    code = uscc.normalise(text)
    is_code = code.isascii() and code.isalnum() and len(code) >= _SHORTEST_CODE and sum(map(str.isdigit, code)) >= 6
    if not is_code:
        return {"q": text, "name": name.strip() or text.strip()}
    if code.isdigit() and len(code) in _OLDER_LICENCE:
        return {"q": text, "licence_number": code, "name": name.strip()}
    return {"q": text, "uscc": code, "name": name.strip(), "region": _region_in(code)}


def _region_in(code: str) -> str:
    """The county in which a company was registered, as its code has it: most stand there still."""
    found = regions.find(code[2:8])
    is_county = found is not None and found.code in {
        county.code for city in regions.cities() for county in regions.counties_of(city.code)
    }
    return found.code if found is not None and is_county else ""


def _judge(form: TypedForm, code: str) -> None:
    """Put beside the box what is wrong with a code, or with the number of an older licence."""
    must_be = enterprises.must_be_no_persons if form["licence_number"] else enterprises.must_be_uscc
    try:
        must_be(code)
    except Refused as refused:
        form.reproach("q", refusal_text(refused))


def _unfound(text: str) -> str:
    """What is true where nothing was found: a single character and a few digits find nothing by themselves."""
    if enterprises.is_too_general(text):
        return wording.sentence("enterprise", "one_character")
    typed = names.stem(text)
    if not any(sign.isalpha() for sign in typed):
        return wording.sentence("enterprise", "digits_alone", length=sum(map(str.isdigit, typed)))
    return wording.sentence("enterprise", "not_known_yet")


def _near(session: Session) -> str | None:
    """Where the activity is that the visitor stands at."""
    code = request.args.get("activity", "")
    return activity_lists.region_of(session, code)


def _page(typed: TypedForm, known: str | None = None) -> ResponseReturnValue:
    """``known``: the number of an enterprise that has the name which was typed, to be picked instead."""
    code = uscc.normalise(typed["uscc"])
    has_code = bool(code or typed["licence_number"])
    with house().database.read() as session:
        is_searched = typed["q"].strip() and "new" not in request.args
        found = enterprises.search(session, typed["q"], near=_near(session)) if is_searched else []
        # A code is right or wrong; only a name can be nearly right.
        alike = [] if found or has_code or not is_searched else near_names.near(session, typed["q"])
        is_enrolled = _enrolled_person(session) is not None
        code_of = request.args.get("activity", "")
        activity = activity_lists.by_code(session, code_of)
        is_completing = corrections.completes(session, current_person_id(), code_of, now())
    return shown(
        "enterprise/enrol.html",
        typed,
        found=found or alike,
        is_alike=bool(alike),
        unfound=wording.sentence("enterprise", "not_known_yet") if has_code else _unfound(typed["q"]),
        is_more=len(found) == enterprises.FOUND,
        is_asking=not typed.error("q") and bool(typed["q"].strip() or "new" in request.args or typed["whom"]),
        suggestion=uscc.suggestion(code),
        known=known,
        is_code_settled=uscc.is_valid(code) and code == uscc.normalise(typed["q"]) and not typed.error("uscc"),
        is_enrolled=is_enrolled,
        activity=activity,
        is_completing=is_completing,
        cities=[(city, regions.counties_of(city.code)) for city in regions.cities()],
        carried={name: request.args[name] for name in _CARRIED if name in request.args},
    )
