"""月度数据: what every platform did in a month, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.words import name_of
from wxsvc.publishing import figure_tables, says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import Publication
from wxsvc.services.reports.published_figures import PublishedFigures

if TYPE_CHECKING:
    from wxsvc.documents.official_words import Paper


def paper(publication: Publication, month: int, figures: PublishedFigures) -> Paper:
    """The landscape paper of one month."""
    from wxsvc.documents.official_words import Paper

    made = Paper(is_landscape=True)
    made.title(say("month_title", year=publication.year, month=month))
    made.aside(says.moment(publication))
    made.text(figure_tables.told(figures, say("month_period", year=publication.year, month=month)))
    for kind in publication.kinds:
        made.caption(say("figures_of_kind", kind=name_of(kind.kind)))
        figure_tables.add(made, figures, kind, figure_tables.LANDSCAPE)
    made.aside(say("figures_explained"))
    return made
