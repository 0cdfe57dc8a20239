"""补录 is one rule: whatever has a day of its own may be entered late, is flagged, and waits with a doubt."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.record import OnlineTrade
from models.terms import Subject
from tests import builders
from tests.wxsvc.services.record_cases import ADD, CORRECT, DAY, World, world
from wxsvc.db import Database
from wxsvc.services.judging import review_hints
from wxsvc.services.records import assignments, online_trades, trade_lists
from wxsvc.services.records.hints import Hint
from wxsvc.services.refusal import Refused
from wxsvc.texts.order_lines import OrderLine

pytestmark = pytest.mark.both_databases

DATED = [
    Subject.OFFLINE_SERVICE,
    Subject.ONLINE_TRADE,
    Subject.NEED,
    Subject.RESEARCH_REPORT,
    Subject.PLATFORM_FUSION,
    Subject.BONUS_CLAIM,
]


def is_doubtful(w: World, row: Any) -> bool:
    """Whether the reviewer is told that it was entered late."""
    key = (row.SUBJECT, row.id)
    return Hint.BACKFILLED in review_hints.of(w.session, [key]).get(key, ())


@pytest.mark.parametrize("subject", DATED, ids=str)
def test_every_kind_with_a_day_of_its_own_is_flagged_after_thirty_days(
    db: Database, now: datetime, subject: Subject
) -> None:
    """The thirtieth day is in time, the next one late; neither is refused."""
    for days, expected in ((30, False), (31, True)):
        entered_at = datetime.combine(DAY + timedelta(days=days), now.timetz())
        with db.transaction() as session:
            w = world(session, entered_at)
            row = ADD[subject](w, w.owner)
            assert (row.is_backfilled, is_doubtful(w, row)) == (expected, expected)


def test_a_response_is_flagged_by_the_day_it_was_given(db: Database, now: datetime) -> None:
    """Corrected to a later day it is in time."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.RESPONSE](w, w.owner)
        assert not is_doubtful(w, row)
        assignments.correct_response(session, row.id, "参会", date(2026, 9, 1), 1, w.owner, now)
        assert is_doubtful(w, row)
        assignments.correct_response(session, row.id, "参会", DAY, 2, w.owner, now)
        assert not is_doubtful(w, row)


def test_the_setting_decides_after_how_many_days(db: Database, now: datetime) -> None:
    """Two days of the setting are three days too few; the day of entry counts, also at a correction."""
    with db.transaction() as session:
        w = world(session, now)
        entry = online_trades.OnlineTradeEntry("D-7", DAY, w.enterprise.id, "代理记账")
        row = online_trades.add(session, w.platform.id, entry, w.owner, now, backfill_days=2)
        assert row.is_backfilled
        again = online_trades.correct(session, row.id, replace(entry, service="代理"), 1, w.owner, now, backfill_days=3)
        assert not again.is_backfilled


def test_saying_the_same_again_much_later_changes_nothing(db: Database, now: datetime) -> None:
    """The first entry decides."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.NEED](w, w.owner)
        w.now = now + timedelta(days=90)
        assert ADD[Subject.NEED](w, w.owner) is row
        CORRECT[Subject.NEED](w, row, 1, w.owner)
        assert not row.is_backfilled


def test_a_list_of_orders_is_flagged_order_by_order(db: Database, now: datetime) -> None:
    """The old one is late, the new one is not."""
    with db.transaction() as session:
        w = world(session, now)
        lines = [
            OrderLine(number, f"D-{number}", day, str(w.enterprise.uscc), "", "代理记账", "某代理公司", "")
            for number, day in ((2, "2026-09-01"), (3, "2026-11-20"))
        ]
        orders = trade_lists.judged(session, lines, now)
        trade_lists.add(session, w.platform.id, orders, w.owner, now)
        flags = {row.order_number: row.is_backfilled for row in session.scalars(sa.select(OnlineTrade))}
        assert flags == {"D-2": True, "D-3": False}


def test_a_sealed_year_refuses_what_is_late(db: Database, now: datetime) -> None:
    """Flagged or not."""
    with db.transaction() as session:
        w = world(session, datetime.combine(DAY + timedelta(days=90), now.timetz()))
        builders.seal(session, w.platform)
        for subject in DATED:
            with pytest.raises(Refused, match="year_sealed"):
                ADD[subject](w, w.owner)
