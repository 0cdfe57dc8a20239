"""Enterprises' other pages and disputes in a real browser: they fit, can be touched and read, weigh little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys import browser as look
from tests.journeys.province import COMING, RUNNING, VISITOR, Province, company_code, running

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


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


PAGES = [
    (NEWCOMER, f"/c/{COMING}"),
    (NEWCOMER, f"/enrol?activity={RUNNING}&q=智能装备"),
    (NEWCOMER, f"/enrol?activity={RUNNING}&q={company_code(99)}"),
    (NEWCOMER, "/activities"),
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
        shown = sheet.page.goto(province.product.url + path)
        assert shown is not None
        assert shown.status == 200
        sheet.page.wait_for_load_state("networkidle")
        assert sheet.look() == []
        assert sheet.transferred < look.MOST_BYTES
