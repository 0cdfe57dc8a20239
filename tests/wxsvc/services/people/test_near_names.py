"""名称相近: of a thousand names, each is among the first five when it is written nearly right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests import builders
from wxsvc.db import Database
from wxsvc.services.people import near_names

pytestmark = pytest.mark.both_databases

PLACES = ["长沙", "株洲", "湘潭", "衡阳", "岳阳", "浏阳", "湘西"]
BRANDS = "天健精工华远恒泰鑫龙宏图博世金鹰银河星辰泰和中联三一百川万通友谊东方红旗"
TRADES = ["食品", "机械制造", "数控设备", "新材料", "电子科技", "生物医药", "建筑工程", "物流", "农业开发"]
RARE = ["", "", "", "\U0002ebf0", "\U00030000", "龘"]

VARIANTS: dict[str, Callable[[str, random.Random], str]] = {
    "with its city's kind": lambda name, _: f"{name[:2]}市{name[2:]}",
    "with the province": lambda name, _: f"湖南省{name}",
    "form cut": lambda name, _: name.removesuffix("公司"),
    "without a form": lambda name, _: name.removesuffix("有限公司"),
    "form cut, long": lambda name, _: name.removesuffix("有限公司") + "有限责任",
    "without its place": lambda name, _: name[2:],
    "a slip": lambda name, draw: _changed(name, draw, draw.choice("某甲乙丙丁")),
    "a sign too few": lambda name, draw: _changed(name, draw, ""),
}


def _changed(name: str, draw: random.Random, sign: str) -> str:
    """A slip in the trade: the brand and the place are what tells such names apart."""
    place = draw.randrange(len(name) - 6, len(name) - 4)
    return name[:place] + sign + name[place + 1 :]


def test_a_thousand_names_are_offered_in_the_first_five(db: Database) -> None:
    """Also with rare signs in them; and a name is never hidden behind those that are less like it."""
    draw = random.Random(20261128)
    known: set[str] = set()
    while len(known) < 1000:
        brand = "".join(draw.choice(BRANDS) for _ in range(3)) + draw.choice(RARE)
        known.add(f"{draw.choice(PLACES)}{brand}{draw.choice(TRADES)}有限公司")
    missed: Counter[str] = Counter()
    with db.transaction() as session:
        builders.enterprises(session, sorted(known))
    with db.read() as session:
        for name in draw.sample(sorted(known), 40):
            for kind, written in VARIANTS.items():
                found = [each.name for each in near_names.near(session, written(name, draw))]
                assert len(found) <= near_names.MOST
                missed[kind] += name not in found
    assert not +missed


@pytest.mark.parametrize(
    "typed", ["", " ", "长沙", "长沙市", "湖南省长沙市岳麓区", "公司", "有限公司", "%_", "12", "天"]
)
def test_what_says_nothing_is_like_nothing(typed: str, db: Database) -> None:
    with db.transaction() as session:
        builders.enterprise(session, name="长沙天健食品有限公司")
        assert list(near_names.near(session, typed)) == []
