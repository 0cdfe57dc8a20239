"""去补的表单: which forms close the gap on a line of the scorecard, filled in as far as the line says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from flask import url_for
from msgspec import Struct

from models.terms import Subject
from scoring.rules import Bonus, Filings, RulingRule
from scoring.terms import BONUS_FACT, ActivityCategory, Fact, Ground
from scoring.words import name_of
from wxsvc import wording
from wxsvc.pages.platform.own_records.noun import NOUNS
from wxsvc.services.counting.scorecards import Card, CardLine
from wxsvc.services.records.kinds import KINDS

_ACTIVITIES: Final = "activities."
_NOT_ENTERED: Final = (Subject.ACTIVITY, Subject.FILING)
"""Kinds with doors of their own."""


class ClosingForm(Struct, frozen=True):
    """A form by its name, with what stands in it already in its address."""

    name: str
    address: str


def of_line(card: Card, line: CardLine, this_year: int) -> list[ClosingForm]:
    """The forms of one line: none where nothing more can be had, and none for a year that is not the running one."""
    if card.year != this_year or not card.is_running:
        return []
    rule = card.scheme.indicator(line.code).rule
    match rule:
        case Filings():
            return [ClosingForm(_say("file"), url_for("platform.filings.listed", year=card.year))]
        case RulingRule():
            return list(_of_grounds(rule)) if line.points < line.full else []
        case Bonus():
            off = {fact for fact, reading in rule.counts_under.items() if not card.readings.is_on(reading)}
        case _:
            off = set()
    return list(_of_facts(fact for fact in line.counts if fact not in off)) if line.prospect.next_step else []


def _of_facts(facts: Iterable[str]) -> Iterator[ClosingForm]:
    for fact in facts:
        if fact == Fact.ACTIVITY_PARTICIPATIONS:
            yield ClosingForm(_say("activity"), url_for("platform.publish.blank"))
        elif fact.startswith(_ACTIVITIES):
            category = ActivityCategory(fact.removeprefix(_ACTIVITIES))
            address = url_for("platform.publish.blank", category=category.value)
            yield ClosingForm(_say("activity_of", category=name_of(category)), address)
        else:
            yield from _of_records(fact)


def _of_records(fact: str) -> Iterator[ClosingForm]:
    """The records that are counted as a fact; of claims, one form for each kind of claim."""
    for subject, kind in KINDS.items():
        if fact not in kind.facts or subject in _NOT_ENTERED:
            continue
        at = f"{NOUNS[subject].endpoint}.blank"
        claims = [each for each, counted in BONUS_FACT.items() if f"bonus.{counted.value}" == fact]
        if not claims:
            yield ClosingForm(_say("record", subject=subject), url_for(at))
        for each in claims:
            yield ClosingForm(_say("claim", kind=name_of(each)), url_for(at, kind=each.value))


def _of_grounds(rule: RulingRule) -> Iterator[ClosingForm]:
    """What people look at when they judge the line."""
    for ground in rule.rests_on:
        if ground is Ground.POST:
            yield ClosingForm(_say("record", subject=Subject.POST), url_for("platform.posts.blank"))
        elif ground is Ground.RESPONSE:
            yield ClosingForm(_say("respond"), url_for("platform.own_assignments.listed"))
        elif ground is not Ground.SITE_INSPECTION:
            subject = Subject(ground.value)
            yield ClosingForm(_say("record", subject=subject), url_for(f"{NOUNS[subject].endpoint}.blank"))


def _say(code: str, **facts: object) -> str:
    return wording.sentence("closing_forms", code, **facts)
