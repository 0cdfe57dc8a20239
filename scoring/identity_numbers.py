"""居民身份证号 (GB 11643-1999, and the fifteen digits from before): numbers of persons, never a company's code.

One number in 31 passes the check character of GB 32100 as well, so that check alone would take a person for a company.
What tells them apart is what else must hold: a province first, a day of birth at the seventh place, and the check
character of ISO 7064 MOD 11-2 at the end.

**No company is turned away.** ``91``, ``92`` and ``93`` (enterprises, sole traders, cooperatives) are no province's
digits, so such a code is never taken for a person's number. The price: the card of a foreign permanent resident (it
begins with 9, then the province) that was issued in a province whose digits begin with 1, 2 or 3 is not recognised;
Hunan's begin with ``943`` and are.

**Other organisations.** Bodies of GB 32100 whose first two characters are a province's digits as well (``11``, ``12``,
``13``, ``21``, ``31`` … ``53``, ``62``, ``71``, ``81``) keep their code unless all of it fits a person: the day of
birth begins with the last two digits of the division that registered them, so that must end in 19 or 20, which no
division of Hunan does. Of codes made of digits at such a division 3.65 % have a day at that place, and in one of 31 the
two check characters agree: 0.12 % would be refused wrongly, and public bodies and associations do not count as 家次.

**The older numbers.** Fifteen digits with a day of birth (year without its century) at the seventh place are a person's
unless they carry the check digit of an older licence (营业执照注册号, ISO 7064 MOD 11,10), as one number in ten does.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

PROVINCES: Final = frozenset(
    map(
        str,
        (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82),
    )
) | {"83"}
"""The first two digits of a resident's number (GB/T 2260); 81 to 83 are residence permits (港澳台居民居住证)."""
_ORGANISATIONS: Final = frozenset(
    f"{department}{kind}"
    for department, kinds in {
        "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129", "8": "19", "9": "1239",
    }.items()
    for kind in kinds
)  # fmt: skip
"""Registering department and kind as GB 32100 knows them, digits only."""
_COMPANIES: Final = ("91", "92", "93")
_NEW: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLD: Final = re.compile(r"[1-9][0-9]{14}")
_CHECKS: Final = "10X98765432"


def is_identity_number(code: str) -> bool:
    """Whether a code (normalised as ``uscc.normalise`` does) is a resident's identity number, of 18 or 15 characters.

    Where no organisation's code begins so, a wrong check character is a slip of the pen: it is a person's number still.
    """
    if _NEW.fullmatch(code):
        return (
            _is_persons(code)
            and _is_day(code[6:14])
            and (code[:2] not in _ORGANISATIONS or code[-1] == check_character(code))
        )
    return (
        _OLD.fullmatch(code) is not None
        and code[:2] in PROVINCES
        and _is_day(f"19{code[6:12]}")
        and not has_licence_check(code)
    )


def check_character(number: str) -> str:
    """The 18th character for the first 17 digits (ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17])) % 11]


def has_licence_check(number: str) -> bool:
    """Whether fifteen digits end in the check digit of an older licence (ISO 7064 MOD 11,10)."""
    product = 10
    for digit in number[:14]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (product + int(number[14])) % 10 == 1


def _is_persons(code: str) -> bool:
    is_foreign = code[0] == "9" and code[1:3] in PROVINCES and not code.startswith(_COMPANIES)
    return code[:2] in PROVINCES or is_foreign


def _is_day(digits: str) -> bool:
    """A day from 1900 on. Days to come too: whoever makes a number up, or mistypes one, has no company either."""
    if digits[:2] not in ("19", "20"):
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
