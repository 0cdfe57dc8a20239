"""企业名称 in a cell or a line that people wrote: the company and its code, without the persons who stand beside them.

What is cut away because it is a person's leaves no trace. What is cut away without knowing what it was leaves ``…``,
so that the name is never matched by itself (``names.is_comparable``): a branch must not become its company.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Final

from scoring import uscc as codes
from scoring.identity_numbers import PROVINCES, is_identity_number
from wxsvc.texts import names, private_data, regions
from wxsvc.texts.beside import table_beside
from wxsvc.texts.widths import half_width

_signs: Final = table_beside(__file__)
_PICTURE: Final = (
    r"[\u2190-\u21ff\u231a-\u23ff\u25b6\u25c0\u2600-\u2604\u2607-\u2714\u2719-\u274b\u274d\u274f-\u2752\u2756-\u27bf"
    r"\u2b00-\u2b1a\u2b1d-\u2bff\ufe0f\u20e3\U0001f000-\U0001faff]"
)
_PICTURES: Final = re.compile(rf"^(?:\s*[0-9]?{_PICTURE}+)+\s*|\s*{_PICTURE}+\s*$")
"""Pictures that people put before and behind what they write in a chat, digits in boxes (6️⃣) too; none of those that
may stand in place of a sign (★, ⬜, ❓), and no cross (✗, ❌): it says that somebody did not come."""
_CUT: Final = "\x00"
"""Stands where a number was."""
_CODE: Final = re.compile(
    r"(?<![0-9A-Z])(?=[A-Z]{0,3}[0-9])(?:[0-9]{3,15}[?]{3,16}|[0-9A-Z]{17,19}|[0-9]{15}|[0-9]{13})(?![0-9A-Z])"
)
"""What looks like a code, one sign too few or too many as well, or like an older licence's number."""
_PARTED_CODE: Final = re.compile(r"(?<![0-9A-Z])(?=([0-9A-Z](?:[ -]?[0-9A-Z]){17})(?![0-9A-Z]))")
_AROUND_CODE: Final = re.compile(r"""[\u3400-\u9fff:：'"“”‘’(（]""")
_BETWEEN: Final = re.compile(r"""[\s\x00+\-—–_/\\|:：,，;；、()（）\[\]【】<>《》「」『』“”‘’"'。.!！~～]+""")
_LEFT: Final = re.compile(r"[\s\x00+\-—–_/\\|:：,，;；、]+")
_PAIRS: Final = (
    ("(（", ")）"),
    ("[【", "]】"),
    ("<《〈", ">》〉"),
    ("“", "”"),
    ("‘", "’"),
    ("「", "」"),
    ("『", "』"),
    ('"', '"'),
)
"""Signs that open and close; the last of an odd number of ``"`` opens what is not closed within the name."""
_LONG: Final = re.compile(r"(?:\d[\s-]?){15}")
_SAYS_WHO: Final = re.compile(r"[^\W\d_]")
_COMPANIES: Final = ("91", "92", "93", "N", "A", "Y")
_FEWEST_PRIVATE: Final = 7
"""Digits that may be somebody's number."""


def code_in(cell: str) -> str:
    """What a column of codes holds: the code as typed, ``?`` for one that may be anybody's number, or nothing.

    A code with a mistake is kept for mending where it can only be an organisation's; a person's number and everything
    that is no code are left out.
    """
    code = codes.normalise(cell)
    if is_code(code):
        return code if _AROUND_CODE.search(cell) else cell.strip()
    if is_code_with_gaps(code):
        return code
    if is_identity_number(code) or not code.isascii() or not re.search(r"\d", code):
        found = _codes_of(cell)
        return found[0] if found else ""
    if code.isalnum() and sum(map(str.isdigit, code)) < _FEWEST_PRIVATE:
        return cell.strip()
    return "" if private_data.has_number(cell) and len(code) < codes.LENGTH - 1 else "?"


def is_code(code: str) -> bool:
    """Whether a normalised text is an organisation's code or licence number, or can only be meant to be one."""
    if is_identity_number(code) or not code.isascii() or not code.isalnum():
        return False
    if codes.is_valid(code):
        return True
    if code.isdigit() and len(code) in (13, 15):
        return code[:2] in PROVINCES or code.startswith("10")
    is_long = codes.LENGTH - 3 <= len(code) <= codes.LENGTH + 2
    return is_long and (code.startswith(_COMPANIES) or re.search("[A-WYZ]", code) is not None)


def is_code_with_gaps(code: str) -> bool:
    """Whether this is what Excel left of a company's code (``cells.with_gaps``); of a person's number nothing is."""
    return re.fullmatch(r"9[123][0-9]{1,13}[?]{3,16}", code) is not None and len(code) == codes.LENGTH


def code_told(cell: str) -> str:
    """The one code in a cell, without what stands around it; else the cell as it is, for the judge to refuse."""
    code = codes.normalise(cell)
    found = [code] if is_code(code) else _codes_of(cell)
    return found[0] if len(set(found)) == 1 else cell


def with_whole_codes(text: str) -> str:
    """A text whose valid codes are each one word: ``9143 0100 MA4L 0000 1J``, as people read it out and phones copy it
    from a picture."""
    plain = half_width(text).upper()
    for found in _PARTED_CODE.finditer(plain) if len(plain) == len(text) else ():
        code = re.sub("[ -]", "", found[1])
        if codes.is_valid(code):
            text = text[: found.start(1)] + code.ljust(len(found[1])) + text[found.end(1) :]
    return text


def apart(cell: str) -> tuple[str, list[str]]:
    """A cell's text without numbers and former names, and the codes in it, which may stand right beside it."""
    cell = with_whole_codes(cell)
    found = _codes_of(cell)
    plain = half_width(cell).upper()
    spans = [each.span() for each in _CODE.finditer(plain)] if len(plain) == len(cell) else []
    for begin, end in reversed(spans):
        cell = cell[:begin] + _CUT + cell[end:]
    return without_former_names(private_data.without_numbers(cell, _CUT)), found


def company_in(text: str) -> str:
    """The company that a text without numbers names, without persons, or nothing where it names persons alone."""
    end = _end_of_name(text)
    if end is None:
        return _short(text)
    head, tail = _head(text[:end], text[end:]), _tail(text[end:])
    is_bare = re.fullmatch(str(_signs()["bare_form"]), head) is not None
    return re.sub(r"[\s\x00]+", " ", ("…" if is_bare else "") + head + tail).strip()


def is_organisation(text: str) -> bool:
    """Whether a text ends as an organisation's name does."""
    return len(text) > 3 and (
        re.search(f"(?:{names.organisation_endings()})$", half_width(text), re.IGNORECASE) is not None
    )


def names_organisation(text: str) -> bool:
    """Whether a text has the name of an organisation in it, whatever follows."""
    return len(text) > 3 and _end_of_name(text) is not None


def is_branch_alone(text: str) -> bool:
    """Whether a text is what a branch is called behind its company's name: 长沙分公司, 第二分厂."""
    found = re.fullmatch(str(_signs()["branch_alone"]), text)
    return found is not None and (not found[1] or _is_place(found[1]))


def are_places_before(words: Sequence[str], name: str) -> bool:
    """Whether words only say where a company is whose name has its own place: 岳麓区 长沙精工有限公司."""
    return all(map(_is_place, words)) and _begins_with_place(name) and is_organisation(name)


def end_of_name(text: str) -> int:
    """Where the name of an organisation in a text ends; 0 in a text that has none."""
    return (_end_of_name(text) or 0) if len(text) > 3 else 0


def unnumbered(text: str) -> str:
    """A line without the number in front of it, and without signs that only please the eye (✅, 👉)."""
    return re.sub(str(_signs()["numbering"]), "", _undecorated(text))


def _undecorated(text: str) -> str:
    """A text without the pictures around it; within it every sign stays."""
    return text if text.isascii() else _PICTURES.sub("", text)


def has_identity_number(cell: str) -> bool:
    """Whether a resident's identity number (居民身份证号) stands in a cell, by itself or among other text."""
    if not _LONG.search(cell):
        return False
    plain = re.sub(r"(?<=\d)[\s-](?=[\dXx])", "", half_width(cell)).upper()
    return any(
        is_identity_number(each) for each in re.findall(r"(?<![0-9A-Z])[0-9]{15}(?:[0-9]{2}[0-9X])?(?![0-9])", plain)
    )


def without_former_names(text: str) -> str:
    """A text without what a company was called before (``（曾用名：…）``): it is no second company."""
    return re.sub(str(_signs()["former"]), "", text)


def companies_in(text: str) -> list[str]:
    """The same of a text that may name several, between whose names numbers stood."""
    pieces = [piece for piece in text.split(_CUT) if _end_of_name(piece) is not None]
    return [company_in(piece) for piece in pieces] if len(pieces) > 1 else [name] if (name := company_in(text)) else []


def _codes_of(cell: str) -> list[str]:
    found = _CODE.findall(unicodedata.normalize("NFKC", cell).upper())
    return [code for code in found if is_code(code) or is_code_with_gaps(code)]


def _short(text: str) -> str:
    """A name without any sign of being one: what is left of its words without the persons."""
    words = [word for word in _LEFT.split(text) if word]
    kept = [word for word in words if not private_data.is_person(word)]
    if len(kept) == len(words) and _CUT not in text:
        return "" if private_data.is_person(text) else text.strip()
    return " ".join(kept)


def _end_of_name(text: str) -> int | None:
    """Where the name of an organisation ends: at the last word for one that something else or nothing follows."""
    plain = half_width(text)
    ends = [
        found.end()
        for found in re.finditer(names.organisation_endings(), plain, re.IGNORECASE)
        if re.fullmatch(str(_signs()["strong"]), found[0])
        or found.end() == len(plain)
        or _BETWEEN.match(plain, found.end())
    ]
    outside = [end for end in ends if not _is_in_brackets(plain, end)]
    return max(outside or ends, default=None)


def _is_in_brackets(plain: str, place: int) -> bool:
    return plain.rfind("(", 0, place) > plain.rfind(")", 0, place) and ")" in plain[place:]


def _head(text: str, rest: str) -> str:
    """The name from its beginning, without what stands before it: a person, a label, an open bracket.

    ``rest`` follows the name: a bracket that closes nowhere has lost its other half, so the name is not parted there.
    """
    for opening, closing in _PAIRS:
        opened = max(map(text.rfind, opening))
        is_closed = text.count(opening) % 2 == 0 if opening == closing else any(map(text[opened + 1 :].count, closing))
        if opened >= 0 and not is_closed:
            text = _within(text[:opened], text[opened:], is_half=not any(map(rest.count, closing)))
    text = text[text.rfind(_CUT) + 1 :]
    text = text[max(text.rfind(":"), text.rfind("：")) + 1 :]
    parts = re.split(f"({_LEFT.pattern})", text)
    begin, mark = 0, ""
    for place in range(0, len(parts) - 1, 2):
        if _SAYS_WHO.search(parts[place]) and private_data.is_person(parts[place]) and not _is_place(parts[place]):
            begin = place + 2
            is_told = parts[place + 1].strip() or _begins_with_place(parts[place + 2])
            mark = "" if is_told else "…"
    return _without_person_before(mark + "".join(parts[begin:]).lstrip("@#'`´＇").strip())


def _within(before: str, opened: str, *, is_half: bool) -> str:
    """What stands behind an open bracket, or the whole where only half a bracket (``is_half``) is within a name."""
    if not is_half or not _SAYS_WHO.search(before) or private_data.is_person(before):
        return opened[1:]
    if _begins_with_place(before):
        return before + opened
    return opened[1:] if _begins_with_place(opened[1:]) else f"…{opened[1:]}"


def _without_person_before(name: str) -> str:
    """``张三长沙…有限公司`` without 张三; it may be a company's word too, so the rest is compared by a person."""
    for length in (3, 2):
        if private_data.is_person(name[:length]) and _begins_with_place(name[length:]) and not _is_place(name[:length]):
            return f"…{name[length:]}"
    return name


def _tail(text: str) -> str:
    """What follows the name: nothing of a person, a branch as it stands, ``…`` for what nobody knows."""
    words = [word for word in _BETWEEN.split(text) if word]
    kept = [word for word in words if not private_data.is_person(word) or _is_place(word)]
    if not kept:
        return ""
    if all(_is_branch(word) for word in kept):
        return text.replace(_CUT, "") if len(kept) == len(words) else "".join(f"（{word}）" for word in kept)
    return "…"


def _is_branch(word: str) -> bool:
    return _is_place(word) or re.search(str(_signs()["branch"]), half_width(word)) is not None


def _is_place(word: str) -> bool:
    return word in _places() or _division(word) in _places()


def _begins_with_place(text: str) -> bool:
    return any(text.startswith(place) for place in _places())


@cache
def _places() -> frozenset[str]:
    divisions = {each.name for each in regions.all_regions().values()}
    return frozenset(divisions | {_division(name) for name in divisions} | set(str(_signs()["places"]).split()))


def _division(name: str) -> str:
    """A division's name without what it is."""
    return re.sub(names.kind_of_place(), "", name)
