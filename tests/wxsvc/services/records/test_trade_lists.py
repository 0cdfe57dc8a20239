"""A list of orders: judged row by row, written as a whole, and the same again changes nothing; on both databases."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.enterprise import Enterprise, Institution
from models.journal import LogEntry
from models.record import OnlineTrade
from models.terms import Stage, Subject
from models.work_list import Change
from tests import builders
from tests.activity_forms import touched
from tests.databases import every_row
from tests.wxsvc.services.record_cases import World, world
from wxsvc.db import Database
from wxsvc.services.records import online_trades, reviewed, trade_lists
from wxsvc.services.records.trade_lists import Added, ListRefused
from wxsvc.services.refusal import Refused
from wxsvc.texts.order_lines import OrderLine

NEW_CODE = "91350100M000100Y43"


def line(w: World, number: int = 2, **fields: str) -> OrderLine:
    """An order of the world's enterprise."""
    given = OrderLine(
        number, f"D-{number}", "2026-11-20", str(w.enterprise.uscc), "", "知识产权代理", "某代理公司", "1200.50"
    )
    return replace(given, **fields)


def write(w: World, *lines: OrderLine) -> Added:
    """Judge and write."""
    return trade_lists.add(w.session, w.platform.id, trade_lists.judged(w.session, lines, w.now), w.owner, w.now)


def attempt(db: Database, w: World, *lines: OrderLine) -> None:
    """Judge and write in a transaction of its own, as the page does."""
    with db.transaction() as session:
        w.session = session
        write(w, *lines)


def test_all_good_rows_are_submitted_at_once_and_the_score_is_counted_anew(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        session.execute(sa.delete(Change))
        new = {"uscc": NEW_CODE, "enterprise": "新来的有限公司"}
        added = write(w, line(w), line(w, 3, **new), line(w, 4, **new, institution=""))
        assert added == Added(new=3, known=0)
        found = session.scalars(sa.select(OnlineTrade).order_by(OnlineTrade.order_number)).all()
        assert [(row.order_number, row.amount_fen, row.stage, row.version) for row in found] == [
            (f"D-{number}", 120_050, Stage.SUBMITTED, 1) for number in (2, 3, 4)
        ]
        assert {row.created_by for row in found} == {w.owner.person_id}
        assert session.scalar(sa.select(sa.func.count()).where(Enterprise.uscc == NEW_CODE)) == 1
        assert session.scalars(sa.select(Institution.name)).all() == ["某代理公司"]
        logged = session.scalars(sa.select(LogEntry.subject_id).where(LogEntry.deed == "online_trade.added")).all()
        assert sorted(map(str, logged)) == sorted(str(row.id) for row in found)
    assert touched(db) == {(w.platform.id, 2026)}


def test_the_same_list_again_leaves_the_same_rows(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        write(w, line(w), line(w, 3, uscc=NEW_CODE, enterprise="新来的有限公司"))
    before = every_row(db)
    with db.transaction() as session:
        w.session = session
        again = write(w, line(w), line(w, 3, uscc=NEW_CODE, enterprise="新来的有限公司"))
    assert again == Added(new=0, known=2)
    assert every_row(db) == before


def test_what_stands_here_otherwise_is_named_and_nothing_is_written(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        write(w, line(w), line(w, 3))
        gone = session.scalars(sa.select(OnlineTrade).where(OnlineTrade.order_number == "D-3")).one()
        reviewed.withdraw(session, Subject.ONLINE_TRADE, gone.id, "订单取消", w.owner, now)
    before = every_row(db)
    new = line(w, 4, uscc=NEW_CODE, enterprise="新来的有限公司", institution="新机构")
    with pytest.raises(ListRefused) as refused:
        attempt(db, w, line(w, service="别的"), line(w, 3), new)
    assert [(each.number, each.field, each.refused.code) for each in refused.value.wrong] == [
        (2, "order_number", "already_recorded"),
        (3, "order_number", "record_withdrawn"),
    ]
    assert every_row(db) == before


def test_the_same_number_at_another_platform_is_another_order(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        assert write(w, line(w)) == write(other, line(other)) == Added(new=1, known=0)


def test_an_older_licence_is_a_code_too(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        old = builders.enterprise(session, uscc=None, licence_number="430100000012345")
        write(w, line(w, uscc="430100000012345"))
        assert session.scalars(sa.select(OnlineTrade.enterprise_id)).all() == [old.id]


def test_more_rows_than_one_question_takes_are_all_found(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        count = trade_lists._AT_ONCE + 5
        many = [line(w, 2 + n, uscc=builders.uscc(n + 500_000), enterprise="某厂") for n in range(count)]
        assert write(w, *many) == Added(new=count, known=0)
        assert write(w, *many) == Added(new=0, known=count)


def test_strangers_and_sealed_years_are_refused(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        orders = trade_lists.judged(session, [line(w)], now)
        with pytest.raises(Refused, match="not_allowed"):
            trade_lists.add(session, w.platform.id, orders, w.stranger(), now)
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            trade_lists.add(session, w.platform.id, orders, w.owner, now)


def test_an_order_by_hand_and_the_same_by_list_are_one(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        entry = online_trades.OnlineTradeEntry(
            "D-2", datetime(2026, 11, 20, tzinfo=builders.BEIJING).date(), w.enterprise.id, "知识产权代理"
        )
        online_trades.add(session, w.platform.id, entry, w.owner, now)
        assert write(w, line(w, institution="", amount="")) == Added(new=0, known=1)


@pytest.mark.parametrize("sign", ["\ue000", "?", "□", "\ufffd"])
def test_a_name_that_cannot_be_read_needs_a_code(db: Database, now: datetime, sign: str) -> None:
    with db.transaction() as session:
        w = world(session, now)
        builders.enterprise(session, name=f"长沙{sign}金属有限公司")
        builders.enterprise(session, name="长沙金属有限公司")
        with pytest.raises(ListRefused) as caught:
            write(w, line(w, uscc="", enterprise=f"长沙{sign}金属有限公司"))
        assert [(each.field, each.refused.code) for each in caught.value.wrong] == [
            ("enterprise", "name_not_comparable")
        ]


@pytest.mark.parametrize("code", ["430102209705148431", "430102 2097-0514 8431"])
def test_a_persons_number_is_no_code_of_a_buyer(db: Database, now: datetime, code: str) -> None:
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(ListRefused) as caught:
            write(w, line(w, uscc=code, enterprise="长沙新厂"))
        assert [(each.field, each.refused.code) for each in caught.value.wrong] == [("uscc", "identity_number")]


@pytest.mark.parametrize("typed", ["0026-11-20", "1026年11月20日", "2626/11/20"])
def test_a_year_that_nobody_lives_in_was_mistyped(db: Database, now: datetime, typed: str) -> None:
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(ListRefused) as refused:
            write(w, line(w, traded_on=typed))
    assert [(each.field, each.refused.code) for each in refused.value.wrong] == [("traded_on", "day_not_understood")]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026 年 11 月 20 日", "2026-11-20"),
        ("2026年11月20日10:00", "2026-11-20"),
        ("２０２６．１１．２０（周五）", "2026-11-20"),
        ("2026-11-20 星期五", "2026-11-20"),
        ("2026-11-20T09:30:00", "2026-11-20"),
        ("2026-11-20 23:59:59.999+08:00", "2026-11-20"),
        ("2026-11-19 16:00:00+00:00", "2026-11-20"),
        ("2026-11-19T15:59:59Z", "2026-11-19"),
        ("2025-12-31 16:00:00Z", "2026-01-01"),
        ("2026-11-20 9:05:00Z", "2026-11-20"),
        ("20251231 16:00 +0000", "2026-01-01"),
        ("2025-12-31 16:00:00 UTC", "2026-01-01"),
        ("2025-12-31 16:00:00 +0000 UTC", "2026-01-01"),
        ("2025-12-31T16:00:00 GMT+00:00", "2026-01-01"),
        ("2026-11-20 23:00 GMT+0800 (CST)", "2026-11-20"),
        ("2026-11-20 14:00-15:30", "2026-11-20"),
        ("2026-11-20 14:00～15:30", "2026-11-20"),
        ("2026年11月20日 9-11点", "2026-11-20"),
        ("2026-11-20 9时至17时", "2026-11-20"),
        ("2026-11-20 14:03:22.1234", "2026-11-20"),
        ("2024-2-29", "2024-02-29"),
    ],
)
def test_the_day_of_an_order_is_the_one_in_beijing(typed: str, day: str, db: Database, now: datetime) -> None:
    """Shops write hours of another zone too, and at the year's end that is another year."""
    with db.transaction() as session:
        w = world(session, now)
        (order,) = trade_lists.judged(session, [line(w, traded_on=typed)], now)
        assert order.traded_on.isoformat() == day


@pytest.mark.parametrize(
    "typed",
    [
        "2026-2-29",
        "2026-11-20至2026-11-21",
        "2026-11-20 至 2026-11-21",
        "2025-12-31 23:59 — 2026/1/1",
        "2026年11月20日至21日",
        "2026年11月20日—11月22日",
        "2025-12-31 2026-01-02",
        "2025.12.31 (2026.1.2付款)",
        "2026-11-20 -0600",
        "2026-11-20-21",
        "46346",
        "11/20/2026",
        "2026年11月",
        "26-11-20",
    ],
)
def test_what_is_no_day_is_told_so(typed: str, db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(ListRefused) as refused:
            trade_lists.judged(session, [line(w, traded_on=typed)], now)
        assert [(each.field, each.refused.code) for each in refused.value.wrong] == [
            ("traded_on", "day_not_understood")
        ]


def test_an_amount_in_ten_thousands_is_kept_in_fen(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        write(w, replace(line(w, amount="1.2"), unit=Decimal(10_000)))
        assert session.scalars(sa.select(OnlineTrade.amount_fen)).all() == [1_200_000]
