"""待审事项 at a desk in a real browser: list and record side by side, judged by keys alone, and taken back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from models.activity import Activity
from models.terms import Stage
from tests import builders
from tests.journeys import browser as look
from tests.journeys.province import running

TITLES = ["第一场对接会", "第二场对接会", "第三场对接会"]
IN_SIGHT = """() => [...document.querySelectorAll(".queue > li")].filter(row =>
  row.getBoundingClientRect().bottom <= row.parentNode.getBoundingClientRect().bottom).length"""


def beside(page: Page, title: str) -> None:
    """Wait until the record of this title stands beside the list."""
    page.locator(".beside-queue h1", has_text=title).wait_for()


def test_a_desk_is_worked_by_keys(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path) as province:
        with province.product.database.transaction() as session:
            platform = builders.platform(session)
            for number, title in enumerate([*TITLES, *(f"又一场{n}" for n in range(40))]):
                waits_since = builders.NOW - timedelta(days=30 - number % 30, minutes=number)
                place = f"{number}号厅"
                row = builders.activity(
                    session, platform, stage=Stage.SUBMITTED, title=title, place=place, submitted_at=waits_since
                )
                builders.photo(session, row)
        with look.window(browser, province.hand("reviewer"), province.product.url, look.DESK) as sheet:
            page = sheet.page
            page.goto(province.product.url + "/v/review?noun=activity&q=场")
            first, second = (page.locator(".queue .what").nth(n).inner_text() for n in (0, 1))
            beside(page, first)
            assert page.evaluate(IN_SIGHT) >= 20
            page.get_by_text("键盘：j、k 逐项查看").wait_for()
            page.keyboard.press("j")
            beside(page, second)
            page.keyboard.press("k")
            beside(page, first)
            page.keyboard.press("a")
            page.get_by_text("已通过，计入平台得分").wait_for()
            beside(page, second)
            assert "noun=activity" in page.url
            page.keyboard.press("r")
            assert page.evaluate("document.activeElement.name") == "reason", "the first ground, not a hidden field"
            page.keyboard.press("Escape")
            page.keyboard.press("u")
            page.get_by_text("已撤销，1件恢复为审核前的状态").wait_for()
            beside(page, first)
            page.locator("#return summary").click()
            page.locator("#return button[name=verdict]").click()
            page.get_by_role("link", name="请填写退回原因").click()
            page.locator("#return [name=more]").fill("请补照片")
            page.locator("#return button[name=verdict]").click()
            beside(page, second)  # a mistake does not lead away from the list
            page.keyboard.press("u")
            beside(page, first)
            page.keyboard.press("/")
            assert page.evaluate("document.activeElement.name") == "q"
            page.keyboard.type("j")
            assert page.input_value("input[name=q]") == "j", "a letter that is typed is no command"
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= look.DESK["width"]


def test_a_key_judges_nothing_before_its_record_is_seen(tmp_path: Path, browser: Browser) -> None:
    """On a slow line the former record still stands beside the list: `a` would have approved that one."""
    with running(tmp_path) as province:
        with province.product.database.transaction() as session:
            platform = builders.platform(session)
            for title in TITLES:
                builders.photo(session, builders.activity(session, platform, stage=Stage.SUBMITTED, title=title))
        with look.window(browser, province.hand("reviewer"), province.product.url, look.DESK) as sheet:
            page, held = sheet.page, []
            page.goto(province.product.url + "/v/review?noun=activity&q=场")
            beside(page, page.locator(".queue .what").nth(0).inner_text())
            page.route("**/v/review/activity/*", lambda route: held.append(route))
            page.keyboard.press("j")
            page.keyboard.press("a")
            page.locator(".beside-queue[inert]").wait_for(state="attached")
            held[0].continue_()
            page.unroute("**/v/review/activity/*")
            beside(page, page.locator(".queue .what").nth(1).inner_text())
            assert "已通过" not in page.inner_text("main")
            page.keyboard.press("a")
            page.get_by_text("已通过，计入平台得分").wait_for()
            with province.product.database.read() as session:
                stages = session.scalars(sa.select(Activity.stage).where(Activity.title.in_(TITLES))).all()
            assert sorted(stages) == [Stage.APPROVED, Stage.SUBMITTED, Stage.SUBMITTED]
