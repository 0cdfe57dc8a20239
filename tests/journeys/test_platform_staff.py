"""Platform staff, phone in hand: published by copying, counted at the door, wrapped up, mended, and scored."""

from __future__ import annotations

import re
import time
from datetime import timedelta

from scoring.terms import IndicatorCode
from tests.journeys.province import BEGINS, CITY, COMPANY, COUNTY, RUNNING, VISITOR, Province, company_code
from tests.timing import in_time
from wxsvc.demo import sample_photo
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.services.counting.scorecards import CardLine

TITLE = "专利布局实务培训"


def read(hand: PhoneBrowser, *wanted: str) -> None:
    """The page that is open says all this."""
    for each in wanted:
        assert each in hand.page.text, hand.page.text


def at(**after: float) -> str:
    """A moment after the journey's beginning, as a browser's field sends it."""
    return f"{BEGINS + timedelta(**after):%Y-%m-%dT%H:%M}"


def line(province: Province, code: IndicatorCode, platform: str = CITY) -> CardLine:
    """One line of a platform's scorecard as it is now."""
    return next(each for each in province.card(platform).lines if each.code == code)


def publish(clerk: PhoneBrowser, title: str = TITLE, **fields: str) -> str:
    """Publish by copying the last activity; the category is what the title's word proposes. Gives its code."""
    clerk.tap("发布活动")
    clerk.follow("复制上一场活动")
    times = {"starts_at": at(minutes=30), "ends_at": at(hours=2)}
    clerk.send(title=title, deed="publish", **times, **fields)
    return clerk.page.url.rpartition("/")[2].partition("?")[0]


def photo(name: str) -> dict[str, tuple[str, bytes, str]]:
    return {"photos": (f"{name}.jpg", sample_photo.photo(name), "image/jpeg")}


def test_from_publishing_to_the_first_scan_takes_less_than_a_second(province: Province) -> None:
    clerk, visitor = province.hand("clerk"), province.hand(VISITOR)
    visitor.phone.follow()
    clerk.open(f"/p/activity/{RUNNING}")
    titles = iter("一二三")

    def measure() -> float:
        clerk.tap("发布活动")
        clerk.follow("复制上一场活动")
        times = {"starts_at": at(minutes=30), "ends_at": at(hours=2)}
        clerk.send(title=f"{TITLE}第{next(titles)}场", category="", deed="publish", **times)
        read(clerk, "已为您选上")
        begun = time.perf_counter()
        clerk.send(deed="publish")
        short_code = re.search(r"短码 (\d{5})", clerk.page.text)
        assert short_code is not None, clerk.page.text
        reply = visitor.phone.send(short_code[1])
        took = time.perf_counter() - begun
        assert reply is not None
        assert "签到成功" in reply.text
        return took

    in_time(measure, 1)


def test_from_publishing_to_the_points(province: Province) -> None:
    clerk, visitor, reviewer = (province.hand(who) for who in ("clerk", VISITOR, "reviewer"))
    visitor.phone.follow()
    clerk.open(f"/p/activity/{RUNNING}")  # whoever publishes has been here before
    clerk.tap("发布活动")
    clerk.follow("复制上一场活动")
    times = {"starts_at": at(minutes=30), "ends_at": at(hours=2)}
    clerk.send(title=TITLE, category="", deed="publish", **times)
    read(clerk, "名称中的“专利布局”在条文中列于中小企业技术创新“破零倍增”，已为您选上")
    clerk.send(deed="publish")
    code = clerk.page.url.rpartition("/")[2].partition("?")[0]
    short_code = re.search(r"短码 (\d{5})", clerk.page.text)
    assert short_code is not None, clerk.page.text
    reply = visitor.phone.send(short_code[1])
    assert reply is not None
    assert "签到成功" in reply.text
    assert COMPANY in reply.text
    assert province.card(CITY).pending_participations == 1

    # 现场签到: somebody without WeChat, one taken out and put back
    clerk.open(f"/p/activity/{code}")
    clerk.send(q="麓山智能")
    clerk.send(enterprise=clerk.page.form("enterprise").buttons[0][1])
    read(clerk, "已登记并签到", "长沙麓山智能装备有限公司", COMPANY)
    assert province.card(CITY).pending_participations == 2
    clerk.follow("更正")
    clerk.send(because="选错单位", reason="应为其母公司", deed="void")
    read(clerk, "已更正", "选错单位；应为其母公司")
    assert province.card(CITY).pending_participations == 1
    clerk.follow("恢复")
    clerk.send(reason="核实无误", deed="revive")
    assert province.card(CITY).pending_participations == 2

    # 活动总结与提交
    province.clock.advance(hours=4)
    clerk.tap("今天")
    read(clerk, "2家已签到，再补1张照片、活动总结即可提交")
    clerk.open(f"/p/activity/{code}/wrap-up")
    clerk.send(files=photo("一"), summary="半句话", deed="upload")
    read(clerk, "已上传1张", "还缺1项", "资料齐全并审核通过后可增2分")
    clerk.send(summary="", deed="draft")
    drafted = clerk.page.form("summary").fields["summary"][0]
    assert TITLE in drafted
    assert "2家企业参加" in drafted
    clerk.send(deed="submit")
    read(clerk, "已提交审核", "资料齐全")
    assert line(province, IndicatorCode.INNOVATION).pending == 1

    # 退回, 修改, 通过
    reviewer.open("/v/review")
    reviewer.follow(TITLE)
    reviewer.send(more="总结请写明成效", verdict="return")
    clerk.tap("今天")
    read(clerk, "退回原因：总结请写明成效")
    clerk.follow("去修改并重新提交")
    clerk.send(summary=drafted + "现场达成专利布局意向3项。", files=photo("二"), deed="submit")
    read(clerk, "第2次提交", "较上次提交的修改", "新增1张")
    reviewer.open("/v/review")
    reviewer.follow(TITLE)
    read(reviewer, "较上次提交的修改", "现场达成专利布局意向3项。")
    assert line(province, IndicatorCode.INNOVATION).points == 0
    reviewer.send(verdict="approve")
    assert line(province, IndicatorCode.INNOVATION).points == 2
    assert line(province, IndicatorCode.PARTICIPATIONS).confirmed == 2
    clerk.open("/p/score")
    read(clerk, "1次；满3；少2；6－2×2＝2", "再增1次可增2分", "已计入 2")
    clerk.follow("/p/score/innovation")
    read(clerk, TITLE, "已计入 1")


def test_a_partner_confirms_with_one_tap_and_both_count(province: Province) -> None:
    clerk, partner = province.hand("clerk"), province.hand("county_clerk")
    asked = {"partner_0": str(province.platform_id(COUNTY)), "partner_part_0": "undertake"}
    code = publish(clerk, category="innovation", **asked)
    visitor = province.hand(VISITOR)
    visitor.open(f"/c/{code}")
    visitor.send()
    read(visitor, "签到成功")
    assert province.card(COUNTY).pending_participations == 0
    partner.tap("今天")
    read(partner, "长沙市窗口平台邀请贵平台承办", TITLE)
    partner.send()  # the first form of the page: 确认参与
    read(partner, "已确认参与")
    assert province.card(COUNTY).pending_participations == 1
    assert province.card(CITY).pending_participations == 1


def test_one_person_for_two_companies_waits_for_the_staffs_word(province: Province) -> None:
    clerk, visitor = province.hand("clerk"), province.hand(VISITOR)
    assert "签到成功" in str(visitor.phone.scan(province.scene(RUNNING)).text)  # type: ignore[union-attr]
    visitor.open("/choose")
    visitor.follow("另一家")
    visitor.send(q=company_code(3, "430302"))
    picked, consent = (visitor.page.form(each).offered[each][0] for each in ("whom", "consent"))
    visitor.send(whom=picked, consent=consent)
    province.clock.advance(minutes=1)
    reply = visitor.phone.scan(province.scene(RUNNING))
    assert reply is not None
    assert "如需代表另一家，请现场工作人员确认" in reply.text
    clerk.open(f"/p/activity/{RUNNING}")
    read(clerk, "需要现场协助", "湘潭莲城软件有限公司", f"此人已代表{COMPANY}签到")
    refused = next(form for form in clerk.page.forms if "/refused/" in form.action)
    for _ in range(2):  # the answer to the first tap got lost
        clerk.phone.submit(refused.action, data=refused.filled())
    clerk.open(f"/p/activity/{RUNNING}")
    assert "需要现场协助" not in clerk.page.text
    assert province.card(CITY).pending_participations == 2


def test_a_draft_is_kept_and_two_people_are_told(province: Province) -> None:
    clerk, colleague = province.hand("clerk"), province.hand("colleague")
    clerk.tap("发布活动")
    clerk.follow("复制上一场活动")
    typed = {"title": "还没想好的活动", "deed": "draft"}
    clerk.send(**typed)
    read(clerk, "草稿已保存", "还没想好的活动")
    clerk.follow("还没想好的活动")
    colleague.open(clerk.page.url)
    times = {"starts_at": at(days=1), "ends_at": at(days=1, hours=2)}
    colleague.send(title="同事想好的活动", category="other", deed="publish", **times)
    read(colleague, "活动已发布")
    clerk.send(title="我想好的活动", category="other", deed="publish", **times)
    read(clerk, "这场活动已经发布")
    assert clerk.page.form("title").fields["title"] == ["我想好的活动"]
