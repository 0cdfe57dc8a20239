"""评定表: platforms × points — typed, pasted or uploaded, proposed together, confirmed together by somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct, field

from models.recognition import RulingBatch
from scoring.scheme_files import NoSchemeError
from scoring.terms import PlatformKind
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.documents import ruling_sheets
from wxsvc.documents.ruling_sheets import RulingSheet
from wxsvc.documents.tables import TableRefused
from wxsvc.pages import downloads, paging
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.province.rulings import name_of, told
from wxsvc.pages.row_numbers import key_of
from wxsvc.pages.years import judged_year, offered_years
from wxsvc.services.judging import ruling_batches, ruling_sheet, second_persons
from wxsvc.services.judging.ruling_batches import CellsRefused, PointsCell
from wxsvc.services.judging.ruling_sheet import Filled, IndicatorColumn, SheetPlatform, TypedRow
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import XLSX, FileRefused

blueprint = Blueprint("ruling_sheet", __name__)

_CELL: Final = re.compile(r"p-(\d{1,9})-([a-z_]{1,32})")
_SHOWN: Final = 50
"""Sentences about wrong cells above the sheet; each stands beside its cell too."""
_BATCHES: Final = 5


class SheetView(Struct, frozen=True):
    """What of the sheet is shown, as the address says it."""

    year: int
    kind: PlatformKind | None
    indicator: str
    awaited: bool

    @property
    def words(self) -> dict[str, object]:
        """The same as an address has it."""
        told: dict[str, object] = {"year": self.year, "kind": self.kind.value if self.kind else ""}
        return told | {"indicator": self.indicator, "awaited": 1 if self.awaited else None}


class CheckedInput(Struct):
    """What was typed, cell by cell, and what is wrong: beside each cell, and as sentences above all."""

    typed: dict[tuple[int, str], str] = field(default_factory=dict)
    beside: dict[tuple[int, str], str] = field(default_factory=dict)
    above: list[str] = field(default_factory=list)
    fresh: set[tuple[int, str]] = field(default_factory=set)
    """Cells of which the page has just said what a colleague did: sending them again is a decision."""


@blueprint.get("/rulings/sheet")
def page() -> ResponseReturnValue:
    """Platforms × points: what is in force, what waits, and what each rests on."""
    return _page(_view(), TypedForm(), CheckedInput())


@blueprint.get("/rulings/sheet.xlsx")
def workbook() -> ResponseReturnValue:
    """The sheet as it is shown, to fill in and to hand in again."""
    view = _view()
    with house().database.read() as session:
        columns, rows = _columns(view), _rows(session, view, _ids(session, view))
    lines = (
        (
            row.platform.code,
            row.platform.name,
            [row.cells[c.code].points if c.code in row.cells else None for c in columns],
        )
        for row in rows
    )
    content = ruling_sheets.workbook([column.name for column in columns], lines)
    return downloads.made(content, XLSX, wording.sentence("pages", "ruling_sheet_file", year=view.year) + ".xlsx")


@blueprint.post("/rulings/sheet")
def send() -> ResponseReturnValue:
    """Put pasted rows into the sheet, or propose what stands on it."""
    form, view = TypedForm(request.form), _view()
    answer = CheckedInput(typed=_typed())
    if form["deed"] == "fill":
        if not form["pasted"].strip():
            form.complain("pasted", "ruling_sheet_no_text")
            return _page(view, form, answer)
        names, only = ruling_sheet.names(view.year), view.indicator or None
        return _filled(form, view, answer, "pasted", lambda: ruling_sheets.of_text(form["pasted"], names, only))
    return _propose(form, view, answer)


@blueprint.post("/rulings/sheet/upload")
def upload() -> ResponseReturnValue:
    """Put an uploaded table into the sheet; nothing is written yet."""
    form, view = TypedForm(), _view()
    file = request.files.get("sheet")
    if file is None or not file.filename:
        form.complain("sheet", "ruling_sheet_no_file")
        return _page(view, form, CheckedInput())
    raw, names = file.stream.read(), ruling_sheet.names(view.year)
    return _filled(form, view, CheckedInput(), "sheet", lambda: ruling_sheets.read(raw, names))


@blueprint.get("/ruling-batches/<int:batch_id>")
def batch_page(batch_id: int) -> ResponseReturnValue:
    """A batch with old and new points, the differences first."""
    return _batch(batch_id, TypedForm())


@blueprint.post("/ruling-batches/<int:batch_id>/confirm")
def confirm(batch_id: int) -> ResponseReturnValue:
    """Another person puts it in force."""
    form = TypedForm(request.form)
    try:
        with house().database.transaction() as session:
            ruling_batches.confirm(session, batch_id, form["seen"], current_actor(), now())
    except CellsRefused as refused:
        wrong = {(each.cell.platform_id, each.cell.indicator): told(each.refused) for each in refused.wrong}
        form.refusal = wording.sentence("pages", "batch_not_in_force", count=len(wrong))
        form.is_overtaken = True  # what its lines rest on is other than when it was proposed
        return _batch(batch_id, form, wrong)
    except Refused as refused:
        if refused.code in ("not_found", "not_allowed"):
            raise
        form.refuse(refused)
        form.refusal = told(refused)
        return _batch(batch_id, form)
    return done("batch_is_confirmed", url_for("province.ruling_sheet.batch_page", batch_id=batch_id))


@blueprint.post("/ruling-batches/<int:batch_id>/withdraw")
def withdraw(batch_id: int) -> ResponseReturnValue:
    """Take it back before it is in force."""
    with house().database.transaction() as session:
        ruling_batches.withdraw(session, batch_id, current_actor(), now())
    return done("batch_is_withdrawn", url_for("province.ruling_sheet.batch_page", batch_id=batch_id))


def _view() -> SheetView:
    with house().database.read() as session:
        year = judged_year(session)
    kind = paging.word_asked("kind", PlatformKind)
    try:
        known = {column.code for column in ruling_sheet.columns(year, None)}
    except NoSchemeError:
        abort(404)
    indicator = request.args.get("indicator", "")
    return SheetView(year, kind, indicator if indicator in known else "", bool(request.args.get("awaited")))


def _columns(view: SheetView) -> list[IndicatorColumn]:
    found = ruling_sheet.columns(view.year, view.kind)
    return [column for column in found if view.indicator in ("", column.code)]


def _ids(session: Session, view: SheetView, kept: Container[int] = ()) -> list[int]:
    """The platforms of the view; those for which something is typed stay, whatever is asked for."""
    codes = {column.code for column in _columns(view)}
    ids = ruling_sheet.ruled(session, view.year, view.kind, codes)
    awaited = ruling_sheet.awaited(session, view.year, codes) if view.awaited else frozenset(ids)
    return [each for each in ids if each in awaited or each in kept]


def _rows(session: Session, view: SheetView, ids: Collection[int]) -> list[SheetPlatform]:
    return ruling_sheet.rows(session, view.year, ids, {column.code for column in _columns(view)})


def _typed() -> dict[tuple[int, str], str]:
    """The sheet's cells in which something is typed."""
    found = ((_CELL.fullmatch(name), value) for name, value in request.form.items())
    keyed = ((key_of(hit[1]), hit[2], value) for hit, value in found if hit and value.strip())
    return {(platform_id, line): value for platform_id, line, value in keyed if platform_id is not None}


def _filled(
    form: TypedForm, view: SheetView, answer: CheckedInput, place: str, read: Callable[[], RulingSheet]
) -> ResponseReturnValue:
    """The sheet with what a table says; what is good stands in its cells, what is not is named."""
    try:
        sheet = read()
    except (FileRefused, TableRefused) as refused:
        form.refuse_file(place, refused)
        return _page(view, form, answer)
    lines = [TypedRow(line.number, line.platform, line.points) for line in sheet.lines]
    with house().database.read() as session:
        filled = ruling_sheet.fill(session, view.year, lines)
    _tell_wrong(answer, filled, view.year)
    answer.typed |= filled.typed
    if filled.typed:
        facts = {"count": len(filled.typed), "unread": sheet.unread, "hidden": sheet.hidden[:10]}
        flash(wording.sentence("pages", "ruling_sheet_filled", **facts), "info")
    if sheet.hidden_columns:
        flash(wording.sentence("rosters", "hidden_columns", columns=sheet.hidden_columns), "wrong")
    if not filled.wrong:
        form = form.having(pasted="")
    codes = {code for _, code in filled.typed}
    widened = SheetView(view.year, None, view.indicator if codes <= {view.indicator} else "", view.awaited)
    return _page(widened, form, answer)


def _tell_wrong(answer: CheckedInput, filled: Filled, year: int) -> None:
    called = {column.code: column.name for column in ruling_sheet.columns(year, None)}
    for each in filled.wrong:
        name = each.platform.name if each.platform is not None else ""
        where = {"row": each.number, "platform": name, "line": called.get(each.indicator or "")}
        said = refusal_text(each.refused)
        if each.platform is not None and each.indicator is not None:
            answer.beside[each.platform.id, each.indicator] = said
        answer.above.append(wording.sentence("pages", "ruling_sheet_wrong", **where, said=said))


def _propose(form: TypedForm, view: SheetView, answer: CheckedInput) -> ResponseReturnValue:
    """Propose all cells that were changed, or none: the sheet again, with what is wrong."""
    reason = form.text("reason", most=1000, needed="reason_needed")
    stated = Stated(form.text("without_basis", most=1000) or None, form.text("against_opinion", most=1000) or None)
    whole = SheetView(view.year, None, "", awaited=False)
    with house().database.read() as session:
        rows = {row.platform.id: row for row in _rows(session, whole, _ids(session, whole))}
    cells = _changed(answer, rows, view.year, _seen(form))
    if form.is_good and not answer.beside:
        try:
            with house().database.transaction() as session:
                batch_id = ruling_batches.propose(session, view.year, cells, reason, stated, current_actor(), now()).id
        except CellsRefused as refused:
            for each in refused.wrong:
                place = (each.cell.platform_id, each.cell.indicator)
                answer.beside[place] = told(each.refused)
                if each.refused.code == "ruling_overtaken":
                    answer.fresh.add(place)
        except Refused as refused:
            form.refuse(refused)
        else:
            at = url_for("province.ruling_sheet.batch_page", batch_id=batch_id)
            return done("batch_proposed", at, count=len(cells))
    for (platform_id, code), said in answer.beside.items():
        row = rows[platform_id]
        line = row.cells[code].line.name if code in row.cells else None
        where = {"row": None, "platform": row.platform.name, "line": line}
        answer.above.append(wording.sentence("pages", "ruling_sheet_wrong", **where, said=said))
    return _page(view, form, answer)


def _changed(
    answer: CheckedInput, rows: Mapping[int, SheetPlatform], year: int, seen: Mapping[tuple[int, str], int]
) -> list[PointsCell]:
    """The cells that are typed otherwise than they stand; what is no number of points is said beside its cell."""
    cells: list[PointsCell] = []
    for (platform_id, code), text in answer.typed.items():
        row = rows.get(platform_id)
        if row is None:
            continue
        try:
            points = ruling_sheet.points_of(row.platform, year, code, text)
        except Refused as refused:
            answer.beside[platform_id, code] = refusal_text(refused)
            continue
        cell = row.cells[code]
        if points != cell.points or cell.said is not None:
            cells.append(PointsCell(platform_id, code, points, seen.get((platform_id, code), 0)))
    return cells


def _seen(form: TypedForm) -> dict[tuple[int, str], int]:
    """The versions that the sheet showed; a ruling that did not exist has none."""
    found = (word.split(":") for word in form["seen"].split())
    keyed = ((key_of(each[0]), each[1], key_of(each[2])) for each in found if len(each) == 3)
    return {
        (platform_id, line): version
        for platform_id, line, version in keyed
        if platform_id is not None and version is not None
    }


def _page(view: SheetView, form: TypedForm, answer: CheckedInput) -> ResponseReturnValue:
    typed, is_whole = {platform_id for platform_id, _ in answer.typed}, bool(request.args.get("all"))
    with house().database.read() as session:
        ids = _ids(session, view, typed)
        found = paging.page_of(ids, paging.asked(), max(len(ids), 1) if is_whole else paging.OF_A_PROVINCE)
        rows = _rows(session, view, typed.intersection(ids).union(found.rows))  # what is typed is sent with the page
        batches = [
            (batch, count, persons.name_of(person, house().vault) if person is not None else None)
            for batch, count, person in ruling_batches.of_year(session, view.year, _BATCHES)
        ]
    is_proposed = form["deed"] == "propose"
    seen = _seen(form)
    versions = {
        (row.platform.id, code): cell.version for row in rows for code, cell in row.cells.items() if cell.version
    }
    for place in versions:
        if is_proposed and place not in answer.fresh:  # what was seen stays seen, until the page says what is new
            versions[place] = seen.get(place, 0)
    return shown(
        "province/ruling_sheet.html",
        form,
        is_wrong=bool(answer.above),
        view=view,
        answer=answer,
        above=answer.above[:_SHOWN],
        columns=_columns(view),
        all_columns=ruling_sheet.columns(view.year, None),
        rows=rows,
        found=found,
        is_whole=is_whole,
        per_page=paging.OF_A_PROVINCE,
        seen=" ".join(f"{platform_id}:{code}:{version}" for (platform_id, code), version in versions.items()),
        batches=batches,
        kinds=PlatformKind,
        years=offered_years(),
    )


def _batch(
    batch_id: int, form: TypedForm, wrong: Mapping[tuple[int, str], str] = MappingProxyType({})
) -> ResponseReturnValue:
    by = current_actor()
    with house().database.read() as session:
        batch = session.get(RulingBatch, batch_id) or abort(404)
        cells = ruling_batches.cells_of(session, batch)
        who = (batch.created_by, batch.confirmed_by, batch.withdrawn_by)
        rules = [ruling_sheet.rule_of(each.platform, batch.year, each.line.code) for each in cells]
        return shown(
            "province/ruling_batch.html",
            form,
            batch=batch,
            cells=cells,
            beside=wrong,
            live=[each for each in cells if each.is_live],
            names={person_id: name_of(session, person_id) for person_id in who if person_id is not None},
            is_own=batch.created_by == by.person_id,
            may_confirm=ruling_batches.may_confirm(cells, by),
            has_second=all(second_persons.another_may_rule(session, rule, by) for rule in set(rules)),
            seen=ruling_batches.mark(cells),
        )
