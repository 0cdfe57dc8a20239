"""数据总览 and 数据大屏 in a real browser: drawn from their tables, readable without a script, live on the wall."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from models.scorecard import ScorecardRow
from tests.journeys import browser as look
from tests.journeys.province import Province, running

DRAWN = "(box) => { const c = box.querySelector('canvas'); return !!c && c.width > 0 && c.height > 0; }"
CUT_OFF = "all => all.filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.className)"
SCREENS = ({"width": 1280, "height": 720}, {"width": 1920, "height": 1080})


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """One province for all looks."""
    with running(tmp_path_factory.mktemp("pictures")) as made:
        made.folded()
        yield made


def drawn(page: Page) -> int:
    """How many pictures are really drawn, once the library has come."""
    page.wait_for_selector("[data-chart] canvas")
    return sum(page.eval_on_selector_all("[data-chart]", f"boxes => boxes.map({DRAWN})"))


def test_each_picture_is_drawn_and_its_table_opens_below(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("official"), province.product.url, look.DESK) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/v/dashboard?shade=completion")
        assert drawn(page) == page.locator("[data-chart]").count() == 4
        assert page.locator("table:visible").count() == 0
        page.locator("summary").first.click()
        assert page.locator("table:visible").count() == 1
        assert sheet.look() == []


@pytest.mark.parametrize("path", ["/v/dashboard", "/v/wall"])
def test_without_a_script_the_tables_are_the_page(province: Province, browser: Browser, path: str) -> None:
    with look.window(browser, province.hand("official"), province.product.url, look.DESK) as sheet:
        cookies = sheet.page.context.cookies()
        context = browser.new_context(viewport=look.DESK, java_script_enabled=False)  # type: ignore[arg-type]
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(province.product.url + path)
        assert page.locator("[data-chart] table:visible").count() == page.locator("[data-chart]").count() > 0
        assert page.locator(".canvas:visible").count() == 0
        assert page.locator("[data-turn]:visible").count() == page.locator("[data-turn]").count()  # nothing turns them
        for name in page.locator("[data-turn] .name").all():
            name.scroll_into_view_if_needed()
            assert name.bounding_box()["y"] < look.DESK["height"]  # type: ignore[index]
        context.close()


def test_on_a_phone_nothing_is_fetched_to_draw(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("official"), province.product.url) as sheet:
        asked: list[str] = []
        sheet.page.on("request", lambda request: asked.append(request.url))
        sheet.page.goto(province.product.url + "/v/dashboard")
        sheet.settle()
        assert not [address for address in asked if "echarts" in address or "hunan" in address]
        assert sheet.page.locator("table:visible").count() == 1


@pytest.mark.parametrize("size", SCREENS, ids=["720", "1080"])
def test_the_wall_fills_one_screen_and_is_read_from_far(
    province: Province, browser: Browser, size: dict[str, int]
) -> None:
    """No scrolling, nothing cut off; the figures are a twenty-fifth of the height, the lists a fiftieth."""
    with look.window(browser, province.hand("official"), province.product.url, size) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/v/wall")
        assert drawn(page) == 2
        assert page.locator("[data-turn]").count() > page.locator("[data-turn]:visible").count() == 1
        high, wide = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
        assert (high, wide) == (size["height"], size["width"])
        assert page.eval_on_selector_all("#wall .part", CUT_OFF) == []
        sizes = "s => parseFloat(getComputedStyle(document.querySelector(s)).fontSize)"
        assert page.evaluate(sizes, ".sums dd") >= size["height"] / 25
        assert page.evaluate(sizes, ".latest li") >= size["height"] / 50
        assert sheet.look() == []


def test_the_wall_renews_itself_and_says_when_it_cannot(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("official"), province.product.url, look.DESK) as sheet:
        page = sheet.page
        page.clock.install()
        page.goto(province.product.url + "/v/wall")
        assert drawn(page) == 2
        with province.product.database.transaction() as session:
            session.execute(sa.update(ScorecardRow).values(total=77))
        page.clock.run_for(11_000)
        page.wait_for_selector(".sums dd:text-is('77')")
        assert drawn(page) == 2
        page.route("**/wall/now*", lambda route: route.abort())
        page.clock.run_for(11_000)
        page.wait_for_selector("[data-when=lost]:visible")
        page.unroute("**/wall/now*")
        page.context.clear_cookies()
        page.clock.run_for(11_000)
        page.wait_for_selector("[data-when=ended]:visible")
