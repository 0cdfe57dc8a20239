"""名称相近的企业: whom a name may mean that is not quite right — a place written longer, a legal form cut, a slip.

Proposals only: a person compares them with the licence, and nothing is matched by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.enterprise import Enterprise
from wxsvc import names, regions

MOST: Final = 5
FEWEST: Final = 4
"""Characters of a name that is looked for inside a longer one; the first two are the town's as a rule."""
_ALIKE: Final = 0.65
"""Part of two names that must be common (``difflib``'s ratio)."""
_MOST_PAIRS: Final = 12
_LOOKED_AT: Final = 200


def near(session: Session, name: str, limit: int = MOST) -> Sequence[Enterprise]:
    """The enterprises whose names are like this one, the most like first. One query, over every name.

    One that was merged is found, by its own name, as the one that is kept.
    """
    wanted = _core(names.stem(name))
    pairs = list(dict.fromkeys(_pairs(wanted)))[:_MOST_PAIRS]
    if not pairs:
        return ()
    known = aliased(Enterprise)
    has = [known.name_form.contains(pair, autoescape=True) for pair in pairs]
    shared = sum((sa.case((each, 1), else_=0) for each in has[1:]), sa.case((has[0], 1), else_=0))
    query = (
        sa.select(known.name_form, Enterprise)
        .join(Enterprise, Enterprise.id == sa.func.coalesce(known.merged_into_id, known.id))
        .where(sa.or_(*has))
        .order_by(shared.desc(), sa.func.length(known.name_form), known.id)
        .limit(_LOOKED_AT)
    )
    found = [(_likeness(wanted, _core(form.partition(" ")[0])), len(form), row) for form, row in session.execute(query)]
    found.sort(key=lambda each: (-each[0], each[1], each[2].id))
    alike = dict.fromkeys(row for likeness, _, row in found if likeness >= _ALIKE)
    return list(alike)[:limit]


def _likeness(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= FEWEST and shorter in longer:
        return 1.0 - 0.01 * (len(longer) - len(shorter))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _pairs(core: str) -> Iterator[str]:
    """Every two signs that stand beside each other behind the place: what is the place's alone says nothing."""
    place = next((each for each in _places().values() if core.startswith(each)), "")
    own = core.removeprefix(place)
    if len(own) < 2:
        return
    yield from (own[at : at + 2] for at in range(len(own) - 1))


def _core(stem: str) -> str:
    """A stem without what is left of a legal form, its places without what they are (长沙市 → 长沙)."""
    rest = re.sub(names.cut_legal_form(), "", stem) or stem
    core = ""
    while place := next((each for each in _places() if rest.startswith(each)), None):
        core, rest = core + _places()[place], rest.removeprefix(place)
    return core + rest


@cache
def _places() -> dict[str, str]:
    """Divisions with and without what they are, the longest first, and each without."""
    found = {region.name: re.sub(names.kind_of_place(), "", region.name) for region in regions.all_regions().values()}
    both = found | {short: short for short in found.values()}
    return dict(sorted(both.items(), key=lambda each: -len(each[0])))
