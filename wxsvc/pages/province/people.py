"""人员与邀请: who works where, one-time links for new colleagues, roles that end at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.person import Person
from models.terms import Role
from wxsvc.access import current_actor, house, now, public_address
from wxsvc.db import Session
from wxsvc.pages import paging, platform_choices
from wxsvc.pages.form_pages import done, not_done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.people import link_claims, persons, rejoinings, staff, staff_lists
from wxsvc.services.people.link_claims import Waiting
from wxsvc.services.people.staff_lists import Held
from wxsvc.services.refusal import Refused

blueprint = Blueprint("people", __name__)


_PLACE: Final = ("text", "held", "page", "waiting")
"""What says where in the two lists one is."""


class NewRejoinLink(Struct, frozen=True):
    """A link that was just made, and for whom."""

    name: str | None
    link: str


@blueprint.get("/people", endpoint="staff")
def people() -> ResponseReturnValue:
    """Everybody who works here now; looked for by name or platform, and role."""
    return _people(TypedForm())


@blueprint.post("/people", endpoint="invite")
def invite() -> ResponseReturnValue:
    """A link that makes its first opener a colleague; it is shown once."""
    form = TypedForm(request.form)
    role = form.word("role", Role, needed="role_needed")
    if role is None:
        return _people(form)
    try:
        with house().database.transaction() as session:
            token = staff.invite(session, role, form.number("platform"), current_actor(), now())
    except Refused as refused:
        form.refuse(refused)
        return _people(form)
    return _people(TypedForm(), link=public_address("entry.join", token=token))


@blueprint.post("/people/<int:role_id>/end")
def end(role_id: int) -> ResponseReturnValue:
    """The role ends now."""
    with house().database.transaction() as session:
        role = staff.end_role(session, role_id, current_actor(), now())
        name = persons.name_of(session.get_one(Person, role.person_id), house().vault)
    return done("role_ended", url_for("province.people.staff", **paging.place(*_PLACE)), name=name)


@blueprint.post("/people/claims/<int:claim_id>")
def decide(claim_id: int) -> ResponseReturnValue:
    """Whoever opened a link is the colleague for whom it was made, or is not."""
    is_confirmed = request.form.get("is_confirmed") == "yes"
    at = url_for("province.people.staff", **paging.place(*_PLACE))
    try:
        with house().database.transaction() as session:
            if is_confirmed:
                link_claims.confirm(session, claim_id, current_actor(), now(), house().vault)
            else:
                link_claims.decline(session, claim_id, current_actor(), now())
    except Refused as refused:
        return not_done(refused, at)
    return done("claim_confirmed" if is_confirmed else "claim_declined", at)


@blueprint.get("/people/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    """One colleague: what they do now and did before, and 调动 to another platform."""
    return _person(person_id, TypedForm())


@blueprint.post("/people/<int:person_id>/transfer")
def transfer(person_id: int) -> ResponseReturnValue:
    """调动: the role goes on at another platform, now."""
    form = TypedForm(request.form)
    role_id, platform_id = form.number("role", needed="form_not_understood"), form.number("platform")
    reason = form.text("reason", most=300, needed="reason_needed")
    if role_id is None:
        return _person(person_id, form)

    def deed(session: Session) -> str:
        staff.transfer(session, role_id, platform_id or 0, reason, current_actor(), now())
        return url_for("province.people.person", person_id=person_id)

    return taken(form, deed, "role_transferred") or _person(person_id, form)


@blueprint.post("/people/<int:person_id>/rejoin")
def rejoin(person_id: int) -> ResponseReturnValue:
    """A link by which a member of staff whose WeChat changed becomes again who they were; it is shown once."""
    with house().database.transaction() as session:
        token = rejoinings.offer(session, person_id, current_actor(), now())
        name = persons.name_of(session.get_one(Person, person_id), house().vault)
    return _people(TypedForm(), rejoining=NewRejoinLink(name, public_address("rejoin.offered", token=token)))


def _person(person_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        roles = staff_lists.history_of(session, person_id) or abort(404)
        name = persons.name_of(session.get_one(Person, person_id), house().vault)
        platforms = platform_choices.in_use(session)
    return shown("province/person.html", form, person_id=person_id, name=name, roles=roles, platforms=platforms)


def _people(form: TypedForm, link: str | None = None, rejoining: NewRejoinLink | None = None) -> ResponseReturnValue:
    view = {name: paging.text_asked(name) for name in ("text", "held")}
    with house().database.read() as session:
        role = paging.word_asked("held", Role)
        sought = partial(_fits, view["text"].casefold()) if view["text"] else None
        found = staff_lists.look_for(session, paging.asked(), paging.AT_A_DESK, role, sought)
        waiting = link_claims.waiting(session, now(), paging.asked("waiting"))
        platforms = platform_choices.in_use(session)
    return shown(
        "province/people.html",
        form,
        found=found,
        names={person.id: _named(person) for person in _persons(found.rows, waiting.rows)},
        view=view,
        place=paging.place(*_PLACE),
        waiting=waiting,
        platforms=platforms,
        link=link,
        rejoining=rejoining,
        roles=Role,
    )


def _persons(held: Sequence[Held], waiting: Sequence[Waiting]) -> Iterator[Person]:
    """Everybody whom the page names."""
    yield from (person for _, person, _ in held)
    yield from (person for each in waiting for person in (each.claimant, each.person) if person is not None)


def _fits(text: str, name_sealed: str | None, *said: str | None) -> bool:
    """Whether a person's name, or what is said of their platform, holds the text."""
    name = persons.opened(name_sealed, house().vault)
    return any(text in (one or "").casefold() for one in (name, *said))


def _named(person: Person) -> str | None:
    return persons.name_of(person, house().vault)
