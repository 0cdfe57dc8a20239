"""统一社会信用代码 (GB 32100-2015): the 18 characters that make one enterprise one enterprise."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from scoring.identity_numbers import is_identity_number
from scoring.terms import UsccKind

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z: they look like digits or each other
LENGTH: Final = 18
LICENCE_LENGTHS: Final = (13, 15)
"""Digits of an older licence's number."""
LOOKALIKES: Final = {"I": "1", "O": "0", "Z": "2", "S": "5"}

_KINDS: Final = {
    "91": UsccKind.ENTERPRISE,
    "92": UsccKind.SOLE_TRADER,
    "93": UsccKind.COOPERATIVE,
    "N": UsccKind.RURAL_COLLECTIVE,
    "1": UsccKind.PUBLIC_BODY,
    "5": UsccKind.SOCIAL_ORGANISATION,
    "8": UsccKind.TRADE_UNION,
}


_AROUND: Final = re.compile(
    r"""(?:[\u3400-\u9fff()/]{1,20}:)?["'`´‘’“”=]*([0-9A-Z]{13,20})["'`´‘’“”]*"""
    r"""(?:\(?[\u3400-\u9fff]{2,4}\)?[0-9]{0,2}|\([0-9]{2}\))?[,.;\u3002]?"""
)
"""A code among what people copy with it: ``统一社会信用代码：…``, ``'…``, ``…（副本）1-1``."""


def normalise(text: str) -> str:
    """As typed → as stored: half-width, upper case, without spaces and hyphens of any kind. It need not be valid.

    What stands around a code goes too: its label, quotes that keep Excel from taking it for a number, 副本.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    signs = "".join(sign for sign in folded if unicodedata.category(sign) not in ("Zs", "Pd", "Cc", "Cf"))
    found = _AROUND.fullmatch(signs)
    return found[1] if found else signs


def is_valid(code: str) -> bool:
    """Whether a normalised code has 18 characters of the alphabet and the right check character, and is no person's.

    No registering department is 0, so eighteen zeros, which people type for want of a code, are none. The inner
    组织机构代码 and the division are not judged: old and special codes are real. An identity number (居民身份证号)
    that happens to have the right check character is no code (``identity_numbers``).
    """
    has_form = len(code) == LENGTH and all(sign in ALPHABET for sign in code)
    return has_form and code[0] != "0" and code[-1] == check_character(code) and not is_identity_number(code)


def check_character(code: str) -> str:
    """The 18th character for the first 17 of a normalised code. ValueError for a character outside the alphabet."""
    weighted = sum(ALPHABET.index(sign) * 3**place for place, sign in enumerate(code[: LENGTH - 1]))
    return ALPHABET[-weighted % 31]


def suggestion(code: str) -> str | None:
    """A proposal for a mistyped code: when replacing exactly one of I, O, Z, S by 1, 0, 2, 5 makes it valid, else None.

    A proposal only: a person compares it with the licence (营业执照).
    """
    mistyped = [place for place, sign in enumerate(code) if sign not in ALPHABET]
    if len(mistyped) != 1 or code[mistyped[0]] not in LOOKALIKES:
        return None
    place = mistyped[0]
    corrected = code[:place] + LOOKALIKES[code[place]] + code[place + 1 :]
    return corrected if is_valid(corrected) else None


def licence_suggestion(number: str) -> str | None:
    """A proposal for a mistyped number of an older licence (营业执照注册号), else None.

    Those of 13 and 15 characters are digits alone (GS 15-2006), so letters there stand for digits that they look like.
    """
    if len(number) not in LICENCE_LENGTHS or number.isdigit():
        return None
    corrected = "".join({"L": "1", **LOOKALIKES}.get(sign, sign) for sign in number)
    return corrected if corrected.isdigit() else None


def kind_of(code: str) -> UsccKind:
    """What the registering department (first character) and its kind (second) say about a normalised code."""
    return _KINDS.get(code[:2]) or _KINDS.get(code[:1]) or UsccKind.OTHER
