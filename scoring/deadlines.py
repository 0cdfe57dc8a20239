"""Deadlines (日常调度的期限): the 25 obligations of a year, each with its due day and the reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from scoring.calendar import Calendar, Day
from scoring.readings import DEFAULT_READINGS, Readings
from scoring.scheme_files import rules_in_force
from scoring.statutory_days import ONE_DAY
from scoring.terms import Obligation, ReadingName
from scoring.toml_table import TomlTable
from scoring.words import say


@dataclass(frozen=True, slots=True)
class Deadline:
    """One obligation's due day (截止日). It is in time until 24:00 Beijing time of ``due_on``.

    ``period`` is the month it falls due in (``2026-01``), for the summary the year (``2026``); ``covers`` the month a
    data return is about. ``nominal_on`` is the day the text names, ``rolled`` whether 节假日顺延 moved it; the reading
    ``day_itself_in_time`` takes the day before. ``open_until`` is the day it would roll to if the reading said so: a
    return after ``due_on`` and until then is 口径待定. ``provisional`` (暂定): no notice is loaded for the year;
    one may move the day as far as ``provisional_until``, which is ``due_on`` where none can. ``reason`` says it in
    Chinese; ``holiday`` names the holiday on the nominal day, where known.
    """

    obligation: Obligation
    period: str
    nominal_on: date
    due_on: date
    rolled: bool
    open_until: date
    covers: str
    provisional: bool
    provisional_until: date
    reason: str
    holiday: str | None

    def as_dict(self) -> dict[str, str | bool]:
        """The JSON shape of ``wxsvc deadlines --json``."""
        return {
            "obligation": self.obligation.value,
            "period": self.period,
            "due_on": self.due_on.isoformat(),
            "rolled": self.rolled,
            "provisional": self.provisional,
            "reason": self.reason,
        }


def obligations(year: int, calendar: Calendar, readings: Readings | None = None) -> tuple[Deadline, ...]:
    """All that falls due in a year, in order of the days the text names: 12 plans, 12 data returns, 1 summary.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules; never for an unknown calendar.
    """
    readings = readings or DEFAULT_READINGS
    due = (_deadline(year, month, terms, calendar, readings) for terms in _terms(year) for month in terms.months)
    return tuple(sorted(due, key=lambda deadline: deadline.nominal_on))


def named_day(obligation: Obligation, period: str) -> date:
    """The day that the text names for an obligation and its period, before 节假日顺延: a plan's of 2026-01 is the 3rd.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    year, _, month = period.partition("-")
    terms = next(each for each in _terms(int(year)) if each.obligation is obligation)
    return date(int(year), int(month) if month else terms.months[0], terms.day)


def within(deadlines: Iterable[Deadline], from_on: date, until_on: date) -> tuple[Deadline, ...]:
    """Those that a platform owes whose assessment period (考评期) runs from one day to another, both included.

    The day that the text names decides, so a holiday moves no obligation into or out of the period.
    """
    return tuple(deadline for deadline in deadlines if from_on <= deadline.nominal_on <= until_on)


@dataclass(frozen=True, slots=True)
class _Terms:
    obligation: Obligation
    months: tuple[int, ...]
    day: int
    rolls_under: ReadingName | None
    covers_month_before: bool

    def rolls(self, readings: Readings) -> bool:
        return self.rolls_under is None or readings.is_on(self.rolls_under)


@cache
def _terms(year: int) -> tuple[_Terms, ...]:
    return tuple(_read_terms(TomlTable.read(rules_in_force("deadlines", year))))


def _read_terms(table: TomlTable) -> Iterator[_Terms]:
    with table:
        table.whole("in_force_from")
        table.text("text")
        for obligation in Obligation:
            with table.table(obligation) as terms:
                yield _Terms(
                    obligation=obligation,
                    months=terms.wholes("months"),
                    day=terms.whole("day"),
                    rolls_under=None if (rolls := terms.word("rolls")) == "true" else ReadingName(rolls),
                    covers_month_before=terms.yes("covers_month_before"),
                )


def _deadline(year: int, month: int, terms: _Terms, calendar: Calendar, readings: Readings) -> Deadline:
    nominal_on = date(year, month, terms.day)
    nominal, rolled = calendar.day(nominal_on), calendar.roll_forward(nominal_on)
    due, may_be = (rolled, calendar.may_roll_to(nominal_on)) if terms.rolls(readings) else (nominal, nominal_on)
    before = timedelta(0) if readings.day_itself_in_time else ONE_DAY
    covered = nominal_on.replace(day=1) - ONE_DAY if terms.covers_month_before else nominal_on
    reason = _reason(nominal, due, last=due.on - before)
    if terms.covers_month_before:
        reason = say("deadline.covers", year=covered.year, month=covered.month, reason=reason)
    if provisional := nominal.is_provisional or due.is_provisional:
        reason = say("deadline.provisional", reason=reason, year=year)
    yearly = terms.obligation is Obligation.SUMMARY
    return Deadline(
        obligation=terms.obligation,
        period=f"{year}" if yearly else f"{year}-{month:02}",
        nominal_on=nominal_on,
        due_on=due.on - before,
        rolled=due.on != nominal_on,
        open_until=rolled.on - before,
        covers=f"{year}" if yearly else f"{covered:%Y-%m}",
        provisional=provisional,
        provisional_until=may_be - before,
        reason=reason,
        holiday=nominal.holiday if not nominal.is_workday else None,
    )


def _reason(nominal: Day, due: Day, last: date) -> str:
    """``1月3日为法定节假日，顺延至1月4日（周日，调休上班）``; ``last`` is the last day in time."""
    if nominal.is_workday:
        sentence = "in_time"
    elif due == nominal:
        sentence = "stays"
    else:
        sentence = "rolled_to_make_up" if due.is_make_up else "rolled"
    if last != due.on and due == nominal:
        sentence = f"{sentence}_before"
    reason = say(
        f"deadline.{sentence}",
        nominal=_spoken(nominal.on),
        what=say("deadline.holiday") if nominal.holiday else _weekday(nominal.on),
        weekday=_weekday(due.on),
        due=_spoken(due.on),
    )
    return reason if last == due.on else say("deadline.before", reason=reason, last=_spoken(last))


def _spoken(on: date) -> str:
    return say("deadline.day", month=on.month, day=on.day)


def _weekday(on: date) -> str:
    return say(f"weekdays.{on.weekday()}")
