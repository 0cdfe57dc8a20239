"""名单匹配 of a thousand names with rare signs and near misses: no line is counted for another company."""

from __future__ import annotations

import random
from datetime import datetime

import sqlalchemy as sa

from models.roster import RosterRow
from models.terms import RosterMatch
from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import roster_matching, roster_rows, rosters
from wxsvc.services.door.rosters import RosterLine
from wxsvc.texts import names

RARE = [
    *map(chr, (0x2EBF0, 0x2EBF1, 0x20BB7, 0x20087, 0x30000, 0x31350, 0x323B0, 0x4DAE, 0x9FB4, 0x9FFC, 0x3400)),
    *"鑫淼焱垚犇骉羴麤龘①②²ⅡA",
]
UNTELLING = [*"?□〓*\ufffd", *map(chr, (0xE000, 0xE001, 0xF8FF, 0x0378, 0xF0000))]
SIGNS = [*RARE, *UNTELLING, "", ""]
WORDS = ["金属材料", "精工机械", "数控设备", "新材料", "电机"]
FORMS = ["有限公司", "股份有限公司", "厂"]


def spelling(draw: random.Random, name: str) -> str:
    """The same name as somebody else would type it."""
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" and draw.random() < 0.5 else sign for sign in name)
    place = draw.randrange(len(wide))
    return wide[:place] + draw.choice(["", " ", "\u3000", "\u200b", "\u2060"]) + wide[place:]


def test_a_thousand_rare_names(db: Database, now: datetime) -> None:
    draw = random.Random(20261128)
    called = [
        f"长沙{draw.choice(SIGNS)}{draw.choice(SIGNS)}{draw.choice(WORDS)}{draw.choice(FORMS)}" for _ in range(1000)
    ]
    with db.transaction() as session:
        known = {name: each.id for name, each in builders.enterprises(session, dict.fromkeys(called)).items()}
        platform = builders.platform(session)
        activity, by = builders.activity(session, platform), builders.staff(session, platform)
        true = dict(enumerate(known, start=1))
        same = [RosterLine(place, spelling(draw, name), "") for place, name in true.items()]
        near = []
        for name in known:
            place = draw.randrange(2, len(name) - 2)
            changed = name[:place] + draw.choice([*RARE, *UNTELLING, ""]) + name[place + draw.randrange(2) :]
            if changed not in known:
                near.append(changed)
        rosters.start(session, activity.id, same, by, now)
        for line, match in zip(same, roster_matching.match(session, same), strict=True):
            name = true[line.number]
            assert match.enterprise_id in (None, known[name]), name
            assert (match.matching is RosterMatch.NAME) is names.is_comparable(name), name
        lines = [RosterLine(number, name, "") for number, name in enumerate(near, start=1)]
        assert {match.enterprise_id for match in roster_matching.match(session, lines)} == {None}
        roster = rosters.start(session, activity.id, lines, by, now).roster
        roster_rows.adopt(session, roster.id, by, now)
        adopted = sa.select(RosterRow.name, RosterRow.enterprise_id).where(
            RosterRow.roster_id == roster.id, RosterRow.enterprise_id.is_not(None)
        )
        by_id = {each: name for name, each in known.items()}
        for name, enterprise_id in session.execute(adopted):  # a proposal differs in the legal form alone
            assert names.stem(name) == names.stem(by_id[enterprise_id])
            assert names.is_comparable(name)
