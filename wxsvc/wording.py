"""Wording (文字): every sentence a user reads lives in ``templates/``; here is how it is filled in.

Three purposes, three rules. *Pages* are HTML and escape what they are given. *Replies* and *notices* are plain text:
nothing is escaped, characters that XML forbids are dropped, and a reply fits WeChat's 2048 bytes. Labels
(``words.toml``) and short sentences (``refusals.toml`` …) are tables. A fact that nobody gave is an error everywhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from msgspec import Struct

from scoring.terms import Obligation
from scoring.words import name_of, points_text
from wxsvc.clock import BEIJING

TEMPLATES: Final = Path(__file__).parent / "templates"
REPLY_BYTES: Final = 2048
"""What WeChat takes as the content of one text reply, in bytes of UTF-8."""

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class TemplatePurpose(StrEnum):
    """What a template is for; each has its folder."""

    PAGES = "pages"
    REPLIES = "replies"
    NOTICES = "notices"


@cache
def environment(purpose: TemplatePurpose) -> Environment:
    """The one Jinja environment of a purpose."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES / purpose),
        autoescape=purpose is TemplatePurpose.PAGES,  # noqa: S701 - replies and notices are plain text
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    equip(made)
    return made


def equip(made: Environment) -> None:
    """Give an environment (Flask's, for the pages) our filters and our strictness."""
    made.undefined = StrictUndefined
    made.filters |= {
        "beijing": beijing,
        "clock": clock,
        "day": day,
        "filing_name": filing_name,
        "full_day": full_day,
        "near_day": near_day,
        "in_day": in_day,
        "percent": percent,
        "points": points,
        "quoted": quoted,
        "refusal": refusal,
        "said": said,
        "to_second": to_second,
        "word": word,
    }


def reply(name: str, **facts: object) -> str:
    """The passive reply ``replies/<name>.txt``, at most 2048 bytes; what is too long loses lines before its last one,
    which mostly leads to all of it, and says so by ``…``."""
    return _in_lines(_text(environment(TemplatePurpose.REPLIES).get_template(f"{name}.txt"), facts), REPLY_BYTES)


class WordedNotice(Struct, frozen=True):
    """A notice in words: its sentence for the inbox, the page it leads to, and the four of a template message."""

    text: str
    page: str
    values: Mapping[str, str]
    """``what``, ``result``, ``note``, ``when``: as long as they come, to be made fit by whoever sends them."""


def notice(purpose: str, facts: Mapping[str, object], made_at: datetime, audience: str) -> WordedNotice:
    """A notice of ``templates/notices`` and ``notices.toml``, to an ``audience``: platform, province or person."""
    known = {name: _revived(name, value) for name, value in facts.items()} | {"made_at": made_at, "audience": audience}
    table, made = _table("notices")[purpose], environment(TemplatePurpose.NOTICES)
    return WordedNotice(
        text=_text(made.get_template(f"{purpose}.txt"), known),
        page=_text(made.from_string(table["pages"][audience]), known),
        values={name: _text(made.from_string(text), known) for name, text in table.items() if isinstance(text, str)},
    )


def said(code: str, prefix: str = "", **facts: object) -> str:
    """A sentence of ``pages.toml``, as templates ask for it: ``{{ code | said('lack_') }}``."""
    return sentence("pages", prefix + code, **facts)


def sentence(table: str, code: str, **facts: object) -> str:
    """The sentence ``code`` of ``templates/<table>.toml``, filled in. Raises ``KeyError`` for a code it lacks."""
    return _text(_sentence(table, str(code)), facts)


def refusal(code: str, facts: Mapping[str, object]) -> str:
    """A sentence of ``refusals.toml`` before anything is refused, as templates ask for it."""
    return sentence("refusals", code, **facts)


def listed(table: str, section: str, key: str) -> tuple[str, ...]:
    """The sentences that ``templates/<table>.toml`` offers for a key of a section, else for ``other``."""
    offered = _table(table)[section]
    return tuple(offered.get(key, offered["other"]))


def word(member: Enum | str, section: str | None = None) -> str:
    """The Chinese label of a word: of an enum member by its class (``Stage.DRAFT`` → 草稿), else of a section.

    The regulation's own words are named by ``scoring``.
    """
    if isinstance(member, StrEnum) and type(member).__module__ == "scoring.terms":
        return name_of(member)
    if section is None:
        if not isinstance(member, Enum):
            raise KeyError(f"{member!r} is no enum member: name the section of words.toml")
        section = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(member).__name__).lower()
    labels = _table("words").get(section, {})
    key = str(member.value if isinstance(member, Enum) else member)
    if key not in labels:
        raise KeyError(f"words.toml has no [{section}] {key}")
    return str(labels[key])


def words_of(section: str) -> Mapping[str, str]:
    """Every word of a section of ``words.toml``, for a list to choose from."""
    found: Mapping[str, str] = _table("words")[section]
    return found


def beijing(instant: datetime) -> str:
    """``2026年1月4日 14:30``, in Beijing time."""
    return _formatted("instant", _in_beijing(instant))


def to_second(instant: datetime) -> str:
    """``2026年1月4日 14:30:05``, in Beijing time: the moment of a figure that is compared with another."""
    return _formatted("second", _in_beijing(instant))


def clock(instant: datetime) -> str:
    """``14:30``, in Beijing time."""
    return _formatted("clock", _in_beijing(instant))


def in_day(instant: datetime, of: datetime | None) -> str:
    """``14:30:05`` of an instant on the day of another one; of any other, the whole date."""
    if of is None or _in_beijing(instant).date() != _in_beijing(of).date():
        return to_second(instant)
    return _formatted("clock_to_second", _in_beijing(instant))


def day(when: date | datetime) -> str:
    """``1月4日（周日）``; of an instant, the day it is in Beijing."""
    return _formatted("day", _in_beijing(when) if isinstance(when, datetime) else when)


def full_day(when: date | datetime) -> str:
    """``2026年1月4日（周日）``: a day that may lie in any year, as those of records under review do."""
    return _formatted("full_day", _in_beijing(when) if isinstance(when, datetime) else when)


def near_day(when: date | datetime, today: date) -> str:
    """``1月4日``, of another year than today's ``2025年1月4日``: a day where there is little room."""
    day_on = _in_beijing(when) if isinstance(when, datetime) else when
    return _formatted("month_day" if day_on.year == today.year else "year_day", day_on)


def filing_name(obligation: Obligation, period: str) -> str:
    """What is filed, by the month it falls due in (``11月活动计划表``) or its year (``2026年度总结``)."""
    year, _, due = period.partition("-")
    month = int(due or 1)
    return sentence("filings", f"{obligation}_period", year=int(year), month=month, covered=(month - 2) % 12 + 1)


def points(value: Decimal | int) -> str:
    """分值 without trailing zeros: ``13.5``, ``15``. Floats are refused: points are exact."""
    if isinstance(value, float):
        raise TypeError("points are exact decimals, never floats")
    return points_text(value if isinstance(value, Decimal) else Decimal(value))


def percent(share: Decimal) -> str:
    """``73.5%``: a share to a tenth of a percent, without trailing zeros."""
    return points_text((share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)) + "%"


def clip(text: str, size: int) -> str:
    """At most ``size`` bytes of UTF-8, never cutting a character; what is cut off is shown by ``…``."""
    if len(text.encode()) <= size:
        return text
    return text.encode()[: size - len("…".encode())].decode(errors="ignore").rstrip() + "…"


def _in_lines(text: str, size: int) -> str:
    """At most ``size`` bytes of UTF-8: whole lines, so that no link is cut in two, and the last one in any case."""
    *lines, last = text.split("\n")
    if len(text.encode()) <= size or len(last.encode()) > size // 2:
        return clip(text, size)
    room, kept = size - len(f"…\n{last}".encode()), 0
    for number, line in enumerate(lines, 1):
        room -= len(line.encode()) + 1
        kept = number if room >= 0 else kept
    return "\n".join([*lines[:kept], "…", last])


def _revived(name: str, value: object) -> object:
    """Facts are kept as JSON: days, instants and the regulation's words become themselves again."""
    if not isinstance(value, str):
        return value
    if name == "obligation":
        return Obligation(value)
    if name.endswith("_at"):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name == "day" or name.endswith("_on") else value


def quoted(text: str) -> str:
    """A title in quotation marks; those within it are single ones then (GB/T 15834): ``“技术‘破零倍增’辅导”``."""
    return _nested(f"“{text}”")


def _text(template: Template, facts: Mapping[str, object]) -> str:
    return _nested(_FORBIDDEN.sub("", template.render(facts)).strip())


def _nested(text: str) -> str:
    """The same with single quotation marks where double ones stand within others; as it is where one lacks its half."""
    if text.count("“") != text.count("”"):
        return text
    signs, opened = list(text), list[int]()
    for at, sign in enumerate(text):
        if sign == "“":
            opened.append(at)
        elif sign == "”" and opened:
            begin = opened.pop()
            if opened:
                signs[begin], signs[at] = "‘", "’"
    return "".join(signs)


@cache
def _table(name: str) -> Mapping[str, Any]:
    with (TEMPLATES / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _sentence(table: str, code: str) -> Template:
    text = _table(table).get(code)
    if not isinstance(text, str):
        raise KeyError(f"{table}.toml has no sentence {code}")
    return environment(TemplatePurpose.REPLIES).from_string(text)


def _in_beijing(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone has no time in Beijing")
    return instant.astimezone(BEIJING)


def _formatted(name: str, when: date) -> str:
    weekday = word(str(when.isoweekday()), "weekday")
    return word(name, "format").format(when=when, weekday=weekday)
