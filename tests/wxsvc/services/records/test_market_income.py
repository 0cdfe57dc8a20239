"""市场化服务业务收入: declared by the platform itself; annex 2 then asks for its accounts."""

from __future__ import annotations

from datetime import datetime

import pytest

from scoring.terms import EvidenceItem
from tests import builders
from tests.databases import every_row
from tests.wxsvc.services.record_cases import World, world
from wxsvc.db import Database
from wxsvc.services.records import evidence, market_income
from wxsvc.services.refusal import Refused


def is_asked(w: World) -> bool:
    """Whether the accounts are asked for."""
    return next(
        each.is_required
        for each in evidence.checklist(w.session, w.platform.id, 2026)
        if each.asked.item is EvidenceItem.FINANCIAL_STATEMENT
    )


def test_the_accounts_are_asked_of_those_that_earn(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        assert not is_asked(w)
        market_income.declare(session, w.platform.id, 2026, True, w.owner, now)
        assert is_asked(w)
        market_income.declare(session, w.platform.id, 2026, False, w.owner, now)
        assert not is_asked(w)


def test_saying_it_twice_leaves_the_same_rows(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        market_income.declare(session, w.platform.id, 2026, True, w.owner, now)
    before = every_row(db)
    with db.transaction() as session:
        market_income.declare(session, w.platform.id, 2026, True, w.owner, now)
    assert every_row(db) == before


def test_strangers_and_sealed_years_are_refused(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(Refused, match="not_allowed"):
            market_income.declare(session, w.platform.id, 2026, True, w.stranger(), now)
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            market_income.declare(session, w.platform.id, 2026, True, w.owner, now)
