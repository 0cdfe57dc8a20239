"""线上交易清单: a template to download, a list to upload; every row is written, or the wrong ones are named."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.documents import trade_sheets
from wxsvc.documents.tables import TableRefused
from wxsvc.documents.trade_sheets import TradeSheet
from wxsvc.pages import downloads, limits
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.noun import only_where_counted
from wxsvc.services.records import trade_lists
from wxsvc.services.records.trade_lists import ListRefused, WrongRow
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import XLSX, FileRefused

blueprint = Blueprint("trade_lists", __name__)
only_where_counted(blueprint, Subject.ONLINE_TRADE)

_HIDDEN = ("take", "leave")
"""What may be answered about hidden rows."""
_SHOWN = 50
"""Wrong rows on one page: who mends these has understood the rest."""


@blueprint.get("/online-trades/list")
def upload_page() -> ResponseReturnValue:
    """Where a list is uploaded."""
    return _page(TypedForm())


@blueprint.get("/online-trades/template.xlsx")
def template() -> ResponseReturnValue:
    """An empty list to fill in."""
    return downloads.made(trade_sheets.template(), XLSX, wording.sentence("own_records", "trade_template"))


@blueprint.post("/online-trades/list")
@limits.limiter.limit(limits.SUBMISSIONS)
def upload() -> ResponseReturnValue:
    """Read, judge, and write all of it or nothing."""
    form = TypedForm(request.form)
    try:
        sheet = _sheet(form)
        if sheet is None:
            return _page(form)
        lines = [line for line in sheet.lines if form["hidden"] != "leave" or line.number not in sheet.hidden]
        with house().database.read() as session:
            orders = trade_lists.judged(session, lines, now(), are_names_sure=form.ticked("names"))
        with house().database.transaction() as session:
            days = house().settings.backfill_days
            added = trade_lists.add(session, own_platform_id(), orders, current_actor(), now(), days)
    except ListRefused as refused:
        return _page(form, refused.wrong)
    except Refused as refused:
        form.refuse(refused)
        return _page(form)
    flash(wording.sentence("own_records", "trades_added", new=added.new, known=added.known), "done")
    if lacking := sum(not line.institution for line in lines):
        flash(wording.sentence("own_records", "trades_no_institution", count=lacking), "wrong")
    _tell_left_out(sheet)
    return redirect(url_for("platform.online_trades.listed"), 303)


def _tell_left_out(sheet: TradeSheet) -> None:
    """What of the list was read otherwise than it looks, and what was not read."""
    if sheet.formulas:
        cells, count = sheet.formulas[:10], len(sheet.formulas)
        flash(wording.sentence("own_records", "trades_formulas", cells=cells, count=count), "info")
    for said, rows, kind in (("trades_totals", sheet.totals, "info"), ("trades_undone", sheet.undone, "wrong")):
        if rows:
            flash(wording.sentence("own_records", said, rows=rows[:10], count=len(rows)), kind)
    if sheet.unread:
        flash(wording.sentence("own_records", "trades_unread", sheets=sheet.unread), "wrong")
    if sheet.hidden_columns:
        flash(wording.sentence("rosters", "hidden_columns", columns=sheet.hidden_columns), "wrong")


def _sheet(form: TypedForm) -> TradeSheet | None:
    """The list that was sent; None when there is none that can be read, which the form says."""
    file = request.files.get("sheet")
    if file is None or not file.filename:
        form.reproach("sheet", wording.sentence("own_records", "trades_no_file"))
        return None
    try:
        sheet = trade_sheets.read(file.stream.read())
        if sheet.hidden and form["hidden"] not in _HIDDEN:
            asked = wording.sentence("own_records", "trades_hidden", rows=sheet.hidden[:10], count=len(sheet.hidden))
            form.reproach("hidden", asked)
            return None
        if form["hidden"] == "leave" and len(sheet.hidden) == len(sheet.lines):
            raise TableRefused("no_orders")
        return sheet
    except FileRefused as refused:
        form.refuse_file("sheet", refused)
    except TableRefused as refused:
        own = refused.code in ("no_header", "no_orders", "none_traded", "picture")
        table, prefix = ("own_records", "trades_") if own else ("table_refusals", "")
        form.reproach("sheet", wording.sentence(table, prefix + refused.code, **refused.facts))
    return None


def _page(form: TypedForm, wrong: Sequence[WrongRow] = ()) -> ResponseReturnValue:
    rows = sorted(wrong, key=lambda each: each.number)
    return shown(
        "platform/records/trade_list.html",
        form,
        is_wrong=bool(wrong),
        wrong=[(each.number, trade_sheets.title(each.field), refusal_text(each.refused)) for each in rows[:_SHOWN]],
        wrong_rows=len({each.number for each in rows}),
        more=max(0, len(rows) - _SHOWN),
        has_odd_names=any(each.refused.code == "listed_name_unlikely" for each in rows),
        most=trade_sheets.most_lines(),
    )
