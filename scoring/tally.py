"""The tally (统计): what one platform did in one year, as numbers. A tally that breaks the rules cannot be made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn

from scoring.scheme import Scheme
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import ActivityCategory, BonusFact, Fact, IndicatorCode, PlatformKind
from scoring.words import listed, name_of, points_text, say

MOST = 1_000_000_000
_COUNTS = (
    Fact.ACTIVITY_PARTICIPATIONS,
    Fact.OFFLINE_PARTICIPATIONS,
    Fact.ONLINE_TRADES,
    Fact.NEEDS,
    Fact.RESEARCH_REPORTS,
)
_TOP_KEYS = ("kind", "year", "counted", "missed_filings", "rulings", "bonus")
_PLAIN_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class TallyError(ValueError):
    """A wrong tally: ``field`` is its place (``counted.needs``), the message is one Chinese line that names it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(_one_line(say("errors.line", field=field, problem=problem)))
        self.field = field


@dataclass(frozen=True, slots=True)
class Counted:
    """Approved facts of the year, each a number of 家次, 条, 份 or 次. What a kind does not count is ignored later."""

    activity_participations: int = 0
    offline_participations: int = 0
    online_trades: int = 0
    needs: int = 0
    research_reports: int = 0
    activities: Mapping[ActivityCategory, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BonusCounts:
    """Accepted claims (加分项): resources (项), honours (次), press reports (次)."""

    resources: int = 0
    honours: int = 0
    press: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """One platform's year. ``rulings`` holds points by code; None, or nothing, means 待评定.

    Raises :class:`TallyError` for a year without a scheme, a count that is no whole number from 0, points above full or
    off the grain, or a ruling that the kind does not have.
    """

    kind: PlatformKind
    year: int
    counted: Counted = Counted()
    missed_filings: int = 0
    rulings: Mapping[IndicatorCode, Decimal | None] = field(default_factory=dict)
    bonus: BonusCounts = BonusCounts()

    def __post_init__(self) -> None:
        scheme = self.scheme
        for name, count in self._counts():
            _count(name, count)
        for code, points in self.rulings.items():
            _check_ruling(scheme, code, points)

    @property
    def scheme(self) -> Scheme:
        """The table in force for this kind and year."""
        try:
            return scheme_for(self.kind, _year(self.year))
        except NoSchemeError as error:
            raise TallyError("year", str(error)) from None

    def count(self, fact: Fact) -> int:
        """How often a fact happened."""
        section, _, key = fact.partition(".")
        if section == "activities":
            return self.counted.activities.get(ActivityCategory(key), 0)
        count: int = getattr(self.bonus, key) if section == "bonus" else getattr(self.counted, fact)
        return count

    def _counts(self) -> Iterable[tuple[str, object]]:
        for fact in _COUNTS:
            yield f"counted.{fact}", getattr(self.counted, fact)
        for category, count in self.counted.activities.items():
            yield f"counted.activities.{category}", count
        yield "missed_filings", self.missed_filings
        for bonus_fact in BonusFact:
            yield f"bonus.{bonus_fact}", getattr(self.bonus, bonus_fact)

    @classmethod
    def from_json(cls, text: str) -> Tally:
        """A tally from JSON text, numbers exact. Raises :class:`TallyError`, or ValueError when it is no JSON."""
        try:
            content = json.loads(
                text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_repeats
            )
        except TallyError:
            raise
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise ValueError(say("errors.not_json", problem=" ".join(str(error).split()))) from None
        return cls.from_dict(content)

    @classmethod
    def from_dict(cls, content: object) -> Tally:
        """A tally from its JSON shape. The six top keys are required; an inner key left out is 0, or awaited."""
        top = _table("tally", content, _TOP_KEYS, prefix="")
        for key in _TOP_KEYS:
            if key not in top:
                _refuse(key, "missing_key")
        kind = top["kind"]
        if not isinstance(kind, str) or kind not in list(PlatformKind):
            _refuse("kind", "not_a_kind", value=kind, known=listed(PlatformKind))
        counted = _table("counted", top["counted"], (*_COUNTS, "activities"))
        activities = _table("counted.activities", counted.pop("activities", {}), tuple(ActivityCategory))
        rulings = _table("rulings", top["rulings"], tuple(IndicatorCode))
        bonus = _table("bonus", top["bonus"], tuple(BonusFact))
        return cls(
            kind=PlatformKind(kind),
            year=_year(top["year"]),
            counted=Counted(
                **{key: _count(f"counted.{key}", count) for key, count in counted.items()},
                activities={
                    ActivityCategory(key): _count(f"counted.activities.{key}", count)
                    for key, count in activities.items()
                },
            ),
            missed_filings=_count("missed_filings", top["missed_filings"]),
            rulings={IndicatorCode(code): _points(f"rulings.{code}", value) for code, value in rulings.items()},
            bonus=BonusCounts(**{key: _count(f"bonus.{key}", count) for key, count in bonus.items()}),
        )

    def as_dict(self) -> dict[str, object]:
        """The JSON shape that :meth:`from_dict` reads, every key written out; points are decimal strings."""
        rulings = {code: self.rulings.get(code) for code in self.scheme.rulings}
        return {
            "kind": self.kind.value,
            "year": self.year,
            "counted": {fact.value: self.count(fact) for fact in _COUNTS}
            | {
                "activities": {
                    category.value: self.counted.activities.get(category, 0) for category in ActivityCategory
                }
            },
            "missed_filings": self.missed_filings,
            "rulings": {code.value: None if given is None else points_text(given) for code, given in rulings.items()},
            "bonus": {fact.value: getattr(self.bonus, fact) for fact in BonusFact},
        }


def _one_line(text: str) -> str:
    """Foreign keys and values may hold anything; what is shown is one short line that a terminal can bear."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:300]


def _refuse(field: str, problem: str, **values: object) -> NoReturn:
    raise TallyError(field, say(f"errors.{problem}", **values))


def _table(field: str, content: object, keys: tuple[str, ...], prefix: str | None = None) -> dict[str, object]:
    if not isinstance(content, dict):
        _refuse(field, "not_a_table")
    for key in content:
        if key not in keys:
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


def _check_ruling(scheme: Scheme, code: IndicatorCode, points: Decimal | None) -> None:
    field = f"rulings.{code}"
    if code not in scheme.rulings:
        _refuse(field, "ruling_not_here", kind=name_of(scheme.kind))
    if points is None:
        return
    if not points.is_finite() or points < 0 or abs(points.adjusted()) > 9:
        _refuse(field, "not_points")
    full, grain = scheme.indicator(code).full, scheme.rulings[code].grain
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
