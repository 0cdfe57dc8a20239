"""Scorecards (评分表) as the province and the platform itself show them: the same numbers, the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

from flask import abort

from models.platform import Platform
from models.terms import Stage, Subject
from scoring.terms import Group
from wxsvc import wording
from wxsvc.access import house, now
from wxsvc.db import Session
from wxsvc.services import platforms
from wxsvc.services.activity import activity_lists
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.facts import CountStatus, FactRow
from wxsvc.services.counting.scorecards import Card, CardLine, Pending
from wxsvc.services.judging import line_bases
from wxsvc.services.judging.line_bases import Basis
from wxsvc.services.people import persons
from wxsvc.services.regulation.readings import Decided, ReadingInUse

NOBODY: Final[Mapping[int, str]] = MappingProxyType({})
"""No names: platforms and files read 省工信厅 alone."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows of one fact behind a line, with what they add up to."""

    fact: str
    rows: tuple[FactRow, ...]
    counted: int
    by_stage: Pending


def groups(card: Card | None) -> list[tuple[Group, list[CardLine]]]:
    """The lines of a card under the headings of the indicator table."""
    if card is None:
        return []
    return [(group, list(lines)) for group, lines in groupby(card.lines, key=lambda line: line.group)]


@dataclass(frozen=True, slots=True)
class Why:
    """未计入 for one set of reasons: its rows, and how many of each unit they would have been."""

    reasons: tuple[str, ...]
    rows: tuple[FactRow, ...]
    amounts: tuple[tuple[str, int], ...]


def line_with_rows(session: Session, platform_id: int, year: int, code: str) -> tuple[CardLine, list[Behind], Basis]:
    """One line of the card, its rows fact by fact, what people judge it by; 404 where the table has no such line."""
    card = scorecards.detail(session, platform_id, year, now())
    line = next((line for line in card.lines if line.code == code), None) if card else None
    if line is None:
        abort(404)
    found = scorecards.rows_behind(session, platform_id, year, code)
    behind = [_behind(fact, tuple(row for row in found if row.fact == fact)) for fact in line.counts]
    return line, behind, line_bases.of(session, platform_id, year, code, now())


def deciders(found: Iterable[Decided | None]) -> dict[int, str]:
    """The names of the officials who decided readings, by person, as provincial pages show them."""
    people = {each.person.id: each.person for each in found if each is not None and each.person is not None}
    opened = {person_id: persons.name_of(person, house().vault) for person_id, person in people.items()}
    return {person_id: name for person_id, name in opened.items() if name}


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of officials, by person, as provincial pages show them; one query at most."""
    people = persons.by_ids(session, {each for each in ids if each is not None})
    opened = {person.id: persons.name_of(person, house().vault) for person in people}
    return {person_id: name for person_id, name in opened.items() if name}


def reading_text(used: ReadingInUse, names: Mapping[int, str] = NOBODY) -> str:
    """One reading on a line: its name, its value, and who decided so and when, or 暂按默认口径."""
    return wording.said("reading_line", used=used, ground=reading_ground(used.decided, names))


def reading_ground(decided: Decided | None, names: Mapping[int, str] = NOBODY) -> str:
    """Who decided and when; ``names`` are the officials' by person, where they are shown."""
    name = names.get(decided.person.id) if decided is not None and decided.person is not None else None
    return wording.said("reading_ground", decided=decided, name=name)


def left_out(session: Session, card: Card | None) -> list[Why]:
    """为什么没算, by reason: the most rows first."""
    if card is None:
        return []
    units = {fact: line.unit for line in card.lines for fact in line.counts}
    groups: dict[tuple[str, ...], list[FactRow]] = {}
    for row in scorecards.not_counted(session, card.platform.id, card.year):
        groups.setdefault(row.reasons, []).append(row)
    found = []
    for reasons, rows in groups.items():
        amounts: dict[str, int] = {}
        for row in rows:
            unit = units.get(row.fact, "")
            amounts[unit] = amounts.get(unit, 0) + row.amount
        found.append(
            Why(reasons, tuple(rows), tuple((unit, amount) for unit, amount in amounts.items() if unit and amount))
        )
    return sorted(found, key=lambda each: -len(each.rows))


def _behind(fact: str, rows: tuple[FactRow, ...]) -> Behind:
    def waits(stage: Stage) -> int:
        return sum(row.amount for row in rows if row.standing is CountStatus.PENDING and row.stage is stage)

    by_stage = Pending(waits(Stage.SUBMITTED), waits(Stage.RETURNED), waits(Stage.PUBLISHED))
    return Behind(fact, rows, sum(row.amount for row in rows if row.standing is CountStatus.COUNTED), by_stage)


def platform_by_code(session: Session, code: str) -> Platform:
    """The platform of a code in an address; 404 where there is none."""
    found = platforms.by_code(session, code)
    if found is None:
        abort(404)
    return found


def activity_codes(session: Session, behind: Sequence[Behind | Why], platform_id: int) -> dict[int, str]:
    """The codes of the platform's own activities among the rows, by id: where its staff may open them."""
    ids = {row.subject_id for part in behind for row in part.rows if row.subject is Subject.ACTIVITY}
    return activity_lists.codes_of(session, ids, platform_id)
