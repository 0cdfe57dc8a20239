"""名单的一行: whom it means, looked up or registered by hand; one line a page, so that a long list stays light."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from models.roster import RosterRow
from scoring import uscc as codes
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import described_enterprises, limits
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.publish import own_activity
from wxsvc.services.door import roster_lists, roster_matching, roster_rows
from wxsvc.services.people import enterprises
from wxsvc.texts import regions

blueprint = Blueprint("roster_lines", __name__)


@blueprint.get("/activity/<code>/roster/<int:roster_id>/line/<int:row_id>")
@limits.limiter.limit(limits.STAFF_SEARCHES, exempt_when=lambda: not request.args.get("q"))
def show(code: str, roster_id: int, row_id: int) -> ResponseReturnValue:
    """What stood there, whom it may mean, a search, and the form of a new enterprise."""
    return _show(code, roster_id, row_id, None)


@blueprint.post("/activity/<code>/roster/<int:roster_id>/line/<int:row_id>")
def settle(code: str, roster_id: int, row_id: int) -> ResponseReturnValue:
    """选定, 登记新企业, 跳过 or 重新处理."""
    form = TypedForm(request.form)
    seen, by = form.number("seen"), current_actor()
    with house().database.read() as session:
        row = session.get(RosterRow, row_id)
        is_own = roster_lists.belongs(session, roster_id, own_activity(session, code).id) is not None
    if row is None or row.roster_id != roster_id or not is_own:
        abort(404)

    def deed(session: Session) -> str:
        match form["deed"]:
            case "choose" if (enterprise_id := form.number("enterprise")) is not None:
                roster_rows.choose(session, row_id, enterprise_id, seen, by, now())
            case "choose":
                form.reproach("enterprise", wording.sentence("rosters", "choice_needed"))
            case "register":
                roster_rows.register(session, row_id, described_enterprises.of(form), seen, by, now())
            case "skip":
                roster_rows.skip(session, row_id, by, now())
            case "reopen":
                roster_rows.reopen(session, row_id, by, now())
            case _:
                abort(400)
        return url_for("platform.rosters.show", code=code, roster_id=roster_id, page=form["page"] or None)

    settled = taken(form, deed, "line_settled", described_enterprises.field_of(form), table="rosters", number=row.line)
    return settled or _show(code, roster_id, row_id, form)


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
    return shown(
        "platform/roster_line.html",
        filled,
        activity=activity,
        state=state,
        line=line,
        candidates={each.id: each for each in (*proposal.enterprises, *found)}.values(),
        wanted=wanted,
        counties=[(city, regions.counties_of(city.code)) for city in regions.cities()],
    )
