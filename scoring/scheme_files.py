"""Finding and reading the rules of a year: ``schemes/<name>.toml`` and, beside it, the files of later years."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR
from functools import cache
from pathlib import Path

from scoring.readings import ReadingError, Readings
from scoring.rules import Bonus, Filings, LineRule, RulingRule, Shortfall
from scoring.scheme import Indicator, Scheme, SchemeError
from scoring.terms import Ground, Group, PlatformKind, ReadingName, Rule, RuledBy
from scoring.toml_table import TomlError, TomlTable
from scoring.words import say

SCHEMES = Path(__file__).with_name("schemes")


class NoSchemeError(ValueError):
    """A year before the first rules we hold (年度无评价办法)."""


@cache
def rules_in_force(name: str, year: int) -> Path:
    """The file of ``name`` that is in force in ``year``: the one that began last. Raises :class:`NoSchemeError`."""
    if not MINYEAR <= year <= MAXYEAR:
        raise NoSchemeError(say("errors.no_scheme", year=year))
    files = [SCHEMES / f"{name}.toml", *SCHEMES.glob(f"{name}-*.toml")]
    begun = {began: path for path in files if (began := _began(name, path)) <= year}
    if not begun:
        raise NoSchemeError(say("errors.no_scheme", year=year))
    return begun[max(begun)]


@cache
def scheme_for(kind: PlatformKind, year: int) -> Scheme:
    """The proved table for one kind of platform and one year. Raises :class:`NoSchemeError`."""
    return _load(rules_in_force(kind.value, year))


def indicator_of(kind: PlatformKind, year: int, code: str) -> Indicator:
    """A line by its code, in the kind's table, else in another's: of what was said while a platform was of that kind.

    Raises :class:`NoSchemeError`; KeyError for a code that no table of the year has.
    """
    for scheme in (scheme_for(each, year) for each in (kind, *PlatformKind)):
        if (found := next((line for line in scheme.indicators if line.code == code), None)) is not None:
            return found
    raise KeyError(code)


def scheme_text(kind: PlatformKind, year: int) -> str:
    """The very text that :func:`scheme_for` read, whatever became of its file since. Raises :class:`NoSchemeError`."""
    return _text(rules_in_force(kind.value, year))


@cache
def _load(path: Path) -> Scheme:
    return parse_scheme(path.name, _text(path))


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _began(name: str, path: Path) -> int:
    began = TomlTable.read(path).whole("in_force_from")
    if path.stem not in (name, f"{name}-{began}"):
        raise TomlError(f"{path.name}: rules in force from {began} belong into {name}-{began}.toml")
    return began


def parse_scheme(where: str, text: str) -> Scheme:
    """A scheme from its TOML text. Raises :class:`TomlError` for its form, :class:`SchemeError` for its arithmetic."""
    with TomlTable.parse(where, text) as table:
        kind, began = table.term("kind", PlatformKind), table.whole("in_force_from")
        with table.table("groups") as groups:
            worth = {Group(key): groups.points(key) for key in groups if key in set(Group)}
        return Scheme(
            name=f"{kind}-{began}",
            kind=kind,
            in_force_from=began,
            title=table.text("title"),
            base=table.points("base"),
            groups=worth,
            bonus_cap=table.points("bonus_cap"),
            readings=_readings(table.table("readings")),
            indicators=tuple(_indicator(line) for line in table.tables("indicators")),
            note=table.optional_text("note"),
        )


def _readings(table: TomlTable) -> Readings:
    words = {name: table.word(name) for name in table}
    if missing := set(ReadingName) - set(words):
        raise TomlError(f"{table.where}: {', '.join(sorted(missing))} has no default")
    try:
        return Readings.from_words(words)
    except ReadingError as error:
        raise TomlError(f"{table.where}: {error}") from error


def _indicator(table: TomlTable) -> Indicator:
    with table:
        return Indicator(
            code=table.name("code"),
            group=table.term("group", Group),
            name=table.text("name"),
            text=table.text("text"),
            full=table.points("full"),
            rule=_rule(table),
            opening=table.optional_text("opening"),
            row=table.optional_text("row"),
            readings=table.terms("readings", ReadingName),
        )


def _rule(table: TomlTable) -> LineRule:
    match table.term("rule", Rule):
        case Rule.SHORTFALL:
            return Shortfall(
                counts=table.names("counts"),
                unit=table.text("unit"),
                target=table.whole("target"),
                step=table.whole("step"),
                off=table.points("off"),
                leaves_out=table.names("leaves_out"),
                overflow_from=table.names("overflow_from"),
            )
        case Rule.RULING:
            return RulingRule(
                ruled_by=table.term("ruled_by", RuledBy),
                grain=table.points("grain"),
                grain_before=table.points("grain_before") if "grain_before" in table else None,
                advised_by=table.term("advised_by", RuledBy) if "advised_by" in table else None,
                rests_on=table.terms("rests_on", Ground),
            )
        case Rule.FILINGS:
            return Filings(off=table.points("off"))
        case Rule.BONUS:
            with table.table("counts_under") as under:
                conditions = {key: under.term(key, ReadingName) for key in under}
            return Bonus(
                counts=table.names("counts"),
                unit=table.text("unit"),
                each=table.points("each"),
                counts_under=conditions,
            )


__all__ = ["NoSchemeError", "SchemeError", "TomlError", "parse_scheme", "rules_in_force", "scheme_for"]
