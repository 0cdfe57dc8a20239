"""两年对比: a platform's cards of two years line by line, and all platforms of a kind."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from msgspec import Struct

from scoring.terms import PlatformKind
from wxsvc.access import house
from wxsvc.pages import cards
from wxsvc.pages.province import score_files
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import asked_kind, comparable_years, compared_years
from wxsvc.services.reports import year_comparisons
from wxsvc.services.reports.year_comparisons import Compared

blueprint = Blueprint("comparisons", __name__)

_PAGE: Final = 50


class ComparisonPage(Struct, frozen=True):
    """One page of the table."""

    rows: list[Compared]
    total: int
    page: int
    pages: int


@blueprint.get("/scores/compare")
def of_kind() -> ResponseReturnValue:
    """All platforms of a kind: total and rank of both years, and the change of every line."""
    kind = asked_kind()
    with house().database.read() as session:
        former, later = compared_years(session)
        found = year_comparisons.of_kind(session, kind, former, later)
    return render_template(
        "province/scores_compare.html",
        shown=_shown(found),
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
        platform = cards.platform_by_code(session, code)
        former, later = compared_years(session, platform.id)
        compared = year_comparisons.of_platform(session, platform, former, later)
    return render_template(
        "province/score_compare.html",
        platform=platform,
        compared=compared,
        former=former,
        later=later,
        years=comparable_years((former, later)),
    )


def _shown(found: list[Compared]) -> ComparisonPage:
    pages = max(1, -(-len(found) // _PAGE))
    page = min(asked_page(), pages)
    return ComparisonPage(found[(page - 1) * _PAGE : page * _PAGE], len(found), page, pages)
