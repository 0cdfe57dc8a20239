"""Every field of every form takes poison: an answer in a sentence, never an error of ours, and nothing unescaped.

In CI each form gets a third of the poisons in all its fields at once, and each field one, dealt among the roles that
have the form; ``make fuzz`` sends all, and from each role.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask

from tests import fuzzing
from tests.databases import content_of, put_sqlite
from tests.house.test_floor_plan import named, sources
from tests.house.test_permissions import LINK_NAMES, Visit, routes, visit
from tests.poison import MARK, POISON
from tests.wxsvc.pages.whole_world import Keys, whole
from tests.wxsvc.pages.world import World
from wxsvc.pages import kept_answers

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.timeout(3600),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # files of requests, in this process
]

ROLES: Final = ("contact", "staff", "other_staff", "reviewer", "province")
TOKEN: Final = "csrf_token"
_ENDS: Final = frozenset({"desk.leave"})
"""Forms that end the session that the others need."""

Shape: TypeAlias = tuple[str, ...]
"""What is one form, whichever page has it: its endpoint and the names of its fields."""

_no_pages: Final[set[str]] = set()
"""Endpoints that gave a document, a picture or JSON to somebody: they have no forms for anybody."""

_forms: Final[dict[str, dict[Shape, Form]]] = {}
"""By role, once they were looked for."""


@dataclass
class Form:
    """A form as a page has it: where it goes, and its fields with what stands in them."""

    action: str
    is_multipart: bool
    fields: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


Dose: TypeAlias = tuple[str, dict[str, str], bytes | None]
"""What is sent at once: its name, the fields, the content of the files."""


class Forms(HTMLParser):
    """The forms of a page that are sent by POST, by their address and the names of their fields."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._path = path
        self._form: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            action = urlsplit(given.get("action") or self._path)
            where = f"{action.path or self._path}?{action.query}" if action.query else action.path or self._path
            self._form = Form(where, "multipart" in given.get("enctype", ""))
            self.found.append(self._form)
        name = given.get("name")
        if self._form is None or not name:
            return
        if given.get("type") == "file":
            self._form.files.add(name)
        elif tag in ("input", "select", "textarea", "button"):
            self._form.fields.setdefault(name, given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def forms_of(app: Flask, keys: Keys, somebody: Visit) -> dict[Shape, Form]:
    """Every form that this visitor is shown, once for each address (its kind) and set of fields."""
    found: dict[Shape, Form] = {}
    kinds = app.url_map.bind("")
    for (method, _), rule in sorted(routes(app).items()):
        if method != "GET" or LINK_NAMES & rule.arguments or rule.endpoint in {"static", *_no_pages}:
            continue
        got = somebody.ask("GET", path := keys.of(rule), {"year": "2026"})
        if got.status_code == 200 and got.mimetype != "text/html":
            _no_pages.add(rule.endpoint)
        if got.status_code != 200 or got.mimetype != "text/html" or 'method="post"' not in got.text:
            continue
        for form in Forms(got.text, path).found:
            endpoint, _ = kinds.match(urlsplit(form.action).path, "POST")
            if endpoint not in _ENDS:
                found.setdefault((endpoint, *sorted(form.fields), *sorted(form.files)), form)
    return found


def forms_of_each(app: Flask, content: bytes, keys: Keys) -> dict[str, dict[Shape, Form]]:
    """The forms of every role, looked for once."""
    for role in ROLES:
        if role not in _forms:
            put_sqlite(app.extensions["wxsvc"].database, content)
            _forms[role] = forms_of(app, keys, visit(app, keys, role))
    return _forms


def doses(shape: Shape, form: Form) -> Iterator[Dose]:
    """What is sent to one form. One that asks for nothing takes no poison: it is only sent."""
    fields = [name for name in form.fields if name != TOKEN]
    if not fields and not form.files:
        yield "nothing", form.fields, None
        return
    everywhere = [(name, POISON[name]) for name in some_of(shape, len(POISON) // 3)]
    for name, poison in everywhere:
        yield f"{name} everywhere", {**form.fields, **dict.fromkeys(fields, poison)}, _raw(poison)
    for name, poison in everywhere if form.files else ():
        yield f"{name} as a file", form.fields, b"PK\x03\x04" + _raw(poison)
    for each in fields:
        for name in some_of((*shape, each), 1):
            yield f"{name} in {each}", {**form.fields, each: POISON[name]}, None


def _raw(poison: str) -> bytes:
    return poison.encode(errors="surrogatepass")


def dealt(shape: Shape, role: str, forms: dict[str, dict[Shape, Form]]) -> list[Dose]:
    """The doses of a form that this role sends: in CI each is sent by one of those who have the form, in turn."""
    all_doses = list(doses(shape, forms[role][shape]))
    if fuzzing.IS_LONG:
        return all_doses
    having = [each for each in ROLES if shape in forms[each]]
    return all_doses[having.index(role) :: len(having)]


def some_of(place: Shape, in_ci: int) -> list[str]:
    """Names of poisons: in CI so many, others for every place and always the same."""
    names = list(POISON)
    begin = zlib.crc32(" ".join(place).encode())
    return names if fuzzing.IS_LONG else [names[(begin + 7 * step) % len(names)] for step in range(in_ci)]


def body_of(form: Form, fields: dict[str, str], content: bytes | None) -> tuple[Any, str | None]:
    """The request's body and its type. Only a form of fields alone can carry halves of characters."""
    if not form.is_multipart and not form.files:
        return urlencode(fields, errors="surrogatepass"), "application/x-www-form-urlencoded"
    clean = {name: value.encode(errors="replace").decode() for name, value in fields.items()}
    files = {name: (BytesIO(content), "\u202e名单\x00/../a.xlsx") for name in form.files} if content else {}
    return clean | files, "multipart/form-data"


@pytest.mark.parametrize("role", ROLES)
def test_poison_is_answered_in_a_sentence(
    app: Flask, world: World, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    (content, keys), database = whole(), app.extensions["wxsvc"].database
    forms = forms_of_each(app, content, keys)
    put_sqlite(database, content)
    somebody = visit(app, keys, role)
    assert len(forms[role]) > 5
    kept = content_of(database)
    wrong = []
    for shape, form in forms[role].items():
        for name, fields, file in dealt(shape, role, forms):
            body, kind = body_of(form, {**fields, TOKEN: somebody.token}, file)
            got = somebody.send(form.action, body, kind)
            shown = got.text if got.mimetype == "text/html" else ""
            if got.status_code in (302, 303):
                put_back = urlsplit(got.headers["Location"])
                page = somebody.follow(got)
                shown = page.text if page.mimetype == "text/html" else ""
                if page.status_code >= 500:
                    wrong.append(f"{form.action}: {name}: then {put_back.path} is {page.status_code}")
            if got.status_code >= 500 or MARK in shown:
                wrong.append(f"{form.action}: {name}: {got.status_code}{' unescaped' if MARK in shown else ''}")
            if got.status_code < 400 and f"{kept_answers.KEPT}=" not in got.headers.get("Location", ""):
                put_sqlite(database, kept)  # taken; else rows are what they were, but for the kept answer
    assert not wrong, "\n".join(wrong)


def test_what_is_typed_is_sought_in_one_way() -> None:
    """A ``LIKE`` of its own chokes on a text that is too long for SQLite: ``wxsvc.queries.holds`` does not."""
    own = re.compile(r"\.(contains|startswith)\([^()]*autoescape")
    assert [named(path) for path in sources("wxsvc") if "services" in path.parts and own.search(path.read_text())] == []
