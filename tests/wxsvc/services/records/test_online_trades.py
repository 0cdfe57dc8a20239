"""Online trades: one order number, one order; a cancelled one is void and its number stays taken."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from models.record import OnlineTrade
from models.terms import Stage, Subject
from scoring.terms import PlatformKind
from tests.wxsvc.services.record_cases import DAY, World, world
from wxsvc.db import Database
from wxsvc.services.judging import reviews
from wxsvc.services.records import online_trades, reviewed
from wxsvc.services.records.online_trades import OnlineTradeEntry
from wxsvc.services.refusal import Refused


def entry(w: World) -> OnlineTradeEntry:
    """Order D-1 of the world's enterprise."""
    return OnlineTradeEntry("D-1", DAY, w.enterprise.id, "知识产权代理", amount_fen=120_000)


def add(w: World, what: OnlineTradeEntry) -> OnlineTrade:
    """Add for the world's platform."""
    return online_trades.add(w.session, w.platform.id, what, w.owner, w.now)


def test_an_order_number_is_one_order_at_a_platform(db: Database, now: datetime) -> None:
    """With other content it is refused; at another platform it is another order."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now, PlatformKind.PREFECTURE)
        row = add(w, entry(w))
        with pytest.raises(Refused, match="already_recorded"):
            add(w, replace(entry(w), amount_fen=1))
        assert add(other, entry(other)).id != row.id
        second = add(w, replace(entry(w), order_number="D-2"))
        with pytest.raises(Refused, match="already_recorded"):
            online_trades.correct(session, second.id, entry(w), 1, w.owner, now)
        assert (second.order_number, second.version) == ("D-2", 1)


def test_an_order_number_is_the_same_in_every_width(db: Database, now: datetime) -> None:
    """Ｄ－１ from a phone's keyboard and D-1 from the list are one order, and count once."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, entry(w))
        assert add(w, replace(entry(w), order_number=" Ｄ－１　")).id == row.id


def test_a_cancelled_order_is_void_also_after_its_approval(db: Database, now: datetime) -> None:
    """Sending the list again does not revive it; a person may."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, entry(w))
        reviews.approve(session, Subject.ONLINE_TRADE, row.id, w.reviewer, now)
        reviewed.withdraw(session, Subject.ONLINE_TRADE, row.id, "订单取消", w.owner, now)
        with pytest.raises(Refused, match="record_withdrawn"):
            add(w, entry(w))
        assert row.stage is Stage.VOID
        reviewed.resubmit(session, Subject.ONLINE_TRADE, row.id, w.owner, now)
        assert add(w, entry(w)).stage is Stage.SUBMITTED
        reviews.void(session, Subject.ONLINE_TRADE, row.id, "订单不存在", w.reviewer, now)
        with pytest.raises(Refused, match="record_void"):
            add(w, entry(w))


def test_an_order_is_plausible(db: Database, now: datetime) -> None:
    """A negative amount, a day to come, an unknown enterprise and an empty number are refused."""
    with db.transaction() as session:
        w = world(session, now)
        for wrong, code in (
            (replace(entry(w), amount_fen=-1), "amount_below_zero"),
            (replace(entry(w), traded_on=now.date() + timedelta(days=1)), "day_in_future"),
            (replace(entry(w), enterprise_id=4711), "unknown_enterprise"),
            (replace(entry(w), order_number=""), "text_needed"),
        ):
            with pytest.raises(Refused, match=code):
                add(w, wrong)
