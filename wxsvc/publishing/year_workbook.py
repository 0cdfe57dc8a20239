"""年度工作簿: 汇总, one sheet per kind, 明细 (what counts, row by row), 未计入 (what does not, and why), 口径."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

from msgspec.structs import replace

from scoring.words import explanation_of, name_of
from wxsvc import wording
from wxsvc.db import Session
from wxsvc.documents import official_sheets
from wxsvc.documents.official_sheets import POINTS, Column, OfficialTable, SheetValue
from wxsvc.publishing import says
from wxsvc.publishing.says import say, short_kind
from wxsvc.services.reports import published_rows
from wxsvc.services.reports.publications import Publication, PublishedCard, PublishedKind
from wxsvc.services.reports.published_rows import PublishedRow
from wxsvc.texts import regions

_SUMMARY = (("kind", 14), ("rank", 7), ("code", 14), ("name", 30), ("city", 16), ("phone", 18))
_TOTALS = (("base", 11), ("bonus", 9), ("total", 10), ("awaited", 10))
_ROW = (("code", 14), ("name", 26), ("indicator", 26), ("fact", 18), ("record", 36), ("day", 13))
_ENTERPRISE = (("enterprise", 34), ("uscc", 23))


def write(session: Session, publication: Publication, target: IO[bytes], tick: Callable[[], None]) -> None:
    """Write the workbook, row by row; ``tick`` is called twice for each platform."""
    official_sheets.write(target, _sheets(session, publication, tick), says.made_at(publication))


def _sheets(session: Session, publication: Publication, tick: Callable[[], None]) -> Iterator[OfficialTable]:
    yield _table(
        publication,
        "summary",
        [
            *(Column(say(code), width, code == "rank") for code, width in _SUMMARY),
            *(Column(say(code), width, is_number=True, number_format=POINTS) for code, width in _TOTALS),
            *(Column(say(f"pending_{code}"), 10, is_number=True) for code in ("submitted", "returned", "unsubmitted")),
            Column(say("remark_head"), 40),
        ],
        (_summed(kind, card, publication.year) for kind in publication.kinds for card in kind.cards),
    )
    for kind in publication.kinds:
        yield _of_kind(publication, kind)
    shown = [Column(say(code), width) for code, width in (*_ROW, *_ENTERPRISE)]
    amount = [Column(say("amount"), 9, is_number=True), Column(say("unit"), 8)]
    yield _list(publication, "counted", [*shown, *amount], _counted(session, publication, tick))
    why = [*shown[: len(_ROW)], *amount, Column(say("reasons"), 60)]
    yield _list(publication, "not_counted", why, _not_counted(session, publication, tick))
    yield _table(
        publication,
        "readings",
        [Column(say(code), width) for code, width in (("kind", 16), ("reading", 30), ("value", 18))]
        + [Column(say("ground"), 40), Column(say("explanation"), 80)],
        _readings(publication),
    )
    if publication.amended:
        yield _table(
            publication,
            "amended",
            [
                *(Column(say(code), width) for code, width in _ROW[:3]),
                *(Column(say(code), 10, is_number=True, number_format=POINTS) for code in ("before", "after")),
                *(Column(say(code), width) for code, width in (("reason", 60), ("confirmed", 26))),
            ],
            _amended(publication),
        )


def _table(
    publication: Publication, code: str, columns: list[Column], rows: Iterator[tuple[SheetValue, ...]]
) -> OfficialTable:
    return OfficialTable(
        sheet=say(f"sheet_{code}"),
        title=say(f"title_{code}", year=publication.year) + says.draft(publication),
        reporter="",
        day="",
        unit=say(f"unit_{code}"),
        columns=columns,
        rows=rows,
        said=says.moment(publication),
    )


def _list(
    publication: Publication, code: str, columns: list[Column], rows: Iterator[tuple[SheetValue, ...]]
) -> OfficialTable:
    return replace(_table(publication, code, columns, rows), is_list=True)


def _of_kind(publication: Publication, kind: PublishedKind) -> OfficialTable:
    """The indicator table (附件1) as columns, a row each platform."""
    names = {"year": publication.year, "kind": name_of(kind.kind)}
    opening = (line for line in kind.scheme.indicators if line.opening)
    return OfficialTable(
        sheet=short_kind(kind.kind),
        title=say("title_kind", **names) + says.draft(publication),
        reporter="",
        day="",
        unit=say("unit_summary"),
        columns=[
            *(Column(say(code), width, code == "rank") for code, width in _SUMMARY[1:4]),
            *(
                Column(_headed(line.name, wording.points(line.full)), 9, is_number=True, number_format=POINTS)
                for line in kind.scheme.indicators
            ),
            *(Column(say(code), width, is_number=True, number_format=POINTS) for code, width in _TOTALS),
            Column(say("remark_head"), 30 if any(says.remark(card, publication.year) for card in kind.cards) else 12),
        ],
        rows=(_row_of_kind(card, publication.year) for card in kind.by_rank),
        notes=[*(say("opening", name=line.name, text=line.opening) for line in opening), kind.scheme.note],
        said=says.moment(publication),
    )


def _headed(name: str, full: str) -> str:
    return say("indicator_head", name=name, full=full)


def _summed(kind: PublishedKind, card: PublishedCard, year: int) -> tuple[SheetValue, ...]:
    row, platform = card.row, card.platform
    return (
        short_kind(kind.kind),
        card.rank,
        platform.code,
        platform.name,
        regions.name_of(platform.region_code),
        platform.phone,
        row.base,
        row.bonus,
        row.total,
        row.awaited,
        row.pending.submitted,
        row.pending.returned,
        row.pending.unsubmitted,
        says.remark(card, year),
    )


def _row_of_kind(card: PublishedCard, year: int) -> tuple[SheetValue, ...]:
    row = card.row
    totals = (row.base, row.bonus, row.total, row.awaited)
    points = (line.points for line in card.lines)
    return (card.rank, card.platform.code, card.platform.name, *points, *totals, says.remark(card, year))


def _counted(session: Session, publication: Publication, tick: Callable[[], None]) -> Iterator[tuple[SheetValue, ...]]:
    for card in publication.cards:
        for each in published_rows.counted(session, publication, card):
            yield (*_record(each), each.name, each.uscc, each.amount, _unit(each))
        tick()


def _not_counted(
    session: Session, publication: Publication, tick: Callable[[], None]
) -> Iterator[tuple[SheetValue, ...]]:
    between = say("between")
    for card in publication.cards:
        for each in published_rows.not_counted(session, publication, card):
            reasons = between.join(wording.said(reason, "reason_") for reason in each.row.reasons)
            yield (*_record(each), each.amount, _unit(each), reasons)
        tick()


def _record(each: PublishedRow) -> tuple[SheetValue, ...]:
    platform, row = each.card.platform, each.row
    indicator = each.indicator.name if each.indicator is not None else None
    fact = name_of(row.fact) if row.fact else wording.word(row.subject)  # a record that no fact counts
    return (platform.code, platform.name, indicator, fact, row.title, row.day)


def _unit(each: PublishedRow) -> str | None:
    return each.indicator.unit if each.indicator is not None else None


def _amended(publication: Publication) -> Iterator[tuple[SheetValue, ...]]:
    for each in publication.amended:
        row, at = each.row, each.row.confirmed_at
        when = wording.beijing(at) if at is not None else None
        yield (each.platform.code, each.platform.name, each.line, row.before, row.after, row.reason, when)


def _readings(publication: Publication) -> Iterator[tuple[SheetValue, ...]]:
    for kind in publication.kinds:
        for used in kind.readings:
            name = used.name
            yield (short_kind(kind.kind), name_of(name), used.value, says.ground(used), explanation_of(name))
