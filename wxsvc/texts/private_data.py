"""个人信息 in what people write: phones, identity numbers, addresses of mail and WeChat, and names of persons.

Lists of companies come with all of these between the lines. They are told here so that whoever reads a list leaves them
out before anything is kept. Numbers are told for sure; a name is told by its family name, so three characters of a
short company name may be taken for one: then somebody writes the name in full, and no person's was kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from scoring.identity_numbers import is_identity_number
from wxsvc.texts.beside import table_beside
from wxsvc.texts.widths import half_width

_table: Final = table_beside(__file__)

_DIGITS: Final = re.compile(r"\+?[(]?\d(?:[\s\-‐-―－.()*·]{0,4}\d){6,}(?:[\s-]?[Xx](?![A-Za-z]))?")
"""Seven digits and more, however they are set apart: phones with their area or country, identity numbers, QQ."""
_MOBILE: Final = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d){8}(?![0-9A-Za-z])", re.ASCII)
_IDENTITY: Final = re.compile(
    r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])", re.ASCII
)
_SPACED_IDENTITY: Final = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){16}[ -]?[\dXx](?![0-9A-Za-z])", re.ASCII)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_ACCOUNT: Final = re.compile(r"(?=.*[\d_-])[A-Za-z][A-Za-z0-9_-]{5,19}")
"""What a WeChat account looks like by itself."""
_LATIN_NAME: Final = re.compile(r"[A-Z][a-z]+(?:\s[A-Z][a-z]+){1,2}")
_MAY_HOLD: Final = re.compile(r"\d|@|[A-Za-zＡ-Ｚａ-ｚ]{2}")
_EDGES: Final = " @\t\n\x00+-—–_/\\|:：,，.。、;；()（）[]【】<>《》~*#"


def without_numbers(text: str, instead: str = " ") -> str:
    """The text without phones, identity numbers and accounts; ``instead`` stands where one was."""
    return _without((_MAIL, _pattern("account"), _DIGITS), text, instead)


def without_contacts(text: str) -> str:
    """The text with ``***`` for what surely leads to a person: mobiles, identity numbers, mail, named accounts.

    Other numbers stay (codes, amounts, days): for texts of staff, which are kept for good.
    """
    return _without((_MAIL, _pattern("account"), _IDENTITY, _MOBILE), text, "***")


def _without(patterns: Sequence[re.Pattern[str]], text: str, instead: str) -> str:
    if not _MAY_HOLD.search(text):
        return text
    for pattern in patterns:
        plain = half_width(text)
        for found in reversed(list(pattern.finditer(plain))):
            text = text[: found.start()] + instead + text[found.end() :]
    return text


def has_number(text: str) -> bool:
    """Whether a phone, an identity number or an account stands in the text."""
    return without_numbers(text) != text


def identity_numbers(text: str) -> list[re.Match[str]]:
    """The identity numbers (居民身份证号) of 18 characters in the text, in any width, with spaces or dashes between."""
    found = _SPACED_IDENTITY.finditer(half_width(text))
    return [each for each in found if is_identity_number(re.sub(r"[ -]", "", each[0]).upper())]


def is_mobile(text: str) -> bool:
    """Whether the text is a mobile phone's number and nothing else."""
    return re.fullmatch(r"(?:86)?1[3-9]\d{9}", text, re.ASCII) is not None


def is_person(text: str) -> bool:
    """Whether the text says nothing but who a person is: a name, a title, a label, a count of heads, or nothing."""
    bare = text.strip(_EDGES)
    if not bare or _pattern("count").fullmatch(half_width(bare)) or bare in _labels():
        return True
    return any(
        pattern.fullmatch(bare) for pattern in (_person(), _LATIN_NAME, _pattern("dotted_name"), _ACCOUNT)
    ) or _is_all_persons(bare)


def is_label(text: str) -> bool:
    """Whether the text is what stands before or above somebody's name or number (姓名, 联系电话)."""
    return text in _labels()


def _is_all_persons(bare: str) -> bool:
    """Several words each of which is one, and labels written before a name without a colon."""
    words = re.split(r"[\s:：,，、/+()（）-]+", bare)
    if len(words) > 1:
        return all(is_person(word) for word in words)
    label = next((each for each in _labels() if len(each) > 1 and bare.startswith(each)), "")
    rest = bare.removeprefix(label)
    return bool(label) and bool(rest) and (_person().fullmatch(rest) is not None or rest in _labels())


@cache
def _person() -> re.Pattern[str]:
    table = _table()
    one = "".join(str(table["surnames"]).split())
    family = f"(?:[{one}]|{'|'.join(str(table['double_surnames']).split())})"
    return re.compile(
        str(table["person"])
        .replace("ONE", f"[{one}]")
        .replace("FAMILY", family)
        .replace("TITLE", f"(?:{table['titles']})"),
        re.VERBOSE,
    )


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(str(_table()[name]), re.IGNORECASE)


@cache
def _labels() -> frozenset[str]:
    return frozenset("".join(str(_table()["labels"]).split()).split("|"))
