"""总表 and 平台得分明细 for the province: every number opens to its working, its sentence and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.platform import PlatformYear
from scoring.scheme_files import NoSchemeError
from scoring.terms import PlatformKind
from wxsvc import wording
from wxsvc.access import house, now
from wxsvc.checks import calendar
from wxsvc.pages import cards, paging, score_history
from wxsvc.pages.province import score_files
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import asked_kind, offered_years, score_year
from wxsvc.services.counting import amendments, scorecards
from wxsvc.services.reports import score_tables
from wxsvc.services.reports.score_tables import ScoreTable
from wxsvc.texts import regions

blueprint = Blueprint("scores", __name__)

_FORMER_SORTS: Final = {"score": "-total"}
"""What older links to this page ask for."""


@blueprint.get("/scores")
def overview() -> ResponseReturnValue:
    """总表: the platforms of one kind, indicator by indicator, as the address chooses and sorts them.

    A province's stand on one page; of more, a page at a time, or all where the address says so (``?all=1``).
    """
    view, is_whole = _view(), bool(request.args.get("all"))
    table = _table(view, None if is_whole else paging.OF_A_KIND)
    with house().database.read() as session:
        awaited = calendar.awaited(session, now())
    return render_template(
        "province/scores.html",
        calendar_awaited=awaited,
        table=table,
        names=cards.deciders(each.decided for each in table.readings) if table else {},
        view=view,
        is_whole=is_whole,
        per_page=paging.OF_A_KIND,
        what_amended=wording.sentence("scores", "what_amended"),
        kind=asked_kind(),
        kinds=PlatformKind,
        years=offered_years(),
        cities=regions.cities(),
        column_name=score_files.column_name,
        lines_of=score_files.lines_of,
        sorted_by=partial(_sorted_by, {**view, "all": 1 if is_whole else None}),
    )


@blueprint.get("/scores/excel")
def excel() -> ResponseReturnValue:
    """The table as it is shown, as Excel."""
    return score_files.excel(_table(_view()) or abort(404))


@blueprint.get("/scores/word")
def word() -> ResponseReturnValue:
    """The totals as they are shown, as Word."""
    return score_files.word(_table(_view()) or abort(404))


@blueprint.get("/scores/csv")
def csv() -> ResponseReturnValue:
    """The table as it is shown, for other programs."""
    return score_files.csv(_table(_view()) or abort(404))


def _view() -> dict[str, str | int]:
    """What the address chooses: kind, year, city, part of a name, and the column to sort by."""
    sort = request.args.get("sort", "")
    with house().database.read() as session:
        year = score_year(session)
    return {
        "kind": asked_kind().value,
        "year": year,
        "city": paging.text_asked("city"),
        "name": paging.text_asked("name"),
        "sort": _FORMER_SORTS.get(sort, sort),
    }


def _sorted_by(view: Mapping[str, Any], column: str) -> str:
    """The address of the same view by one column: figures from the largest down, at the next tap the other way."""
    first, then = (column, f"-{column}") if column in ("rank", "code", "name") else (f"-{column}", column)
    return url_for("province.scores.overview", **{**view, "sort": then if view["sort"] == first else first})


def _table(view: Mapping[str, Any], per_page: int | None = None) -> ScoreTable | None:
    """The table of the view, or the page of it that the address asks for; None in a year without rules."""
    chosen = {name: view[name] for name in ("city", "name", "sort")}
    chosen |= {"number": paging.asked(), "per_part": per_page}
    try:
        with house().database.read() as session:
            return score_tables.of(session, view["year"], PlatformKind(view["kind"]), now(), **chosen)
    except NoSchemeError:
        return None


@blueprint.get("/score/<code>")
def detail(code: str) -> ResponseReturnValue:
    """平台得分明细: each line with points, working, sentence and status."""
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        year = score_year(session, platform.id)
        own = session.get(PlatformYear, (platform.id, year))  # held here, so that the card finds it read
        card = scorecards.detail(session, platform.id, year, now())
        amended = amendments.in_force_of(session, platform.id, year) if own is not None and own.is_sealed else []
        holds = amendments.card(session, platform.id, year) if amended else None
    return render_template(
        "province/score.html",
        platform=platform,
        card=card,
        groups=cards.groups(card),
        names=cards.deciders(each.decided for line in card.lines for each in line.readings) if card else {},
        amended=amended,
        holds=holds,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/score/<code>/history")
def history(code: str) -> ResponseReturnValue:
    """自上月以来为何变化: every line that changed, with what caused it; between any two days."""
    with house().database.read() as session:
        return score_history.page("province/score_history.html", session, cards.platform_by_code(session, code))


@blueprint.get("/score/<code>/left-out")
def left_out(code: str) -> ResponseReturnValue:
    """为什么没算: every reason with how much it keeps out, and the rows under one, page by page."""
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        year = score_year(session, platform.id)
        found = cards.left_out(session, platform, year)
    chosen, pager = cards.left_out_under(found, request.args.get("why", ""), asked_page())
    return render_template(
        "province/left_out.html", platform=platform, year=year, found=found, chosen=chosen, pager=pager
    )


@blueprint.get("/score/<code>/<indicator>")
def rows(code: str, indicator: str) -> ResponseReturnValue:
    """The rows behind one line: those that count add up to its number."""
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        year = score_year(session, platform.id)
        found = cards.line_with_rows(session, platform.id, year, indicator, asked_page())
    return render_template(
        "province/score_rows.html",
        platform=platform,
        year=year,
        found=found,
        names=cards.deciders(each.decided for each in found.line.readings),
    )
