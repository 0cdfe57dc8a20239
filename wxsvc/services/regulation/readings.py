"""口径: what the province decides where the regulation's text is open. The newest decision for a name is in force.

A sealed year keeps the readings that stand on its scorecard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.person import Person
from models.platform import Platform, PlatformYear
from models.regulation import ReadingDecision
from models.scorecard import ScorecardRow
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.terms import ARITHMETIC_READINGS, READING_VALUES, PlatformKind, ReadingName
from scoring.words import value_name
from wxsvc.plain_rows import plain_rows
from wxsvc.queries import remembered
from wxsvc.services import journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import PROVINCE, lock
from wxsvc.services.refusal import Refused


class Decided(Struct, frozen=True):
    """One decision of the province, and the official who took it; ``person`` is None where nobody is known."""

    decision: ReadingDecision
    person: Person | None

    @property
    def value(self) -> str:
        """The Chinese of the value: 按比例, 是."""
        return value_name(ReadingName(self.decision.name), self.decision.value)


class ReadingInUse(Struct, frozen=True):
    """口径 as a score rests on it: its word and who decided so; without ``decided``, the default (暂按默认口径)."""

    name: ReadingName
    word: str
    decided: Decided | None

    @property
    def value(self) -> str:
        """The Chinese of the value: 按整档, 否."""
        return value_name(self.name, self.word)


def in_force(session: Session, year: int, kind: PlatformKind) -> Readings:
    """All readings for one kind and year: the scheme's defaults, and over them what the province decided.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    decided = {each.name: each.value for each in decisions(session, year, kind)}
    return scheme_for(kind, year).readings.with_decisions(decided)


_OF_YEAR: Final = (
    sa.select(ReadingDecision.kind, ReadingDecision.name, ReadingDecision.value)
    .where(ReadingDecision.year == sa.bindparam("of_year"))
    .order_by(ReadingDecision.id)
)


def in_force_by_kind(session: Session, year: int, kinds: Iterable[PlatformKind]) -> dict[PlatformKind, Readings]:
    """The same of several kinds; one statement."""
    decided: dict[PlatformKind, dict[str, str]] = {kind: {} for kind in kinds}
    for row in plain_rows(session, _OF_YEAR, {"of_year": year}):
        if row.kind in decided:
            decided[row.kind][row.name] = row.value
    return {kind: scheme_for(kind, year).readings.with_decisions(words) for kind, words in decided.items()}


def in_force_of(session: Session, of_years: Iterable[int], kind: PlatformKind) -> dict[int, Readings]:
    """The same of several years, by year; one statement."""
    decided: dict[int, dict[str, str]] = {year: {} for year in of_years}
    for each in _every(session, kind):
        if each.year in decided:
            decided[each.year][each.name] = each.value
    return {year: scheme_for(kind, year).readings.with_decisions(words) for year, words in decided.items()}


def resting_on(session: Session, platform_id: int, year: int, kind: PlatformKind) -> Readings:
    """The readings that a platform's year is judged by: of a sealed one its scorecard's own, else those in force."""
    if years.is_sealed(session, platform_id, year):
        card = session.get(ScorecardRow, (platform_id, year))
        if card is not None:
            return Readings.from_words(card.readings)
    return in_force(session, year, kind)


def of_sealed(session: Session, year: int) -> dict[int, Readings]:
    """The readings of the scorecards of all sealed platforms of a year, by platform id."""
    query = (
        sa.select(ScorecardRow.platform_id, ScorecardRow.readings)
        .join(
            PlatformYear,
            sa.and_(PlatformYear.platform_id == ScorecardRow.platform_id, PlatformYear.year == ScorecardRow.year),
        )
        .where(ScorecardRow.year == year, PlatformYear.is_sealed)
    )
    return {row.platform_id: Readings.from_words(row.readings) for row in session.execute(query)}


def decisions(session: Session, year: int, kind: PlatformKind) -> list[ReadingDecision]:
    """Every decision for one kind and year, oldest first: what the page 口径登记 lists."""
    return [each for each in _every(session, kind) if each.year == year]


def _every(session: Session, kind: PlatformKind) -> Sequence[ReadingDecision]:
    """The decisions of all years, oldest first; a session that only reads asks once."""
    query = sa.select(ReadingDecision).where(ReadingDecision.kind == kind).order_by(ReadingDecision.id)
    return remembered(session, ("decisions", kind), lambda: session.scalars(query).all())


def decided(session: Session, year: int, kind: PlatformKind) -> list[Decided]:
    """The decisions with the officials who took them, oldest first; one query."""
    query = (
        sa.select(ReadingDecision, Person)
        .outerjoin(Person, Person.id == ReadingDecision.decided_by)
        .where(ReadingDecision.year == year, ReadingDecision.kind == kind)
        .order_by(ReadingDecision.id)
    )
    return [Decided(decision, person) for decision, person in session.execute(query)]


def in_use(taken: Iterable[Decided], rests_on: Readings, as_of: datetime) -> dict[ReadingName, ReadingInUse]:
    """What a scorecard rests on, each with the newest decision that said so by ``as_of``, the moment of its fold.

    A sealed card keeps its readings: what the province decided since is not what it rests on. ``taken`` are the
    :func:`decided` of the card's kind and year.
    """
    words = rests_on.as_words()
    found = {
        ReadingName(each.decision.name): each
        for each in taken
        if each.decision.decided_at <= as_of and each.decision.value == words.get(ReadingName(each.decision.name))
    }
    return {name: ReadingInUse(name, word, found.get(name)) for name, word in words.items()}


def of_counts(
    session: Session, platform: Platform, year: int, counted: Iterable[str], now: datetime
) -> tuple[ReadingInUse, ...]:
    """The readings in force that decide what enters the counts of these facts; those of the arithmetic do not."""
    scheme = scheme_for(platform.kind, year)
    lines = [line for fact in counted if (line := scheme.counting(fact)) is not None]
    names = dict.fromkeys(name for line in lines for name in line.readings if name not in ARITHMETIC_READINGS)
    taken = decided(session, year, platform.kind)
    used = in_use(taken, in_force(session, year, platform.kind), now)
    return tuple(used[name] for name in names)


def known(name: str, value: str) -> ReadingName:
    """The reading of a name and one of its words. Raises ``Refused``: ``unknown_reading``, ``unknown_reading_value``
    (with ``allowed``)."""
    if name not in READING_VALUES:
        raise Refused("unknown_reading", name=name)
    allowed = READING_VALUES[ReadingName(name)]
    if value not in allowed:
        raise Refused("unknown_reading_value", name=name, value=value, allowed=allowed)
    return ReadingName(name)


def decide(
    session: Session,
    year: int,
    kind: PlatformKind,
    name: str,
    value: str,
    reason: str,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> ReadingDecision:
    """The province decides one reading with a reason; every unsealed platform of the kind is counted anew.

    The value that the newest decision already says changes nothing. ``seen`` is the id of the decision that was
    shown as the newest, 0 for the scheme's default. Raises ``Refused``: ``unknown_reading``, ``unknown_reading_value``
    (with ``allowed``), ``reason_needed``, ``reading_overtaken`` (with what stands, by whom and when, and what was
    chosen, both as people call them).
    """
    by.must_be_province()
    reading = known(name, value)
    given = must_have_reason(reason)
    lock(session, PROVINCE, year)
    newest = _newest(session, year, kind, name)
    if newest is not None and newest.value == value:
        return newest
    if seen is not None and seen != (newest.id if newest is not None else 0):
        stands = (value_name(reading, newest.value), newest.decided_at, newest.decided_by) if newest else (None,) * 3
        raise Refused(
            "reading_overtaken", stands=stands[0], at=stands[1], by=stands[2], typed=value_name(reading, value)
        )
    decision = _decided(session, year, kind, name, value, given, by, now, old=newest.value if newest else None)
    years.touch_open(session, year, now, kind)
    return decision


def at_default(session: Session, year: int, kind: PlatformKind) -> dict[ReadingName, str]:
    """暂按默认口径: the readings that bear on a line of the kind's table and that nobody decided, with their words.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    scheme = scheme_for(kind, year)
    decided = {each.name for each in decisions(session, year, kind)}
    words = scheme.readings.as_words()
    return {name: word for name, word in words.items() if name not in decided and scheme.bearing(name)}


def confirm_defaults(
    session: Session, year: int, kind: PlatformKind, shown: Mapping[str, str], reason: str, by: Actor, now: datetime
) -> int:
    """The province decides that all readings of :func:`at_default` stay as they are, with one reason; how many.

    ``shown`` are those that the official saw, with their words. Raises ``Refused``: ``reason_needed``,
    ``readings_moved`` when others stand at their default by now; then none is decided.
    """
    by.must_be_province()
    given = must_have_reason(reason)
    lock(session, PROVINCE, year)
    found = at_default(session, year, kind)
    if {name.value: word for name, word in found.items()} != dict(shown):
        raise Refused("readings_moved")
    for name, word in found.items():
        _decided(session, year, kind, name.value, word, given, by, now, old=None)
    if found:
        years.touch_open(session, year, now, kind)
    return len(found)


def _decided(
    session: Session,
    year: int,
    kind: PlatformKind,
    name: str,
    value: str,
    reason: str,
    by: Actor,
    now: datetime,
    *,
    old: str | None,
) -> ReadingDecision:
    """Write the decision and its line of the log."""
    decision = ReadingDecision(
        year=year, kind=kind, name=name, value=value, decided_by=by.person_id, decided_at=now, reason=reason
    )
    session.add(decision)
    session.flush()
    told: dict[str, Any] = {"year": year, "kind": kind.value, "name": name, "old": old, "new": value}
    journal.record_of(session, decision, "decided", by, now, **told)
    return decision


def _newest(session: Session, year: int, kind: PlatformKind, name: str) -> ReadingDecision | None:
    return session.scalar(
        sa.select(ReadingDecision)
        .where(ReadingDecision.year == year, ReadingDecision.kind == kind, ReadingDecision.name == name)
        .order_by(ReadingDecision.id.desc())
        .limit(1)
    )
