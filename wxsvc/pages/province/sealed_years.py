"""已锁定的年度: what was sealed of one platform, what was amended since, unsealing, and what was sealed before."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.platform import Platform, PlatformYear
from models.year_end import Amendment, PlatformSnapshot
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import cards, downloads
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services.counting import amendments, seals, snapshots
from wxsvc.services.reviewables import find

blueprint = Blueprint("sealed_years", __name__)

_FIELD_OF = {
    "reason_needed": "reason",
    "reason_too_long": "reason",
    "points_not_allowed": "after",
    "amendment_no_change": "after",
    "no_such_line": "code",
}


@blueprint.get("/year/<int:year>/amendments")
def amended(year: int) -> ResponseReturnValue:
    """更正 of the year, confirmed and waiting, with what was before and what holds since."""
    with house().database.read() as session:
        found = amendments.of_year(session, year, is_in_force=False)
        names = cards.names_of(session, _people(each.row for each in found))
    return render_template("province/year/amendments.html", amended=found, names=names, year=year)


@blueprint.get("/year/<int:year>/platforms/<code>")
def page(year: int, code: str) -> ResponseReturnValue:
    """One platform's sealed card and the forms; ``?line=`` is the line that is to be amended."""
    return _page(year, code, TypedForm().having(code=request.args.get("line", "")))


@blueprint.post("/year/<int:year>/platforms/<code>/amend")
def propose(year: int, code: str) -> ResponseReturnValue:
    """提出更正 of one line, with the reason."""
    form = TypedForm(request.form)
    line = form.text("code", most=32, needed="line_needed")
    reason = form.text("reason", most=amendments.LONGEST, needed="reason_needed")
    after = form.points("after", needed="points_needed")
    if after is None:
        return _page(year, code, form)
    if not form.error("code"):
        with house().database.read() as session:
            platform_id = cards.platform_by_code(session, code).id
            form.judged(_FIELD_OF, amendments.must_fit_line, session, platform_id, year, line, after)

    def deed(session: Session) -> str:
        at = (session, cards.platform_by_code(session, code).id, year)
        amendments.propose(*at, line, after, reason, current_actor(), now())
        return _address(year, code)

    return taken(form, deed, "amendment_proposed", _FIELD_OF) or _page(year, code, form)


@blueprint.post("/year/amendments/<int:amendment_id>")
def decide(amendment_id: int) -> ResponseReturnValue:
    """确认更正 by a second person, or 不予更正."""
    deed = {"confirm": amendments.confirm, "withdraw": amendments.withdraw}.get(request.form["deed"]) or abort(400)
    with house().database.read() as session:
        snapshot = session.get_one(PlatformSnapshot, find(session, Amendment, amendment_id).snapshot_id)
        year, code = snapshot.year, session.get_one(Platform, snapshot.platform_id).code

    def decided(session: Session) -> str:
        deed(session, amendment_id, current_actor(), now())
        return _address(year, code)

    form = TypedForm()
    return taken(form, decided, f"amendment_{request.form['deed']}") or _page(year, code, form)


@blueprint.post("/year/<int:year>/platforms/<code>/unseal")
def unseal(year: int, code: str) -> ResponseReturnValue:
    """申请解锁 with a reason, 确认解锁 by a second person, or 撤回 by the first."""
    form, deed = TypedForm(request.form), request.form.get("deed")
    if deed not in ("ask", "confirm", "withdraw"):
        abort(400)
    reason = form.text("unseal_reason", most=amendments.LONGEST, needed="reason_needed" if deed == "ask" else None)

    def done(session: Session) -> str:
        at = (session, cards.platform_by_code(session, code).id, year)
        if deed == "ask":
            seals.ask_unseal(*at, reason, current_actor(), now())
        elif deed == "confirm":
            seals.confirm_unseal(*at, current_actor(), now())
        else:
            seals.withdraw_unseal(*at, current_actor(), now())
        return _address(year, code)

    return taken(form, done, f"unseal_{deed}") or _page(year, code, form)


@blueprint.get("/year/snapshots/<int:snapshot_id>")
def snapshot(snapshot_id: int) -> ResponseReturnValue:
    """年度快照 as it was sealed, byte for byte."""
    with house().database.read() as session:
        row = find(session, PlatformSnapshot, snapshot_id)
        name = session.get_one(Platform, row.platform_id).name
    file_name = wording.sentence("pages", "snapshot_file", platform=name, year=row.year)
    return downloads.made(row.document.encode(), "application/json", file_name)


@blueprint.get("/year/<int:year>/snapshot")
def province(year: int) -> ResponseReturnValue:
    """The province's document of a year that is sealed as a whole, byte for byte."""
    with house().database.read() as session:
        row = snapshots.year_snapshot(session, year) or abort(404)
    file_name = wording.sentence("pages", "snapshot_of_province", year=year)
    return downloads.made(row.document.encode(), "application/json", file_name)


def _page(year: int, code: str, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        own = session.get(PlatformYear, (platform.id, year))
        found = amendments.of_platform(session, platform.id, year)
        return shown(
            "province/year/platform.html",
            form,
            platform=platform,
            year=year,
            own=own,
            card=amendments.card(session, platform.id, year),
            amended=found,
            former=snapshots.former_of(session, platform.id, year),
            names=cards.names_of(session, [own.unseal_asked_by if own else None, *_people(each.row for each in found)]),
            most=amendments.LONGEST,
            person_id=current_actor().person_id,
        )


def _people(rows: Iterable[Amendment]) -> list[int | None]:
    return [who for row in rows for who in (row.proposed_by, row.confirmed_by)]


def _address(year: int, code: str) -> str:
    return url_for("province.sealed_years.page", year=year, code=code)
