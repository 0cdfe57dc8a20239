"""年度文件: the documents of a year, each a download; the same files that ``wxsvc export`` writes."""

from __future__ import annotations

from tempfile import TemporaryFile

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from wxsvc.access import house, now
from wxsvc.pages import downloads, platform_choices
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import asked_number
from wxsvc.pages.years import offered_years, score_year
from wxsvc.publishing import wanted
from wxsvc.publishing.says import say
from wxsvc.publishing.wanted import What
from wxsvc.services import years
from wxsvc.services.refusal import Refused
from wxsvc.services.years import day_of

blueprint = Blueprint("documents", __name__)


@blueprint.get("/documents")
def newest() -> ResponseReturnValue:
    """The documents of the year that scorecards open on."""
    with house().database.read() as session:
        return redirect(url_for("province.documents.listed", year=score_year(session)), 303)


@blueprint.get("/year/<int:year>/documents")
def listed(year: int) -> ResponseReturnValue:
    """What there is, with what is in it."""
    return _listed(year, TypedForm())


@blueprint.get("/year/<int:year>/documents/<what>")
def file(year: int, what: str) -> ResponseReturnValue:
    """One document, made for this answer; where it cannot be made, the list with the reason."""
    chosen = {name: asked_number(name) for name in ("quarter", "month")}
    content = TemporaryFile()  # noqa: SIM115 - closed when the answer is sent
    try:
        asked = wanted.of(what, year, platform=request.args.get("platform"), **chosen)
        name = wanted.write(house().database, asked, now, content)
    except BaseException as error:
        content.close()
        if isinstance(error, Refused):
            form = TypedForm()
            form.refuse(error)
            return _listed(year, form)
        raise
    content.seek(0)
    return downloads.written(content, asked.media_type, name)


def _listed(year: int, form: TypedForm) -> ResponseReturnValue:
    if year not in wanted.YEARS:
        abort(404)
    with house().database.read() as session:
        every, unsealed = platform_choices.every(session), years.count_open(session, year)
    begun = day_of(now())
    months = [month for month in range(1, 13) if (year, month) <= (begun.year, begun.month)]
    return shown(
        "province/documents.html",
        form,
        documents=list(What),
        year=year,
        years=sorted({*offered_years(), year}, reverse=True),
        has_rules=years.has_rules(year),
        platforms=every,
        unsealed=unsealed,
        months=months,
        quarters=sorted({(month + 2) // 3 for month in months}),
        say=say,
    )
