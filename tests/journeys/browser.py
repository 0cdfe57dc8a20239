"""A page as Chromium draws it on a phone: what does not fit, what is too small to touch, what is too pale to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Response

from wxsvc.demo.phone_browser import PhoneBrowser

PHONE: Final = {"width": 375, "height": 812}
DESK: Final = {"width": 1280, "height": 900}
MOST_BYTES: Final = 100_000
"""What one page may transfer, compressed, with everything it needs."""
MOST_DRAWN_BYTES: Final = 550_000
"""The same of a page of the desk that draws charts."""
AGENT: Final = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
    " MicroMessenger/8.0.50"
)

LOOK: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


@dataclass
class Sheet:
    """One page in one browser window, and everything that it fetched or complained of."""

    page: Page
    transferred: int = 0
    complaints: list[str] = field(default_factory=list)

    def look(self) -> list[str]:
        """Everything that is wrong with what is shown now."""
        shown: list[str] = self.page.evaluate(LOOK)
        return [*self.complaints, *shown]

    def _received(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")
        if 300 <= response.status < 400:
            return
        sizes = response.request.sizes()
        self.transferred += sizes["responseBodySize"] + sizes["responseHeadersSize"]


@contextmanager
def window(browser: Browser, hand: PhoneBrowser, home: str, size: dict[str, Any] | None = None) -> Iterator[Sheet]:
    """A browser window in which the owner of this phone is signed in."""
    hand.open("/mine")
    context = browser.new_context(viewport=size or PHONE, user_agent=AGENT, locale="zh-CN")  # type: ignore[arg-type]
    cookies = [{"name": c.name, "value": c.value or "", "url": home} for c in hand.phone.session.cookies]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    sheet = Sheet(page)
    page.on("console", lambda said: sheet.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: sheet.complaints.append(str(error)))
    page.on("requestfinished", lambda request: sheet._received(request.response()))  # type: ignore[arg-type]
    try:
        yield sheet
    finally:
        context.close()
