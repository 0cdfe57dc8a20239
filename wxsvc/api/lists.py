"""What can be read (接口清单): each list once, for the addresses that answer and for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from models.terms import ApiScope
from wxsvc.api import entries
from wxsvc.db import Session
from wxsvc.services.reports import open_figures
from wxsvc.services.reports.open_figures import EntryFilter


class List(Struct, frozen=True):
    """One list: its scope is its address, its entries are found by code."""

    scope: ApiScope
    summary: str
    asked: type[entries.AskedPage]
    """Its parameters."""
    page: type[entries.Closed]
    """Its answer."""
    find: Callable[[Session, EntryFilter, int], list[dict[str, Any]]]


LISTS: Final = (
    List(
        ApiScope.PLATFORMS,
        "Every platform, closed ones too",
        entries.AskedPlatforms,
        entries.Page[entries.Platform],
        open_figures.platforms,
    ),
    List(
        ApiScope.ACTIVITIES,
        "Every activity that was published, of all stages",
        entries.AskedActivities,
        entries.Page[entries.Activity],
        open_figures.activities,
    ),
    List(
        ApiScope.TALLIES,
        "What was counted for each platform in a year, as `wxsvc tallies` has it",
        entries.AskedCards,
        entries.Page[entries.Tally],
        open_figures.tallies,
    ),
    List(
        ApiScope.SCORECARDS,
        "Each platform's scorecard of a year with its lines, as `wxsvc score` has it",
        entries.AskedCards,
        entries.Page[entries.PlatformScorecard],
        open_figures.scorecards,
    ),
)
