"""The scorecard (评分表): what a tally is worth under the readings, line by line, with the working in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from scoring import workings
from scoring.counting import count_bonus, count_shortfall
from scoring.readings import Readings
from scoring.rules import Bonus, Filings, RulingRule, Shortfall
from scoring.scheme import Indicator, Scheme
from scoring.tally import Tally
from scoring.terms import Group, LineStatus, PlatformKind
from scoring.words import points_text

ZERO = Decimal(0)
NONE_HELD: Final[Mapping[str, Decimal]] = MappingProxyType({})
"""No ruling waits for its proof."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """得分: one indicator's points so far (分, exact), its sentence verbatim (``text``) and how it came to them.

    An awaited line has 0 points; its full points stand in the scorecard's ``awaited``, so it is never a silent zero.
    """

    code: str
    group: Group
    name: str
    points: Decimal
    full: Decimal
    status: LineStatus
    working: str
    text: str

    def as_dict(self) -> dict[str, str]:
        return {
            "code": self.code,
            "group": self.group.value,
            "name": self.name,
            "points": points_text(self.points),
            "full": points_text(self.full),
            "status": self.status.value,
            "working": self.working,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Scorecard:
    """评分表 of one platform's year. ``total`` is ``base`` and ``bonus``, each at most what the scheme says; nothing
    is rounded.

    ``awaited`` are the full points still waiting for a ruling; ``readings`` all the readings the score rests on.
    """

    kind: PlatformKind
    year: int
    scheme: str
    lines: tuple[ScoreLine, ...]
    base: Decimal
    bonus: Decimal
    awaited: Decimal
    readings: Readings

    @property
    def total(self) -> Decimal:
        return self.base + self.bonus

    def line(self, code: str) -> ScoreLine:
        """The line of that code; KeyError when this kind has none."""
        for line in self.lines:
            if line.code == code:
                return line
        raise KeyError(code)

    def as_dict(self) -> dict[str, object]:
        """The JSON shape of ``wxsvc score --json``: all points are decimal strings without trailing zeros."""
        return {
            "kind": self.kind.value,
            "year": self.year,
            "scheme": self.scheme,
            "lines": [line.as_dict() for line in self.lines],
            "base": points_text(self.base),
            "bonus": points_text(self.bonus),
            "total": points_text(self.total),
            "awaited": points_text(self.awaited),
            "readings": self.readings.as_dict(),
        }


def score(tally: Tally, readings: Readings | None = None, unproved: Mapping[str, Decimal] = NONE_HELD) -> Scorecard:
    """What the tally is worth by the scheme of its kind and year; without ``readings`` the scheme's defaults stand.

    ``unproved`` are points by code that were ruled and wait for their proof (缺佐证，暂不计): the tally has no ruling
    there, the line is awaited, and its working says why.
    """
    scheme = tally.scheme
    readings = readings or scheme.readings
    lines = (*_base_lines(tally, scheme, readings, unproved), *_bonus_lines(tally, scheme, readings))
    return Scorecard(
        kind=tally.kind,
        year=tally.year,
        scheme=scheme.name,
        lines=lines,
        base=Decimal(sum(line.points for line in lines if line.group is not Group.BONUS)),
        bonus=Decimal(sum(line.points for line in lines if line.group is Group.BONUS)),
        awaited=Decimal(sum(line.full for line in lines if line.status is LineStatus.AWAITED)),
        readings=readings,
    )


def _base_lines(
    tally: Tally, scheme: Scheme, readings: Readings, unproved: Mapping[str, Decimal]
) -> Iterator[ScoreLine]:
    for line in scheme.indicators:
        match line.rule:
            case Shortfall() as rule:
                count = count_shortfall(line, rule, tally, readings)
                points = rule.points(line.full, count.total, readings.partial_step)
                told = workings.shortfall(rule, line.full, count, readings.partial_step, readings.overflow_to_other)
                yield _line(line, points, LineStatus.COUNTED, told)
            case Filings() as rule:
                missed = tally.missed_filings
                told = workings.filings(rule, line.full, missed)
                yield _line(line, rule.points(line.full, missed), LineStatus.COUNTED, told)
            case RulingRule() as rule:
                given = tally.rulings.get(line.code)
                status = LineStatus.AWAITED if given is None else LineStatus.RULED
                yield _line(
                    line, given or ZERO, status, workings.ruling(rule, line.full, given, unproved.get(line.code))
                )


def _bonus_lines(tally: Tally, scheme: Scheme, readings: Readings) -> Iterator[ScoreLine]:
    """The rows in the table's order: each takes what it earns of what the rows before left of the cap."""
    taken = ZERO
    for line in scheme.indicators:
        if isinstance(line.rule, Bonus):
            count = count_bonus(line, tally, readings)
            points = min(line.rule.earned(count.total), scheme.bonus_cap - taken)
            told = workings.bonus(line.rule, count, points, taken, scheme.bonus_cap)
            yield _line(line, points, LineStatus.COUNTED, told)
            taken += points


def _line(line: Indicator, points: Decimal, status: LineStatus, working: str) -> ScoreLine:
    return ScoreLine(line.code, line.group, line.name, points, line.full, status, working, line.text)
