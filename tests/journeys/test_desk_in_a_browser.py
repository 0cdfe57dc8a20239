"""扫码登录 in a real browser: the desk notices the phone's word by itself, says when it is too late, and is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import browser as look
from tests.journeys.province import Province
from wxsvc.demo.phone_browser import PhoneBrowser


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


def test_after_an_hour_the_phone_is_asked_again_and_what_was_filled_goes_on(province: Province, desk: Page) -> None:
    """The desk notices the phone's word by itself; the link of the invitation is there without another click."""
    official = province.hand("official")
    desk.goto(f"{province.product.url}/enter/desk?next=/v/people")
    approve(official, desk)
    desk.wait_for_url(f"{province.product.url}/v/people")
    province.clock.advance(hours=1)
    desk.get_by_text("邀请新同事").click()
    desk.get_by_label("省枢纽平台审核员").check()
    desk.get_by_role("button", name="生成邀请链接").click()
    expect(desk.get_by_role("heading", name="请用手机再次确认")).to_be_visible()
    assert desk.evaluate(look.LOOK) == []
    approve(official, desk)
    expect(desk.get_by_role("heading", name="邀请链接已生成")).to_be_visible()


def approve(hand: PhoneBrowser, desk: Page) -> None:
    """Scan the desk's code, type its number, and let the desk ask."""
    hand.open(str(desk.locator("#desk").get_attribute("data-address")))
    hand.send(number=desk.locator(".shortcode").inner_text())
    desk.clock.run_for(3000)
