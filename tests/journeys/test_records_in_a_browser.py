"""Where a platform enters its records, in a real browser: pages fit and weigh little, a list follows the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys import browser as look
from tests.journeys.province import COMPANY, VISITOR, Province, running


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """A province in which a record of most nouns was entered, and one came back."""
    with running(tmp_path_factory.mktemp("records")) as made:
        visitor, clerk, reviewer = made.hand(VISITOR), made.hand("clerk"), made.hand("reviewer")
        visitor.open("/needs/new")
        visitor.send(text="设备更新贷款办不下来，希望协调银行。", kind="appeal", phone="13800138000")
        for path in ("/p/offline-services/new", "/p/needs/new", "/p/online-trades/new"):
            clerk.open(path)
            clerk.send(q=COMPANY, deed="find")
            common = {"enterprise": clerk.page.form("day").offered["enterprise"], "day": "2026-11-20"}
            match path.split("/")[2]:
                case "offline-services":
                    clerk.send(content="上门诊断数字化改造需求", **common)
                case "needs":
                    clerk.send(kind="matching", title="寻找检测机构", content="需要材料检测服务", **common)
                case _:
                    clerk.send(order_number="D-1", service="商标注册代理", amount="1200", **common)
        clerk.open("/p/bonus-claims/new")
        clerk.send(kind="honour", title="省级示范平台", issuer="省工信厅", day="2026-11-20")
        clerk.open("/p/posts/new")
        clerk.send(link="https://example.cn/a", title="政策解读", kind="policy", day="2026-11-20")
        reviewer.open("/v/review")
        reviewer.follow("上门诊断数字化改造需求")
        reviewer.send(verdict="return", more="请写明结果")
        yield made


PAGES = [
    ("clerk", "/p/more"),
    ("clerk", "/p/offline-services"),
    ("clerk", "/p/offline-services/new"),
    ("clerk", "/p/offline-services/1"),
    ("clerk", "/p/offline-services/1/edit"),
    ("clerk", "/p/online-trades"),
    ("clerk", "/p/online-trades/new"),
    ("clerk", "/p/online-trades/list"),
    ("clerk", "/p/needs"),
    ("clerk", "/p/needs/new"),
    ("county_clerk", "/p/needs/raised/1"),
    ("clerk", "/p/needs/2"),
    ("clerk", "/p/posts"),
    ("clerk", "/p/posts/new"),
    ("clerk", "/p/online-services"),
    ("clerk", "/p/online-services/new"),
    ("cluster_clerk", "/p/research-reports/new"),
    ("cluster_clerk", "/p/platform-fusions/new"),
    ("clerk", "/p/assignments"),
    ("clerk", "/p/responses/new"),
    ("clerk", "/p/bonus-claims"),
    ("clerk", "/p/bonus-claims/new"),
    ("clerk", "/p/bonus-claims/1"),
    ("clerk", "/p/evidence"),
]
"""Who opens which page."""


@pytest.mark.parametrize(("who", "path"), PAGES, ids=[path for _, path in PAGES])
def test_a_page_fits_can_be_touched_and_read_and_weighs_little(
    province: Province, browser: Browser, who: str, path: str
) -> None:
    with look.window(browser, province.hand(who), province.product.url) as sheet:
        sheet.show(province.product.url + path)
        assert sheet.look() == []
        assert sheet.transferred < look.MOST_BYTES


def test_the_list_follows_the_keys_and_keeps_what_was_ticked(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/p/offline-services/new")
        page.fill("#q", "麓山")
        page.get_by_label("长沙麓山智能装备有限公司").check()
        page.fill("#q", "金阳")
        page.get_by_label(COMPANY).check()
        assert page.locator(".ticked input:checked").count() == 2
        page.get_by_label("服务内容").fill("两家一起上门辅导")
        assert sheet.look() == []
        page.get_by_role("button", name="提交审核").click()
        page.wait_for_url(re.compile(r"/p/offline-services/\d+$"))
        assert "通过后计入线下服务2家次" in page.inner_text("main")


def test_one_enterprise_is_one_even_after_looking_for_another(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/p/online-trades/new")
        page.fill("#q", "麓山")
        page.get_by_label("长沙麓山智能装备有限公司").check()
        page.fill("#q", "金阳")
        page.get_by_label(COMPANY).wait_for()
        assert page.get_by_label("长沙麓山智能装备有限公司").is_checked()  # until another one is picked
        page.get_by_label(COMPANY).check()
        page.get_by_label("订单号").fill("D-9")
        page.get_by_label("服务项目").fill("记账报税")
        page.get_by_role("button", name="提交审核").click()
        page.wait_for_url(re.compile(r"/p/online-trades/\d+$"))
        assert COMPANY in page.inner_text("main")
        assert "麓山" not in page.inner_text("main")


def test_without_a_script_the_button_brings_the_same_list(province: Province, browser: Browser) -> None:
    hand = province.hand("clerk")
    hand.open("/mine")
    context = browser.new_context(viewport=look.PHONE, user_agent=look.AGENT, java_script_enabled=False)
    cookies = [
        {"name": c.name, "value": c.value or "", "url": province.product.url} for c in hand.phone.session.cookies
    ]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(province.product.url + "/p/offline-services/new")
    page.get_by_label("服务内容").fill("不用脚本也能录入")
    page.fill("#q", "金阳")
    page.get_by_role("button", name="查找").click()
    assert page.get_by_label(COMPANY).is_checked()  # the only one that was found
    assert page.get_by_label("服务内容").input_value() == "不用脚本也能录入"
    page.get_by_role("button", name="提交审核").click()
    assert "通过后计入线下服务1家次" in page.inner_text("main")
    context.close()


def test_a_bonus_claim_asks_only_what_its_kind_has(province: Province, browser: Browser) -> None:
    """A medium and its reason of a report, the title of a platform; of an honour none of them."""
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        sheet.show(province.product.url + "/p/bonus-claims/new")

        def asked(kind: str) -> list[str]:
            page.locator(f"[name=kind][value={kind}]").check()
            return [name for name in ("award", "medium", "medium_reason") if page.locator(f"#{name}").is_visible()]

        assert asked("honour") == []
        assert asked("platform_title") == ["award"]
        assert asked("press") == ["medium"]
        page.locator("#medium").select_option("other")
        assert asked("press") == ["medium", "medium_reason"]
        assert asked("case_selected") == []
