"""名单匹配: which enterprise a line of a list means. A code decides, else a name's normal form; a doubt is no match.

A name with a sign that does not say which it is (``names.is_comparable``) is such a doubt, whatever it is equal to.

A whole list is matched with three queries, however long it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.terms import RosterMatch
from scoring import uscc as codes
from scoring.identity_numbers import is_identity_number
from wxsvc.services import kept_enterprises
from wxsvc.services.people import near_names
from wxsvc.services.people.enterprises import LONGEST_NAME
from wxsvc.texts import names

MOST_PROPOSED: Final = 8
"""Enterprises that are proposed for one line; who has more of one name looks for it by its code."""

_LICENCE: Final = re.compile(r"\d{13}|\d{15}")
"""Numbers of older licences (营业执照注册号)."""
_LOST: Final = re.compile(r"(\d{15})000|(\d{3,15})[?]+")
"""A code that Excel took for a number: it keeps fifteen digits and shows zeros for the rest, or fewer digits."""


class TypedLine(Protocol):
    """What stands on a line."""

    @property
    def name(self) -> str: ...

    @property
    def uscc(self) -> str: ...


class Match(Struct, frozen=True):
    """Whom a line means and how we know, or why we do not."""

    matching: RosterMatch
    enterprise_id: int | None = None


class MatchProposal(Struct, frozen=True):
    """What staff may choose from for one open line; ``is_safe``: a single one that may be taken with all others."""

    enterprises: tuple[Enterprise, ...]
    is_safe: bool


def match(session: Session, lines: Sequence[TypedLine]) -> list[Match]:
    """Each line's match, in their order."""
    by_code = kept_enterprises.by_codes(session, {codes.normalise(line.uscc) for line in lines} - {""})
    by_form = _by_form(session, {names.normal_form(line.name) for line in lines} - {""})
    return [_match(line, by_code, by_form) for line in lines]


def propose(session: Session, lines: Sequence[TypedLine]) -> list[MatchProposal]:
    """What each open line may mean: the code as it was probably meant, then enterprises of the same name."""
    meant = [codes.suggestion(codes.normalise(line.uscc)) for line in lines]
    by_code = kept_enterprises.by_codes(session, {code for code in meant if code})
    by_form = _by_form(session, {form for line in lines for form in _kin(line.name)})
    return [
        _proposal(line, by_code.get(code or ""), [each for form in _kin(line.name) for each in by_form.get(form, ())])
        for line, code in zip(lines, meant, strict=True)
    ]


def alike(session: Session, name: str) -> Sequence[Enterprise]:
    """名称相近: enterprises whose names are like this one."""
    return near_names.near(session, name, MOST_PROPOSED)


def is_new(line: TypedLine) -> bool:
    """Whether the line says all that registering its enterprise needs: a name and a right code."""
    return bool(line.name) and codes.is_valid(codes.normalise(line.uscc))


def is_plainly_new(line: TypedLine) -> bool:
    """The same, where the name looks like one: then nobody needs to be asked before it is registered."""
    return is_new(line) and len(line.name) <= LONGEST_NAME and names.is_likely(line.name)


def is_licence(line: TypedLine) -> bool:
    """Whether what stands for a code looks like the number of an older licence."""
    code = codes.normalise(line.uscc)
    return _LICENCE.fullmatch(code) is not None and not is_identity_number(code)


def has_lost_digits(line: TypedLine) -> bool:
    """Whether Excel has rounded the code off."""
    code = codes.normalise(line.uscc)
    return _LOST.fullmatch(code) is not None and not codes.is_valid(code)


def _match(line: TypedLine, by_code: Mapping[str, Enterprise], by_form: Mapping[str, Sequence[Enterprise]]) -> Match:
    code = codes.normalise(line.uscc)
    same_name = by_form.get(names.normal_form(line.name), ()) if names.is_comparable(line.name) else ()
    if code:
        if (known := by_code.get(code)) is not None:
            return Match(RosterMatch.CODE, known.id)
        if has_lost_digits(line):
            kept = code.rstrip("?")[:15]
            same_name = [each for each in same_name if (each.uscc or "").startswith(kept)]
            if len(same_name) == 1:
                return Match(RosterMatch.NAME, same_name[0].id)
        is_good = codes.is_valid(code) or is_licence(line)
        return Match(RosterMatch.UNKNOWN if is_good else RosterMatch.WRONG_CODE)
    if len(same_name) == 1:
        return Match(RosterMatch.NAME, same_name[0].id)
    return Match(RosterMatch.SEVERAL if same_name else RosterMatch.UNKNOWN)


def _proposal(line: TypedLine, meant: Enterprise | None, same_name: Iterable[Enterprise]) -> MatchProposal:
    found = {each.id: each for each in ([meant] if meant else [])} | {each.id: each for each in same_name}
    code = codes.normalise(line.uscc)
    # A right code that belongs to nobody we know is somebody else, whatever the name: that takes a look at each.
    is_plain = not codes.is_valid(code) and not is_licence(line) and names.is_comparable(line.name)
    is_safe = len(found) == 1 and is_plain
    return MatchProposal(tuple(found.values())[:MOST_PROPOSED], is_safe)


def _kin(name: str) -> tuple[str, ...]:
    return names.kin(name) if names.stem(name) else ()


def _by_form(session: Session, wanted: Collection[str]) -> dict[str, list[Enterprise]]:
    return kept_enterprises.having(session, "name_form", wanted) if wanted else {}
