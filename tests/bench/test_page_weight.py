"""What a page weighs and how soon it can be used on a 3G line, with nothing kept from an earlier visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.bench.figures import Figures
from tests.journeys import browser as look
from tests.journeys.province import CITY, RUNNING, VISITOR, Province, running

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
"""3G as Chromium's own tools simulate it: 1.6 Mbit/s down, 150 ms a round trip."""

PAGES = [
    (VISITOR, f"/c/{RUNNING}"),
    ("陈建国", f"/enrol?activity={RUNNING}"),
    (VISITOR, "/receipt/1"),
    (VISITOR, "/mine"),
    ("clerk", "/p/today"),
    ("clerk", "/p/publish"),
    ("clerk", f"/p/activity/{RUNNING}"),
    ("clerk", "/p/score"),
    ("official", "/v/scores"),
    ("official", f"/v/score/{CITY}"),
]


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """A small province."""
    with running(tmp_path_factory.mktemp("weight")) as made:
        made.hand(VISITOR).phone.scan(made.scene(RUNNING))
        yield made


@pytest.mark.bench
@pytest.mark.parametrize(("who", "path"), PAGES, ids=[path for _, path in PAGES])
def test_a_page_on_a_slow_line(
    province: Province, browser: Browser, figures: Figures, capsys: pytest.CaptureFixture[str], who: str, path: str
) -> None:
    """Usable: the document is parsed and everything that blocks its drawing is there."""
    with look.window(browser, province.hand(who), province.product.url) as sheet:
        line = sheet.page.context.new_cdp_session(sheet.page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", LINE)
        sheet.page.goto(province.product.url + path)
        usable = sheet.page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        painted = sheet.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
        with capsys.disabled():
            kilobytes = sheet.transferred / 1000
            after = f"usable after {max(usable, painted) / 1000:.2f} s"
            figures.tell(f"`{path}` on a slow line", f"{kilobytes:.1f} kB, {after}")
