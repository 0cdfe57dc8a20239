"""附件2 of one platform for whoever reviews: item by item what is there and what is missing, and every filed paper."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.collaboration import Filing
from models.platform import PlatformYear
from wxsvc.access import house, now
from wxsvc.pages import annexes, cards, downloads
from wxsvc.pages.years import asked_year, offered_years
from wxsvc.services.records import filings, papers
from wxsvc.services.years import has_rules

blueprint = Blueprint("annex", __name__)


@blueprint.get("/annex/<code>")
def page(code: str) -> ResponseReturnValue:
    """The year's items with their papers, the declaration of market income, and what was filed."""
    year = asked_year()
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        own_year = session.get(PlatformYear, (platform.id, year))
        filed = filings.state(session, platform.id, year, now()) if has_rules(year) else []
        shown = {
            "platform": platform,
            "items": annexes.items(session, platform, year),
            "has_income": own_year is not None and own_year.has_market_income,
            "filed": [each for each in filed if each.filing is not None],
        }
    return render_template("province/annex.html", year=year, years=offered_years(), **shown)


@blueprint.get("/filings/<int:record_id>/paper")
def filed_paper(record_id: int) -> ResponseReturnValue:
    """The plan, data sheet or summary as it was filed."""
    with house().database.read() as session:
        row = session.get(Filing, record_id)
        stored = papers.of(session, row.sha256, [row.platform_id]) if row is not None else None
    return downloads.stored(stored)
