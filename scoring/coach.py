"""The next gain (得分与差距): how little more brings more points, computed from the rule itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from scoring.counting import count_bonus, count_shortfall
from scoring.readings import Readings
from scoring.rules import Bonus, Shortfall
from scoring.scheme import Scheme
from scoring.tally import Tally
from scoring.words import say


@dataclass(frozen=True, slots=True)
class NextStep:
    """``more`` of the line's unit bring ``gain`` points; ``text`` says so in one Chinese sentence."""

    code: str
    more: int
    gain: Decimal
    text: str


def next_step(code: str, tally: Tally, readings: Readings | None = None) -> NextStep | None:
    """The cheapest next gain on one line of the tally's own table.

    None when the line is full, when the bonus cap is reached, and for lines that the platform cannot raise by doing
    more: rulings, and filings, whose lost points stay lost. KeyError when the kind has no such line.
    """
    scheme = tally.scheme
    readings = readings or scheme.readings
    line = scheme.indicator(code)
    match line.rule:
        case Shortfall() as rule:
            partial = readings.partial_step
            done = count_shortfall(line, rule, tally, readings).total
            more = rule.more_for_next_gain(done, partial)
            if not more:
                return None
            gain = rule.points(line.full, done + more, partial) - rule.points(line.full, done, partial)
            sentence = "single" if rule.step == 1 else partial.value
            text = say(f"next_step.{sentence}", more=more, gain=gain, unit=rule.unit, step=rule.step)
            return NextStep(code, more, gain, text)
        case Bonus() as rule:
            gain = min(rule.each, scheme.bonus_cap - _earned(scheme, tally, readings))
            if gain <= 0:
                return None
            return NextStep(code, 1, gain, say("next_step.single", more=1, gain=gain, unit=rule.unit))
    return None


def _earned(scheme: Scheme, tally: Tally, readings: Readings) -> Decimal:
    """What both bonus rows earn together, before their cap."""
    earned = (
        line.rule.earned(count_bonus(line, tally, readings).total)
        for line in scheme.indicators
        if isinstance(line.rule, Bonus)
    )
    return Decimal(sum(earned))
