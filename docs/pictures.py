"""Draw the pictures of ``docs/staff.md`` from the demo: a seeded province, its phones, and Chromium without a window.

Run it with ``make pictures`` from the top of the tree. It needs the development tools and Chromium: one that is
installed, or the one that ``WXSVC_TEST_CHROMIUM`` names. It seeds a part of the province into a folder of its own,
which it removes; this takes two minutes, and nothing but ``docs/pictures`` is written.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from wxsvc import observe, site_pictures
from wxsvc.clock import SystemClock
from wxsvc.demo import phones, product
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.demo.seeding import Seeding, people

FOLDER: Final = Path(__file__).with_name("pictures")
PHONE: Final = (375, 812)
DESK: Final = (1280, 900)
PLATFORMS: Final = 12
"""How many platforms are seeded: enough for a table."""
COLOURS: Final = 64
"""A page has few colours; with these a picture stays well under 120 KB."""
WECHAT: Final = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
    " MicroMessenger/8.0.50"
)

CLERK: Final = {
    "today": "/p/today",
    "publish": "/p/publish",
    "more": "/p/more",
    "score": "/p/score",
}
OFFICIAL: Final = {"review": "/v/review", "rulings": "/v/rulings/sheet", "people": "/v/people", "year-end": "/v/year"}


def main() -> None:
    """Seed, serve, draw everything."""
    observe.log_to(level="ERROR")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="wxsvc-pictures-") as folder,
        product.opened(Path(folder), SystemClock()) as one,
        sync_playwright() as playwright,
    ):
        Seeding(one.seeds, people(one.seeds), lambda: None, PLATFORMS).all()
        with one.serving():
            held = phones.assign(one)
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            clerk = PhoneBrowser(held["clerk"], one.url)
            for name, path in CLERK.items():
                _draw(browser, name, one.url, path, PHONE, clerk)
            _draw(browser, "door", one.url, _linked(clerk, r"/p/activity/[^/]+$"), PHONE, clerk)
            _draw(browser, "wrap-up", one.url, _linked(clerk, r"/wrap-up$"), PHONE, clerk)
            _draw(browser, "desk", one.url, "/enter/desk?next=/p/today", DESK)
            official = PhoneBrowser(held["official"], one.url)
            for name, path in OFFICIAL.items():
                _draw(browser, name, one.url, path, DESK, official)
            browser.close()


def _linked(clerk: PhoneBrowser, address: str) -> str:
    """The first link of the page 今天 whose address is like this."""
    return next(link for link, _ in clerk.open("/p/today").links if re.search(address, link))


def _draw(
    browser: Browser, name: str, home: str, path: str, size: tuple[int, int], hand: PhoneBrowser | None = None
) -> None:
    """Write ``name``.png: what is seen of the page without scrolling, by the owner of this phone if there is one."""
    where = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=where, user_agent=WECHAT if hand else None, locale="zh-CN")  # type: ignore[arg-type]
    if hand:
        hand.open(path)
        cookies = [{"name": each.name, "value": each.value or "", "url": home} for each in hand.phone.session.cookies]
        context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    answer = page.goto(hand.page.url if hand else home + path, wait_until="networkidle" if hand else "load")
    if answer is None or not answer.ok:
        sys.exit(f"{path} does not open: {answer and answer.status}")
    drawn = Image.open(io.BytesIO(page.screenshot()))
    drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)
    context.close()


def _chromium() -> str:
    found = shutil.which(os.environ.get("WXSVC_TEST_CHROMIUM", "")) or site_pictures.browser()
    return found or sys.exit("no Chromium: install the package chromium, or set WXSVC_TEST_CHROMIUM")


if __name__ == "__main__":
    main()
