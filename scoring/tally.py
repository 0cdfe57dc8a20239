"""The tally (统计): what one platform did in one year, as numbers. A tally that breaks the rules cannot be made."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn

from scoring.scheme import Scheme
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import Fact, PlatformKind
from scoring.words import listed, name_of, points_text, say

MOST = 1_000_000_000
_TOP_KEYS = ("kind", "year", "counted", "missed_filings", "rulings", "bonus")
_PLAIN_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class TallyError(ValueError):
    """A wrong tally: ``field`` is its place (``counted.needs``), the message is one Chinese line that names it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(_one_line(say("errors.line", field=field, problem=problem)))
        self.field = field


@dataclass(frozen=True, slots=True)
class Tally:
    """One platform's year. ``facts`` counts what was approved, by fact; what a kind does not count is ignored later.

    ``rulings`` holds points by code; None, or nothing, means 待评定. Raises :class:`TallyError` for a year without a
    scheme, an unknown fact, a count that is no whole number from 0, points above full or off the grain, or a ruling
    that the kind does not have. ``by`` is the table to judge by in place of the one in force, as a sealed year
    keeps it.
    """

    kind: PlatformKind
    year: int
    facts: Mapping[str, int] = field(default_factory=dict)
    missed_filings: int = 0
    rulings: Mapping[str, Decimal | None] = field(default_factory=dict)
    by: Scheme | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        scheme = self.scheme
        known = _known(scheme)
        for fact, count in self.facts.items():
            if fact not in known:
                _refuse(_place(fact), "unknown_key")
            _count(_place(fact), count)
        _count("missed_filings", self.missed_filings)
        for code, points in self.rulings.items():
            _check_ruling(scheme, code, points)

    @property
    def scheme(self) -> Scheme:
        """The table in force for this kind and year, or the one that was handed over."""
        if self.by is not None:
            return self.by
        try:
            return scheme_for(self.kind, _year(self.year))
        except NoSchemeError as error:
            raise TallyError("year", str(error)) from None

    def count(self, fact: str) -> int:
        """How often a fact happened."""
        return self.facts.get(fact, 0)

    @classmethod
    def from_json(cls, text: str) -> Tally:
        """A tally from JSON text, numbers exact. Raises :class:`TallyError`, or ValueError when it is no JSON."""
        if not text.strip():
            raise ValueError(say("errors.empty"))
        try:
            content = json.loads(
                text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_repeats
            )
        except TallyError:
            raise
        except json.JSONDecodeError as error:
            raise ValueError(say("errors.not_json", line=error.lineno, column=error.colno)) from None
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise ValueError(say("errors.odd_json", problem=" ".join(str(error).split()))) from None
        return cls.from_dict(content)

    @classmethod
    def from_dict(cls, content: object, by: Scheme | None = None) -> Tally:
        """A tally from its JSON shape. The six top keys are required; an inner key left out is 0, or awaited."""
        top = _table("tally", content, _TOP_KEYS, prefix="")
        for key in _TOP_KEYS:
            if key not in top:
                _refuse(key, "missing_key")
        kind = top["kind"]
        if not isinstance(kind, str) or kind not in list(PlatformKind):
            _refuse("kind", "not_a_kind", value=kind, known=listed(PlatformKind))
        facts = _facts(top, _known(by or _scheme_or_none(PlatformKind(kind), top["year"])))
        rulings = _table("rulings", top["rulings"])
        return cls(
            kind=PlatformKind(kind),
            year=_year(top["year"]),
            facts=facts,
            missed_filings=_count("missed_filings", top["missed_filings"]),
            rulings={code: _points(f"rulings.{code}", value) for code, value in rulings.items()},
            by=by,
        )

    def as_dict(self) -> dict[str, object]:
        """The JSON shape that :meth:`from_dict` reads, every key written out; points are decimal strings."""
        known = _known(self.scheme)
        counted: dict[str, object] = {fact: self.count(fact) for fact in known if "." not in fact}
        return {
            "kind": self.kind.value,
            "year": self.year,
            "counted": counted | {"activities": self._section("activities", known)},
            "missed_filings": self.missed_filings,
            "rulings": {
                code: None if (given := self.rulings.get(code)) is None else points_text(given)
                for code in self.scheme.rulings
            },
            "bonus": self._section("bonus", known),
        }

    def _section(self, section: str, known: tuple[str, ...]) -> dict[str, int]:
        start = f"{section}."
        return {fact.removeprefix(start): self.count(fact) for fact in known if fact.startswith(start)}


def count_in(content: Mapping[str, Any], fact: str) -> int:
    """How often a fact happened, by the JSON shape of a tally that was checked when it was kept."""
    found: Any = content
    for key in place_of(fact):
        found = found.get(key, {})
    return found or 0


@cache
def place_of(fact: str) -> tuple[str, ...]:
    """The keys under which that JSON has it, one within the other."""
    return tuple(_place(fact).split("."))


def _known(scheme: Scheme | None) -> tuple[str, ...]:
    """Every fact that a tally may hold: those of today's tables, and those that this scheme counts besides."""
    return tuple(dict.fromkeys([*(fact.value for fact in Fact), *(scheme.facts if scheme is not None else ())]))


def _scheme_or_none(kind: PlatformKind, year: object) -> Scheme | None:
    """The scheme, to know its facts by; a wrong year is refused in its turn."""
    try:
        return scheme_for(kind, year) if isinstance(year, int) and not isinstance(year, bool) else None
    except NoSchemeError:
        return None


def _place(fact: str) -> str:
    """Where a fact stands in the JSON: ``counted.needs``, ``counted.activities.brand``, ``bonus.press``."""
    return fact if fact.startswith("bonus.") else f"counted.{fact}"


def _facts(top: Mapping[str, object], known: tuple[str, ...]) -> dict[str, int]:
    """The counts of the JSON as one mapping."""

    def keys(section: str) -> tuple[str, ...]:
        return tuple(fact.removeprefix(section) for fact in known if fact.startswith(section))

    plain = tuple(fact for fact in known if "." not in fact)
    counted = _table("counted", top["counted"], (*plain, "activities"))
    activities = _table("counted.activities", counted.pop("activities", {}), keys("activities."))
    bonus = _table("bonus", top["bonus"], keys("bonus."))
    found = counted | {f"activities.{key}": count for key, count in activities.items()}
    found |= {f"bonus.{key}": count for key, count in bonus.items()}
    counts = {fact: _count(_place(fact), count) for fact, count in found.items()}
    return {fact: count for fact, count in counts.items() if count}


def _one_line(text: str) -> str:
    """Foreign keys and values may hold anything; what is shown is one short line that a terminal can bear."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:300]


def _refuse(field: str, problem: str, **values: object) -> NoReturn:
    raise TallyError(field, say(f"errors.{problem}", **values))


def _table(
    field: str, content: object, keys: tuple[str, ...] | None = None, prefix: str | None = None
) -> dict[str, object]:
    if not isinstance(content, dict):
        _refuse(field, "not_a_table")
    for key in content:
        if keys is not None and key not in keys:
            _refuse(f"{field}.{key}" if prefix is None else f"{prefix}{key}", "unknown_key")
    return dict(content)


def _year(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1000 <= value <= 9999:
        _refuse("year", "not_a_year")
    return value


def _count(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _refuse(field, "not_a_count")
    if value > MOST:
        _refuse(field, "count_too_large", most=MOST)
    return value


def _points(field: str, value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    _refuse(field, "not_points")


def _check_ruling(scheme: Scheme, code: str, points: Decimal | None) -> None:
    field = f"rulings.{code}"
    if code not in scheme.rulings:
        _refuse(field, "ruling_not_here", kind=name_of(scheme.kind))
    if points is None:
        return
    if not points.is_finite() or points < 0 or abs(points.adjusted()) > 9:
        _refuse(field, "not_points")
    full, grain = scheme.indicator(code).full, scheme.rulings[code].finest
    if points > full:
        _refuse(field, "above_full", points=points, full=full)
    if points % grain:
        if grain == full:
            _refuse(field, "not_a_recognition", points=points, full=full)
        _refuse(field, "not_of_grain", points=points, grain=grain)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            _refuse(key, "twice")
        found[key] = value
    return found
