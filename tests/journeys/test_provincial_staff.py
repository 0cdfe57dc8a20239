"""Provincial staff, phone in hand: the tallies in one tap, what was claimed reviewed, what must be judged judged."""

from __future__ import annotations

from decimal import Decimal

from scoring.terms import IndicatorCode
from tests.journeys.province import CITY, COUNTY, Province
from wxsvc.services.counting.scorecards import Card, CardLine


def line(card: Card, code: IndicatorCode) -> CardLine:
    """One line of a scorecard."""
    return next(each for each in card.lines if each.code == code)


def test_the_tallies_are_one_tap_away_and_a_place_is_typed(province: Province) -> None:
    official = province.hand("official")
    reply = official.phone.tap("得分总览")
    assert reply is not None
    assert "市州窗口平台2家" in reply.text
    assert "产业集群窗口平台1家" in reply.text
    page = official.open(reply.links[0])
    assert "长沙市窗口平台" in page.text
    official.follow("长沙市窗口平台")
    assert "服务企业数（家次）" in official.page.text
    place = official.phone.send("浏阳")
    assert place is not None
    assert "浏阳市窗口平台" in place.text
    stranger = province.hand("陈建国")
    stranger.phone.follow()
    curious = stranger.phone.send("浏阳")
    assert curious is not None
    assert "浏阳市窗口平台" not in curious.text


def test_a_colleague_joins_by_one_link_and_leaves_at_once(province: Province) -> None:
    official, colleague = province.hand("official"), province.hand("周新同")
    assert colleague.open("/v/scores").status == 403
    official.open("/v/people")
    official.send(role="reviewer")
    link = next(word for word in official.page.text.split() if "/join/" in word)
    colleague.open(link)
    colleague.send(name="周新同")
    assert colleague.open("/v/review").status == 403
    official.open("/v/people")
    official.send(is_confirmed="yes")
    assert colleague.open("/v/review").status == 200
    late = province.hand("李路过")
    assert (late.open(link).status, "邀请链接已被使用" in late.page.text) == (410, True)
    assert late.open("/v/review").status == 403
    official.open("/v/people")
    ends = [form for form in official.page.forms if "/end" in form.action]
    newest = max(ends, key=lambda form: int(form.action.rstrip("/").split("/")[-2]))
    official.phone.submit(newest.action, data=newest.filled())
    assert colleague.open("/v/review").status == 403


def test_a_site_is_inspected_then_ruled_and_the_score_follows(province: Province) -> None:
    reviewer = province.hand("reviewer")
    before = province.card(CITY)
    assert line(before, IndicatorCode.WEBSITE).points == 0
    reviewer.open(f"/v/inspections/{CITY}")
    reviewer.send(findings="栏目齐全，近一个月更新六条", newest_update_on="2026-11-20", proposed_points="4.5")
    assert "已登记本次检查" in reviewer.page.text
    reviewer.follow("去评定")
    assert "建议4.5分" in reviewer.page.text
    reviewer.send(points="4.5", reason="更新及时，少数栏目为空")
    after = province.card(CITY)
    assert line(after, IndicatorCode.WEBSITE).points == Decimal("4.5")
    assert after.awaited == before.awaited - 5


def test_a_recognition_needs_both_an_opinion_and_a_confirmation(province: Province) -> None:
    reviewer, official = province.hand("reviewer"), province.hand("official")
    path = f"/v/rulings/{COUNTY}/online_service"
    full = line(province.card(COUNTY), IndicatorCode.ONLINE_SERVICE).full
    assert "须先由省枢纽平台提出意见" in official.open(path).text
    reviewer.open(path)
    reviewer.send(points=str(full), reason="清单各项均可办理", deed="opinion")
    assert line(province.card(COUNTY), IndicatorCode.ONLINE_SERVICE).points == 0
    assert "意见" in official.open(path).text
    form = next(form for form in official.page.forms if form.fields.get("deed") == ["rule"])
    official.phone.submit(form.action, data=form.filled(points=str(full), reason="同意省枢纽平台意见"))
    assert line(province.card(COUNTY), IndicatorCode.ONLINE_SERVICE).points in (0, full)
