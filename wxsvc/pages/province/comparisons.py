"""两年对比: a platform's cards of two years line by line, and all platforms of a kind."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scoring.terms import PlatformKind
from wxsvc.access import house
from wxsvc.pages import cards, paging
from wxsvc.pages.province import score_files
from wxsvc.pages.years import asked_kind, comparable_years, compared_years
from wxsvc.services.reports import year_comparisons

blueprint = Blueprint("comparisons", __name__)


@blueprint.get("/scores/compare")
def of_kind() -> ResponseReturnValue:
    """All platforms of a kind: total and rank of both years, and the change of every line."""
    kind = asked_kind()
    with house().database.read() as session:
        former, later = compared_years(session)
        shown = year_comparisons.of_kind(session, kind, former, later, paging.asked(), paging.AT_A_DESK)
    return render_template(
        "province/scores_compare.html",
        shown=shown,
        column_name=score_files.column_name,
        kind=kind,
        kinds=PlatformKind,
        former=former,
        later=later,
        years=comparable_years((former, later)),
    )


@blueprint.get("/score/<code>/compare")
def of_platform(code: str) -> ResponseReturnValue:
    """One platform, line by line."""
    with house().database.read() as session:
        return cards.compared_page("province/score_compare.html", session, cards.platform_by_code(session, code))
