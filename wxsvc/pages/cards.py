"""Scorecards (评分表) as the province and the platform itself show them: the same numbers, the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Final

from flask import abort, render_template
from msgspec import Struct
from msgspec.structs import replace

from models.person import Person
from models.platform import Platform
from models.terms import Stage, Subject
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import Group
from wxsvc import wording
from wxsvc.access import house, now
from wxsvc.db import Session
from wxsvc.pages.paging import page_of
from wxsvc.pages.years import comparable_years, compared_years
from wxsvc.queries import NO_ROWS, Page
from wxsvc.services import platforms
from wxsvc.services.activity import activity_lists
from wxsvc.services.counting import scorecards, told_apart
from wxsvc.services.counting.facts import CountStatus, FactRow
from wxsvc.services.counting.scorecards import Card, CardLine, Pending
from wxsvc.services.counting.told_apart import Apart
from wxsvc.services.judging import line_bases
from wxsvc.services.judging.line_bases import Basis
from wxsvc.services.people import persons
from wxsvc.services.regulation.readings import Decided, ReadingInUse
from wxsvc.services.reports import year_comparisons

NOBODY: Final[Mapping[int, str]] = MappingProxyType({})
"""No names: platforms and files read 省工信厅 alone."""


ROWS: Final = 50
"""Rows on one page behind a line or under one reason."""


class Behind(Struct, frozen=True):
    """The rows of one fact behind a line that this page shows, with what all of them add up to."""

    fact: str
    rows: tuple[FactRow, ...]
    counted: int
    by_stage: Pending
    total: int
    """How many rows there are on all pages."""


class LineRows(Struct, frozen=True):
    """One line of a card down to its rows (明细): its facts, one page of their rows, what people judge it by."""

    line: CardLine
    behind: tuple[Behind, ...]
    basis: Basis
    apart: Apart | None
    pager: Page[FactRow]


def groups(card: Card | None) -> list[tuple[Group, list[CardLine]]]:
    """The lines of a card under the headings of the indicator table."""
    if card is None:
        return []
    return [(group, list(lines)) for group, lines in groupby(card.lines, key=lambda line: line.group)]


class Why(Struct, frozen=True):
    """未计入 for one set of reasons: its rows, and how many of each unit they would have been."""

    reasons: tuple[str, ...]
    rows: tuple[FactRow, ...]
    amounts: tuple[tuple[str, int], ...]

    @property
    def key(self) -> str:
        """The reasons as an address carries them."""
        return ",".join(self.reasons)


def line_with_rows(session: Session, platform_id: int, year: int, code: str, page: int = 1) -> LineRows:
    """One line of the card with one page of its rows, fact by fact; 404 where the table has no such line."""
    found = scorecards.line_behind(session, platform_id, year, code) or abort(404)
    line = found.line
    ordered = [row for fact in line.counts for row in found.rows if row.fact == fact]
    pager = page_of(ordered, page, ROWS)
    behind = tuple(_behind(fact, ordered, pager.rows) for fact in line.counts)
    basis = line_bases.of(session, platform_id, year, code, now())
    apart = told_apart.behind(session, platform_id, found.rows, found.readings)
    return LineRows(line, behind, basis, apart, pager)


def deciders(found: Iterable[Decided | None]) -> dict[int, str]:
    """The names of the officials who decided readings, by person, as provincial pages show them."""
    return _names(each.person for each in found if each is not None and each.person is not None)


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of officials, by person, as provincial pages show them; one query at most."""
    return _names(persons.by_ids(session, {each for each in ids if each is not None}))


def _names(people: Iterable[Person]) -> dict[int, str]:
    opened = {person.id: persons.name_of(person, house().vault) for person in people}
    return {person_id: name for person_id, name in opened.items() if name}


def reading_text(used: ReadingInUse, names: Mapping[int, str] = NOBODY) -> str:
    """One reading on a line: its name, its value, and who decided so and when, or 暂按默认口径."""
    return wording.said("reading_line", used=used, ground=reading_ground(used.decided, names))


def reading_ground(decided: Decided | None, names: Mapping[int, str] = NOBODY) -> str:
    """Who decided and when; ``names`` are the officials' by person, where they are shown."""
    name = names.get(decided.person.id) if decided is not None and decided.person is not None else None
    return wording.said("reading_ground", decided=decided, name=name)


def left_out(session: Session, platform: Platform, year: int) -> list[Why]:
    """为什么没算, by reason: the most rows first; nothing in a year without rules."""
    try:
        scheme = scheme_for(platform.kind, year)
    except NoSchemeError:
        return []
    units = {fact: line.unit for line in scheme.indicators for fact in line.counts}
    groups: dict[tuple[str, ...], list[FactRow]] = {}
    for row in scorecards.not_counted(session, platform.id, year):
        groups.setdefault(row.reasons, []).append(row)
    found = []
    for reasons, rows in groups.items():
        amounts: dict[str, int] = {}
        own = _UNITS.get(reasons[-1].partition("_")[0])
        for row in rows:
            unit = wording.word(own, "left_out_unit") if own else units.get(row.fact, "")
            amounts[unit] = amounts.get(unit, 0) + row.amount
        found.append(
            Why(reasons, tuple(rows), tuple((unit, amount) for unit, amount in amounts.items() if unit and amount))
        )
    return sorted(found, key=lambda each: -len(each.rows))


_UNITS: Final[Mapping[str, str]] = MappingProxyType({"present": "person", "refused": "scan"})
"""Reasons of persons who came and of scans: neither is a 家次."""


def left_out_under(found: Sequence[Why], key: str, page: int) -> tuple[Why | None, Page[FactRow]]:
    """One page of the rows under the reasons that an address names (``key`` of :class:`Why`)."""
    chosen = next((why for why in found if why.key == key), None)
    if chosen is None:
        return None, NO_ROWS
    pager = page_of(chosen.rows, page, ROWS)
    return replace(chosen, rows=tuple(pager.rows)), pager


def _behind(fact: str, all_rows: Sequence[FactRow], shown: Sequence[FactRow]) -> Behind:
    rows = [row for row in all_rows if row.fact == fact]

    def waits(stage: Stage) -> int:
        return sum(row.amount for row in rows if row.standing is CountStatus.PENDING and row.stage is stage)

    by_stage = Pending(waits(Stage.SUBMITTED), waits(Stage.RETURNED), waits(Stage.PUBLISHED))
    counted = sum(row.amount for row in rows if row.standing is CountStatus.COUNTED)
    return Behind(fact, tuple(row for row in shown if row.fact == fact), counted, by_stage, len(rows))


def compared_page(template: str, session: Session, platform: Platform) -> str:
    """两年对比 of a platform, in the frame of either audience: the cards of both years, line by line."""
    former, later = compared_years(session, platform.id)
    return render_template(
        template,
        platform=platform,
        compared=year_comparisons.of_platform(session, platform, former, later),
        former=former,
        later=later,
        years=comparable_years((former, later)),
    )


def platform_by_code(session: Session, code: str) -> Platform:
    """The platform of a code in an address; 404 where there is none."""
    return platforms.by_code(session, code) or abort(404)


def activity_codes(session: Session, behind: Sequence[Behind | Why], platform_id: int) -> dict[int, str]:
    """The codes of the platform's own activities among the rows, by id: where its staff may open them."""
    ids = {row.subject_id for part in behind for row in part.rows if row.subject is Subject.ACTIVITY}
    return activity_lists.codes_of(session, ids, platform_id)
