"""服务机构: known by name, offered again where they were used."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from models.enterprise import Institution
from models.record import OfflineService, OnlineTrade
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import institutions
from wxsvc.services.records import offline_services
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.refusal import Refused

EXAMPLE = "91350100M000100Y43"


def test_an_institution_is_found_by_its_code_or_its_name_or_made(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        by = builders.staff(session, builders.platform(session))
        made = institutions.named(session, "长沙咨询有限公司", by, now)
        same = institutions.named(session, " 长沙咨询有限公司 ", by, now, uscc=EXAMPLE)
        by_code = institutions.named(session, "另一个写法", by, now, uscc=EXAMPLE)
        assert made.id == same.id == by_code.id
        assert session.scalar(sa.select(sa.func.count()).select_from(Institution)) == 1
        with pytest.raises(Refused, match="code_differs"):
            institutions.named(session, "长沙咨询有限公司", by, now, uscc=builders.uscc())
        with pytest.raises(Refused, match="not_allowed"):
            institutions.named(session, "新机构", Actor(builders.person(session).id), now)


def test_the_institutions_that_the_platform_used_in_this_noun_last_used_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        here, there = builders.platform(session), builders.platform(session)
        served = frozenset({builders.enterprise(session).id})
        for platform, names in ((here, ("甲机构", "乙机构", "甲机构")), (there, ("丙机构",))):
            by = builders.staff(session, platform)
            for number, name in enumerate(names):
                used = institutions.named(session, name, by, now).id
                entry = OfflineServiceEntry(date(2026, 6, 1), f"第{number}次诊断", served, used)
                offline_services.add(session, platform.id, entry, by, now)
        assert institutions.used_in(session, OfflineService, here.id) == ["甲机构", "乙机构"]
        assert institutions.used_in(session, OfflineService, here.id, limit=1) == ["甲机构"]
        assert institutions.used_in(session, OnlineTrade, here.id) == []
