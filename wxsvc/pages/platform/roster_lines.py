"""名单的一行: whom it means, looked up or registered by hand; one line a page, so that a long list stays light."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.roster import RosterRow
from scoring import uscc as codes
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.pages import limits
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services.door import roster_lists, roster_matching, roster_rows
from wxsvc.services.people import enterprises
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused
from wxsvc.texts import regions

blueprint = Blueprint("roster_lines", __name__)

_FIELD_OF = {
    "wrong_uscc": "uscc",
    "wrong_uscc_length": "uscc",
    "identity_number": "uscc",
    "code_needed": "uscc",
    "enterprise_name_needed": "name",
    "enterprise_name_too_long": "name",
    "person_in_name": "name",
    "name_unlikely": "name",
    "name_known": "name",
    "wrong_licence_number": "licence_number",
    "wrong_region": "region",
}


@blueprint.get("/activity/<code>/roster/<int:roster_id>/line/<int:row_id>")
@limits.limiter.limit(limits.STAFF_SEARCHES, exempt_when=lambda: not request.args.get("q"))
def show(code: str, roster_id: int, row_id: int) -> ResponseReturnValue:
    """What stood there, whom it may mean, a search, and the form of a new enterprise."""
    return _show(code, roster_id, row_id, None)


@blueprint.post("/activity/<code>/roster/<int:roster_id>/line/<int:row_id>")
def settle(code: str, roster_id: int, row_id: int) -> ResponseReturnValue:
    """选定, 登记新企业, 跳过 or 重新处理."""
    form = TypedForm(request.form)
    try:
        with house().database.transaction() as session:
            row, by = session.get(RosterRow, row_id), current_actor()
            activity = own_activity(session, code)
            is_own = roster_lists.belongs(session, roster_id, activity.id) is not None
            if row is None or row.roster_id != roster_id or not is_own:
                abort(404)
            seen = form.number("seen")
            match form["deed"]:
                case "choose" if (enterprise_id := form.number("enterprise")) is not None:
                    roster_rows.choose(session, row_id, enterprise_id, seen, by, now())
                case "choose":
                    form.reproach("enterprise", wording.sentence("rosters", "choice_needed"))
                case "register":
                    described = EnterpriseForm(
                        form["name"],
                        form["uscc"] or None,
                        form["licence_number"] or None,
                        form["region"] or None,
                        asks_again=form.asks_again("name"),
                    )
                    roster_rows.register(session, row_id, described, seen, by, now())
                case "skip":
                    roster_rows.skip(session, row_id, by, now())
                case "reopen":
                    roster_rows.reopen(session, row_id, by, now())
                case _:
                    abort(400)
            line = row.line
    except Refused as refused:
        if field := _FIELD_OF.get(refused.code):
            form.reproach(field, refusal_text(refused))
        else:
            form.refusal = refusal_text(refused)
    if not form.is_good:
        return _show(code, roster_id, row_id, form)
    flash(wording.sentence("rosters", "line_settled", number=line), "done")
    return redirect(url_for("platform.rosters.show", code=code, roster_id=roster_id, page=form["page"] or None), 303)


def _show(code: str, roster_id: int, row_id: int, form: TypedForm | None) -> ResponseReturnValue:
    with house().database.read() as session:
        activity = own_activity(session, code)
        roster = roster_lists.belongs(session, roster_id, activity.id)
        state = roster_lists.state(session, roster) if roster else None
        line = next((each for each in state.lines if each.row.id == row_id), None) if state else None
        if state is None or line is None:
            abort(404)
        (proposal,) = roster_matching.propose(session, [line.row])
        wanted = request.args.get("q", "").strip()
        found = enterprises.search(session, wanted) if wanted else roster_matching.alike(session, line.row.name)
    typed = codes.normalise(line.row.uscc)
    is_licence = roster_matching.is_licence(line.row)
    filled = form or TypedForm(
        {
            "q": wanted,
            "name": line.row.name,
            "uscc": "" if is_licence else codes.suggestion(typed) or line.row.uscc,
            "licence_number": typed if is_licence else "",
        }
    )
    page = render_template(
        "platform/roster_line.html",
        activity=activity,
        state=state,
        line=line,
        form=filled,
        candidates={each.id: each for each in (*proposal.enterprises, *found)}.values(),
        wanted=wanted,
        counties=[(city, regions.counties_of(city.code)) for city in regions.cities()],
    )
    return page, 200 if filled.is_good else 422
