"""A small bundle, and what the tests of imports do with it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from tests.builders import NOW
from tests.databases import every_row
from wxsvc.commands.bundles import in_json, told
from wxsvc.db import Database
from wxsvc.services.imports.imports import BadBundle, ImportOutcome, load
from wxsvc.services.imports.problems import ImportProblem
from wxsvc.services.imports.reading import parse
from wxsvc.vault import Vault

AFTER = NOW + timedelta(days=1)
"""When the bundle's activity is over."""
CHINESE = re.compile("[\u4e00-\u9fff]")
VAULT = Vault(["a secret of the tests, long enough"])
USCC = "91350100M000100Y43"
OTHER_USCC = "9144030071526726XG"

PLATFORM = {"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}
PARK = {"code": "430371", "name": "湘潭高新区窗口平台", "kind": "county", "region": "430371"}
ENTERPRISE = {"uscc": USCC, "name": "长沙精工有限公司", "region": "430102", "contacts": ["o-li"]}
ACTIVITY = {
    "code": "A-1",
    "platform": "430100",
    "title": "数字化转型对接会",
    "category": "digital",
    "part": "host",
    "starts_at": "2026-11-23T09:00:00+08:00",
    "ends_at": "2026-11-23T17:00:00+08:00",
    "place": "长沙市岳麓区",
    "stage": "published",
    "scene": "1",
}
STAFF = [
    {"openid": "o-wang", "name": "王敏", "role": "platform", "platform": "430100"},
    {"openid": "o-zhao", "name": "赵处", "role": "province"},
]


def bundle(**sections: Any) -> dict[str, Any]:
    """One platform with two of staff, one enterprise, one activity; sections given replace these."""
    return {"platforms": [PLATFORM], "staff": STAFF, "enterprises": [ENTERPRISE], "activities": [ACTIVITY]} | sections


def imported(db: Database, content: object, now: datetime = NOW) -> ImportOutcome:
    with db.transaction() as session:
        return load(session, parse(content), now, vault=VAULT)


def problems(db: Database, content: object) -> list[tuple[str | None, int | None, str | None, str]]:
    with pytest.raises(BadBundle) as bad:
        imported(db, content)
    return named(bad.value.problems)


def named(found: list[ImportProblem]) -> list[tuple[str | None, int | None, str | None, str]]:
    """Where each problem is and its code; every one of them can be told to a person."""
    for each in found:
        assert CHINESE.search(told(each, in_json))
    return [(each.section, each.index, each.name, each.code) for each in found]


def everything(db: Database) -> dict[str, list[Any]]:
    """Every row of every table, in words that compare in any order."""
    return {name: sorted(map(repr, rows)) for name, rows in every_row(db).items()}


def one(session: Session, table: type[Base]) -> Any:
    return session.scalars(sa.select(table)).one()
