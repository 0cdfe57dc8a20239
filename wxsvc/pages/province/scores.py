"""得分总览 and 平台得分明细 for the province: every number opens to its working, its sentence and its rows."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scoring.terms import PlatformKind
from wxsvc import regions
from wxsvc.access import house, now
from wxsvc.pages import cards
from wxsvc.pages.years import asked_kind, asked_year, offered_years
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.scorecards import Card

blueprint = Blueprint("scores", __name__)


@blueprint.get("/scores")
def overview() -> ResponseReturnValue:
    """得分总览: all platforms of one kind in one table."""
    kind, year, city = asked_kind(), asked_year(), request.args.get("city", "")
    by_score = request.args.get("sort") == "score"
    with house().database.read() as session:
        found = [card for card in scorecards.overview(session, year, kind) if _is_in(card, city)]
    if by_score:
        found.sort(key=lambda card: (-card.total, card.platform.code))
    return render_template(
        "province/scores.html",
        cards=found,
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
        city=city,
        cities=regions.cities(),
        by_score=by_score,
        as_of=max((card.as_of for card in found), default=None),
    )


@blueprint.get("/score/<code>")
def detail(code: str) -> ResponseReturnValue:
    """平台得分明细: each line with points, working, sentence and status."""
    year = asked_year()
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        card = scorecards.detail(session, platform.id, year, now())
        left_out = cards.left_out(session, card)
    return render_template(
        "province/score.html",
        platform=platform,
        card=card,
        groups=cards.groups(card),
        left_out=left_out,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/score/<code>/<indicator>")
def rows(code: str, indicator: str) -> ResponseReturnValue:
    """The rows behind one line: those that count add up to its number."""
    year = asked_year()
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        line, behind, basis = cards.line_with_rows(session, platform.id, year, indicator)
    return render_template(
        "province/score_rows.html", platform=platform, year=year, line=line, behind=behind, basis=basis
    )


def _is_in(card: Card, city: str) -> bool:
    return not city or card.platform.region_code[:4] == city[:4]
