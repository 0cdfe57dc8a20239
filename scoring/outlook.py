"""The outlook (前景): what a tally comes to once everything that waits is approved, and what is still within reach.

The same engine scores the imagined tally, so an outlook cannot contradict the scorecard it stands beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from scoring.coach import NextStep, next_step
from scoring.readings import Readings
from scoring.rules import Bonus, Filings, RulingRule, Shortfall
from scoring.scheme import Indicator
from scoring.scorecard import NONE_HELD, Scorecard, ScoreLine, score
from scoring.tally import Tally
from scoring.terms import Group, LineStatus
from scoring.words import name_of, say


@dataclass(frozen=True, slots=True)
class Prospect:
    """One line's outlook: its points if all that waits is approved, the most it can still bring, and a sentence.

    ``next_step`` is the cheapest gain beyond what waits. A bonus row's ``reachable`` is the cap that both share.
    """

    code: str
    with_pending: Decimal
    reachable: Decimal
    text: str | None
    next_step: NextStep | None
    is_bonus: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """A scorecard's outlook; ``base_reachable`` holds no bonus, as ``base`` does not."""

    lines: tuple[Prospect, ...]
    base_with_pending: Decimal
    bonus_with_pending: Decimal
    base_reachable: Decimal

    def line(self, code: str) -> Prospect:
        """The prospect of that code; KeyError when this kind has none."""
        for line in self.lines:
            if line.code == code:
                return line
        raise KeyError(code)

    @property
    def steps(self) -> tuple[NextStep, ...]:
        """The next gains on all lines of the base, those that take the fewest of their unit first, then the largest."""
        found = [line.next_step for line in self.lines if line.next_step is not None and not line.is_bonus]
        return tuple(sorted(found, key=lambda step: (step.more, -step.gain)))


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Filings that are not judged for good.

    Of those that cost a point, three kinds may still turn out to be in time: ``open_reading`` (口径待定), ``claimed``
    (claimed afterwards, to be confirmed) and ``returned`` (sent back, and in time by its first day once it is filed
    again). ``provisional`` (期限暂定) cost nothing before the year's notice is loaded.

    ``unregistered`` data (月度数据) may have reached the national platform in time, and be registered with a proof; as
    nobody said so yet, they are told and not hoped for.
    """

    open_reading: int = 0
    claimed: int = 0
    returned: int = 0
    provisional: int = 0
    unregistered: int = 0

    @property
    def by_review(self) -> int:
        """How many come back by the review alone, whatever the readings."""
        return self.claimed + self.returned


SETTLED: Final = Unsettled()


def outlook(
    tally: Tally,
    pending: Mapping[str, int],
    readings: Readings,
    *,
    is_running: bool,
    unproved: Mapping[str, Decimal] = NONE_HELD,
    unsettled: Unsettled = SETTLED,
) -> Outlook:
    """What may become of a tally. ``pending`` counts by fact what is not approved yet.

    ``unproved`` are points by code that were ruled and wait for their proof.

    While the year is running every counted line can still be filled. Afterwards only what waits can be added, and only
    rulings that are awaited. Points lost by filings do not come back, except those of ``unsettled`` ones.
    """
    hoped = with_pending(tally, pending)
    hoped = replace(hoped, missed_filings=max(0, tally.missed_filings - unsettled.by_review))
    now, then = score(tally, readings), score(hoped, readings)
    best = score(replace(hoped, missed_filings=max(0, hoped.missed_filings - unsettled.open_reading)), readings)
    lines = tuple(
        Prospect(
            code=line.code,
            with_pending=then.line(line.code).points,
            reachable=_reachable(line, now, best, is_running, unproved.get(line.code)),
            text=_filings_text(line, now.line(line.code), best.line(line.code), unsettled, is_running=is_running)
            if isinstance(line.rule, Filings)
            else _text(
                line,
                now.line(line.code),
                then.line(line.code),
                _waiting(line, pending, readings),
                unproved.get(line.code),
            ),
            next_step=next_step(line.code, hoped, readings) if is_running else None,
            is_bonus=line.group is Group.BONUS,
        )
        for line in tally.scheme.indicators
    )
    return Outlook(
        lines=lines,
        base_with_pending=then.base,
        bonus_with_pending=then.bonus,
        base_reachable=Decimal(sum(line.reachable for line in lines if not line.is_bonus)),
    )


def with_pending(tally: Tally, pending: Mapping[str, int]) -> Tally:
    """The tally as if everything that waits for review counted."""
    facts = {fact: tally.count(fact) + pending.get(fact, 0) for fact in {**tally.facts, **pending}}
    return replace(tally, facts=facts)


def _waiting(line: Indicator, pending: Mapping[str, int], readings: Readings) -> int:
    return sum(pending.get(fact, 0) for fact in line.counted_under(readings))


def _reachable(line: Indicator, now: Scorecard, best: Scorecard, is_running: bool, held: Decimal | None) -> Decimal:
    stands = now.line(line.code)
    match line.rule:
        case Shortfall() | Bonus():
            return line.full if is_running else best.line(line.code).points
        case RulingRule():
            if stands.status is not LineStatus.AWAITED:
                return stands.points
            return line.full if held is None else held
        case Filings():
            return best.line(line.code).points


def _text(line: Indicator, now: ScoreLine, then: ScoreLine, waiting: int, held: Decimal | None) -> str | None:
    match line.rule:
        case Shortfall() | Bonus() as rule if waiting:
            if now.points == line.full:
                return None
            needs_complete = any(fact.startswith("activities.") for fact in rule.counts)
            gains = "pending_gain_complete" if needs_complete else "pending_gain"
            fewer = "pending_no_gain" if then.points == now.points else "pending_row_before"
            sentence = gains if then.points > now.points else fewer
            return say(
                f"outlook.{sentence}",
                count=waiting,
                unit=rule.unit,
                gain=then.points - now.points,
                points=then.points,
            )
        case RulingRule() if now.status is LineStatus.AWAITED and held is not None:
            return say("outlook.unproved", points=held)
        case RulingRule() as rule if now.status is LineStatus.AWAITED:
            return say("outlook.awaited", by=name_of(rule.ruled_by), full=line.full)
    return None


def _filings_text(
    line: Indicator, now: ScoreLine, best: ScoreLine, unsettled: Unsettled, *, is_running: bool
) -> str | None:
    """What filings have cost, how much of it may come back, and what is not judged yet."""
    lost, back = line.full - now.points, best.points - now.points
    told = []
    if back:
        told.append(say(f"outlook.{_back_by(unsettled)}", lost=lost, back=back))
        if lost > back:
            told.append(say(f"outlook.{_rest_by(unsettled)}", rest=lost - back))
    elif lost and unsettled.unregistered:
        told.append(say("outlook.filings_lost", lost=lost))
    elif lost:
        ahead = "outlook.filings" if is_running else "outlook.filings_over"
        told.append(say(ahead if now.points else "outlook.filings_gone", lost=lost, points=now.points))
    if lost and unsettled.unregistered:
        told.append(say("outlook.filings_unregistered", count=unsettled.unregistered))
    if unsettled.provisional:
        told.append(say("outlook.filings_provisional", count=unsettled.provisional))
    return say("outlook.between").join(told) or None


def _rest_by(unsettled: Unsettled) -> str:
    return "filings_rest_lost" if unsettled.unregistered else "filings_rest"


def _back_by(unsettled: Unsettled) -> str:
    if not unsettled.returned:
        return "filings_unsettled"
    return "filings_either" if unsettled.open_reading or unsettled.claimed else "filings_returned"


def worth(tally: Tally, fact: str, readings: Readings) -> Decimal:
    """How many points one more of a fact would bring now, in all lines together; 0 where nothing is to gain."""
    more = with_pending(tally, {fact: 1})
    return score(more, readings).total - score(tally, readings).total
