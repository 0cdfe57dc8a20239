"""重新关联: the link for a member of staff whose WeChat changed. For anyone: here nobody is known yet."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from models.person import Person
from wxsvc.access import current_openid, house, now, visitor
from wxsvc.pages import limits
from wxsvc.pages.errors import refusal_text
from wxsvc.services.people import link_claims, persons, rejoinings, staff
from wxsvc.services.refusal import Refused

blueprint = Blueprint("rejoin", __name__)


@blueprint.get("/rejoin/<token>")
@limits.limiter.limit(limits.LINKS)
def offered(token: str) -> ResponseReturnValue:
    """Whose link it is and what will happen; nothing happens before the button."""
    if visitor() is None:
        return redirect(url_for("entry.enter", next=url_for("rejoin.offered", token=token)), 303)
    try:
        with house().database.read() as database:
            if (claim := link_claims.of_opener(database, token, current_openid())) is not None:
                return render_template("entry/claimed.html", claim=claim)
            person = rejoinings.offered_to(database, token, current_openid(), now())
            name, standings = _named(person), staff.standings_of(database, person.id)
    except Refused as refused:
        return _gone(refused)
    return render_template("entry/rejoin.html", token=token, name=name, standings=standings)


@blueprint.post("/rejoin/<token>")
@limits.limiter.limit(limits.LINKS)
def accept(token: str) -> ResponseReturnValue:
    """Ask to be that member of staff again, with this WeChat; an official confirms it."""
    openid = current_openid()
    try:
        with house().database.transaction() as database:
            claim = link_claims.ask_to_rejoin(database, token, openid, now())
    except Refused as refused:
        return _gone(refused)
    return redirect(url_for("rejoin.offered", token=token) if claim else url_for("entry.home"), 303)


def _named(person: Person) -> str | None:
    return persons.masked(person.name_sealed, house().vault)


def _gone(refused: Refused) -> ResponseReturnValue:
    status = HTTPStatus.FORBIDDEN if refused.code == "rejoining_own" else HTTPStatus.GONE
    return render_template("entry/rejoin_gone.html", text=refusal_text(refused)), status
