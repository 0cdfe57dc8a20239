"""附件1 filled: the regulation's own table, word for word, with one platform's points and workings beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scoring.terms import Group
from scoring.words import name_of
from wxsvc import wording
from wxsvc.documents.official_words import Paper
from wxsvc.publishing import says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import Publication, PublishedCard, PublishedKind

_COLUMNS = (("group", 24), ("indicator", 36), ("full", 14), ("text", 78), ("points", 18), ("working", 55))


def paper(publication: Publication, code: str | None, tick: Callable[[], None]) -> Paper:
    """The table of one platform, or of every platform on a page of its own."""
    made = Paper(is_landscape=True)
    wanted = publication.of_platform(code) if code is not None else None
    is_first = True
    for kind in publication.kinds:
        for card in kind.cards:
            if wanted in (None, card):
                if not is_first:
                    made.next_page()
                _fill(made, publication, kind, card)
                is_first = False
            tick()
    return made


def _fill(made: Paper, publication: Publication, kind: PublishedKind, card: PublishedCard) -> None:
    made.attached(say("annex1"))
    made.title(kind.scheme.title)
    made.aside(say("annex1_of", year=publication.year, name=card.platform.name, moment=says.moment(publication)))
    head = [say(f"annex1_{code}") for code, _ in _COLUMNS]
    widths = [width for _, width in _COLUMNS]
    made.table(head, list(_rows(kind, card)), widths, centred=(0, 1, 2, 4), joined=(0,), is_small=True)
    row = card.row
    made.aside(say("annex1_totals", base=row.base, bonus=row.bonus, total=row.total, awaited=row.awaited))
    if remark := says.remark(card, publication.year):
        made.aside(say("annex1_remark", remark=remark))
    made.aside(kind.scheme.note)


def _rows(kind: PublishedKind, card: PublishedCard) -> Iterator[tuple[str, ...]]:
    for line in card.lines:
        indicator = line.indicator
        is_bonus = indicator.group is Group.BONUS
        if is_bonus:
            group = say("annex1_bonus", cap=kind.scheme.bonus_cap)
        else:
            group = say("annex1_group_of", name=name_of(indicator.group), full=kind.scheme.groups[indicator.group])
        full = say("annex1_no_full") if is_bonus else say("annex1_full_of", full=indicator.full)
        points = say("awaited") if line.is_open else wording.points(line.points)
        yield (group, indicator.name, full, indicator.opening + indicator.text, points, line.working)
