"""Every page and job reads what it shows or does, however much the province has: counted over the whole URL map.

The whole province is grown twice (``tests/wxsvc/pages/grown.py``), the second time to three times as much, and every
address asked on each. What may grow says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask

from tests import builders
from tests.clock import SettableClock
from tests.databases import content_of, put_sqlite
from tests.house.test_permissions import Line, answer_of, lines, routes, visit
from tests.rows_read import rows_read
from tests.wxsvc.pages import grown
from tests.wxsvc.pages.whole_world import Keys, whole
from wxsvc.house import House
from wxsvc.pages import paging
from wxsvc.wechat import drawing
from wxsvc.worker import jobs
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import TIMETABLE

MUCH: Final = {grown.SAME: 60, grown.CROWD: 60, grown.FORMER: 20, grown.PROVINCE: 20}
"""Copies: every list is longer than a page of it."""
MORE: Final = {way: 3 * copies for way, copies in MUCH.items()}
FACTOR, MORE_ROWS, MORE_STATEMENTS = 1.3, 20, 1
"""By how much the reading of three times as much may grow."""

MOST_STATEMENTS: Final = 12
"""Of a page, with the one that asks who is there."""
MANY_STATEMENTS: Final[Mapping[str, int]] = {
    "/p/filings/<obligation>/<period>/word": 27,  # a report of all that a platform did in a year
    **dict.fromkeys(("/p/score/history", "/v/score/<code>/history"), 13),  # the names of causes, by each kind of them
    "/v/merges/<int:record_id>": 21,  # the rows of each table that names an enterprise
}
"""Pages that ask more, and why."""

_YEAR = "what a platform's year adds up from is judged row by row, each with the others of that year"
_WAITS = "everything that waits for one platform stands there"
_LINES = "a line or a standing of every platform, or everybody who works for the province"
_FILE = "a file of all that is asked for"
_OWN = "all that is kept of one person, or was counted for their enterprises in a year, and what a merge of two moves"
_DOOR = "everybody who came to one activity"
_QUEUE = "bounded by pages of their own (test_review_pages.py, test_review_queue.py)"
_CITY = "the platforms in a city, of which copies have more than any city has"
GROWS: Final[Mapping[str, str]] = {
    rule: why
    for why, rules in {
        _YEAR: """
            /p/bonus-claims /p/bonus-claims/<int:record_id> /p/evidence /p/filings/<obligation>/<period> /p/needs
            /p/filings/<obligation>/<period>/excel /p/filings/<obligation>/<period>/word /p/needs/<int:record_id>
            /p/offline-services /p/offline-services/<int:record_id> /p/online-trades /p/online-trades/<int:record_id>
            /p/research-reports /p/research-reports/<int:record_id> /p/score /p/score/<indicator>
            /p/score/history /v/score/<code>/history
            /p/score/left-out /v/annex/<code> /v/score/<code>/<indicator>
            /v/score/<code>/left-out""",
        _WAITS: "/p/more /p/today /v/year/<int:year>/objections /v/call-backs /v/call-backs/<int:sample_id>",
        _LINES: """
            /v/assignments /v/operations /v/owed /v/rulings/sheet""",
        _FILE: """
            /me/export /me/export.json /v/operations/csv /v/operations/excel /v/rulings/sheet.xlsx /v/scores/csv
            /v/scores/excel /v/scores/word /v/year/<int:year>/documents/<what>""",
        _OWN: "/disputes /me /me/delete /v/merges/<int:record_id>",
        _DOOR: """
            /p/activity/<code> /p/activity/<code>/arrivals /p/activity/<code>/found /p/activity/<code>/wrap-up
            /p/offline-services/<int:record_id>/edit /v/disputes/<int:dispute_id> /v/platforms/<code>""",
        _QUEUE: "/v/review /v/review/<subject>/<int:subject_id>",
        _CITY: "/contact /needs/new",
    }.items()
    for rule in rules.split()
}
"""Pages that may read more, and why."""
ASKED: Final = frozenset(line.rule for line in lines()) - set(GROWS)
OF_ONE: Final = frozenset(rule for rule, why in GROWS.items() if why in (_YEAR, _DOOR))
"""Pages of one platform's year, or of one activity: they read no more because there are other platforms and years."""
ELSEWHERE: Final = MUCH | {way: MORE[way] for way in (grown.PROVINCE, grown.FORMER)}
_RANKED = """
    /p/activity/<code>/edit /p/publish /v/announcements/<int:announcement_id> /v/dashboard /v/inspections
    /v/inspections/<code> /v/members /v/periods /v/readings/<reading> /v/rulings /v/wall /v/wall/now
    /v/year/<int:year>/amendments /v/year/<int:year>/preview"""
ONE_OF_EACH: Final = frozenset(_RANKED.split())
"""Pages with a line, a choice or a place in a ranking for every platform, or a page of such lines that the fewer
platforms do not fill: a row of each, and no more."""
_KEPT = """
    /v/announcements/new /v/dashboard/<code> /v/people /v/people/<int:person_id>
    /v/year/<int:year>/documents"""
KEPT: Final = frozenset(_KEPT.split())
"""Pages with a list of all platforms, or their totals, that a process keeps until one changes: asked once before."""
NEW_PLATFORMS: Final = 2 * (MORE[grown.PROVINCE] - MUCH[grown.PROVINCE])

DONE_BY_THE_DATABASE: Final = (
    *("tell_unfinished", "follow_signups", "tell_verdicts", "forget_departed", "clear_sessions", "pass_deadlines"),
    *("remind", "chain_log", "compare_photos", "analyze_grown"),
)
"""Jobs of every few seconds to every hour that ask nobody else; those that call WeChat look for their errands by an
index, and 疑点 have tests of their own."""
MOST_AT_REST: Final = 15
"""Rows, and statements, of a job that has nothing to do."""


def size_of(database: Any, content: bytes, place: Path, copies: Mapping[grown.Way, int]) -> None:
    """Put the whole province there, grown."""
    place.write_bytes(content)
    grown.grow(place, copies)
    put_sqlite(database, place.read_bytes())


def role_of(line: Line) -> str | None:
    """Who sees the page."""
    first = {"/v/": "province", "/p/": "staff"}.get(line.rule[:3], "contact")
    return next((role for role in (first, "other_staff", "contact") if answer_of(role, line.answer) == "in"), None)


@pytest.mark.usefixtures("chinese_font")
def test_no_page_reads_more_than_it_shows(
    app: Flask, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "svg", lambda _text: b"")
    for per_page in ("OF_A_KIND", "OF_A_PROVINCE", "AT_A_DESK"):  # a table of all is longer than a page of it, too
        monkeypatch.setattr(paging, per_page, 10)
    app.config["RATELIMIT_ENABLED"] = False
    database, (content, keys) = app.extensions["wxsvc"].database, folded(app.extensions["wxsvc"])
    found: list[dict[str, tuple[int, int]]] = []
    for copies, rules in ((MUCH, ASKED | set(GROWS)), (MORE, ASKED), (ELSEWHERE, OF_ONE)):
        size_of(database, content, tmp_path / "grown.db", copies)
        found.append(readings(app, keys, rules))
    much, *later = found
    wrong = [
        f"{rule}: {much[rule]} (rows, statements), then {(rows, statements)}"
        for more in later
        for rule, (rows, statements) in more.items()
        if rows > FACTOR * much[rule][0] + MORE_ROWS + (NEW_PLATFORMS if rule in ONE_OF_EACH else 0)
        or statements > much[rule][1] + MORE_STATEMENTS
    ]
    assert not wrong, "\n".join(wrong)
    most = MANY_STATEMENTS | dict.fromkeys(much.keys() - set(MANY_STATEMENTS), MOST_STATEMENTS)
    assert {rule: statements for rule, (_, statements) in much.items() if statements > most[rule]} == {}


def readings(app: Flask, keys: Keys, rules: Set[str]) -> dict[str, tuple[int, int]]:
    """Rows and statements of these pages."""
    people = {role: visit(app, keys, role) for role in ("contact", "staff", "other_staff", "province")}
    found, there = {}, routes(app)
    for line in lines():
        role = role_of(line)
        if line.method != "GET" or line.state is not None or line.rule not in rules or role is None:
            continue
        path, query = keys.of(there[line.method, line.rule]), keys.filled(line.query)
        if line.rule in KEPT:
            people[role].ask("GET", path, query)
        with rows_read(app.extensions["wxsvc"].database.engine) as read:
            answer = people[role].ask("GET", path, query)
        assert answer.status_code < 400 or line.rule == "/readyz", (line.rule, answer.status_code)
        found[line.rule] = (read.rows, read.statements)
    return found


def folded(house: House) -> tuple[bytes, Keys]:
    """The whole province with its cards and the totals of a month."""
    content, keys = whole()
    put_sqlite(house.database, content)
    jobs.recount_all(house)
    jobs.keep_month(house)
    jobs.keep_hints(house)
    return content_of(house.database), keys


def test_every_page_that_may_grow_is_there(app: Flask) -> None:
    assert ONE_OF_EACH.union(GROWS, KEPT) <= {rule.rule for rule in app.url_map.iter_rules()}


def test_a_job_with_nothing_to_do_reads_next_to_nothing(
    app: Flask, world: Any, page_clock: SettableClock, tmp_path: Path
) -> None:
    """However much there is: what changed is found by the database, and what was looked at is not looked at again."""
    house = app.extensions["wxsvc"]
    size_of(house.database, folded(house)[0], tmp_path / "grown.db", dict.fromkeys(MUCH, 20))
    page_clock.set(builders.ENDS_AT + timedelta(hours=1))  # today's activities are over
    beats, wrong = Heartbeats(house), {}
    for each in TIMETABLE:
        if each.name in DONE_BY_THE_DATABASE:
            assert beats.run(each.name, each.job)
            with rows_read(house.database.engine) as read:
                each.job(house)
            if read.rows > MOST_AT_REST or read.statements > MOST_AT_REST:
                wrong[each.name] = (read.rows, read.statements)
    assert wrong == {}
