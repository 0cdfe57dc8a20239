"""输入短码: where a camera fails, the five digits of an activity are typed on a page. It does what the scan does."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from models.terms import Door
from wxsvc import observe, wording
from wxsvc.access import current_openid, house, now
from wxsvc.pages import limits
from wxsvc.pages.enterprise import door
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.texts import short_codes

blueprint = Blueprint("typed_codes", __name__)


@blueprint.get("/code")
def box() -> ResponseReturnValue:
    """One box; looking changes nothing."""
    return _page(TypedForm())


@blueprint.post("/code")
@limits.limiter.limit(limits.SUBMISSIONS)
def enter() -> ResponseReturnValue:
    """签到 at this moment, read, limited and refused as the same digits in the chat."""
    form = TypedForm(request.form)
    code = short_codes.read(form["code"])
    if code is None:
        form.reproach("code", wording.sentence("enterprise", "short_code_needed"))
        return _page(form)
    scan = Scan(current_openid(), code, Door.SHORT_CODE, now(), now())
    outcome = house().database.for_scan(lambda connection: check_in(connection, scan))
    observe.check_ins.labels(outcome.kind.value).inc()
    if outcome.kind is OutcomeKind.UNKNOWN_CODE:
        form.reproach("code", wording.reply("unknown_code", outcome=outcome))
        return _page(form)
    return door.told(outcome, outcome.activity_code or "")


def _page(form: TypedForm) -> ResponseReturnValue:
    return shown("enterprise/typed_code.html", form)
