"""年度通报: the year's results by kind and rank, in the look of GB/T 9704; 预览 until the year is sealed."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from scoring.words import name_of
from wxsvc import wording
from wxsvc.publishing import says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import Publication, PublishedKind

if TYPE_CHECKING:
    from wxsvc.documents.official_words import Paper

_COLUMNS = (("rank", 16), ("name", 74), ("base", 24), ("bonus", 18), ("total", 24))


def paper(publication: Publication) -> Paper:
    """The paper: how it went in all, the table of each kind, the readings it rests on."""
    from wxsvc.documents.official_words import Paper

    made, year = Paper(), publication.year
    made.title(say("notice_title", year=year) + says.draft(publication))
    made.recipients(say("notice_to"))
    made.text(say("notice_opening", year=year, platforms=len(publication.cards), moment=says.moment(publication)))
    made.first(say("notice_overall"))
    for kind in publication.kinds:
        made.text(_overall(kind))
    made.first(say("notice_results"))
    for kind in publication.kinds:
        made.second(name_of(kind.kind))
        made.table(
            [say(code) for code, _ in _COLUMNS], _rows(kind), [width for _, width in _COLUMNS], centred=(0, 2, 3, 4)
        )
        remarks: dict[str, list[str]] = {}
        for card in kind.by_rank:
            remarks.setdefault(says.period(card, year), []).append(card.platform.name)
        for remark, names in remarks.items():
            if remark:
                made.aside(say("notice_remark", names=names, remark=remark))
    if publication.amended:
        made.first(say("notice_amended"))
        for each in publication.amended:
            made.text(say("notice_amended_of", name=each.platform.name, line=each.line, row=each.row))
        for kind in publication.kinds:
            for card in (card for card in kind.cards if card.amended):
                made.text(say("notice_holds", name=card.platform.name, holds=card.holds, rank=kind.rank_held(card)))
    made.first(say("notice_readings"))
    common, lines = says.readings(publication)
    made.text(say("notice_ranking", common=common))
    for line in lines:
        made.text(line)
    made.signature(say("notice_office"), say("date_of", when=says.made_at(publication)))
    return made


def _overall(kind: PublishedKind) -> str:
    totals = sorted(card.row.total for card in kind.cards if card.rank is not None)
    awaited = sum(card.row.awaited for card in kind.cards)
    return say(
        "notice_kind",
        kind=name_of(kind.kind),
        count=len(kind.cards),
        compared=len(totals),
        highest=totals[-1] if totals else None,
        lowest=totals[0] if totals else None,
        median=median(totals) if totals else None,
        awaited=awaited,
    )


def _rows(kind: PublishedKind) -> list[tuple[str, ...]]:
    return [
        (
            str(card.rank or say("no_rank")),
            card.platform.name,
            *(map(wording.points, (card.row.base, card.row.bonus, card.row.total))),
        )
        for card in kind.by_rank
    ]
