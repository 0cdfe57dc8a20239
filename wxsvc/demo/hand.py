"""A hand on a phone: opens pages, follows links, fills in forms, and reads what comes of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urljoin

from wxsvc.demo.phone_browser import Page
from wxsvc.simulator.phone import Phone


class Hand:
    """One person with a phone. ``page`` is what its WebView shows; the chat is the phone's own."""

    def __init__(self, phone: Phone, home: str) -> None:
        self.phone = phone
        self._home = home
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The page that is open: whatever was opened last, from the chat or here."""
        if self._page is None:
            raise LookupError("no page is open")
        return self._page

    def open(self, address: str) -> Page:
        """Open an address, or a path of the product, as a link in the chat is opened."""
        self._page = Page(self.phone.open(urljoin(self._home, address)))
        return self._page

    def tap(self, entry: str) -> Page:
        """Tap a menu entry that opens a page."""
        self.phone.tap(entry)
        if self.phone.page is None:
            raise LookupError(f"{entry} opens no page")
        self._page = Page(self.phone.page)
        return self._page

    def follow(self, link: str) -> Page:
        """Follow the first link whose address or label has this part."""
        return self.open(self.page.link(link))

    def send(self, files: dict[str, tuple[str, bytes, str]] | None = None, **typed: str | list[str]) -> Page:
        """Fill in the first form that has these fields and send it; a field may be the button that is pressed."""
        form = self.page.form(*typed, *(files or ()))
        filled: dict[str, Any] = form.filled(**typed)
        if form.method == "GET":
            return self.open(f"{form.action.partition('?')[0]}?{urlencode(filled, doseq=True)}")
        self._page = Page(self.phone.submit(form.action, data=filled, files=files))
        return self._page
