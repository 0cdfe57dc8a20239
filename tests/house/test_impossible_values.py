"""What nobody types, sent to every route: numbers of 400 digits, ``²``, NUL, broken escapes, impossible years.

Each is 404 or a sentence, never a fault of ours; on both databases, for they stumble over different things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import pytest
from flask import Flask

from tests.house.test_floor_plan import named, sources
from tests.house.test_permissions import routes
from tests.wxsvc.pages.web import Phone, fold
from tests.wxsvc.pages.whole_world import Keys, settle_everything
from tests.wxsvc.pages.world import World, picture, settle
from wxsvc.access import Audience, audience_of
from wxsvc.app import create_app
from wxsvc.db import Database
from wxsvc.files import Files

pytestmark = pytest.mark.both_databases

IMPOSSIBLE: Final = (
    *(
        "9" * 400,
        "-1",
        str(2**15),
        str(2**31),
        str(2**63 - 1),
        str(2**63),
        "²",
        "１２",
        "1e9",
        "NaN",
        "Infinity",
        "0001-01-01",
        "9999-12-31",
    ),
    *("0001-01-01T00:00", "9999-12-31T23:59", "2026-13", "²²²²-11", "99999-11", "a\0b", "\0", "\ud800", "‮gpj.exe"),
    *("{{7*7}}", "%s%n", "../../etc/passwd", "'", "a" * 900, "🈚" * 50, "\u2028", "\x7f"),
)
ESCAPES: Final = ("%00", "%", "%zz", "%ed%a0%80", "%ff%fe", "%c0%af", "%25%00", "%c2%b2", "9" * 400)
PAGES: Final = Path(__file__).parents[2] / "wxsvc" / "pages"
WHO: Final = {Audience.PLATFORM: "staff", Audience.REVIEWER: "province", Audience.PROVINCE: "province"}
ENDS_THE_SESSION: Final = {"desk.leave"}

Sender: TypeAlias = Callable[..., int]
"""Sends one request of somebody, by its path, method and body, and gives the status of the answer."""


@pytest.fixture
def world(db: Database, settings: Any, tmp_path: Path) -> World:
    """A small province with a record of every noun, on either database."""
    files = Files(settings.files_dir, 2**20)
    made = replace(settle(db.transaction, files), records={})
    fold(db.transaction)
    files.store_photo(picture())
    return made


@pytest.fixture
def keys(db: Database, world: World) -> Keys:
    """One row of everything in it."""
    return settle_everything(db.transaction, world)


@pytest.fixture
def app(settings: Any, page_clock: Any, db: Database, wechat: Any) -> Flask:
    """The app on either database, without limits and tokens: each value shall reach whoever reads it."""
    made = create_app(settings, page_clock, db)
    made.config |= {"RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False}
    return made


@pytest.fixture
def people(app: Flask, world: World) -> dict[str, Sender]:
    """One signed-in person per audience."""
    found = {who: Phone(app, getattr(world, who)) for who in ("visitor", "staff", "province")}
    for somebody in found.values():
        somebody.get("/roles")
        somebody.get("/mine")
    return {who: sender(app, somebody) for who, somebody in found.items()}


def asked_names() -> list[str]:
    """Every name that the pages read from a query or a form."""
    read = re.compile(
        r"""(?:args|form|typed|files|view)(?:\.(?:get|getlist|text|number|day|instant|word|all|ticked)\(|\[)"(\w+)\""""
        r"""|asked_number\("(\w+)"\)|_wanted\("(\w+)"\)|name="(\w+)\""""
    )
    texts = [path.read_text() for path in (*PAGES.rglob("*.py"), *(PAGES.parent / "templates/pages").rglob("*.html"))]
    return sorted({name for text in texts for found in read.findall(text) for name in found if name} | {"page", "year"})


def somebody_for(app: Flask, people: dict[str, Sender], endpoint: str) -> Sender:
    audience = audience_of(app, endpoint) or Audience.ANYONE
    return people[WHO.get(audience, "visitor")]


def faults(answers: Iterator[tuple[str, int]]) -> dict[str, int]:
    return {what: status for what, status in answers if status >= 500}


def sender(app: Flask, somebody: Phone) -> Sender:
    """Sends in the session that this person has now. A client that keeps cookies would read each address twice more."""
    cookie = somebody.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    headers = {"User-Agent": somebody.agent, "Cookie": f"{cookie.key}={cookie.value}"}
    client = app.test_client(use_cookies=False)

    def send(path: str, method: str = "GET", **more: Any) -> int:
        return client.open(path, method=method, headers=headers, buffered=True, **more).status_code

    return send


def test_in_addresses(app: Flask, keys: Keys, people: dict[str, Sender]) -> None:
    escapes = cycle(ESCAPES)

    def answers() -> Iterator[tuple[str, int]]:
        for (method, _), rule in routes(app).items():
            for escape in islice(escapes, 2) if rule.arguments else ():
                path = re.sub(r"<[^>]+>", escape, rule.rule)
                somebody = somebody_for(app, people, rule.endpoint)
                yield (
                    f"{method} {rule.rule} {escape[:20]}",
                    somebody(path, method, data={} if method == "POST" else None),
                )

    assert faults(answers()) == {}


def test_one_after_the_other_in_addresses_of_several_parts(app: Flask, keys: Keys, people: dict[str, Sender]) -> None:
    """The others are good, so that the view is reached."""

    def answers() -> Iterator[tuple[str, int]]:
        for (method, _), rule in routes(app).items():
            for name in rule.arguments if len(rule.arguments) > 1 else ():
                for value in (str(2**63 - 1), "²²²²-11", "0000-00", "99999-99", "%00"):
                    path = filled(re.sub(rf"<(?:\w+:)?{name}>", value, rule.rule), rule, keys)
                    somebody = somebody_for(app, people, rule.endpoint)
                    yield f"{method} {path[:60]}", somebody(path, method)

    assert faults(answers()) == {}


def filled(template: str, rule: Any, keys: Keys) -> str:
    """The template with the good values of the parts that are still open."""
    good = keys.of(rule, token="unknown", sealed="unknown")
    parts = dict(zip(re.findall(r"<[^>]+>", rule.rule), _captured(rule.rule, good), strict=True))
    for part, value in parts.items():
        template = template.replace(part, value)
    return template


def _captured(rule: str, path: str) -> tuple[str, ...]:
    pattern = "".join("(.+)" if piece.startswith("<") else re.escape(piece) for piece in re.split(r"(<[^>]+>)", rule))
    found = re.fullmatch(pattern, path)
    assert found is not None, rule
    return found.groups()


def test_in_queries(app: Flask, keys: Keys, people: dict[str, Sender]) -> None:
    """Every name has another value, and with every route they change."""
    names, values = asked_names(), cycle([*IMPOSSIBLE, None])

    def answers() -> Iterator[tuple[str, int]]:
        for (method, _), rule in routes(app).items():
            if method == "GET" and rule.endpoint != "static":
                path, somebody = (
                    keys.of(rule, token="unknown", sealed="unknown"),
                    somebody_for(app, people, rule.endpoint),
                )
                query = "&".join(f"{name}={_escaped(value)}" for name, value in zip(names, values, strict=False))
                yield f"{rule.rule} {query}", somebody(f"{path}?{query}")

    assert faults(answers()) == {}


def test_in_forms(app: Flask, keys: Keys, people: dict[str, Sender]) -> None:
    names, values = asked_names(), cycle(IMPOSSIBLE)

    def answers() -> Iterator[tuple[str, int]]:
        for (method, _), rule in routes(app).items():
            if method == "POST" and rule.endpoint not in ENDS_THE_SESSION:
                path, somebody = (
                    keys.of(rule, token="unknown", sealed="unknown"),
                    somebody_for(app, people, rule.endpoint),
                )
                form: dict[str, Any] = {
                    name: value.encode(errors="replace").decode() for name, value in zip(names, values, strict=False)
                }
                form |= {"file": (BytesIO(b"a\0b"), "a\0b‮\r\n.xlsx"), "paper": (BytesIO(b"%PDF-1.4"), "\0")}
                yield f"{rule.rule}", somebody(path, "POST", data=form)

    assert faults(answers()) == {}


@cache
def _escaped(value: str | None) -> str:
    """As browsers write it, in as few signs: a whole query is long, and each sign of it is read."""
    return "%zz%ff%00%" if value is None else quote(value, safe="", errors="surrogatepass")


def test_pages_read_numbers_in_one_way() -> None:
    """``int`` takes what no database holds, and ``isdigit`` lets through what ``int`` does not take."""
    loose = re.compile(r"type=int\b|\.is(?:digit|decimal|numeric)\(\)|\bint\((?:request|form|typed|text|each|period)")
    judged = {"wxsvc/pages/row_numbers.py", "wxsvc/pages/enterprise/enrol.py"}  # that one makes no number of its signs
    found = [
        named(path)
        for path in sources("wxsvc")
        if "pages" in path.parts and named(path) not in judged and loose.search(path.read_text())
    ]
    assert found == []
