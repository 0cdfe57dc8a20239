"""A year of one platform of each kind: every kind of fact goes in through the pages, the card is what a hand counts.

Each function records one fact as a person does and hands back the title under which it waits for review.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from scoring.terms import FilingState, PlatformKind
from tests import paper_files
from tests.journeys.province import BEGINS, CITY, CLUSTER, COUNTY, Province, company_code
from wxsvc.demo import sample_photo
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.services.records import filings

PDF = ("佐证.pdf", paper_files.pdf("paper"), "application/pdf")
DAY = "2026-11-20"
CLERKS = {CITY: "clerk", COUNTY: "county_clerk", CLUSTER: "cluster_clerk"}
ASKERS = {CITY: company_code(1), COUNTY: company_code(1), CLUSTER: company_code(2, "430104")}
"""A company of the platform's own region."""
FIRMS = (company_code(1), company_code(2, "430104"))
"""The two that come to the event and are visited."""
OUTSIDER = company_code(3, "430302")
PARTNERS = {CITY: COUNTY, COUNTY: CITY, CLUSTER: CITY}


def said(page: PhoneBrowser, words: str) -> None:
    assert words in page.page.text, page.page.text


def at(**after: float) -> str:
    """A moment after the journey's beginning, as a browser's field sends it."""
    return f"{BEGINS + timedelta(**after):%Y-%m-%dT%H:%M}"


def publish(clerk: PhoneBrowser, title: str, deed: str, **times: str) -> None:
    clerk.open("/p/publish")
    fields = {"category": "digital", "form": "onsite", "part": "host", "organisers": "本平台", "place": "会议中心"}
    clerk.send(title=title, content="数字化转型诊断与对接", deed=deed, **fields, **times)


def event(province: Province, clerk: PhoneBrowser, partner: str) -> str:
    """A joint activity of 两上三化 that a partner assists (协办), with two companies, a photo and a summary."""
    title = "数字化转型诊断会"
    asked_to_assist = {"partner_0": str(province.platform_id(partner)), "partner_part_0": "assist"}
    publish(clerk, title, "publish", starts_at=at(minutes=30), ends_at=at(hours=2), **asked_to_assist)
    code = clerk.page.url.rpartition("/")[2].partition("?")[0]
    assistant = province.hand(CLERKS[partner])
    assistant.open("/p/today")
    assistant.send()
    said(assistant, "已确认参与")
    for firm in FIRMS:
        clerk.open(f"/p/activity/{code}")
        clerk.send(q=firm)
        clerk.send(enterprise=clerk.page.form("enterprise").buttons[0][1])
        said(clerk, "已登记并签到")
    province.clock.advance(hours=4)
    clerk.open(f"/p/activity/{code}/wrap-up")
    photo = {"photos": ("现场.jpg", sample_photo.photo("现场"), "image/jpeg")}
    clerk.send(
        files=photo,
        summary="专家逐家诊断两家企业的产线，现场给出改造建议，约定下月回访落实情况，并由平台对接服务机构，形成清单逐项跟进。",
        deed="submit",
    )
    said(clerk, "已提交审核")
    return title


def visit(clerk: PhoneBrowser) -> str:
    """An offline service to two companies."""
    clerk.open("/p/offline-services/new")
    clerk.send(q=FIRMS[0], deed="find")
    first = clerk.page.form("content").offered["enterprise"]
    clerk.send(q=FIRMS[1], enterprise=first, deed="find")
    both = clerk.page.form("content").offered["enterprise"]
    clerk.send(q="", enterprise=both, day=DAY, institution="某咨询公司", content="现场诊断两条产线，出具改造建议书")
    return "现场诊断两条产线"


def order(clerk: PhoneBrowser) -> str:
    """An order that was completed online."""
    return entered(
        clerk,
        "/p/online-trades",
        "商标注册代理",
        q=FIRMS[0],
        order_number="D-1",
        service="商标注册代理",
        institution="某事务所",
        day=DAY,
    )


def asked(clerk: PhoneBrowser, firm: str, kind: str, title: str) -> str:
    """A need or an appeal of a company of the region."""
    return entered(clerk, "/p/needs", title, q=firm, kind=kind, title=title, content="希望平台协助解决", day=DAY)


def answered(clerk: PhoneBrowser) -> str:
    """The response to what the province asked of all."""
    clerk.open("/p/assignments")
    clerk.follow("去响应")
    clerk.send(content="报送典型案例三个", day=DAY)
    return "报送典型案例三个"


def recognised(clerk: PhoneBrowser, platform: str) -> Iterator[str]:
    """What the table of the kind asks for: an online service, or a report and a fusion; each with its proof."""
    if platform == CLUSTER:
        yield entered(
            clerk, "/p/research-reports", "产业发展报告", PDF, title="产业发展报告", authors="课题组", day=DAY
        )
        fusion = {"kind": "introduced", "name": "工程机械云", "provider": "某云公司", "effect": "三十家企业上云"}
        yield entered(clerk, "/p/platform-fusions", "工程机械云", PDF, day=DAY, **fusion)
    else:
        clerk.open("/p/online-services/new")
        item = next(value for value in clerk.page.form("item").offered["item"] if value)
        offer = {"item": item, "channel": "website", "address": "https://example.cn/policy"}
        yield entered(clerk, "/p/online-services", offer["address"], PDF, **offer)


def claimed(clerk: PhoneBrowser) -> Iterator[str]:
    """An honour with its certificate, a press report with its link, a case that the province selected."""
    issued = {"issuer": "省工信厅", "day": DAY, "year": "2026"}
    yield entered(clerk, "/p/bonus-claims", "省级示范平台", PDF, kind="honour", title="省级示范平台", **issued)
    clerk.open("/p/bonus-claims/new")
    medium = next(value for value in clerk.page.form("medium").offered["medium"] if value)
    press = {"medium": medium, "day": DAY, "year": "2026", "link": "https://www.news.cn/1"}
    yield entered(clerk, "/p/bonus-claims", "服务企业见实效", kind="press", title="服务企业见实效", **press)
    yield entered(clerk, "/p/bonus-claims", "数字化服务案例", kind="case_selected", title="数字化服务案例", **issued)


def entered(
    clerk: PhoneBrowser, path: str, title: str, paper: tuple[str, bytes, str] | None = None, /, **fields: str
) -> str:
    """A record typed into its form and submitted, with its paper where it has one."""
    clerk.open(f"{path}/new")
    clerk.send(**fields)
    said(clerk, title)
    if paper is not None:
        if "佐证材料已保存" not in clerk.page.text:
            clerk.send(files={"paper": paper}, link="")
        said(clerk, "佐证材料已保存")
    return title


def left_out(province: Province, clerk: PhoneBrowser, firm: str) -> None:
    """What adds nothing.

    An appeal that is sent back, a need that is withdrawn, one from outside the region that is approved, an honour
    without its certificate, an appeal that is void.
    """
    reviewer = province.hand("reviewer")
    title = asked(clerk, firm, "appeal", "被退回的诉求")
    reviewer.open("/v/review")
    reviewer.follow(title)
    reviewer.send(verdict="return", more="请写明具体情况")
    asked(clerk, firm, "matching", "已撤回的需求")
    clerk.send(reason="企业不再需要")
    said(clerk, "已作废")
    approve(province, [asked(clerk, OUTSIDER, "matching", "区域外企业的需求")])
    title = asked(clerk, firm, "appeal", "误报的诉求")
    reviewer.open("/v/review")
    reviewer.follow(title)
    void = next(form for form in reviewer.page.forms if ("verdict", "void", "确认作废") in form.buttons)
    reviewer.phone.submit(void.action, data=void.filled(more="重复登记", verdict="void"))
    claim = {"kind": "honour", "issuer": "省工信厅", "day": DAY, "year": "2026"}
    title = entered(clerk, "/p/bonus-claims", "没有证书的荣誉", title="没有证书的荣誉", **claim)
    reviewer.open("/v/review")
    reviewer.follow(title)
    reviewer.send(verdict="approve")
    said(reviewer, "缺少佐证材料")


def filed(clerk: PhoneBrowser) -> None:
    """November's plan after its day; December's plan, November's figures and the summary in time."""
    publish(clerk, "十二月的沙龙", "draft", starts_at=at(days=20), ends_at=at(days=20, hours=2))
    for obligation, period, typed in (
        ("plan", "2026-11", {}),
        ("plan", "2026-12", {}),
        ("data", "2026-12", {"claimed_on": "2026-12-02"}),
        ("summary", "2026", {}),
    ):
        clerk.open(f"/p/filings/{obligation}/{period}")
        clerk.send(files={"paper": PDF}, note="已报送", deed="file", **typed)
        said(clerk, "已登记报送")


def ordered(province: Province) -> None:
    """What the province sets for all: an item of the list of online services, a piece of 重点工作."""
    official = province.hand("official")
    official.open("/v/service-items")
    official.send(name="政策咨询")
    official.open("/v/assignments")
    official.send(kind="cases", title="典型服务案例征集", content="请报送典型服务案例")


def approve(province: Province, titles: list[str]) -> None:
    """From the queue as it is shown once, one after the other."""
    reviewer = province.hand("reviewer")
    queue = reviewer.open("/v/review")
    for title in titles:
        reviewer.open(queue.link(title))
        reviewer.send(verdict="approve")
        said(reviewer, "已通过")


def rule(province: Province, platform: str, *recognitions: str) -> None:
    """The hub rules the website, both recognise, the province rules the collaboration."""
    reviewer, official = province.hand("reviewer"), province.hand("official")
    reviewer.open(f"/v/inspections/{platform}")
    reviewer.send(findings="栏目齐全，近一个月更新六条", newest_update_on=DAY, proposed_points="4.5")
    reviewer.open(f"/v/rulings/{platform}/website")
    reviewer.send(points="4.5", reason="更新及时")
    for line in recognitions:
        reviewer.open(f"/v/rulings/{platform}/{line}")
        reviewer.send(points="10", reason="经核可用", deed="opinion")
        official.open(f"/v/rulings/{platform}/{line}")
        form = next(form for form in official.page.forms if form.fields.get("deed") == ["rule"])
        official.phone.submit(form.action, data=form.filled(points="10", reason="同意"))
    official.open(f"/v/rulings/{platform}/coordination")
    official.send(points="12", reason="响应及时")


BY_HAND = {
    # 2 at the event, 2 visited, 1 order: 5 of 1500 is 1495 short, 14 whole hundreds: 15 - 14.
    # 2 of 50 needs is 48 short, 4 whole tens: 5 - 4. 1 of 3 activities: 6 - 2 × 2.
    PlatformKind.PREFECTURE: {
        "participations": (5, "1"),
        "needs": (2, "1"),
        "digital": (1, "2"),
        "online_service": (None, "10"),
    },
    # 995 short of 1000, 9 whole hundreds: 10 - 9. Of 25 needs 23 short, 4 whole fives: 5 - 4. 1 of 2 activities: 6 - 3.
    PlatformKind.CLUSTER: {
        "participations": (5, "1"),
        "needs": (2, "1"),
        "digital": (1, "3"),
        "research_report": (1, "5"),
        "platform_fusion": (None, "10"),
    },
    # Orders do not count: 996 short of 1000, 9 whole hundreds at 1.5: 15 - 13.5.
    PlatformKind.COUNTY: {
        "participations": (4, "1.5"),
        "needs": (2, "1"),
        "digital": (1, "3"),
        "online_service": (None, "10"),
    },
}
SAME_FOR_ALL = {
    "website": (None, "4.5"),
    "dispatch": (None, "0"),
    "coordination": (None, "12"),
    "bonus_resources": (1, "3"),
    "bonus_honours": (2, "6"),
}
"""Rulings as they are given, 22 filings missed or late of 5 points, and three claims of 3 points each."""


@pytest.mark.parametrize(
    ("kind", "platform"),
    [(PlatformKind.PREFECTURE, CITY), (PlatformKind.CLUSTER, CLUSTER), (PlatformKind.COUNTY, COUNTY)],
)
def test_the_card_is_what_is_counted_by_hand(province: Province, kind: PlatformKind, platform: str) -> None:
    clerk = province.hand(CLERKS[platform])
    ordered(province)
    titles = [event(province, clerk, PARTNERS[platform]), visit(clerk)]
    if kind is PlatformKind.COUNTY:
        assert clerk.open("/p/online-trades/new").status == 404
    else:
        titles.append(order(clerk))
    titles.append(asked(clerk, ASKERS[platform], "matching", "寻找检测机构"))
    titles.append(asked(clerk, ASKERS[platform], "appeal", "用电增容办理时间长"))
    titles += [answered(clerk), *recognised(clerk, platform), *claimed(clerk)]
    entered(
        clerk, "/p/posts", "惠企政策解读", kind="policy", title="惠企政策解读", link="https://example.cn/1", day=DAY
    )
    approve(province, titles)
    left_out(province, clerk, ASKERS[platform])
    rule(province, platform, *({"online_service", "platform_fusion"} & set(BY_HAND[kind])))
    province.clock.advance(days=9)
    filed(clerk)
    province.clock.advance(days=15)
    states = Counter(
        each.state for each in province.rows(filings.state, province.platform_id(platform), 2026, province.clock.now())
    )
    assert states == {FilingState.MISSED: 21, FilingState.LATE: 1, FilingState.IN_TIME: 3}

    card = province.card(platform)
    expected = {**BY_HAND[kind], **SAME_FOR_ALL}
    found = {line.code: (line.confirmed, line.points) for line in card.lines}
    nothing = {code: (0, Decimal(0)) for code in found}
    assert found == nothing | {code: (count, Decimal(points)) for code, (count, points) in expected.items()}
    assert card.base == sum(Decimal(expected[code][1]) for code in expected if not code.startswith("bonus"))
    assert (card.bonus, card.awaited) == (9, 0)
    assisted = province.card(PARTNERS[platform])
    assert {line.code: line.confirmed for line in assisted.lines}["participations"] == 0
    waits = {line.code: line.by_stage for line in card.lines}
    assert (waits["needs"].returned, waits["bonus_honours"].submitted) == (1, 1)
