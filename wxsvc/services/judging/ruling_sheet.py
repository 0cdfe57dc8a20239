"""评定表: platforms × points as they stand, and what a pasted table means on it, cell by cell. Writes nothing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Response
from models.platform import Platform, PlatformYear
from models.recognition import OnlineService, PlatformFusion, Ruling, SiteInspection
from models.record import Post
from models.terms import HANDED_IN, Stage
from scoring.evidence import proof_of
from scoring.rules import RulingRule
from scoring.scheme import Indicator
from scoring.scheme_files import scheme_for
from scoring.terms import Ground, PlatformKind
from wxsvc.services import counting_years, platforms, typed_points, years
from wxsvc.services.demands import must_fit
from wxsvc.services.judging import rulings
from wxsvc.services.records import evidence
from wxsvc.services.refusal import Refused


class RestsOn(Struct, frozen=True):
    """How much is recorded of one ground of a line, in numbers; ``of`` is how much there could be."""

    ground: Ground
    count: int
    good: int = 0
    """Of those, what is approved; of inspections nothing."""


class SheetCell(Struct, frozen=True):
    """One line of one platform: the ruling so far, and what it rests on."""

    line: Indicator
    rule: RulingRule
    ruling: Ruling | None
    rests_on: tuple[RestsOn, ...]
    has_papers: bool | None
    """Whether the annex's item is there; None where none is asked."""

    @property
    def points(self) -> Decimal | None:
        """The points in force."""
        return self.ruling.points if self.ruling is not None else None

    @property
    def said(self) -> Decimal | None:
        """What waits for confirmation: a proposal, else the hub's opinion."""
        row = self.ruling
        if row is None:
            return None
        if row.proposed_points is not None:
            return row.proposed_points
        return row.opinion_points if row.points is None else None

    @property
    def version(self) -> int:
        """The version that a form shows."""
        return self.ruling.version if self.ruling is not None else 0


class SheetPlatform(Struct, frozen=True):
    """One platform with its cells by indicator; a sealed year (已锁定) takes no points."""

    platform: Platform
    is_sealed: bool
    cells: Mapping[str, SheetCell]


class IndicatorColumn(Struct, frozen=True):
    """An indicator as a column: kinds may word it differently and share its code."""

    code: str
    name: str
    full: Decimal


class TypedRow(Struct, frozen=True):
    """One row of a pasted table: its number, the platform as it is named there, and points by indicator."""

    number: int
    platform: str
    points: Mapping[str, str]


class WrongEntry(Struct, frozen=True):
    """What is wrong with a row or (``indicator``) a cell: the sentence's code with its values."""

    number: int | None
    indicator: str | None
    refused: Refused
    platform: Platform | None = None


class Filled(Struct):
    """What a pasted table puts where: the typed text by platform and indicator, good or not, and what is wrong."""

    typed: dict[tuple[int, str], str] = field(default_factory=dict)
    wrong: list[WrongEntry] = field(default_factory=list)


def columns(year: int, kind: PlatformKind | None) -> tuple[IndicatorColumn, ...]:
    """Every line that people rule, of one kind of platform or of all; raises ``NoSchemeError``."""
    found: dict[str, IndicatorColumn] = {}
    for each in PlatformKind if kind is None else (kind,):
        scheme = scheme_for(each, year)
        for code in scheme.rulings:
            line = scheme.indicator(code)
            found.setdefault(code, IndicatorColumn(code, line.name, line.full))
    return tuple(found.values())


def names(year: int) -> dict[str, str]:
    """The indicators' names in all kinds' tables, with their codes."""
    schemes = [scheme_for(kind, year) for kind in PlatformKind]
    return {scheme.indicator(code).name: code for scheme in schemes for code in scheme.rulings}


def ruled(session: Session, year: int, kind: PlatformKind | None, codes: Collection[str]) -> list[int]:
    """The ids of all platforms (of one kind) that one of these lines is ruled for, in the order of their codes."""
    kinds = [each for each in PlatformKind if kind in (None, each)]
    found = [each for each in kinds if not scheme_for(each, year).rulings.keys().isdisjoint(codes)]
    return list(session.scalars(sa.select(Platform.id).where(Platform.kind.in_(found)).order_by(Platform.code)))


def awaited(session: Session, year: int, codes: Collection[str]) -> set[int]:
    """Platforms that have no points in force on one of these lines, where it is ruled for them."""
    given = {(row.platform_id, row.indicator) for row in rulings.of_year(session, year) if row.points is not None}
    return {
        row.id
        for row in session.execute(sa.select(Platform.id, Platform.kind))
        if any(code in codes and (row.id, code) not in given for code in scheme_for(row.kind, year).rulings)
    }


def rows(session: Session, year: int, ids: Collection[int], codes: Collection[str]) -> list[SheetPlatform]:
    """These platforms with the cells of these lines, in the order of their codes: seven queries."""
    found = session.scalars(sa.select(Platform).where(Platform.id.in_(ids)).order_by(Platform.code)).all()
    given = {(row.platform_id, row.indicator): row for row in rulings.of_year(session, year)}
    sealed_years = sa.select(PlatformYear.platform_id).where(PlatformYear.year == year, PlatformYear.is_sealed)
    sealed = set(session.scalars(sealed_years))
    grounds = _Grounds(session, found, year)
    made = []
    for platform in found:
        scheme = scheme_for(platform.kind, year)
        cells = {
            code: SheetCell(
                scheme.indicator(code),
                rule,
                given.get((platform.id, code)),
                tuple(grounds.of(platform.id, ground) for ground in rule.rests_on),
                grounds.has_papers(platform, code),
            )
            for code, rule in scheme.rulings.items()
            if code in codes
        }
        made.append(SheetPlatform(platform, platform.id in sealed, cells))
    return made


def fill(session: Session, year: int, lines: Iterable[TypedRow]) -> Filled:
    """Where a table's points belong: an unknown platform, a row twice and a bad cell are named, the rest stands."""
    known = _by_name(platforms.every(session))
    filled, first = Filled(), dict[int, int]()
    for line in lines:
        platform = known.get(_bare(line.platform))
        if platform is None:
            filled.wrong.append(WrongEntry(line.number, None, Refused("unknown_platform", name=line.platform)))
            continue
        if (earlier := first.setdefault(platform.id, line.number)) != line.number:
            filled.wrong.append(WrongEntry(line.number, None, Refused("platform_twice", row=earlier), platform))
            continue
        for code, text in line.points.items():
            try:
                points_of(platform, year, code, text)
            except Refused as refused:
                filled.wrong.append(WrongEntry(line.number, code, refused, platform))
                if refused.code == "not_ruled":
                    continue
            filled.typed[platform.id, code] = text
    return filled


def points_of(platform: Platform, year: int, code: str, text: str) -> Decimal:
    """The points that a cell's text says, on the grid of the scheme.

    Raises ``Refused``: ``not_ruled`` of this kind, ``points_not_understood``, ``points_not_allowed``.
    """
    scheme = scheme_for(platform.kind, year)
    rule = scheme.rulings.get(code)
    if rule is None:
        raise Refused("not_ruled")
    points = typed_points.points_of(text)
    must_fit(points, scheme.indicator(code).full, rule.grain)
    return points


def rule_of(platform: Platform, year: int, code: str) -> RulingRule:
    """How a line of the platform's table is ruled."""
    return scheme_for(platform.kind, year).rulings[code]


class _Grounds:
    """What is recorded in 考评期 that lines rest on, in numbers; ``line_bases`` lists it of one.

    All platforms are counted, which takes less than to name those that are ``found``.
    """

    def __init__(self, session: Session, found: Collection[Platform], year: int) -> None:
        self._year = year
        periods = years.assessment_periods(session, found, year)

        def counted(ground: Ground, table: Any, day: Any, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
            """How many rows each platform has, and how many of those are approved where rows are judged."""
            good = sa.func.count().filter(table.stage == Stage.APPROVED) if hasattr(table, "stage") else sa.literal(0)
            named = sa.literal(ground.value).label("ground")
            query = sa.select(named, table.platform_id, sa.func.count().label("n"), good.label("good"))
            if day is not None:
                query = query.where(years.held_by(periods, table.platform_id, day))
            return query.where(*conditions).group_by(table.platform_id)

        def of_year(table: Any) -> sa.ColumnElement[bool]:
            return counting_years.counts_in(table, year)

        service, fusion, answer = OnlineService, PlatformFusion, Response
        counts = sa.union_all(
            counted(Ground.SITE_INSPECTION, SiteInspection, SiteInspection.inspected_on),
            counted(Ground.POST, Post, Post.posted_on, Post.withdrawn_at.is_(None)),
            counted(Ground.ONLINE_SERVICE, service, None, of_year(service), service.stage != Stage.VOID),
            counted(Ground.PLATFORM_FUSION, fusion, fusion.started_on, of_year(fusion), fusion.stage != Stage.VOID),
            counted(Ground.RESPONSE, answer, answer.responded_on, of_year(answer), answer.stage.in_(HANDED_IN)),
        )
        self._counts = {(row.platform_id, row.ground): row for row in session.execute(counts)}
        asked = sa.select(sa.func.count()).where(Assignment.year == year, Assignment.withdrawn_at.is_(None))
        self._asked = session.scalar(asked) or 0
        self._papers = evidence.standing_items(session, year)

    def of(self, platform_id: int, ground: Ground) -> RestsOn:
        row = self._counts.get((platform_id, ground.value))
        count, good = (row.n, row.good) if row is not None else (0, 0)
        return RestsOn(ground, count, self._asked if ground is Ground.RESPONSE else good)

    def has_papers(self, platform: Platform, code: str) -> bool | None:
        proof = proof_of(platform.kind, self._year, code)
        return None if proof is None else (platform.id, proof.item) in self._papers


def _by_name(found: Sequence[Platform]) -> dict[str, Platform]:
    """Platforms by code and by name, also by a name that lacks some of what all end in (长沙市, of 长沙市窗口平台).

    A name that two share means neither.
    """
    names = [_bare(each.name) for each in found]
    ends = takewhile(lambda signs: len(set(signs)) == 1, zip(*map(reversed, names), strict=False))
    alike = len(list(ends)) if len(names) > 1 else 0
    shared = Counter(names)
    by_name = {name: each for name, each in zip(names, found, strict=True) if shared[name] == 1}
    short = {name[:-cut]: each for cut in range(1, alike + 1) for name, each in by_name.items() if name[:-cut]}
    return short | by_name | {_bare(each.code): each for each in found}


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
