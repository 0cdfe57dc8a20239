"""What a line counts of a tally (计数): its own facts, what it leaves out, and what the readings let in."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.readings import Readings
from scoring.rules import Shortfall
from scoring.scheme import Indicator
from scoring.tally import Tally


@dataclass(frozen=True, slots=True)
class Count:
    """The count of one line, in the line's unit, with everything a working has to tell.

    ``left_out`` are facts the rule names as not counted, or that a reading switched off. ``surplus`` is what a named
    category did above its target, ``moved_in`` the surplus that flowed into this line under ``overflow_to_other``.
    """

    facts: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...] = ()
    moved_in: int = 0
    surplus: int = 0

    @property
    def total(self) -> int:
        return sum(count for _, count in self.facts) + self.moved_in


def count_shortfall(line: Indicator, rule: Shortfall, tally: Tally, readings: Readings) -> Count:
    """What a line with a target counts; the surplus is told only where another line could take it."""
    with_target = tally.scheme.shortfalls
    moved_in = sum(_surplus(with_target[code], tally) for code in rule.overflow_from)
    may_overflow = any(line.code in other.overflow_from for other in with_target.values())
    return Count(
        facts=_happened(rule.counts, tally),
        left_out=_happened(rule.leaves_out, tally),
        moved_in=moved_in if readings.overflow_to_other else 0,
        surplus=_surplus(rule, tally) if may_overflow else 0,
    )


def count_bonus(line: Indicator, tally: Tally, readings: Readings) -> Count:
    """What a bonus row counts; a fact under a reading counts only while the reading is on."""
    on = line.counted_under(readings)
    return Count(
        facts=_happened(on, tally),
        left_out=_happened(tuple(fact for fact in line.counts if fact not in on), tally),
    )


def _happened(facts: tuple[str, ...], tally: Tally) -> tuple[tuple[str, int], ...]:
    return tuple((fact, count) for fact in facts if (count := tally.count(fact)))


def _surplus(rule: Shortfall, tally: Tally) -> int:
    return max(0, sum(tally.count(fact) for fact in rule.counts) - rule.target)
