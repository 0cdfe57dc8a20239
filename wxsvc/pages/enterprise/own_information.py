"""个人信息管理: what is kept about me — seen, taken away, corrected, deleted; consent and its end."""

from __future__ import annotations

import json
from datetime import date, datetime
from enum import Enum
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import asdict

from wxsvc import wording
from wxsvc.access import (
    current_actor,
    current_person_id,
    house,
    local_path,
    now,
    own_person_id,
    sign_out,
    visitor,
)
from wxsvc.pages import downloads, form_pages, limits, overtaken
from wxsvc.pages.forms import OVERTAKEN, TypedForm
from wxsvc.services.people import own_information, persons, standings
from wxsvc.services.people.own_information import OwnInformation
from wxsvc.services.refusal import Refused

blueprint = Blueprint("own_information", __name__)

_SHOWN = "enterprise.own_information.shown"
_FIELD_OF = {"wrong_phone": "phone", "name_too_long": "name"}


@blueprint.get("/me")
def shown() -> ResponseReturnValue:
    """What is kept, and what can be done with it."""
    return _page(None)


@blueprint.post("/me")
@limits.limiter.limit(limits.SUBMISSIONS)
def correct() -> ResponseReturnValue:
    """更正 name and phone; what is left empty is removed."""
    form, person_id = TypedForm(request.form), own_person_id()
    try:
        with house().database.transaction() as database:
            persons.correct(
                database,
                person_id,
                current_actor(),
                now(),
                vault=house().vault,
                name=form["name"],
                phone=form["phone"],
                shown=form["seen"] or None,
            )
    except Refused as refused:
        if refused.code not in _FIELD_OF and refused.code != OVERTAKEN:
            raise
        form.refuse(refused, _FIELD_OF)
        return _page(form)
    return _done("own_corrected")


@blueprint.post("/me/agree")
@limits.limiter.limit(limits.SUBMISSIONS)
def agree() -> ResponseReturnValue:
    """同意 the notice as it reads now; or 以后再说, and the person is asked no more about this version."""
    version = wording.sentence("pages", "consent_version")
    back = local_path(request.args.get("next")) if "next" in request.args else url_for(_SHOWN)
    if request.form.get("later"):
        with house().database.transaction() as database:
            own_information.put_off(database, own_person_id(), version)
        return redirect(back, 303)
    if request.form.get("consent") != version:
        return _done("consent_unticked", "wrong")
    with house().database.transaction() as database:
        own_information.agree(database, own_person_id(), version, now())
    return _done("consent_given", back=back)


def renews_consent() -> bool:
    """Whether the visitor agreed to an older notice and has not answered to the one in force: PIPL art. 14."""
    found, version = visitor(), wording.sentence("pages", "consent_version")
    if found is None or found.person_id is None or found.consent_version in (None, version):
        return False
    with house().database.read() as database:
        return not own_information.has_put_off(database, found.person_id, version)


@blueprint.get("/consent")
def notice() -> ResponseReturnValue:
    """个人信息处理告知, to be read at any time."""
    return render_template("enterprise/notice.html")


@blueprint.get("/me/export")
def export() -> ResponseReturnValue:
    """导出: the whole as text that can be copied, for a WeChat browser that keeps no files, and as a file."""
    found = _kept()
    return render_template("enterprise/export.html", text=_as_json(found) if found else "")


@blueprint.get("/me/export.json")
def export_file() -> ResponseReturnValue:
    """The same as a file."""
    found = _kept()
    content = _as_json(found) if found else "{}"
    return downloads.made(content.encode(), "application/json", "my-information.json")


@blueprint.get("/me/licences/<int:enterprise_id>")
def licence(enterprise_id: int) -> ResponseReturnValue:
    """A 营业执照照片 that one sent, while it is kept."""
    person_id = current_person_id()
    if person_id is None:
        abort(404)
    with house().database.read() as database:
        found = standings.licence_of(database, person_id, enterprise_id, current_actor())
    return downloads.stored(found)


@blueprint.get("/me/delete")
def before_deleting() -> ResponseReturnValue:
    """What goes and what stays, before anything happens."""
    return render_template("enterprise/delete.html", kept=_kept())


@blueprint.post("/me/withdraw")
@limits.limiter.limit(limits.SUBMISSIONS)
def withdraw() -> ResponseReturnValue:
    """撤回同意."""
    with house().database.transaction() as database:
        own_information.withdraw_consent(database, own_person_id(), current_actor(), now())
    return _done("consent_withdrawn")


@blueprint.post("/me/delete")
@limits.limiter.limit(limits.SUBMISSIONS)
def delete() -> ResponseReturnValue:
    """删除: the person is forgotten and this browser signed out."""
    person_id = current_person_id()
    if person_id is not None:
        with house().database.transaction() as database:
            own_information.erase(database, person_id, current_actor(), now(), vault=house().vault)
    sign_out()
    return render_template("enterprise/deleted.html")


def _kept() -> OwnInformation | None:
    person_id = current_person_id()
    if person_id is None:
        return None
    with house().database.read() as database:
        return own_information.kept(database, person_id, vault=house().vault)


def _typed_of(found: OwnInformation | None) -> dict[str, str | None]:
    if found is None:
        return {}
    return {"name": found.name, "phone": found.phone, "seen": persons.seen(found.name, found.phone)}


def _page(form: TypedForm | None) -> ResponseReturnValue:
    found = _kept()
    return form_pages.shown("enterprise/me.html", overtaken.filled(form, _typed_of(found)), kept=found)


def _done(code: str, kind: str = "done", *, back: str | None = None) -> ResponseReturnValue:
    flash(wording.sentence("enterprise", code), kind)
    return redirect(back or url_for(_SHOWN), 303)


def _as_json(found: OwnInformation) -> str:
    """Every field under its Chinese heading, times in Beijing, words as they are shown."""
    return json.dumps(_told(found), ensure_ascii=False, indent=2)


def _told(value: Any) -> Any:
    match value:
        case None | str():
            return value if not isinstance(value, Enum) else wording.word(value)
        case bool():
            return wording.sentence("own_information", "yes" if value else "no")
        case int():
            return value
        case datetime():
            return wording.beijing(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_told(each) for each in value]
        case _:
            named = asdict(value)
            return {wording.sentence("own_information", name): _told(each) for name, each in named.items()}
