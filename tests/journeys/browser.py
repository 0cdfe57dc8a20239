"""A page as Chromium draws it on a phone: what does not fit, what is too small to touch, what is too pale to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.real import missing
from tests.timing import until
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
AXE: Final = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
READ: Final = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}});
  const told = (rule, node) => `${rule.id}, ${rule.help}: ${node.html.slice(0, 160)}`;
  return found.violations.flatMap((rule) => rule.nodes.map((node) => told(rule, node)));
}"""
"""What axe-core has against the page; contrast, which takes longest, is asked by ``browser.js``."""
DRAWN: Final = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
}"""
"""Fonts are there and two frames are drawn: what scripts do at once with an answer is done."""


@dataclass
class Sheet:
    """One page in one browser window, and everything that it fetched or complained of."""

    page: Page
    transferred: int = 0
    complaints: list[str] = field(default_factory=list)
    _asked: int = 0
    _unanswered: set[Request] = field(default_factory=set)

    def look(self) -> list[str]:
        """Everything that is wrong with what is shown now."""
        shown: list[str] = self.page.evaluate(LOOK)
        return [*self.complaints, *shown]

    def show(self, address: str) -> None:
        """Go there, until the page is drawn and has everything that it asks for by itself."""
        shown = self.page.goto(address)
        assert shown is not None
        assert shown.status == 200, address
        self.settle()

    def settle(self) -> None:
        """Wait until the page is drawn and has everything that it asks for by itself: also what an answer led it to."""
        until(self.is_settled, 15, "a page goes on asking, or has no answer")

    def is_settled(self) -> bool:
        """Whether no question was open, and none was asked in two frames."""
        asked, was_open = self._asked, bool(self._unanswered)
        self.page.evaluate(DRAWN)
        return not was_open and not self._unanswered and asked == self._asked

    def _ask(self, request: Request) -> None:
        self._asked += 1
        self._unanswered.add(request)

    def _received(self, request: Request) -> None:
        response = request.response()
        assert response is not None
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")
        if not 300 <= response.status < 400:
            sizes = request.sizes()
            self.transferred += sizes["responseBodySize"] + sizes["responseHeadersSize"]
        self._unanswered.discard(request)


def prepare_to_read_aloud(context: BrowserContext) -> None:
    """Every page of this window brings axe-core along, for :func:`read_aloud`: the browser compiles it once."""
    if not AXE.exists():
        missing("axe-core is not installed: run `make assets`")
    context.add_init_script(path=AXE)


def read_aloud(page: Page) -> list[str]:
    """What is wrong with the page for whoever hears it or has no mouse: names, headings, lists, tables, landmarks."""
    found: list[str] = page.evaluate(READ)
    return found


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
    page.on("request", sheet._ask)
    page.on("requestfinished", sheet._received)
    page.on("requestfailed", lambda request: sheet._unanswered.discard(request))
    try:
        yield sheet
    finally:
        context.close()
