"""Enterprises' other pages and disputes in a real browser: they fit, can be touched and read, weigh little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys import browser as look
from tests.journeys.province import COMING, RUNNING, VISITOR, Province, company_code, running
from tests.timing import until

NEWCOMER = "陈建国"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """A province in which something has been asked, counted and objected to."""
    with running(tmp_path_factory.mktemp("enterprise")) as made:
        visitor = made.hand(VISITOR)
        visitor.phone.scan(made.scene(RUNNING))
        visitor.open("/needs/new")
        visitor.send(text="设备更新贷款办不下来，希望协调银行。", kind="appeal", phone="13800138000")
        visitor.open("/disputes")
        visitor.follow("/disputes/check_in/")
        visitor.send(reason="当天我单位无人参加", more="请核实")
        yield made


PAGES = [
    (NEWCOMER, f"/c/{COMING}"),
    (NEWCOMER, f"/enrol?activity={RUNNING}&q=智能装备"),
    (NEWCOMER, f"/enrol?activity={RUNNING}&q={company_code(99)}"),
    (NEWCOMER, "/activities"),
    (VISITOR, f"/c/{COMING}"),
    (VISITOR, "/receipt/1"),
    (VISITOR, "/choose"),
    (VISITOR, "/enterprises"),
    (VISITOR, "/activities?q=湘潭"),
    (VISITOR, "/contact"),
    (VISITOR, "/needs"),
    (VISITOR, "/needs/new"),
    (VISITOR, "/disputes"),
    (VISITOR, "/me"),
    (VISITOR, "/me/export"),
    (VISITOR, "/me/delete"),
    (VISITOR, "/consent"),
    ("clerk", f"/p/activity/{RUNNING}/materials"),
    ("clerk", f"/p/activity/{RUNNING}/codes"),
    ("clerk", "/p/disputes"),
    ("reviewer", "/v/disputes"),
    ("reviewer", "/v/disputes/1"),
]
"""Who opens which page."""


@pytest.mark.parametrize(("who", "path"), PAGES, ids=[f"{path}" for _, path in PAGES])
def test_a_page_fits_can_be_touched_and_read_and_weighs_little(
    province: Province, browser: Browser, who: str, path: str
) -> None:
    with look.window(browser, province.hand(who), province.product.url) as sheet:
        sheet.show(province.product.url + path)
        assert sheet.look() == []
        assert sheet.transferred < look.MOST_BYTES


def test_whoever_uses_the_keyboard_sees_where_it_is(province: Province, browser: Browser) -> None:
    """In a field and on a button, from which WeUI takes the outline."""
    outline = "e => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth"
    with look.window(browser, province.hand(NEWCOMER), province.product.url) as sheet:
        sheet.page.goto(f"{province.product.url}/enrol?activity={RUNNING}")
        seen: dict[str, set[str]] = {}
        for _ in range(12):
            sheet.page.keyboard.press("Tab")
            focused = sheet.page.locator(":focus").first
            if focused.count():
                seen.setdefault(focused.evaluate("e => e.tagName"), set()).add(focused.evaluate(outline))
        assert {"INPUT", "BUTTON"} <= seen.keys()
        assert set().union(*seen.values()) == {"solid3px"}


TITLE = {
    "type": "0",
    "title": "浏阳河畔食品有限公司",
    "taxNumber": company_code(61),
    "companyAddress": "浏阳市金阳大道9号",
    "telephone": "0731-83001234",
    "bankName": "某某银行浏阳支行",
    "bankAccount": "6222000011112222",
}


def test_an_invoice_title_fills_name_and_code_and_nothing_else_leaves_the_phone(
    province: Province, browser: Browser
) -> None:
    simulator, openid = province.product.simulator, "oJourney-titles-0000000001"
    shown = simulator.show_phone("企业", openid, "何志刚", follows=False)
    simulator.will_choose_title(openid, TITLE)
    page = browser.new_page(viewport={"width": 375, "height": 812}, user_agent=look.AGENT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    page.goto(f"{shown.proxy.url}/enrol?activity={RUNNING}")
    page.get_by_role("button", name="选择发票抬头").click()
    page.get_by_text(TITLE["taxNumber"], exact=True).wait_for()
    assert page.get_by_label("企业名称").input_value() == TITLE["title"]
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url("**/c/**")
    for kept_back in ("companyAddress", "telephone", "bankName", "bankAccount"):
        assert not any(TITLE[kept_back] in each or kept_back in each for each in asked)
    page.close()


def test_where_wechat_offers_no_titles_there_is_no_button(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand(NEWCOMER), province.product.url) as sheet:
        sheet.page.goto(f"{province.product.url}/enrol?activity={RUNNING}")
        sheet.settle()
        assert not sheet.page.locator("#invoice-title").is_visible()


WATCHED = """
window.cards = [];
let sdk;
Object.defineProperty(window, "wx", {
  get() { return sdk; },
  set(given) {
    for (const name of ["updateAppMessageShareData", "updateTimelineShareData"]) {
      const call = given[name];
      const noted = (card) => ({ ...card, complete: (a) => window.cards.push([a.errMsg, card.title, card.link]) });
      given[name] = (card) => call(noted(card));
    }
    sdk = given;
  },
});
"""
"""Notes each card that a page gives to WeChat, with WeChat's answer."""


def test_a_page_gives_wechat_its_card_and_the_signature_holds(province: Province, browser: Browser) -> None:
    shown = province.product.simulator.show_phone("分享", "oJourney-sharing-0000000001", "赵敏", follows=False)
    page = browser.new_page(viewport={"width": 375, "height": 812}, user_agent=look.AGENT)
    page.add_init_script(WATCHED)
    page.goto(f"{shown.proxy.url}/c/{COMING}?from=groupmessage")
    until(lambda: page.evaluate("window.cards.length") == 2, 15, "WeChat was given no card")
    link = f"{shown.proxy.url}/a/{COMING}"  # the proxy's browser sees its own address for the product's
    title = page.locator("h1").inner_text()
    assert page.evaluate("window.cards") == [
        [f"{name}:ok", title, link] for name in ("updateAppMessageShareData", "updateTimelineShareData")
    ]
    page.close()
