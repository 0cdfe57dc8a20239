"""Enterprises, phone in hand: in by one scan, second thoughts, and the say over what is kept and counted."""

from __future__ import annotations

from tests.journeys.province import CITY, COMPANY, RUNNING, VISITOR, Province, company_code


def test_a_returning_visitor_is_in_by_one_scan(province: Province) -> None:
    phone = province.hand(VISITOR).phone
    reply = phone.scan(province.scene(RUNNING))
    assert reply is not None
    assert COMPANY in reply.text
    assert "签到成功" in reply.text
    calm = phone.scan(province.scene(RUNNING))
    assert calm is not None
    assert "无需重复操作" in calm.text
    assert province.card(CITY).pending_participations == 1


def test_a_first_visit_by_the_code_is_completed_at_the_scans_time(province: Province) -> None:
    hand = province.hand("陈建国")
    reply = hand.phone.scan(province.scene(RUNNING))
    assert reply is not None
    province.clock.advance(hours=8)  # the window closes while the visitor looks for the licence
    hand.open(reply.links[0])
    hand.send(q=company_code(77))
    consent = hand.page.form("consent").offered["consent"][0]
    hand.send(name="浏阳河畔食品有限公司", region="430181", consent=consent)
    assert "签到成功" in hand.page.text
    assert "浏阳河畔食品有限公司" in hand.page.text
