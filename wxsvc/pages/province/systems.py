"""对接系统 (省工信厅): keys by which other systems of the province read our figures; made, listed and ended."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import ApiScope
from wxsvc.access import current_actor, house, now
from wxsvc.pages import paging
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.services import api_keys
from wxsvc.services.refusal import Refused

blueprint = Blueprint("systems", __name__)

_SHOWN: Final = 8
"""Keys of one page: each is a card on a phone."""


@blueprint.get("/systems")
def page() -> ResponseReturnValue:
    """Every key: whose, what it may read, who made it, when it was last used."""
    return _listed(TypedForm())


@blueprint.post("/systems")
def make() -> ResponseReturnValue:
    """A new key; it is shown once."""
    form = TypedForm(request.form)
    system = form.text("system", most=api_keys.LONGEST_NAME, needed="text_needed")
    scopes = [scope for scope in ApiScope if scope.value in form.all("scopes")]
    if not scopes:
        form.complain("scopes", "scopes_needed")
    if not form.is_good:
        return _listed(form)
    try:
        with house().database.transaction() as session:
            _, token = api_keys.make(session, system, scopes, current_actor(), now())
    except Refused as refused:
        form.refuse(refused)
        return _listed(form)
    return _listed(TypedForm(), token, system)


@blueprint.post("/systems/<int:key_id>/end")
def end(key_id: int) -> ResponseReturnValue:
    """停用: the key opens nothing any more."""
    with house().database.transaction() as session:
        system = api_keys.end(session, key_id, current_actor(), now()).system
    return done("api_key_ended", url_for("province.systems.page"), system=system)


def _listed(form: TypedForm, token: str | None = None, system: str | None = None) -> ResponseReturnValue:
    text = paging.text_asked("text")
    with house().database.read() as session:
        found = paging.page_of(api_keys.listed(session, current_actor(), text), paging.asked(), _SHOWN)
    return shown(
        "province/systems.html",
        form,
        found=found,
        text=text,
        token_shown=token,
        system=system,
        scopes=ApiScope,
        most=api_keys.LONGEST_NAME,
        address=f"{house().settings.public_url}/api/v1",
    )
