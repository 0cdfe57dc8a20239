"""Annex 2 (附件2): which proof each kind of platform hands in, what it proves, and the yearly summary's outline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from scoring.readings import Readings
from scoring.scheme_files import rules_in_force
from scoring.terms import BonusKind, EvidenceItem, EvidenceNeed, PlatformKind, ReadingName
from scoring.toml_table import TomlTable


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """佐证材料: one item of the annex as one kind of platform is asked for it (``text`` verbatim, ``number`` 序号).

    ``proves`` is the indicator whose points rest on it, ``claims`` the kinds of bonus claim; None and empty: it scores
    nothing. ``reading`` (口径) decides whether it is asked for.
    """

    number: int
    item: EvidenceItem
    text: str
    need: EvidenceNeed
    proves: str | None
    claims: tuple[BonusKind, ...]
    reading: ReadingName | None = None

    def is_asked(self, market_income: bool = False, switched_on: Collection[EvidenceItem] = ()) -> bool:
        """Whether it must be handed in, given 市场化服务业务收入 and the items the province switched on."""
        match self.need:
            case EvidenceNeed.REQUIRED:
                return True
            case EvidenceNeed.WITH_MARKET_INCOME:
                return market_income
            case EvidenceNeed.OPTIONAL | EvidenceNeed.SWITCHED_OFF:
                return self.item in switched_on


_ASKED_BY: Final[Mapping[EvidenceItem, ReadingName]] = MappingProxyType(
    {
        EvidenceItem.LEADERS_REMARKS: ReadingName.LEADERS_REMARKS_ASKED,
        EvidenceItem.ONLINE_SERVICE_SCREENSHOTS: ReadingName.CLUSTER_SCREENSHOTS_ASKED,
    }
)
"""Items that the annex ticks and no indicator rests on, with the reading that asks for them; they never score."""


def switched_on(readings: Readings) -> frozenset[EvidenceItem]:
    """The items that the province asks for besides: 附件2 ticks them, a reading (口径) says whether they are due."""
    return frozenset(item for item, reading in _ASKED_BY.items() if readings.is_on(reading))


@cache
def evidence_for(kind: PlatformKind, year: int) -> tuple[AskedPaper, ...]:
    """The annex's checklist for one kind and year, in its order. Raises :class:`scoring.scheme_files.NoSchemeError`."""
    return tuple(_read(TomlTable.read(rules_in_force("evidence", year)), kind))


def proof_of(kind: PlatformKind, year: int, code: str, claim: BonusKind | None = None) -> AskedPaper | None:
    """The required item without which points on a line cannot be accepted (不按要求提供则视为无), or None.

    ``claim`` is the kind of bonus claim; the annex names no papers for the row of resources.
    """
    for evidence in evidence_for(kind, year):
        wanted = evidence.proves == code and (not evidence.claims or claim in evidence.claims)
        if wanted and evidence.need is EvidenceNeed.REQUIRED:
            return evidence
    return None


@cache
def summary_outline(year: int) -> tuple[str, ...]:
    """年度工作总结提纲: the parts of the yearly summary, in the annex's words and order."""
    with TomlTable.read(rules_in_force("summary", year)) as table:
        table.whole("in_force_from")
        table.text("text")
        return table.texts("parts")


def _read(table: TomlTable, kind: PlatformKind) -> Iterator[AskedPaper]:
    with table:
        table.whole("in_force_from")
        for row in table.tables("items"):
            with row:
                with row.table("asked") as asked:
                    needs = {name: asked.term(name, EvidenceNeed) for name in PlatformKind if name in asked}
                paper = partial(
                    AskedPaper,
                    number=row.whole("number"),
                    item=row.term("item", EvidenceItem),
                    text=row.text("text"),
                    proves=row.name("proves") if "proves" in row else None,
                    claims=row.terms("claims", BonusKind),
                    reading=row.term("reading", ReadingName) if "reading" in row else None,
                )
            if kind in needs:
                yield paper(need=needs[kind])
