"""报送与响应: who owes us what, as platforms × obligations and × 重点工作; one tap reminds all that miss one."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace

from scoring.scheme_files import NoSchemeError
from scoring.terms import PlatformKind
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import paging
from wxsvc.pages.form_pages import done, not_done
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.services.refusal import Refused
from wxsvc.services.reports import obligations
from wxsvc.services.reports.obligations import ObligationColumn, ObligationState, OwedTable
from wxsvc.services.years import has_rules
from wxsvc.texts import regions

blueprint = Blueprint("owed", __name__)

_ROWS: Final = 100
"""Platforms on one page."""


class OwedView(Struct, frozen=True):
    """What of the matrix is shown, as the address says it."""

    year: int
    kind: PlatformKind | None
    city: str
    whole: bool
    """Also what is not due yet."""
    missing: bool
    """Only platforms that owe something."""

    @property
    def words(self) -> dict[str, Any]:
        """The same as an address has it."""
        kind = self.kind.value if self.kind else None
        flags = {"whole": 1 if self.whole else None, "missing": 1 if self.missing else None}
        return {"year": self.year, "kind": kind, "city": self.city or None, **flags}


@blueprint.get("/owed")
def page() -> ResponseReturnValue:
    """The matrix: each cell in time, late, missing, not due or not asked, with the thing behind it."""
    view = _view()
    with house().database.read() as session:
        try:
            table = _table(session, view)
            if not table.items and "year" not in request.args and has_rules(view.year - 1):
                view = replace(view, year=view.year - 1)  # the first days of January: nothing is due yet
                table = _table(session, view)
        except NoSchemeError:
            abort(404)
    return render_template(
        "province/owed.html",
        view=view,
        items=[(item, _name(item), len(table.owing(item))) for item in table.items],
        found=table.part,
        ObligationState=ObligationState,
        kinds=PlatformKind,
        cities=regions.cities(),
        years=offered_years(),
    )


@blueprint.post("/owed/remind")
def remind() -> ResponseReturnValue:
    """One notice for each platform that misses this one, at most one a day."""
    view, at = _view(), url_for("province.owed.page", **_view().words)
    if request.form.get("back") == "assignments":
        at = url_for("province.assigned_work.page", year=view.year)
    try:
        with house().database.transaction() as session:
            key = request.form.get("item", "")
            asked = obligations.remind(session, view.year, key, current_actor(), now(), view.kind, view.city)
    except Refused as refused:
        if refused.code != "nobody_owes":
            raise
        return not_done(refused, at, "info")
    return done("owed_reminded", at, told=asked.told, before=asked.before, unstaffed=asked.unstaffed)


def _table(session: Session, view: OwedView) -> OwedTable:
    return obligations.table(
        session,
        view.year,
        now(),
        view.kind,
        view.city,
        whole=view.whole,
        only_missing=view.missing,
        number=paging.asked(),
        per_part=_ROWS,
    )


def _view() -> OwedView:
    kind = paging.word_asked("kind", PlatformKind)
    city = request.args.get("city", "")
    known = {each.code for each in regions.cities()}
    return OwedView(
        asked_year(),
        kind,
        city if city in known else "",
        whole=bool(request.args.get("whole")),
        missing=bool(request.args.get("missing")),
    )


def _name(item: ObligationColumn) -> str:
    """A column by its full name."""
    if item.assignment is not None:
        return item.assignment.title
    return wording.filing_name(item.obligation, item.period) if item.obligation is not None else ""
