"""The browser on a phone or a desk, driven by a script: a page's text and links, its forms filled in and sent."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin

import requests

from wxsvc.simulator.phone import Phone

_UNREAD = ("script", "style", "template", "title")
_TYPED = ("text", "search", "tel", "url", "number", "date", "time", "datetime-local", "hidden", "email", "month")


@dataclass
class PageForm:
    """One form: where it goes, what stands in it already, and its buttons as (name, value, label)."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    """The values that boxes, circles and lists offer."""
    names: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def filled(self, **typed: str | list[str]) -> dict[str, list[str]]:
        """All that is sent when these fields are filled in; a field that the form lacks is a mistake."""
        values = {name: list(given) for name, given in self.fields.items()}
        pressed = {name for name, _, _ in self.buttons if name}
        for name, value in typed.items():
            if name not in self.names | pressed:
                raise LookupError(f"the form {self.action} has no field {name}, only {sorted(self.names | pressed)}")
            values[name] = [value] if isinstance(value, str) else list(value)
        return values


class PhonePage:
    """What a phone shows after a request."""

    def __init__(self, response: requests.Response) -> None:
        self.url, self.status = str(response.url), response.status_code
        reader = _Reader(self.url)
        if "html" in response.headers.get("Content-Type", ""):
            response.encoding = "utf-8"
            reader.feed(response.text)
        self.forms, self.links = reader.forms, reader.links
        self.code = reader.code
        """What the code of a desk says that the page draws; empty on other pages."""
        self.text = re.sub(r"\s+", " ", "".join(reader.words)).strip()

    def form(self, *names: str) -> PageForm:
        """The first form that has all these fields or buttons."""
        for form in self.forms:
            if set(names) <= form.names | form.files | {name for name, _, _ in form.buttons}:
                return form
        raise LookupError(f"{self.url} ({self.status}) has no form with {', '.join(names)}: {self.text[:300]}")

    def link(self, part: str) -> str:
        """The address of the first link whose address or label has this part."""
        for address, label in self.links:
            if part in address or part in label:
                return address
        raise LookupError(f"{self.url} ({self.status}) has no link {part}: {self.text[:300]}")


class Browser(ABC):
    """Opens pages, follows links, fills in forms."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._page: PhonePage | None = None

    @property
    def page(self) -> PhonePage:
        """The page that is open."""
        if self._page is None:
            raise LookupError("no page is open")
        return self._page

    def open(self, address: str) -> PhonePage:
        """Open an address, or a path of the product."""
        self._page = PhonePage(self._fetch(urljoin(self._home, address)))
        return self._page

    def follow(self, link: str) -> PhonePage:
        """Follow the first link whose address or label has this part."""
        return self.open(self.page.link(link))

    def send(self, files: dict[str, tuple[str, bytes, str]] | None = None, **typed: str | list[str]) -> PhonePage:
        """Fill in the first form that has these fields and send it; a field may be the button that is pressed."""
        form = self.page.form(*typed, *(files or ()))
        filled: dict[str, Any] = form.filled(**typed)
        if form.method == "GET":
            return self.open(f"{form.action.partition('#')[0].partition('?')[0]}?{urlencode(filled, doseq=True)}")
        self._page = PhonePage(self._submit(form.action, filled, files))
        return self._page

    @abstractmethod
    def _fetch(self, address: str) -> requests.Response:
        """Ask for a page."""

    @abstractmethod
    def _submit(self, action: str, data: dict[str, Any], files: Any) -> requests.Response:
        """Send a form's data and files."""


class PhoneBrowser(Browser):
    """Drives the WebView of one phone: its page is whatever was opened last, from the chat or here."""

    def __init__(self, phone: Phone, home: str) -> None:
        super().__init__(home)
        self.phone = phone

    def tap(self, entry: str) -> PhonePage:
        """Tap a menu entry that opens a page."""
        self.phone.tap(entry)
        if self.phone.page is None:
            raise LookupError(f"{entry} opens no page")
        self._page = PhonePage(self.phone.page)
        return self._page

    def _fetch(self, address: str) -> requests.Response:
        return self.phone.open(address)

    def _submit(self, action: str, data: dict[str, Any], files: Any) -> requests.Response:
        return self.phone.submit(action, data=data, files=files)


class DeskBrowser(Browser):
    """A browser on a desk: nobody has authorised it."""

    def __init__(self, home: str) -> None:
        super().__init__(home)
        self._desk = requests.Session()

    @property
    def number(self) -> str:
        """The number that a desk shows with its code, to be typed on the phone."""
        found = re.search(r"(?<!\d)\d{4}(?!\d)", self.page.text)
        if found is None:
            raise LookupError(f"{self.page.url} shows no number: {self.page.text[:300]}")
        return found[0]

    def _fetch(self, address: str) -> requests.Response:
        return self._desk.get(address, timeout=30)

    def _submit(self, action: str, data: dict[str, Any], files: Any) -> requests.Response:
        return self._desk.post(action, data=data, files=files, timeout=30)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.code = ""
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._unread = 0
        self._link: str | None = None
        self._label: list[str] = []
        self._area: str | None = None
        self._select: str | None = None
        self._button: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        self.code = given.get("data-address", self.code)
        if tag in _UNREAD:
            self._unread += 1
        elif tag == "a":
            self._link, self._label = given.get("href", ""), []
        elif tag == "form":
            action = urljoin(self._url, given.get("action") or self._url)
            self._form = PageForm(action, given.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(tag, given, self._form)
        self.words.append(" ")

    def _control(self, tag: str, given: dict[str, str], form: PageForm) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        if tag == "input" and kind == "file":
            form.files.add(name)
        elif tag == "input":
            form.names.add(name)
            if kind in _TYPED:
                form.fields.setdefault(name, []).append(value)
            elif kind in ("checkbox", "radio"):
                form.offered.setdefault(name, []).append(value or "on")
                if "checked" in given:
                    form.fields.setdefault(name, []).append(value or "on")
        elif tag == "select":
            self._select = name
            form.names.add(name)
        elif tag == "option" and self._select is not None:
            form.offered.setdefault(self._select, []).append(value)
            if "selected" in given:
                form.fields[self._select] = [value]
            else:
                form.fields.setdefault(self._select, [value])
        elif tag == "textarea":
            self._area, self._label = name, []
            form.names.add(name)
        elif tag == "button" and kind != "button":
            self._button, self._label = (name, value), []

    def handle_endtag(self, tag: str) -> None:
        label = "".join(self._label)
        if tag in _UNREAD:
            self._unread -= 1
        elif tag == "a" and self._link is not None:
            self.links.append((urljoin(self._url, self._link), label.strip()))
            self._link = None
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._form is not None and self._area is not None:
            self._form.fields[self._area] = [label.removeprefix("\n")]
            self._area = None
        elif tag == "button" and self._form is not None and self._button is not None:
            self._form.buttons.append((*self._button, label.strip()))
            self._button = None

    def handle_data(self, data: str) -> None:
        self._label.append(data)
        if not self._unread and self._area is None:
            self.words.append(data)
