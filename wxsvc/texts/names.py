"""企业名称: the normal form that names are found by. A name is a label, never an identity.

Two names have one form when they are one name in two spellings, and for no other reason: every sign that has a shape
stays and tells names apart. What is one sign, and what has no shape, is a table of our own (``names.toml``), so a form
that is stored stays right whatever Unicode the next Python knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)
_COMPOSED: Final = re.compile(
    r"[\u0000-\u036f\u1e00-\u1eff\u3040-\u30ff\u1100-\u11ff\uac00-\ud7a3\uf900-\ufad9\U0002f800-\U0002fa1d]+"
)
"""Signs that can be written in two canonical ways: letters with marks, kana, Hangul, CJK compatibility ideographs."""
_ESCAPED: Final = re.compile("_x(000[0-9A-F]|001[0-9A-F]|007F|00A0|200[B-F]|FEFF)_", re.IGNORECASE)
_SHAPELESS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that nobody sees (Hangul fillers, an empty Braille cell)."""
_CASED: Final = re.compile("[\u0000-\u058f\u1e00-\u1eff]+")


def clean(text: str) -> str:
    """A text as somebody reads it: on one line, without signs that nobody sees and without outer or doubled spaces.

    ``_x000D_`` and its kind go too: that is how Excel writes a control character, and careless programs leave it so.
    """
    whole = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    seen = (sign if _joins_pictures(whole, at) else _seen(sign) for at, sign in enumerate(whole))
    return " ".join("".join(seen).split())


def normal_form(name: str) -> str:
    """The stem, and after one space the legal form (``长沙精工 有限公司``); two spellings of a name have one form.

    Widths, directions and canonical spellings are one (``Ａ`` and ``a``, ``（`` and ``(``, ``⾦`` and ``金``, a CJK
    compatibility ideograph and its character, a private code of GBK and its character), capitals small; spaces, dots
    and invisible signs go. Nothing else is taken for another sign or for none: not ``②``, ``²``, ``Ⅱ``, ``㈱``, no
    variation selector, no unknown character. A branch (分公司) has no legal form of its own and stays whole.
    """
    whole, legal_form = _split(name)
    return f"{whole} {legal_form}" if legal_form else whole


def stem(name: str) -> str:
    """The normal form without the legal form: what one searches for."""
    return _split(name)[0]


def is_legal_form(name: str) -> bool:
    """Whether a text is a legal form (有限公司) and nothing else."""
    return _folded(name) in _table()["legal_forms"]


def kin(name: str) -> tuple[str, ...]:
    """Every normal form that has the name's stem: itself, and the same stem with each other legal form or none."""
    whole = stem(name)
    forms = (f"{whole} {legal_form}" for legal_form in _table()["legal_forms"].values())
    return tuple(dict.fromkeys((normal_form(name), whole, *forms)))


def spellings() -> Mapping[str, str]:
    """What a name may have, and what its normal form has in that place: for a query, which cannot ask for that form.

    Brackets, spaces, dots and the long word for 有限公司; widths of letters and rare signs are beyond a query.
    """
    longer = {form: short for form, short in _table()["legal_forms"].items() if form != short}
    return {"（": "(", "）": ")", " ": "", "\u3000": "", **dict.fromkeys(_table()["dots"], ""), **longer}


def is_comparable(name: str) -> bool:
    """Whether every sign of a name says which it is; a name with one that does not is compared by a person.

    Not so: a private code that nobody has assigned, an unknown code point, and what is put in place of a sign
    (``?``, ``□``, ``〓``, ``*`` …). Planes 2 and 3 are Chinese characters, also those that Python does not know yet.
    """
    return all(_says_itself(sign) for sign in _folded(name))


def says_none(text: str) -> bool:
    """Whether a text in place of a name says that there is none, or that nobody knows it: 无, 不详, ``/``."""
    return re.fullmatch(_table()["none"]["said"], _folded(text)) is not None


def is_likely(name: str) -> bool:
    """Whether a name looks like one: Chinese characters or letters, and an ending as companies, bodies, shops have."""
    folded, ends = _folded(name), _table()["endings"]
    if not any(sign.isalpha() for sign in folded):
        return False
    return any(re.search(f"(?:{pattern})$", folded, re.IGNORECASE) for pattern in (ends["organisation"], ends["shops"]))


def is_branch(name: str) -> bool:
    """Whether a name ends as a branch's does (分公司)."""
    return _folded(name).endswith(_table()["branch"]["ending"])


def organisation_endings() -> str:
    """A pattern of the words that an organisation's name ends with."""
    return str(_table()["endings"]["organisation"])


def cut_legal_form() -> str:
    """A pattern of what is left at the end of a stem of a legal form that was not written out (``有限责任``)."""
    return str(_table()["endings"]["cut_form"])


def kind_of_place() -> str:
    """A pattern of what a division calls itself behind its name (``市``)."""
    return str(_table()["places"]["kind"])


def city() -> str:
    """What a city calls itself behind its name."""
    return str(_table()["places"]["city"])


def _joins_pictures(text: str, at: int) -> bool:
    """Whether the sign makes one picture of two (👨‍👩‍👧): without it others are seen."""
    return text[at] == "\u200d" and at > 0 and unicodedata.category(text[at - 1]) in ("So", "Sk", "Mn")


def _seen(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    return "" if category == "Cf" or sign in _SHAPELESS else sign


def _says_itself(sign: str) -> bool:
    if sign in _table()["placeholders"]:
        return False
    category = unicodedata.category(sign)
    return category not in ("Co", "Cs") and (category != "Cn" or _is_ideograph(ord(sign)))


def _is_ideograph(code: int) -> bool:
    return 0x3400 <= code <= 0x9FFF or (0x20000 <= code <= 0x3FFFD and code & 0xFFFF < 0xFFFE)


def _split(name: str) -> tuple[str, str]:
    table = _table()
    kept = _folded(name)
    if kept not in table["legal_forms"] and not is_branch(name):
        for ending, legal_form in table["legal_forms"].items():
            if kept.endswith(ending):
                return kept.removesuffix(ending), legal_form
    return kept, ""


def _folded(name: str) -> str:
    """Every sign in its one spelling, those without a shape left out."""
    text = _COMPOSED.sub(lambda run: unicodedata.normalize("NFC", run[0]), name.translate(_signs()))
    return _CASED.sub(lambda run: "".join(sign.lower() for sign in run[0]), text)


@cache
def _signs() -> Mapping[int, str]:
    """What becomes of a sign, by its code point."""
    table = _table()
    pairs = table["radicals"]["pairs"]
    found = dict(zip(map(ord, pairs[::2]), pairs[1::2], strict=True))
    for code in _codes(table["widths"]["ranges"]):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1:
            found[code] = plain
    found |= dict.fromkeys((*_codes(table["unseen"]["ranges"]), *map(ord, table["dots"])), "")
    found[ord("･")] = ""  # the half-width dot
    for first, signs in table["private"].items():
        found |= {int(first, 16) + place: found.get(ord(sign), sign) for place, sign in enumerate(signs)}
    return found


def _codes(ranges: list[str]) -> Iterator[int]:
    for each in ranges:
        first, last = (int(code, 16) for code in each.split("-"))
        yield from range(first, last + 1)
