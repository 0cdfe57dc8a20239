"""得分与差距: the platform's own scorecard, the same numbers and rows that the province sees; no rank."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wxsvc.access import house, now, own_platform_id
from wxsvc.pages import cards, score_history
from wxsvc.pages.platform import closing_forms
from wxsvc.pages.platform.own_records.noun import NOUNS, own_platform
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import offered_years, score_year
from wxsvc.services import years
from wxsvc.services.counting import amendments, scorecards
from wxsvc.services.year_end import publicities

blueprint = Blueprint("own_score", __name__)


@blueprint.get("/score")
def card() -> ResponseReturnValue:
    """Every line, what is missing, and what does not count and why."""
    with house().database.read() as session:
        platform = own_platform(session)
        year = score_year(session, platform.id)
        found = scorecards.detail(session, platform.id, year, now())
        left_out = cards.left_out(session, platform, year) if found else []
        codes = cards.activity_codes(session, left_out, platform.id)
        is_over, is_sealed = year < years.year_of(now()), years.is_sealed(session, platform.id, year)
        publicity = publicities.running_of(session, platform.id, now()) if is_over else None
        amended = amendments.in_force_of(session, platform.id, year) if is_sealed else []
        holds = amendments.card(session, platform.id, year) if amended else None
    return render_template(
        "platform/score.html",
        platform=platform,
        card=found,
        groups=cards.groups(found),
        left_out=left_out,
        codes=codes,
        nouns=NOUNS,
        forms_of=partial(closing_forms.of_line, found, this_year=years.year_of(now())) if found else None,
        publicity=publicity if publicity is not None and publicity.year == year else None,
        amended=amended,
        holds=holds,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/score/history")
def history() -> ResponseReturnValue:
    """自上月以来为何变化: every line that changed, with what caused it; between any two days."""
    with house().database.read() as session:
        return score_history.page("platform/score_history.html", session, own_platform(session))


@blueprint.get("/score/compare")
def compare() -> ResponseReturnValue:
    """The own cards of two years, line by line."""
    with house().database.read() as session:
        return cards.compared_page("platform/score_compare.html", session, own_platform(session))


@blueprint.get("/score/left-out")
def left_out() -> ResponseReturnValue:
    """为什么没算, down to the last row."""
    with house().database.read() as session:
        platform = own_platform(session)
        year = score_year(session, platform.id)
        found = cards.left_out(session, platform, year)
        chosen, pager = cards.left_out_under(found, request.args.get("why", ""), asked_page())
        codes = cards.activity_codes(session, [chosen] if chosen else [], own_platform_id())
    return render_template(
        "platform/left_out.html", year=year, found=found, chosen=chosen, pager=pager, codes=codes, nouns=NOUNS
    )


@blueprint.get("/score/<indicator>")
def rows(indicator: str) -> ResponseReturnValue:
    """The rows behind one line."""
    with house().database.read() as session:
        year = score_year(session, own_platform_id())
        found = cards.line_with_rows(session, own_platform_id(), year, indicator, asked_page())
        codes = cards.activity_codes(session, found.behind, own_platform_id())
    return render_template("platform/score_rows.html", found=found, codes=codes, nouns=NOUNS, year=year)
