"""名称相近的企业: whom a name may mean that is not quite right — a place written longer, a legal form cut, a slip.

Proposals only: a person compares them with the licence, and nothing is matched by them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.enterprise import Enterprise, EnterpriseNamePair
from wxsvc.services.people import enterprises
from wxsvc.texts import names, regions

MOST: Final = 5
FEWEST: Final = 4
"""Characters of a name that is looked for inside a longer one; the first two are the town's as a rule."""
_ALIKE: Final = 0.65
"""Part of two names that must be common (``difflib``'s ratio)."""
_MOST_PAIRS: Final = 12
_LOOKED_AT: Final = 200
_MOST_OF_A_PAIR: Final = 1_000
"""Names with the same two signs that are looked at; more have 科技 than anybody is asked about."""
_ONE: Final = 10_000_000


class NameMatches(Struct, frozen=True):
    """What a search brings; ``is_alike``: nothing has the name that was typed, these have one like it (是不是：…)."""

    enterprises: Sequence[Enterprise]
    is_alike: bool = False


def search(session: Session, text: str, *, region: str | None = None) -> NameMatches:
    """Enterprises by code or name as ``enterprises.search``, else those whose names are like it.

    ``region``: whose prefecture comes first. A code is right or wrong; only a name can be nearly right.
    """
    if found := enterprises.search(session, text, near=region):
        return NameMatches(found)
    alike = near(session, text) if any(sign.isalpha() and not sign.isascii() for sign in text) else ()
    return NameMatches(alike, is_alike=bool(alike))


def near(session: Session, name: str, limit: int = MOST) -> Sequence[Enterprise]:
    """The enterprises whose names are like this one, the most like first. Two queries, however many names there are.

    One that was merged is found, by its own name, as the one that is kept.
    """
    wanted = _core(names.stem(name))
    pairs = list(dict.fromkeys(_pairs(wanted)))[:_MOST_PAIRS]
    if not pairs:
        return ()
    known = aliased(Enterprise)
    query = (
        sa.select(known.name_form, Enterprise)
        .join(Enterprise, Enterprise.id == sa.func.coalesce(known.merged_into_id, known.id))
        .where(known.id.in_(_sharing(session, pairs)))
    )
    found = [(_likeness(wanted, _core(form.partition(" ")[0])), len(form), row) for form, row in session.execute(query)]
    found.sort(key=lambda each: (-each[0], each[1], each[2].id))
    alike = dict.fromkeys(row for likeness, _, row in found if likeness >= _ALIKE)
    return list(alike)[:limit]


def _sharing(session: Session, pairs: Sequence[str]) -> list[int]:
    """Enterprises that share pairs of signs with a name, those that share the most and the rarest first."""
    columns = EnterpriseNamePair.pair, EnterpriseNamePair.enterprise_id
    parts = [
        sa.select(*columns).where(columns[0] == pair).order_by(columns[1]).limit(_MOST_OF_A_PAIR).subquery()
        for pair in pairs
    ]
    having: dict[str, list[int]] = defaultdict(list)
    for pair, enterprise_id in session.execute(sa.union_all(*(sa.select(part) for part in parts))):
        having[pair].append(enterprise_id)
    weights: Counter[int] = Counter()
    for ids in having.values():
        # A pair that many names have says little, and what is left of such a one says that it has it, no more.
        weight = _ONE // len(ids)
        for enterprise_id in ids:
            weights[enterprise_id] += weight
    return [each for each, _ in sorted(weights.items(), key=lambda each: (-each[1], each[0]))[:_LOOKED_AT]]


def _likeness(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= FEWEST and shorter in longer:
        return 1.0 - 0.01 * (len(longer) - len(shorter))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _pairs(core: str) -> Iterator[str]:
    """Every two signs that stand beside each other behind the place, the place's last sign and what follows first.

    What is the place's alone says nothing; 市 may stand behind it in the other name.
    """
    place = next((short for each, short in _places_like(core) if core.startswith(each)), "")
    own = core.removeprefix(place)
    if len(own) < 2:
        return
    yield from (own[at : at + 2] for at in range(len(own) - 1))
    if place:
        yield from (f"{place[-1]}{own[0]}", f"{names.city()}{own[0]}")


def _core(stem: str) -> str:
    """A stem without what is left of a legal form, its places without what they are (长沙市 → 长沙)."""
    rest = re.sub(names.cut_legal_form(), "", stem) or stem
    core = ""
    while found := next((each for each in _places_like(rest) if rest.startswith(each[0])), None):
        place, short = found
        core, rest = core + short, rest.removeprefix(place)
    return core + rest


def _places_like(text: str) -> Sequence[tuple[str, str]]:
    """Places that begin as a text does, the longest first, and each without what it is."""
    return _places().get(text[:1], ())


@cache
def _places() -> dict[str, list[tuple[str, str]]]:
    """Divisions with and without what they are, by their first sign."""
    found = {region.name: re.sub(names.kind_of_place(), "", region.name) for region in regions.all_regions().values()}
    both = found | {short: short for short in found.values()}
    by_sign: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, short in sorted(both.items(), key=lambda each: -len(each[0])):
        by_sign[place[0]].append((place, short))
    return dict(by_sign)
