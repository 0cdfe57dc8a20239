"""A thousand company names with rare signs: another spelling is the same company, a near miss is nobody."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from models.terms import RosterMatch
from tests import builders
from wxsvc.db import Database
from wxsvc.documents.roster_sheets import RosterSheetLine
from wxsvc.services.door import roster_matching
from wxsvc.services.people import near_names
from wxsvc.texts import names

pytestmark = pytest.mark.both_databases

PLACES = ["长沙", "株洲", "湘潭", "衡阳", "岳阳", "浏阳", "湘西"]
BRANDS = "天健精工华远恒泰鑫龙宏图博世金鹰银河星辰泰和中联三一百川万通友谊东方红旗"
TRADES = ["食品", "机械制造", "数控设备", "新材料", "电子科技", "生物医药", "建筑工程", "物流", "农业开发"]
RARE = [
    "\U0002ebf0",
    "\U00030000",
    "\U00031350",
    "\U000323b0",
    "\U00020087",
    "\u9fb4",
    "龘",
    "䶮",
    "𠮷",
    "②",
    "Ⅱ",
    "㈱",
]
"""Of the blocks up to the newest, and signs that folding would take for others."""
FORMS = ["有限公司", "有限责任公司", "股份有限公司", "厂"]
MAPPED = {"\u9fb4": "\ue81e", "\U00020087": "\ue816"}
"""Characters, and the private codes that GBK had for them."""
COMPATIBLE = {"金": "\uf90a"}
"""Characters, and a code of another block for the very same."""

Changed = Callable[[str, random.Random], str]

SPELLINGS: dict[str, Changed] = {
    "as it is": lambda name, _: name,
    "with spaces": lambda name, draw: _put(name, draw, draw.choice(" \u3000\u00a0\t")),
    "with an invisible sign": lambda name, draw: _put(name, draw, draw.choice("\u200b\ufeff\u2060\u00ad\u200e")),
    "with a dot": lambda name, draw: _put(name, draw, draw.choice("·•・‧")),
    "by private codes": lambda name, _: "".join(MAPPED.get(sign, sign) for sign in name),
    "by compatibility codes": lambda name, _: "".join(COMPATIBLE.get(sign, sign) for sign in name),
    "limited or with liability": lambda name, _: name.replace("有限责任公司", "有限公司"),
}
MISSES: dict[str, Changed] = {
    "another sign": lambda name, draw: _changed(name, draw, draw.choice("某甲乙丙丁")),
    "a rare sign": lambda name, draw: _changed(name, draw, "\U0002ebe0"),
    "an unknown sign": lambda name, draw: _changed(name, draw, draw.choice("\ue000\U000f0000\u0378\ufffd")),
    "a sign too few": lambda name, draw: _changed(name, draw, ""),
    "a sign too many": lambda name, draw: _put(name, draw, draw.choice("\U0002ebe1\U00030001新老")),
    "a variation": lambda name, draw: _put(name, draw, draw.choice("\ufe00\U000e0100")),
    "what stands for a sign": lambda name, draw: _changed(name, draw, draw.choice("?？□*●×")),
    "a branch": lambda name, _: f"{name}第一分公司",
    "without its place": lambda name, _: name[2:],
}
OFFERED = ("another sign", "a rare sign", "an unknown sign", "a sign too few", "a sign too many", "a variation")
"""Misses that are near enough to be asked about."""


def _put(name: str, draw: random.Random, sign: str) -> str:
    place = draw.randrange(3, len(names.stem(name)) - 1)
    return name[:place] + sign + name[place:]


def _changed(name: str, draw: random.Random, sign: str) -> str:
    """Within brand or trade, behind the place."""
    place = draw.randrange(2, len(names.stem(name)) - 1)
    return name[:place] + sign + name[place + 1 :]


def test_no_name_is_matched_to_another_company(db: Database) -> None:
    draw = random.Random(20261129)
    forms: dict[str, str] = {}
    while len(forms) < 1000:
        brand = [draw.choice(BRANDS) for _ in range(draw.choice((2, 3)))]
        brand.insert(draw.randrange(len(brand) + 1), draw.choice(["", "", *RARE]))
        name = f"{draw.choice(PLACES)}{''.join(brand)}{draw.choice(TRADES)}{draw.choice(FORMS)}"
        forms.setdefault(names.normal_form(name), name)
    known = sorted(forms.values())
    with db.transaction() as session:
        ids = {name: each.id for name, each in builders.enterprises(session, known).items()}
    wrong: Counter[str] = Counter()
    unoffered: Counter[str] = Counter()
    with db.read() as session:
        for kind, written in {**SPELLINGS, **MISSES}.items():
            lines = [RosterSheetLine(number, written(name, draw), "") for number, name in enumerate(known)]
            for name, line, found in zip(known, lines, roster_matching.match(session, lines), strict=True):
                meant = forms.get(names.normal_form(line.name))
                is_same = kind in SPELLINGS and found.enterprise_id == ids[name]
                is_nobody = kind not in SPELLINGS and (found.enterprise_id is None or meant == line.name)
                wrong[kind] += not (is_same or is_nobody)
                wrong[kind] += found.enterprise_id is not None and found.matching is not RosterMatch.NAME
            for name, line in draw.sample(list(zip(known, lines, strict=True)), 12) if kind in OFFERED else ():
                unoffered[kind] += name not in [each.name for each in near_names.near(session, line.name)]
    assert (+wrong, +unoffered) == (Counter(), Counter())
