"""Figures of a period in a paper: told in a sentence, and as a table with a row each platform and their sum."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scoring.terms import PlatformKind
from wxsvc.publishing import says
from wxsvc.publishing.says import say
from wxsvc.services.reports.publications import PublishedKind
from wxsvc.services.reports.published_figures import PublishedFigures

if TYPE_CHECKING:
    from wxsvc.documents.official_words import Paper

PORTRAIT: Final[Mapping[str, float]] = MappingProxyType(
    {
        "name": 46,
        "activities": 22,
        "activity_participations": 22,
        "offline_participations": 22,
        "online_trades": 22,
        "needs": 22,
    }
)
LANDSCAPE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "name": 46,
        "activities": 21.2,
        "activity_participations": 21.2,
        "offline_services": 21.2,
        "offline_participations": 21.2,
        "online_trades": 21.2,
        "trade_amount": 30,
        "needs": 21.2,
        "posts": 21.2,
    }
)
"""The figures of a table with the widths of their columns, in millimetres."""


def told(figures: PublishedFigures, opening: str, kind: PlatformKind | None = None) -> str:
    """One paragraph: what was recorded, and what of it is approved."""
    codes = ("activities", "participations", "online_trades", "needs")
    recorded = {code: figures.recorded(code, kind) for code in (*codes, "trade_amount", "posts", "offline_services")}
    return say(
        "figures_told",
        opening=opening,
        n=recorded,
        approved={code: figures.approved(code, kind) for code in codes},
        amount=says.yuan(recorded["trade_amount"]),
    )


def add(made: Paper, figures: PublishedFigures, kind: PublishedKind, widths: Mapping[str, float]) -> None:
    """The table of one kind: its platforms by code, and 合计."""
    codes = [code for code in widths if code != "name"]
    rows = [
        (each.platform.name, *(_shown(code, each.recorded[code]) for code in codes))
        for each in figures.rows
        if each.platform.kind is kind.kind
    ]
    total = (say("sum"), *(_shown(code, figures.recorded(code, kind.kind)) for code in codes))
    head = [say("name"), *(say(f"figure_{code}") for code in codes)]
    made.table(head, [*rows, total], list(widths.values()), centred=range(1, len(head)))


def _shown(code: str, amount: int) -> str:
    return says.yuan(amount) if code == "trade_amount" else str(amount)
