"""The venue's screen in a real browser: it rotates, counts, and says so when it can do neither."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from models.activity import Activity
from tests.journeys import browser as look
from tests.journeys.province import RUNNING, VISITOR, Province, running

PROJECTOR = {"width": 1920, "height": 1080}
TABLET = {"width": 820, "height": 1180}
BASE = f"/p/activity/{RUNNING}"


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    """The product on a free port."""
    with running(tmp_path) as made:
        yield made


def opened(sheet: look.Sheet, province: Province, path: str = f"{BASE}/screen") -> Page:
    """The page, with a browser clock that the test turns."""
    sheet.page.clock.install()
    sheet.page.goto(province.product.url + path)
    return sheet.page


def later(page: Page, province: Province, seconds: int) -> None:
    """Let time pass on both sides."""
    province.clock.advance(seconds=seconds)
    page.clock.run_for(seconds * 1000)


@pytest.mark.parametrize("size", [PROJECTOR, TABLET, look.PHONE], ids=["projector", "tablet", "phone"])
def test_it_fits_and_can_be_read_from_the_last_row(province: Province, browser: Browser, size: dict[str, int]) -> None:
    province.hand(VISITOR).phone.scan(province.scene(RUNNING))
    with look.window(browser, province.hand("clerk"), province.product.url, size) as sheet:
        page = opened(sheet, province)
        assert sheet.look() == []
        for part in ("#code", "#screen .shortcode"):
            box = page.locator(part).bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= size["height"], f"{part} is on the screen without scrolling"
        code = page.locator("#code").bounding_box()
        assert code is not None
        assert code["width"] >= 0.5 * min(size.values())


def test_the_code_rotates_and_the_count_follows(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url, PROJECTOR) as sheet:
        page = opened(sheet, province)
        pictures = set()
        for _ in range(4):
            picture = page.locator("#code").get_attribute("src")
            pictures.add(picture)
            later(page, province, 26)
            expect(page.locator("#code")).not_to_have_attribute("src", str(picture))
        assert len(pictures) == 4
        assert page.locator("#count").text_content() == "0"
        province.hand(VISITOR).phone.scan(province.scene(RUNNING))
        later(page, province, 4)
        expect(page.locator("#count")).to_have_text("1")
        expect(page.locator("#names li")).to_have_count(1)
        assert "浏阳市***有限公司" in page.locator("#names").inner_text()
        assert sheet.complaints == []


def test_a_lost_network_takes_the_code_away_once_it_is_worthless(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url, PROJECTOR) as sheet:
        page = opened(sheet, province)
        page.route("**/*.json", lambda route: _cut(route))
        later(page, province, 26)
        expect(page.locator("#code")).to_be_visible()
        for _ in range(10):
            later(page, province, 3)
            time.sleep(0.05)
        expect(page.locator("#code")).to_be_hidden()
        expect(page.get_by_text("网络中断，二维码暂停更新。")).to_be_visible()
        page.unroute("**/*.json")
        later(page, province, 3)
        expect(page.locator("#code")).to_be_visible()
        expect(page.get_by_text("网络中断")).to_be_hidden()


def test_the_end_of_the_session_and_of_the_check_in_are_said(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url, PROJECTOR) as sheet:
        page = opened(sheet, province)
        province.clock.advance(hours=8)
        later(page, province, 26)
        expect(page.get_by_text("签到已结束，感谢参加！")).to_be_visible()
        expect(page.locator("#code")).to_be_hidden()
        province.clock.advance(hours=5)
        later(page, province, 26)
        expect(page.get_by_text("登录已失效，二维码已停止更新。")).to_be_visible()
        expect(page.get_by_text("请工作人员重新登录")).to_have_attribute("href", f"{BASE}/screen")


def test_one_tap_copies_the_text_for_a_chat_group(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = opened(sheet, province, f"{BASE}/codes")
        assert sheet.look() == []
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="复制文字").click()
        expect(page.get_by_text("已复制")).to_be_visible()
        copied = str(page.evaluate("navigator.clipboard.readText()"))
        assert copied.startswith("【中小企业数字化转型对接会】")
        assert f"{province.product.url}/c/{RUNNING}" in copied


def test_the_poster_is_one_sheet_whatever_the_title(province: Province, browser: Browser, tmp_path: Path) -> None:
    with province.product.database.transaction() as session:
        activity = session.query(Activity).filter_by(code=RUNNING).one()
        activity.title = "长" * 200
        activity.organisers = "主办：湖南省工业和信息化厅，承办：" + "长沙市中小企业服务中心、" * 15
    with look.window(browser, province.hand("clerk"), province.product.url, look.DESK) as sheet:
        page = opened(sheet, province, f"{BASE}/poster")
        assert sheet.look() == []
        printed = page.pdf(prefer_css_page_size=True)
        assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 680, "height": 1000})
        code = page.locator(".big-code img").bounding_box()
        assert code is not None
        assert code["height"] >= 180, "the code gives way, but stays large enough to scan"
        is_clipped = "(sheet => sheet.scrollHeight > sheet.clientHeight + 1)(document.querySelector('.sheet'))"
        assert page.evaluate(is_clipped) is False
        expect(page.get_by_role("button", name="打印")).to_be_hidden()


def _cut(route: Route) -> None:
    route.abort("internetdisconnected")
