"""选企业: found by two characters or a code, ticked, or described once from its licence; without a script, too.

Without a script 查找 sends the whole form, which comes back with what was found; nothing is written. With ``pick.js``
the same list appears while one types.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.enterprise import Enterprise
from models.platform import Platform
from wxsvc.access import house, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import described_enterprises, limits
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.row_numbers import key_of
from wxsvc.services import kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_exist
from wxsvc.services.people import enterprises, near_names
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.people.near_names import NameMatches
from wxsvc.services.refusal import Refused

blueprint = Blueprint("picker", __name__)

MOST = 50
"""Enterprises of one record: what one visit can have served."""


class Choice(Struct, frozen=True):
    """What the picker shows: the enterprises that are ticked, and what the search brought beside them."""

    ticked: Sequence[Enterprise]
    found: Sequence[Enterprise]
    is_alike: bool = False
    """Whether what was found only has names like the one that was typed."""


@blueprint.get("/enterprises.json")
@limits.limiter.limit(limits.STAFF_SEARCHES)
def search() -> ResponseReturnValue:
    """Enterprises while one types."""
    with house().database.read() as session:
        found = _found(session, request.args.get("q", "")[:100])
    return jsonify(
        [
            {"id": each.id, "name": each.name, "code": each.uscc or each.licence_number, "alike": found.is_alike}
            for each in found.enterprises
        ]
    )


def shown(session: Session, form: TypedForm) -> Choice:
    """The picker of a form as it was typed."""
    ids = _ids(session, form)
    ticked = enterprises.by_ids(session, ids)
    found = _found(session, form["q"]) if form["q"].strip() else NameMatches(())
    return Choice(ticked, [each for each in found.enterprises if each.id not in ids], found.is_alike)


def _found(session: Session, text: str) -> NameMatches:
    """What the search brings, the platform's own prefecture first; else whose name is like it."""
    return near_names.search(session, text, region=session.get_one(Platform, own_platform_id()).region_code)


def typed(enterprise_ids: Collection[int]) -> list[str]:
    """The picker's ticks for a record that is there already."""
    return [str(each) for each in sorted(enterprise_ids)]


def picked(session: Session, form: TypedForm, by: Actor, now: datetime) -> frozenset[int]:
    """The enterprises that a form means: the ticked, the one whose whole code was typed, the one described.

    What is wrong is said beside the field that it is wrong in.
    """
    ids = _ids(session, form)
    is_described = any(form[name].strip() for name in ("new_name", "new_uscc", "new_licence"))
    if is_described:
        ids |= _described(session, form, by, now)
    elif not ids and form["q"].strip():
        exact = enterprises.by_code(session, form["q"])
        if exact is None:
            form.complain("enterprise", "enterprise_tick")
            return frozenset()
        ids.add(exact.id)
    if ids:
        form.checked("enterprise", must_exist, session, ids)
    elif not is_described:  # else its own fields say what is wrong
        form.complain("enterprise", "enterprise_pick")
    if len(ids) > MOST:
        form.complain("enterprise", "enterprises_too_many", most=MOST)
    return frozenset(ids)


def one(session: Session, form: TypedForm, by: Actor, now: datetime) -> int | None:
    """The one enterprise that a form means; None once its absence has been complained about."""
    ids = picked(session, form, by, now)
    if len(ids) > 1:  # ticked, and another one described: the description is the later word
        ids = frozenset(ids - _ids(session, form)) or ids
    return min(ids) if ids and form.error("enterprise") is None else None


def _described(session: Session, form: TypedForm, by: Actor, now: datetime) -> set[int]:
    described = EnterpriseForm(
        form["new_name"], form["new_uscc"] or None, form["new_licence"] or None, asks_again=form.asks_again("new_name")
    )
    try:
        return {enterprises.register(session, described, by, now).id}
    except Refused as refused:
        fields = described_enterprises.field_of(form, "new_name", "new_uscc", "new_licence")
        form.refuse(refused, fields | {ANY_OTHER: "enterprise"})
        return set()


def _ids(session: Session, form: TypedForm) -> set[int]:
    """The ticked ones; one that was merged meanwhile is the one that is kept."""
    ticked = (key_of(each) for each in form.all("enterprise"))
    return kept_enterprises.ids_of(session, (each for each in ticked if each is not None))
