"""One indicator table (评价指标体系表) as values. A scheme that contradicts itself cannot be made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from scoring.readings import Readings
from scoring.rules import Bonus, Filings, LineRule, RulingRule, Shortfall
from scoring.terms import Ground, Group, PlatformKind, ReadingName

GRAIN_OF_STORAGE = Decimal("0.001")


class SchemeError(ValueError):
    """A table of ours does not agree with itself; the message names the table and the line."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """指标: one line of the table: its sentence verbatim (``text``), its full points and its rule.

    ``opening`` is what its row of the table says before (引导区域内企业积极参与活动…), verbatim; empty where it says
    nothing. ``row`` is what the table calls the row where it holds two lines. ``readings`` (口径) bear on the line:
    other values of them may change what it counts or is worth.
    """

    code: str
    group: Group
    name: str
    text: str
    full: Decimal
    rule: LineRule
    opening: str = ""
    row: str = ""
    readings: tuple[ReadingName, ...] = ()

    @property
    def counts(self) -> tuple[str, ...]:
        """The facts that the line counts; none where people judge."""
        return self.rule.counts if isinstance(self.rule, Shortfall | Bonus) else ()

    def counted_under(self, readings: Readings) -> tuple[str, ...]:
        """Those of its facts that add to the line while these readings (口径) are in force."""
        under: Mapping[str, ReadingName] = self.rule.counts_under if isinstance(self.rule, Bonus) else {}
        return tuple(fact for fact in self.counts if fact not in under or readings.is_on(under[fact]))

    @property
    def unit(self) -> str:
        """家次, 次, 条 …: what the line counts in; empty where people judge."""
        return self.rule.unit if isinstance(self.rule, Shortfall | Bonus) else ""


@dataclass(frozen=True)  # without slots, so that what follows from the lines is found once
class Scheme:
    """评价指标体系表 of one kind of platform, in force from a year until a later file takes over.

    ``base`` are the full points without the bonus (基础分). Proved on making: the groups are worth the base together
    and each what its lines are worth; the bonus rows share one cap; on each shortfall line target ÷ step × off is the
    full points, so nothing done is nothing earned. ``note`` is what stands below the table (注), verbatim.
    """

    name: str
    kind: PlatformKind
    in_force_from: int
    title: str
    base: Decimal
    groups: Mapping[Group, Decimal]
    bonus_cap: Decimal
    readings: Readings
    indicators: tuple[Indicator, ...]
    note: str = ""

    def __post_init__(self) -> None:
        for problem in _contradictions(self):
            raise SchemeError(f"{self.name}: {problem}")

    @cached_property
    def rows(self) -> tuple[tuple[Indicator, ...], ...]:
        """The rows of the table as it is printed: a line each, but for those that share one."""
        by_row = groupby(self.indicators, key=lambda line: line.row or line.code)
        return tuple(tuple(lines) for _, lines in by_row)

    @cached_property
    def shortfalls(self) -> Mapping[str, Shortfall]:
        """The lines with a target, by code."""
        return {line.code: line.rule for line in self.indicators if isinstance(line.rule, Shortfall)}

    @cached_property
    def rulings(self) -> Mapping[str, RulingRule]:
        """The lines that officials rule, by code."""
        return {line.code: line.rule for line in self.indicators if isinstance(line.rule, RulingRule)}

    def resting_on(self, ground: Ground) -> tuple[Indicator, ...]:
        """The ruled lines that officials judge by looking at this."""
        return tuple(
            line for line in self.indicators if isinstance(line.rule, RulingRule) and ground in line.rule.rests_on
        )

    def bearing(self, reading: ReadingName) -> tuple[Indicator, ...]:
        """The lines that a reading bears on."""
        return tuple(line for line in self.indicators if reading in line.readings)

    def counting(self, fact: str) -> Indicator | None:
        """The line that counts a fact; None where this table counts none such."""
        return next((line for line in self.indicators if fact in line.counts), None)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Every fact that a line counts or names as left out, in the table's order."""
        left_out = [fact for rule in self.shortfalls.values() for fact in rule.leaves_out]
        return tuple(dict.fromkeys([fact for line in self.indicators for fact in line.counts] + left_out))

    def indicator(self, code: str) -> Indicator:
        """The line of that code; KeyError when this kind has none."""
        for line in self.indicators:
            if line.code == code:
                return line
        raise KeyError(code)


def _contradictions(scheme: Scheme) -> Iterable[str]:
    codes = [line.code for line in scheme.indicators]
    if len(set(codes)) != len(codes):
        yield "a code stands on two lines"
    if set(scheme.groups) != set(Group) - {Group.BONUS}:
        yield "groups must be activeness, key_activities and collaboration"
    if sum(scheme.groups.values()) != scheme.base:
        yield f"the groups are worth {sum(scheme.groups.values())}, not {scheme.base}"
    for group, worth in scheme.groups.items():
        lines = sum(line.full for line in scheme.indicators if line.group is group)
        if lines != worth:
            yield f"{group} is worth {worth}, its lines {lines}"
    facts = [fact for line in scheme.indicators for fact in line.counts]
    if len(set(facts)) != len(facts):
        yield "a fact is counted on two lines"
    if sum(isinstance(line.rule, Filings) for line in scheme.indicators) != 1:
        yield "exactly one line takes the missed filings"
    for line in scheme.indicators:
        for problem in _line_contradictions(line, scheme):
            yield f"{line.code}: {problem}"


def _line_contradictions(line: Indicator, scheme: Scheme) -> Iterable[str]:
    if (line.group is Group.BONUS) != isinstance(line.rule, Bonus):
        yield "the rule bonus and the group bonus belong together"
    match line.rule:
        case Shortfall() as rule:
            if min(rule.target, rule.step) < 1 or not rule.counts:
                yield "target and step must be positive, and something counted"
            elif rule.target % rule.step or rule.off * (rule.target // rule.step) != line.full:
                yield f"{rule.target} ÷ {rule.step} × {rule.off} is not {line.full}"
            elif rule.off % (GRAIN_OF_STORAGE * rule.step):
                yield f"{rule.off} per {rule.step} is finer than points are stored"
            if set(rule.counts) & set(rule.leaves_out):
                yield "a fact is both counted and left out"
            for source in rule.overflow_from:
                if source not in scheme.shortfalls:
                    yield f"overflow_from names {source}, which is no shortfall line here"
            if line.code in rule.overflow_from:
                yield "a line cannot overflow into itself"
        case RulingRule() as rule:
            if line.full % rule.grain or rule.grain % rule.finest or rule.finest % GRAIN_OF_STORAGE:
                yield f"{line.full} is not made of {rule.grain}, that of {rule.finest}, that of {GRAIN_OF_STORAGE}"
        case Bonus() as rule:
            if not rule.counts or not set(rule.counts_under) <= set(rule.counts):
                yield "something must be counted, and counts_under names no other fact"
            if line.full != scheme.bonus_cap:
                yield "a bonus row may take the whole cap, so its full points are the cap"
