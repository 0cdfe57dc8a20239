"""我的企业: whom one stands for, changed, added and left."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc import wording
from wxsvc.access import current_actor, current_person_id, house, now, own_person_id
from wxsvc.db import Session
from wxsvc.pages import limits
from wxsvc.pages.enterprise import receipts
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.door import enrolment
from wxsvc.services.people import enterprises, known_standings, licences, standings
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileRefused

blueprint = Blueprint("own_enterprises", __name__)

_EVERY = "enterprise.own_enterprises.every"


@blueprint.get("/enterprises")
def every() -> ResponseReturnValue:
    """The enterprises, the current one first, with how far it is known that one stands for them."""
    return _every(TypedForm())


def _every(form: TypedForm) -> ResponseReturnValue:
    person_id = current_person_id()
    with house().database.read() as session:
        own = known_standings.own(session, person_id) if person_id is not None else []
        asked = standings.asked(session, person_id) if person_id is not None else []
        current = enterprises.current_of(session, person_id)
    return shown("enterprise/enterprises.html", form, own=own, asked=asked, current=current)


@blueprint.post("/enterprises/<int:enterprise_id>/contact")
@limits.limiter.limit(limits.SUBMISSIONS)
def answer(enterprise_id: int) -> ResponseReturnValue:
    """是我们单位的人 or 不认识, of somebody who says that they stand for one's enterprise."""
    form = TypedForm(request.form)
    deed, person_id = form["deed"], form.number("person")
    if deed not in ("vouch", "report") or person_id is None:
        abort(400)

    def answered(session: Session) -> str:
        say = standings.vouch if deed == "vouch" else standings.report
        say(session, person_id, enterprise_id, current_actor(), now())
        return url_for(_EVERY)

    return taken(form, answered, f"standing_{deed}", table="enterprise") or _every(form)


@blueprint.get("/enterprises/<int:enterprise_id>/licence")
def licence(enterprise_id: int) -> ResponseReturnValue:
    """上传营业执照, so that provincial staff confirm that one stands for the enterprise."""
    return _licence(enterprise_id, TypedForm())


@blueprint.post("/enterprises/<int:enterprise_id>/licence")
@limits.limiter.limit(limits.SUBMISSIONS)
def send_licence(enterprise_id: int) -> ResponseReturnValue:
    """Keep the picture for them to see."""
    form, sent = TypedForm(request.form), request.files.get("picture")
    if sent is None or not sent.filename:
        form.reproach("picture", wording.sentence("enterprise", "licence_needed"))
        return _licence(enterprise_id, form)
    try:
        if _own(enterprise_id).state is known_standings.StandingState.CONFIRMED:
            return redirect(url_for(_EVERY), 303)
        stored = house().files.store_photo(sent.stream)
        with house().database.transaction() as session:
            standings.send_licence(session, own_person_id(), enterprise_id, stored, now(), name=sent.filename)
    except FileRefused as refused:
        form.refuse_file("picture", refused)
        return _licence(enterprise_id, form)
    except Refused:
        abort(404)
    return done("licence_sent", url_for(_EVERY), table="enterprise")


def _licence(enterprise_id: int, form: TypedForm) -> ResponseReturnValue:
    found = _own(enterprise_id).enterprise
    return shown("enterprise/licence.html", form, enterprise=found, kept_days=licences.KEPT_AFTER.days)


@blueprint.post("/enterprises/<int:enterprise_id>/stand")
@limits.limiter.limit(limits.SUBMISSIONS)
def stand(enterprise_id: int) -> ResponseReturnValue:
    """换一家: from now on scans count for this one; a scan that waited for the choice is completed."""
    with house().database.transaction() as session:
        chosen = enrolment.choose_enterprise(session, own_person_id(), enterprise_id, now())
        name = chosen.enterprise.name if chosen.enterprise is not None else ""
    if chosen.completed:
        return receipts.after(chosen.completed, None)
    return done("stands_for", url_for(_EVERY), table="enterprise", enterprise=name)


@blueprint.post("/enterprises/<int:enterprise_id>/leave")
@limits.limiter.limit(limits.SUBMISSIONS)
def leave(enterprise_id: int) -> ResponseReturnValue:
    """不再代表; the enterprise's check-ins stay."""
    with house().database.transaction() as session:
        enrolment.leave_enterprise(session, own_person_id(), enterprise_id, now())
    return done("enterprise_left", url_for(_EVERY), table="enterprise")


def _own(enterprise_id: int) -> known_standings.Own:
    """The enterprise, if the visitor stands for it."""
    person_id = current_person_id()
    with house().database.read() as session:
        own = known_standings.own(session, person_id) if person_id is not None else []
    return next((each for each in own if each.enterprise.id == enterprise_id), None) or abort(404)
