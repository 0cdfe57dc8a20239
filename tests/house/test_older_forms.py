"""No form overwrites what its page did not show: each carries a mark of what it showed, or says here why it needs none.

The mark is ``version`` of a row that counts its own, ``seen`` (``services/marks.py``) of any other, or ``shown`` for
each line.
"""

from __future__ import annotations

import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Flask

from tests.databases import content_of, put_sqlite
from tests.house.test_permissions import LINK_NAMES, routes, visit
from tests.wxsvc.pages.preparations import prepare
from tests.wxsvc.pages.whole_world import SEALED_YEAR, Keys, whole
from tests.wxsvc.pages.world import World

MARKS: Final = frozenset({"seen", "version", "shown"})
ROLES: Final = ("contact", "staff", "other_staff", "reviewer", "province")
EXCEPTIONS: Final = tomllib.loads(Path(__file__).with_name("older_forms.toml").read_text("utf-8"))


class Posted(HTMLParser):
    """The forms of a page that are sent by POST: where each goes, and whether it has a mark."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        self._path, self._action, self._is_marked = path, "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = given.get("method", "").lower() == "post"
            self._action = urlsplit(given.get("action") or self._path).path if is_post else ""
            self._is_marked = False
        elif given.get("name") in MARKS:
            self._is_marked = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action:
            self.found.append((self._action, self._is_marked))
            self._action = ""


def pages(app: Flask, keys: Keys) -> list[str]:
    """Every page that is no link's, and a review's of each kind that has forms of its own."""
    known = [
        keys.of(rule)
        for (method, _), rule in sorted(routes(app).items())
        if method == "GET" and not LINK_NAMES & rule.arguments and rule.endpoint != "static"
    ]
    records = keys.by_endpoint
    reviewed = {
        "activity": records["platform.today"]["activity_id"],
        "bonus_claim": records["province.review_corrections.story"]["record_id"],
        "online_trade": records["platform.online_trades"]["record_id"],
    }
    claim = records["province.review_corrections.year"]["record_id"]
    more = [*(f"/v/review/{subject}/{key}" for subject, key in reviewed.items()), f"/v/review/bonus_claim/{claim}"]
    return [*known, *more, f"/v/year/{SEALED_YEAR}/preview"]


def marked(app: Flask) -> dict[str, bool]:
    """Each form's endpoint, and whether a form that is sent there has a mark: beside one that edits may stand 撤回."""
    (content, keys), database = whole(), app.extensions["wxsvc"].database
    kinds, found = app.url_map.bind(""), dict[str, bool]()
    no_pages: set[str] = set()
    put_sqlite(database, content)
    prepare(database, keys, "year_is_over")
    prepared = content_of(database)
    for role in ROLES:
        put_sqlite(database, prepared)
        somebody = visit(app, keys, role)
        for path in pages(app, keys):
            if path in no_pages:
                continue
            got = somebody.ask("GET", path, {"year": "2026"})
            if got.status_code == 200 and got.mimetype != "text/html":
                no_pages.add(path)  # a document, a picture, a table: it has no forms for anybody
            elif got.status_code == 200:
                for action, is_marked in Posted(got.text, path).found:
                    endpoint, _ = kinds.match(action, "POST")
                    found[endpoint] = found.get(endpoint, False) or is_marked
    return found


def test_every_form_says_what_it_showed_or_why_it_need_not(app: Flask, world: World) -> None:
    """A new form fails here: give it a mark, or a line in ``older_forms.toml`` under a reason that is true of it."""
    found = marked(app)
    there = {rule.endpoint for (method, _), rule in routes(app).items() if method == "POST"}
    excused = [endpoint for reason in EXCEPTIONS.values() for endpoint in reason["forms"]]
    assert len(excused) == len(set(excused)), "under two reasons"
    with_mark = {endpoint for endpoint, is_marked in found.items() if is_marked}
    assert there - with_mark - set(excused) == set(), "neither a mark nor a reason"
    assert set(excused) - there == set(), "gone"
    assert with_mark & set(excused) == set(), "has a mark and needs no reason"
