"""季度简报: what the platforms did in a quarter, kind by kind and platform by platform, and how the year stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.words import name_of
from wxsvc import wording
from wxsvc.publishing import figure_tables, says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import Publication, PublishedKind
from wxsvc.services.reports.published_figures import PublishedFigures

if TYPE_CHECKING:
    from wxsvc.documents.official_words import Paper

_STANDING = (("name", 68), ("base", 24), ("bonus", 18), ("total", 22), ("awaited", 24))


def paper(publication: Publication, quarter: int, figures: PublishedFigures) -> Paper:
    """The paper of one quarter: figures of the period, and the scores at the moment it was made."""
    from wxsvc.documents.official_words import Paper

    made, year = Paper(), publication.year
    made.title(say("bulletin_title", year=year, quarter=quarter))
    made.aside(say("bulletin_moment", office=say("bulletin_office"), moment=says.moment(publication)))
    made.first(say("bulletin_overall"))
    made.text(figure_tables.told(figures, say("bulletin_period", year=year, quarter=quarter)))
    made.first(say("bulletin_kinds"))
    for kind in publication.kinds:
        made.second(name_of(kind.kind))
        made.text(figure_tables.told(figures, say("bulletin_of_kind", count=len(kind.cards)), kind.kind))
    made.first(say("bulletin_platforms"))
    for kind in publication.kinds:
        made.caption(say("figures_of_kind", kind=name_of(kind.kind)))
        figure_tables.add(made, figures, kind, figure_tables.PORTRAIT)
    made.aside(say("figures_explained"))
    made.first(say("bulletin_scores"))
    is_sealed = publication.sealed_at is not None
    made.text(say("bulletin_scores_said", moment=says.moment(publication), is_sealed=is_sealed))
    columns = _STANDING[:-1] if is_sealed else _STANDING  # since the seal nothing is awaited
    for kind in publication.kinds:
        made.caption(say("figures_of_kind", kind=name_of(kind.kind)))
        rows = [row[: len(columns)] for row in _standing(kind)]
        made.table([say(code) for code, _ in columns], rows, [w for _, w in columns], centred=(1, 2, 3, 4))
        for card in kind.cards:
            if amended := says.amendments(card):
                made.aside(say("opening", name=card.platform.name, text=say("between").join(amended)))
    made.signature(say("bulletin_office"), say("date_of", when=says.made_at(publication)))
    return made


def _standing(kind: PublishedKind) -> list[tuple[str, ...]]:
    """By code and not by rank: a quarter is no competition."""
    rows = (card.row for card in kind.cards)
    return [(row.platform.name, *map(wording.points, (row.base, row.bonus, row.total, row.awaited))) for row in rows]
