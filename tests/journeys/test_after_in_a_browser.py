"""What staff do after an event, in a real browser: a list with open lines, one line, and the papers of the month."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from models.roster import Roster, RosterRow
from tests.journeys import browser as look
from tests.journeys.province import COMPANY, RUNNING, Province, company_code, running

SHEET = f"/p/activity/{RUNNING}/roster"
LIST = f"{COMPANY}\n湘潭莲城软件股份公司\n长沙新生智能科技有限公司 {company_code(77)}\n（字迹不清）\n{COMPANY}"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """One province for all pages, with a list that is worked on."""
    with running(tmp_path_factory.mktemp("after")) as made:
        clerk = made.hand("clerk")
        clerk.open(SHEET)
        clerk.send(list=LIST)
        yield made


def paths(province: Province) -> list[str]:
    """Every page of this kind."""
    with province.product.database.read() as session:
        roster_id = session.scalars(sa.select(Roster.id)).one()
        row_id = session.scalars(sa.select(RosterRow.id).where(RosterRow.line == 2)).one()
    listed = f"{SHEET}/{roster_id}"
    return [
        SHEET,
        listed,
        f"{listed}?show=ready",
        f"{listed}/line/{row_id}?q=湘潭",
        "/p/filings",
        "/p/filings/plan/2026-11",
        "/p/filings/data/2026-12",
        "/p/filings/summary/2026",
    ]


@pytest.mark.parametrize("size", [look.PHONE, look.DESK], ids=["phone", "desk"])
def test_pages_fit_can_be_touched_and_read_and_weigh_little(
    province: Province, browser: Browser, size: dict[str, int]
) -> None:
    for path in paths(province):
        with look.window(browser, province.hand("clerk"), province.product.url, size) as sheet:
            sheet.show(province.product.url + path)
            assert sheet.look() == [], path
            assert sheet.transferred < look.MOST_BYTES, path


def test_an_upload_says_that_it_takes_a_moment_and_figures_are_copied(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url, look.PHONE) as sheet:
        page = sheet.page
        page.goto(province.product.url + SHEET)
        assert page.locator(".busy").is_hidden()
        page.fill("#list", "长沙麓山智能装备有限公司")
        page.evaluate("document.querySelector('form[data-busy]').addEventListener('submit', e => e.preventDefault())")
        page.click("text=读取并匹配")
        assert page.locator(".busy progress").is_visible()
        page.goto(province.product.url + "/p/filings/data/2026-12")
        page.click("text=复制文字")
        page.wait_for_selector("text=已复制")
