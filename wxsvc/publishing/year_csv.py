"""得分数据: every platform of a year in one CSV table for other programs, its indicators side by side."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.words import name_of
from wxsvc.documents import csv_tables
from wxsvc.documents.official_sheets import SheetValue
from wxsvc.publishing import says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import Publication

_BEFORE = ("year", "kind", "rank", "code", "name")
_AFTER = ("base", "bonus", "total", "awaited", "pending_submitted", "pending_returned", "pending_unsubmitted", "state")


def content(publication: Publication) -> bytes:
    """The file's bytes: a column an indicator, by the first kind's name for it, empty where a kind has none."""
    names: dict[str, str] = {}
    for line in (line for kind in publication.kinds for line in kind.scheme.indicators):
        names.setdefault(line.code, line.name)
    since = ("holds",) if publication.amended else ()  # behind all others, which stand where they always do
    head = [*map(say, _BEFORE), *names.values(), *map(say, (*_AFTER, *since))]
    return csv_tables.content(head, _rows(publication, list(names)))


def _rows(publication: Publication, codes: list[str]) -> Iterator[tuple[SheetValue, ...]]:
    moment = says.moment(publication)
    for kind in publication.kinds:
        for card in kind.cards:
            row, waits = card.row, card.row.pending
            yield (
                publication.year,
                name_of(kind.kind),
                card.rank,
                card.platform.code,
                card.platform.name,
                *(row.points.get(code) for code in codes),
                row.base,
                row.bonus,
                row.total,
                row.awaited,
                waits.submitted,
                waits.returned,
                waits.unsubmitted,
                moment,
                *((card.holds if card.amended else None,) if publication.amended else ()),
            )
