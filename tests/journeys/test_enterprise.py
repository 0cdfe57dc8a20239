"""Enterprises, phone in hand: in by one scan, second thoughts, and the say over what is kept and counted."""

from __future__ import annotations

import json

import pytest

from models.scorecard import ScorecardRow
from tests.journeys.province import CITY, COMING, COMPANY, COUNTY, FAR, RUNNING, VISITOR, Province, company_code
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.simulator.phone import Phone
from wxsvc.simulator.reply import Reply


def heard(reply: Reply | None, *wanted: str) -> Reply:
    """The reply, which says all this."""
    assert reply is not None
    for each in wanted:
        assert each in reply.text, reply.text
    return reply


def read(hand: PhoneBrowser, *wanted: str) -> None:
    """The page that is open says all this."""
    for each in wanted:
        assert each in hand.page.text, hand.page.text


def enrol(hand: PhoneBrowser, link: str, **typed: str) -> None:
    """From the reply's link to the receipt, by the code."""
    hand.open(link)
    code = typed.pop("code")
    hand.send(q=code)
    consent = hand.page.form("consent").offered["consent"][0]
    hand.send(**typed, consent=consent)


def test_a_returning_visitor_is_in_by_one_scan(province: Province) -> None:
    phone = province.hand(VISITOR).phone
    heard(phone.scan(province.scene(RUNNING)), "签到成功", COMPANY, "10分钟内")
    heard(phone.scan(province.scene(RUNNING)), "无需重复操作")
    assert province.card(CITY).pending_participations == 1


def test_a_first_visit_by_the_code_is_completed_at_the_scans_time(province: Province) -> None:
    hand = province.hand("陈建国")
    reply = heard(hand.phone.scan(province.scene(RUNNING)), "登记后自动完成签到")
    province.clock.advance(hours=8)  # the window closes while the visitor looks for the licence
    enrol(hand, reply.links[0], code=company_code(77), name="浏阳河畔食品有限公司")
    read(hand, "签到成功", "浏阳河畔食品有限公司", "2026年11月23日 10:")
    assert province.card(CITY).pending_participations == 1
    heard(hand.phone.send("你好"), "短码")
    heard(hand.phone.scan(province.scene(RUNNING)), "无需重复操作")


def test_second_thoughts_within_ten_minutes(province: Province) -> None:
    """换一家 adds and takes another company; 撤销 frees the place; after ten minutes only staff can."""
    hand = province.hand(VISITOR)
    reply = heard(hand.phone.scan(province.scene(RUNNING)), COMPANY)
    hand.open(reply.links[0])
    hand.follow("换一家")
    hand.follow("另一家")
    hand.send(q="麓山智能")
    picked, consent = (hand.page.form(each).offered[each][0] for each in ("whom", "consent"))
    hand.send(whom=picked, consent=consent)
    read(hand, "签到成功", "长沙麓山智能装备有限公司")
    assert province.card(CITY).pending_participations == 1
    hand.send()  # the only form of the receipt: 撤销
    read(hand, "已撤销本次签到")
    assert province.card(CITY).pending_participations == 0
    province.clock.advance(minutes=1)
    reply = heard(hand.phone.scan(province.scene(RUNNING)), "签到成功", "麓山智能")
    province.clock.advance(minutes=11)
    hand.open(reply.links[0])
    assert "撤销签到" not in hand.page.text
    assert province.card(CITY).pending_participations == 1


def test_a_colleague_adds_no_second_company(province: Province) -> None:
    heard(province.hand(VISITOR).phone.scan(province.scene(RUNNING)), "签到成功")
    colleague = province.hand("陈建国")
    reply = heard(colleague.phone.scan(province.scene(RUNNING)), "登记后自动完成签到")
    colleague.open(reply.links[0])
    colleague.send(q="金阳精密")
    picked, consent = (colleague.page.form(each).offered[each][0] for each in ("whom", "consent"))
    colleague.send(whom=picked, consent=consent)
    read(colleague, "到场已登记", COMPANY, "企业数按一家计")
    assert province.card(CITY).pending_participations == 1


def test_a_need_is_raised_taken_up_and_answered(province: Province) -> None:
    hand = province.hand(VISITOR)
    hand.phone.follow()
    hand.tap("提需求与诉求")
    read(hand, "由浏阳市窗口平台受理")
    for _ in range(2):  # the answer to the first tap got lost
        hand.open("/needs/new")
        hand.send(text="想找一家能做材料疲劳检测的机构。", kind="matching")
    read(hand, "已提交给浏阳市窗口平台", "待受理")
    assert hand.page.text.count("材料疲劳检测") == 1
    assert counted_needs(province) == 0
    clerk = province.hand("county_clerk")
    clerk.open("/p/needs")
    clerk.follow("/p/needs/raised/")
    read(clerk, "想找一家能做材料疲劳检测的机构", COMPANY)
    clerk.send(title="材料疲劳检测机构对接")
    hand.open("/needs")
    read(hand, "已受理，正在办理")
    clerk.send(result="已对接省材料检测研究院，约定下周送样。")
    hand.open("/needs")
    read(hand, "已对接", "已对接省材料检测研究院，约定下周送样。")
    assert counted_needs(province) == 0, "nothing counts before the reviewer's verdict"
    reviewer = province.hand("reviewer")
    reviewer.open("/v/review?subject=need")
    reviewer.follow("/v/review/need/")
    reviewer.send(verdict="approve")
    assert counted_needs(province) == 1


def counted_needs(province: Province) -> int:
    """Needs that count for the county's platform."""
    province.folded()
    with province.product.database.read() as session:
        stored = session.get_one(ScorecardRow, (province.platform_id(COUNTY), 2026))
        return int(stored.tally["counted"]["needs"])


def test_a_dispute_is_upheld_and_the_score_follows(province: Province) -> None:
    """Somebody took our name: the reviewer finds it so, the count falls, all sides read why."""
    stranger = province.hand("陈建国")
    reply = heard(stranger.phone.scan(province.scene(RUNNING)), "登记后自动完成签到")
    stranger.open(reply.links[0])
    stranger.send(q=COMPANY)
    picked, consent = (stranger.page.form(each).offered[each][0] for each in ("whom", "consent"))
    stranger.send(whom=picked, consent=consent)
    read(stranger, "签到成功")
    assert province.card(CITY).pending_participations == 1
    hand = province.hand(VISITOR)
    hand.phone.follow()
    hand.tap("不是我们单位")
    hand.follow("/disputes/check_in/")
    hand.send(reason="签到人不是我单位人员", more="我单位当天在外地参展")
    read(hand, "异议已提交", "待处理")
    reviewer = province.hand("reviewer")
    reviewer.tap("企业异议")
    reviewer.follow(COMPANY)
    read(reviewer, "我单位当天在外地参展", "扫活动码", "签到时间")
    reviewer.send(finding="经电话核实，签到人不是该企业员工。", verdict="upheld")
    read(reviewer, "已认定异议成立")
    assert province.card(CITY).pending_participations == 0
    hand.open("/disputes")
    read(hand, "异议成立", "经电话核实，签到人不是该企业员工。")
    clerk = province.hand("clerk")
    clerk.open("/p/disputes")
    read(clerk, COMPANY, "经电话核实")
    province.clock.advance(minutes=1)
    heard(stranger.phone.scan(province.scene(RUNNING)), "已由工作人员更正")


def test_what_is_kept_is_taken_away_and_deleted(province: Province) -> None:
    """The count stays; the next scan meets a stranger."""
    hand = province.hand(VISITOR)
    heard(hand.phone.scan(province.scene(RUNNING)), "签到成功")
    hand.tap("个人信息管理")
    hand.send(name="周敏", phone="13800138000")
    read(hand, "个人信息已更新")
    file = hand.phone.open(f"{province.product.url}/me/export.json")
    found = json.loads(file.text)
    assert (found["姓名"], found["手机号"]) == ("周敏", "13800138000")
    assert VISITOR not in file.text
    hand.open("/me/delete")
    hand.phone.submit(*_pressed(hand, "确认删除并退出"))
    assert province.card(CITY).pending_participations == 1
    hand.open("/me")
    read(hand, "没有保存您的个人信息")
    province.clock.advance(seconds=1)  # a push of the same second is an older one that WeChat repeats
    heard(hand.phone.scan(province.scene(RUNNING)), "登记后自动完成签到")


def test_an_activity_is_found_before_it_begins_and_the_door_is_one_scan(province: Province) -> None:
    hand = province.hand("陈建国")
    hand.phone.follow()
    hand.tap("近期活动")
    read(hand, "专精特新企业上市融资路演", "质量品牌提升培训")
    hand.open("/activities?q=湘潭")
    assert "专精特新" not in hand.page.text
    hand.open("/activities")
    heard(hand.phone.scan(province.scene(COMING)), "开放签到", f"/c/{COMING}")  # early: what one can do meanwhile
    hand.follow(f"/c/{COMING}")
    hand.follow("/enrol")
    enrol(hand, hand.page.url, code=company_code(78), name="长沙望城新材料有限公司")
    province.clock.advance(hours=23)
    heard(hand.phone.scan(province.scene(COMING)), "签到成功", "长沙望城新材料有限公司")


def test_the_platform_of_the_region_is_one_tap_away(province: Province) -> None:
    hand = province.hand(VISITOR)
    hand.phone.follow()
    hand.tap("联系窗口平台")
    read(hand, "浏阳市窗口平台", "长沙市窗口平台")
    assert [link for link, _ in hand.page.links if link.startswith("tel:")] == [
        "tel:0731-83668002",
        "tel:0731-88668001",
    ]
    assert "湘潭市窗口平台" not in hand.page.text


@pytest.mark.parametrize("late", [True, False])
def test_a_closed_window_and_a_foreign_code_say_what_to_do(province: Province, late: bool) -> None:
    phone: Phone = province.hand(VISITOR).phone
    phone.follow()
    if late:
        province.clock.advance(hours=5)
        heard(phone.scan(province.scene(FAR)), "签到已于", "补登", "0731-58668003")
    else:
        heard(phone.send("99999"), "未找到对应的活动")
        hand = province.hand(VISITOR)
        hand.open("/c/no-such-activity")
        read(hand, "未找到")


def _pressed(hand: PhoneBrowser, label: str) -> tuple[str, dict[str, list[str]]]:
    """The form whose button has this label, as it is sent."""
    form = next(each for each in hand.page.forms if any(label in button[2] for button in each.buttons))
    return form.action, form.filled()
