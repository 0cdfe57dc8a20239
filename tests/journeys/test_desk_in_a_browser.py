"""扫码登录 in a real browser: the desk notices the phone's word by itself, says when it is too late, and is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import browser as look
from tests.journeys.province import Province


@pytest.fixture
def desk(browser: Browser, province: Province) -> Iterator[Page]:
    """A desk at which nobody has signed in, before the code."""
    context = browser.new_context(viewport=look.DESK, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.clock.install()
    page.goto(f"{province.product.url}/enter/desk?next=/p/score")
    yield page
    context.close()


def test_the_desk_enters_by_itself_and_is_left(province: Province, desk: Page) -> None:
    assert desk.evaluate(look.LOOK) == []
    clerk = province.hand("clerk")
    clerk.open(str(desk.locator("#desk").get_attribute("data-address")))
    number = desk.locator(".shortcode").inner_text()
    assert number not in clerk.page.text
    clerk.send(number=number)
    desk.clock.run_for(3000)
    desk.wait_for_url(f"{province.product.url}/p/score")
    assert desk.evaluate(look.LOOK) == []
    desk.get_by_role("button", name="退出登录").click()
    expect(desk.get_by_role("heading", name="已退出登录")).to_be_visible()


def test_a_code_that_nobody_scanned_says_that_it_is_over(province: Province, desk: Page) -> None:
    address = desk.locator("#desk").get_attribute("data-address")
    province.clock.advance(minutes=5)
    desk.clock.run_for(3000)
    expect(desk.get_by_text("二维码已失效")).to_be_visible()
    expect(desk.locator("#desk-code")).to_be_hidden()
    assert desk.evaluate(look.LOOK) == []
    desk.get_by_role("link", name="换一个二维码").click()
    expect(desk.locator("#desk-code")).to_be_visible()
    assert desk.locator("#desk").get_attribute("data-address") != address
