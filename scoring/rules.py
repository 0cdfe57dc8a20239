"""The four rules (计分规则) that cover every line of the three tables: plain arithmetic, exact, never below zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from scoring.terms import Ground, PartialStep, ReadingName, RuledBy


@dataclass(frozen=True, slots=True)
class Shortfall:
    """达…得满分，每少…减…分: full points at the target (以上 includes it), ``off`` points less per step short.

    ``counts`` are added up; ``leaves_out`` are facts a reader might expect here, named so that the working can say
    they do not count. Under the reading ``overflow_to_other`` the surplus of the lines in ``overflow_from`` is added.
    """

    counts: tuple[str, ...]
    unit: str
    target: int
    step: int
    off: Decimal
    leaves_out: tuple[str, ...] = ()
    overflow_from: tuple[str, ...] = ()

    def steps_short(self, done: int, partial: PartialStep) -> Decimal:
        """How many steps ``done`` is short of the target, read by ``partial_step``; a fraction only when linear."""
        short = max(0, self.target - done)
        match partial:
            case PartialStep.WHOLE:
                return Decimal(short // self.step)
            case PartialStep.STARTED:
                return Decimal(-(-short // self.step))
            case PartialStep.LINEAR:
                return Decimal(short) / self.step

    def points(self, full: Decimal, done: int, partial: PartialStep) -> Decimal:
        if partial is PartialStep.LINEAR:  # off ÷ step is exact (the scheme proves it); short ÷ step need not be
            return full - self.off / self.step * max(0, self.target - done)
        return full - self.off * self.steps_short(done, partial)

    def more_for_next_gain(self, done: int, partial: PartialStep) -> int:
        """How many more bring the next points; 0 when there is nothing left to gain."""
        steps = self.steps_short(done, partial)
        if not steps:
            return 0
        short = self.target - done
        match partial:
            case PartialStep.WHOLE:  # one less than the steps still counted as short: 1301 already scores 14
                return short - (int(steps) * self.step - 1)
            case PartialStep.STARTED:
                return short - (int(steps) - 1) * self.step
            case PartialStep.LINEAR:
                return 1


@dataclass(frozen=True, slots=True)
class RulingRule:
    """评定、认定: officials decide, in multiples of ``grain`` points.

    A recognition (认定有效的得10分) has a grain as large as its full points: 0 or full. ``rests_on`` are the facts that
    they look at; a line may rest on none that we hold. By ``grain_before`` points were given formerly: they stand.
    """

    ruled_by: RuledBy
    grain: Decimal
    grain_before: Decimal | None = None
    advised_by: RuledBy | None = None
    rests_on: tuple[Ground, ...] = ()

    @property
    def finest(self) -> Decimal:
        """In multiples of this, points may stand; new ones are given by ``grain``."""
        return self.grain_before or self.grain


@dataclass(frozen=True, slots=True)
class Filings:
    """每缺报或晚报1次减{off}分: the only line where the floor at zero is needed (25 obligations, 5 points)."""

    off: Decimal

    def points(self, full: Decimal, missed: int) -> Decimal:
        return max(Decimal(0), full - self.off * missed)


@dataclass(frozen=True, slots=True)
class Bonus:
    """每项（次）加{each}分; ``counts_under`` names the facts that count only while a reading says so."""

    counts: tuple[str, ...]
    unit: str
    each: Decimal
    counts_under: Mapping[str, ReadingName] = field(default_factory=dict)

    def earned(self, done: int) -> Decimal:
        """Points before the cap, which spans both rows."""
        return self.each * done


LineRule: TypeAlias = Shortfall | RulingRule | Filings | Bonus
