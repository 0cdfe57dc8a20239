"""附件1 filled: the regulation's own table, word for word, with one platform's points and workings beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from scoring.scheme import Indicator
from scoring.terms import Group
from scoring.words import name_of
from wxsvc import wording
from wxsvc.publishing import says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import Publication, PublishedCard, PublishedKind

if TYPE_CHECKING:
    from wxsvc.documents.official_words import Paper

_COLUMNS = (("group", 24), ("indicator", 36), ("full", 14), ("text", 78), ("points", 18), ("working", 55))

_Printed: TypeAlias = tuple[str | None, str | None, str | None, str | None]
_NOTHING: Final[_Printed] = (None, None, None, None)


def paper(publication: Publication, code: str | None, tick: Callable[[], None]) -> Paper:
    """The table of one platform, or of every platform on a page of its own."""
    from wxsvc.documents.official_words import Paper

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
    made.table(head, list(_rows(kind, card)), widths, centred=(0, 1, 2, 4), is_small=True)
    row = card.row
    made.aside(say("annex1_totals", base=row.base, bonus=row.bonus, total=row.total, awaited=row.awaited))
    if remark := says.remark(card, publication.year):
        made.aside(say("annex1_remark", remark=remark))
    made.aside(kind.scheme.note)


def _rows(kind: PublishedKind, card: PublishedCard) -> Iterator[tuple[str | None, ...]]:
    """As the table is printed; a row of two lines has two points and workings beside it."""
    lines = {line.indicator.code: line for line in card.lines}
    group, printed = "", _NOTHING
    for row in kind.scheme.rows:
        above, group = group, _group(kind, row[0].group)
        texts = "".join(line.opening for line in row) + say("between").join(line.text for line in row)
        printed = (group if group != above else None, row[0].row or row[0].name, _full(row), texts)
        for indicator in row:
            line = lines[indicator.code]
            points = say("awaited") if line.is_open else wording.points(line.points)
            yield (*printed, points, line.working)
            printed = _NOTHING


def _group(kind: PublishedKind, group: Group) -> str:
    if group is Group.BONUS:
        return say("annex1_bonus", cap=kind.scheme.bonus_cap)
    return say("annex1_group_of", name=name_of(group), full=kind.scheme.groups[group])


def _full(row: Sequence[Indicator]) -> str:
    if row[0].group is Group.BONUS:
        return say("annex1_no_full")
    return say("annex1_full_of", full=sum(line.full for line in row))
