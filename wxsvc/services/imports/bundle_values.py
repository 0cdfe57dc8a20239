"""The values of a bundle (导入文件中的值): how each kind is cleaned, and the code that says what is wrong with it.

Outer spaces are dropped, nothing else is guessed: a number is no text, and a time has its zone. The JSON schema
describes the clean form.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache, partial
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from scoring import uscc as codes
from scoring.identity_numbers import is_identity_number
from wxsvc.services.demands import CODE, must_be_link
from wxsvc.services.refusal import Refused
from wxsvc.texts import names, private_data, regions

LONGEST_NAME: Final = 200
LONGEST_PLACE: Final = 300
LONGEST_TEXT: Final = 20_000
LONGEST_PLATFORM_CODE: Final = 32
_OPENID: Final = re.compile(r"\S{1,64}")
_SCENE: Final = re.compile(r"[!-~]{1,64}")
_SHORT_CODE: Final = re.compile(r"[0-9]{5}")
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")
_LICENCE: Final = re.compile(r"[0-9A-Z]{6,32}")
_STRANGE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BREAKS: Final = re.compile("[\t\n\r]")
_YEARS: Final = range(2000, 2100)

Term = TypeVar("Term", bound=StrEnum)


def wrong(code: str, **facts: object) -> PydanticCustomError:
    """The error that pydantic keeps with its place; ``code`` is the sentence's."""
    return PydanticCustomError(code, code, facts)


def read_text(value: object, longest: int = LONGEST_NAME, *, lines: bool = False) -> str:
    """A text of 1 to ``longest`` characters, with ``lines`` of several lines."""
    if not isinstance(value, str):
        raise wrong("not_a_text")
    text = value.strip()
    if not text:
        raise wrong("empty")
    if len(text) > longest:
        raise wrong("too_long", length=len(text), most=longest)
    if _STRANGE.search(text) or (not lines and _BREAKS.search(text)):
        raise wrong("strange_character")
    return text


def readable(text: str | None, *, lines: bool = False) -> str | None:
    """A stored text as a row may have it: a page takes signs that no document shows, and a tab in a title."""
    if text is None:
        return None
    return (_STRANGE.sub("", text) if lines else names.clean(_STRANGE.sub("", text))) or None


def is_openid(value: object) -> bool:
    """Whether this is an openid, as it stands."""
    return isinstance(value, str) and bool(_OPENID.fullmatch(value)) and not _STRANGE.search(value)


def word_of(terms: type[Term], allowed: tuple[Term, ...] = ()) -> BeforeValidator:
    """Reads one of the domain's words."""
    words = allowed or tuple(terms)

    def read(value: object) -> Term:
        text = read_text(value)
        if text not in words:
            raise wrong("unknown_word", value=text, words=words)
        return terms(text)

    return BeforeValidator(read)


@lru_cache(maxsize=100_000)
def _judged(text: str) -> tuple[str, bool]:
    """A code as stored, and whether it is right. A list of check-ins names the same codes again and again."""
    code = codes.normalise(text)
    return code, codes.is_valid(code)


def _shaped(shape: re.Pattern[str], code: str, value: object) -> str:
    text = read_text(value)
    if not shape.fullmatch(text):
        raise wrong(code, value=text)
    return text


def _platform_code(value: object) -> str:
    code = _shaped(CODE, "wrong_code", value)
    if len(code) > LONGEST_PLATFORM_CODE:
        raise wrong("too_long", length=len(code), most=LONGEST_PLATFORM_CODE)
    return code


def _name(value: object, longest: int = LONGEST_NAME) -> str:
    """A name without signs that nobody sees: they would rename what is known."""
    if not (text := names.clean(read_text(value, longest))):
        raise wrong("empty")
    return text


def _company_name(value: object) -> str:
    text = _name(value)
    if private_data.has_number(text):
        raise wrong("person_in_name")
    return text


def _uscc(value: object) -> str:
    text = read_text(value)
    code, is_valid = _judged(text)
    if is_valid:
        return code
    if is_identity_number(code):
        raise wrong("identity_number")
    if len(code) != codes.LENGTH:
        raise wrong("wrong_uscc_length", value=text, length=len(code))
    raise wrong("wrong_uscc", value=text, suggestion=codes.suggestion(code))


def _licence(value: object) -> str:
    text = read_text(value)
    number = codes.normalise(text)
    if is_identity_number(number):
        raise wrong("identity_number")
    if private_data.is_mobile(number):
        raise wrong("phone_as_licence")
    if not _LICENCE.fullmatch(number):
        raise wrong("wrong_licence", value=text, suggestion=None)
    if (meant := codes.licence_suggestion(number)) is not None:
        raise wrong("wrong_licence", value=text, suggestion=meant)
    return number


def _enterprise_key(value: object) -> str:
    is_uscc = len(_judged(read_text(value))[0]) == codes.LENGTH
    return _uscc(value) if is_uscc else _licence(value)


def _region(value: object) -> str:
    """Today's code of the division; a code that no division has, such as a park's, as it is."""
    text = _shaped(_SIX_DIGITS, "wrong_region", value)
    known = regions.find(text)
    return known.code if known else text


def _moment(value: object) -> datetime:
    text = read_text(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong("wrong_time", value=text) from None
    if moment.tzinfo is None:
        raise wrong("no_zone", value=text)
    if moment.year not in _YEARS:
        raise wrong("wrong_time", value=text)
    return moment


def _day(value: object) -> date:
    text = read_text(value)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise wrong("wrong_day", value=text)
    return day


def _link(value: object) -> str:
    text = read_text(value, 1000)
    try:
        return must_be_link(text)
    except Refused:
        raise wrong("wrong_link", value=text) from None


def _texts(longest: int, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": longest, **more})


def _pattern(shape: re.Pattern[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{shape.pattern}$"})


Name = Annotated[str, BeforeValidator(_name), _texts(LONGEST_NAME)]
"""One line."""
Place = Annotated[str, BeforeValidator(partial(_name, longest=LONGEST_PLACE)), _texts(LONGEST_PLACE)]
"""One line, as long as the page's may be."""
CompanyName = Annotated[str, BeforeValidator(_company_name), _texts(LONGEST_NAME)]
"""An enterprise's name: no phone or identity number stands in it."""
ShortText = Annotated[str, BeforeValidator(partial(read_text, longest=64)), _texts(64)]
"""One line of at most 64 characters."""
Lines = Annotated[str, BeforeValidator(partial(read_text, longest=1000, lines=True)), _texts(1000)]
"""A few lines."""
LongText = Annotated[str, BeforeValidator(partial(read_text, longest=LONGEST_TEXT, lines=True)), _texts(LONGEST_TEXT)]
"""Lines of at most 20 000 characters together."""
Code = Annotated[str, BeforeValidator(partial(_shaped, CODE, "wrong_code")), _texts(64)]
"""A code that can stand in an address: letters, digits, ``_ . -``."""
PlatformCode = Annotated[str, BeforeValidator(_platform_code), _texts(LONGEST_PLATFORM_CODE)]
"""The same, as long as a platform's may be."""
Openid = Annotated[str, BeforeValidator(partial(_shaped, _OPENID, "wrong_openid")), _pattern(_OPENID)]
Scene = Annotated[str, BeforeValidator(partial(_shaped, _SCENE, "wrong_scene")), _pattern(_SCENE)]
ShortCode = Annotated[str, BeforeValidator(partial(_shaped, _SHORT_CODE, "wrong_short_code")), _pattern(_SHORT_CODE)]
Region = Annotated[str, BeforeValidator(_region), _pattern(_SIX_DIGITS)]
"""行政区划代码."""
Uscc = Annotated[str, BeforeValidator(_uscc), WithJsonSchema({"type": "string"})]
"""统一社会信用代码 as stored, its check character verified."""
Licence = Annotated[str, BeforeValidator(_licence), WithJsonSchema({"type": "string"})]
"""营业执照注册号: the number of an older licence, as stored."""
EnterpriseKey = Annotated[str, BeforeValidator(_enterprise_key), WithJsonSchema({"type": "string"})]
"""An enterprise's code, or the number of its older licence."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A time with its zone."""
Day = Annotated[date, BeforeValidator(_day)]
"""A day as in 2026-01-31."""
Link = Annotated[str, BeforeValidator(_link), _texts(1000, format="uri")]
"""An address that begins with http:// or https://."""
