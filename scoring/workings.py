"""How each line came to its points (计算过程), in the one sentence that a platform's staff can check by hand."""

from __future__ import annotations

from decimal import Decimal

from scoring.counting import Count
from scoring.rules import Bonus, Filings, RulingRule, Shortfall
from scoring.terms import PartialStep
from scoring.words import name_of, number_word, say


def shortfall(rule: Shortfall, full: Decimal, count: Count, partial: PartialStep, overflow: bool) -> str:
    """``1234家次；满1500；少266，满百计2档；15－2＝13``."""
    steps, short = rule.steps_short(count.total, partial), rule.target - count.total
    if short <= 0:
        sentence = "full"
    elif not steps:
        sentence = "no_whole_step"
    elif rule.step == 1:
        sentence = "short"
    else:
        sentence = f"short_{partial}"
    told = say(
        f"working.{sentence}",
        done=_done(count, rule.unit),
        target=rule.target,
        full=full,
        short=short,
        step=number_word(rule.step),
        steps=steps,
        off=_product(steps, rule.off),
        points=rule.points(full, count.total, partial),
    )
    if not count.surplus:
        return told
    return told + say(
        f"working.{'surplus_moved' if overflow else 'surplus_kept'}", surplus=count.surplus, unit=rule.unit
    )


def ruling(rule: RulingRule, full: Decimal, given: Decimal | None, held: Decimal | None = None) -> str:
    """``省枢纽平台评定4.5，满分5``, or ``待评定（省枢纽平台），满分5``; ``held``: points without their proof."""
    by = name_of(rule.ruled_by)
    if given is not None:
        return say("working.ruled", by=by, full=full, points=given)
    if held is not None:
        return say("working.unproved", by=by, full=full, points=held)
    return say("working.awaited", by=by, full=full)


def filings(rule: Filings, full: Decimal, missed: int) -> str:
    """``缺报、晚报3次；5－3＝2``."""
    if not missed:
        return say("working.filings_none", full=full)
    sentence = "filings_floor" if rule.off * missed > full else "filings"
    return say(
        f"working.{sentence}",
        missed=missed,
        full=full,
        off=_product(Decimal(missed), rule.off),
        points=rule.points(full, missed),
    )


def bonus(rule: Bonus, count: Count, points: Decimal, taken: Decimal, cap: Decimal) -> str:
    """``2项×3＝6``; above the cap it says what the row before has taken of it."""
    left_out = "".join(say("working.not_by_reading", name=name_of(fact), count=n) for fact, n in count.left_out)
    earned = rule.earned(count.total)
    if not earned:
        sentence = "bonus_none"
    elif earned == points:
        sentence = "bonus"
    else:
        sentence = "bonus_rest" if taken else "bonus_capped"
    told = say(
        f"working.{sentence}",
        done=_sum(count, rule.unit),
        each=rule.each,
        earned=earned,
        points=points,
        taken=taken,
        cap=cap,
    )
    return told + left_out


def _done(count: Count, unit: str) -> str:
    left_out = "".join(say("working.left_out", name=name_of(fact), count=number) for fact, number in count.left_out)
    return _sum(count, unit) + left_out


def _sum(count: Count, unit: str) -> str:
    """``1234家次``, or where several things are added ``服务活动1200＋线下服务34＝1234家次``."""
    own = [(name_of(fact), number) for fact, number in count.facts]
    if count.moved_in:
        own = [(say("working.own"), sum(number for _, number in own)), (say("working.moved_in"), count.moved_in)]
    if len(own) < 2:
        return say("working.done", done=count.total, unit=unit)
    addends = say("working.between_addends").join(
        say("working.addend", name=name, count=number) for name, number in own
    )
    return say("working.sum", addends=addends, done=count.total, unit=unit)


def _product(steps: Decimal, off: Decimal) -> Decimal | str:
    """``2×1.5`` where both factors tell something, else the one that does."""
    if off == 1 or steps == 1:
        return steps * off
    return say("working.off_product", steps=steps, off=off)
