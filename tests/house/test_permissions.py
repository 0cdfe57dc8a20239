"""Who may do what: every address asked by every role, as ``permissions.toml`` has it. A new address needs its line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from flask import Flask, template_rendered
from sqlalchemy import Connection
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models import Base
from models.errand import Heartbeat
from models.journal import LogEntry
from models.kept_answer import KeptAnswer
from models.work_list import Change
from tests.clock import SettableClock
from tests.databases import content_of, put_sqlite
from tests.wxsvc.pages.preparations import prepare
from tests.wxsvc.pages.web import IN_WECHAT, ON_A_DESK, Phone, csrf_token
from tests.wxsvc.pages.whole_world import LINKS, Keys, whole
from tests.wxsvc.pages.world import World
from wxsvc.access import Audience, audience_of
from wxsvc.db import Database
from wxsvc.documents import activity_pictures
from wxsvc.wechat import drawing

PLACE: Final = Path(__file__).with_name("permissions.toml")
MATRIX: Final = tomllib.loads(PLACE.read_text("utf-8"))
ROLES: Final = tuple(MATRIX["roles"])
ANSWERS: Final[dict[str, dict[str, Any]]] = MATRIX["answers"]
COUNTED_ANEW: Final = dict.fromkeys(MATRIX["counted_anew"], ROLES) | {
    name: (role,) for name, role in MATRIX["counted_anew_by"].items()
}
GUESS: Final = {
    Audience.ANYONE: "anyone",
    Audience.ENTERPRISE: "signed-in",
    Audience.PLATFORM: "platform",
    Audience.REVIEWER: "provincial",
    Audience.PROVINCE: "provincial",
    Audience.SYSTEM: "by-key",
}
LINK_NAMES: Final = frozenset({"token", "sealed"})


def everything(database: Database) -> dict[str, list[Any]]:
    """Every row, as it is stored, but for two kinds: kept answers, from which a form that was not taken is shown again
    to who sent it, and heartbeats, as ``/readyz`` says whether the database takes anything by writing its own."""
    beside = (KeptAnswer.__tablename__, Heartbeat.__tablename__)
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in beside]
    with database.engine.connect() as connection:
        return {name: rows_of(connection, name) for name in tables}


def is_changed(database: Database, before: dict[str, list[Any]]) -> bool:
    """Whether any row is otherwise. The log is looked at first: most deeds stand there, and one row is enough."""
    log = LogEntry.__tablename__
    with database.engine.connect() as connection:
        return any(rows_of(connection, name) != before[name] for name in (log, *before))


def marks_more(database: Database, before: dict[str, list[Any]]) -> bool:
    """Whether the work list is longer: some platform's year is to be counted anew."""
    with database.engine.connect() as connection:
        return len(rows_of(connection, Change.__tablename__)) > len(before[Change.__tablename__])


def rows_of(connection: Connection, table: str) -> list[Any]:
    return list(connection.exec_driver_sql(f"select * from {table}"))  # noqa: S608


@dataclass(frozen=True)
class Line:
    """One line: an address with a method, in one state of its link; the expected answers; what is sent."""

    method: str
    rule: str
    state: str | None
    answer: str
    form: dict[str, str]
    query: dict[str, str]
    before: str | None
    why: str | None

    @property
    def name(self) -> str:
        """As the file has it."""
        return f"{self.method} {self.rule}" + (f" ({self.state})" if self.state else "")

    def is_counted_anew(self, role: str) -> bool:
        """Whether what this role does here decides what counts."""
        return role in COUNTED_ANEW.get(self.name, ())


def lines() -> Iterator[Line]:
    """Every line of the file; ``GET POST /x`` is two."""
    for key, given in MATRIX["routes"].items():
        *methods, rule = key.split(" ")
        if isinstance(given, str):
            given = {"who": given}
        elif len(methods) > 1 and "form" in given:
            raise AssertionError(f"{key}: one line for the form, one for the page")
        form = given.get("form", {})
        form = MATRIX["forms"][form] if isinstance(form, str) else form
        sent = (form, given.get("query", {}), given.get("before"), given.get("why"))
        states = [(state, given[state]) for state in LINKS if state in given] or [(None, given["who"])]
        for method in methods:
            for state, answer in states:
                yield Line(method, rule, state, answer, *sent)


def routes(app: Flask) -> dict[tuple[str, str], Rule]:
    """Every rule by method and address."""
    return {
        (method, rule.rule): rule
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


class Visit:
    """A browser of one role that forgets after each request what it did: its cookie is that of the beginning."""

    def __init__(self, app: Flask, openid: str | None, agent: str) -> None:
        signing_in = Phone(app, openid, agent)
        if openid is not None:
            signing_in.get("/mine")
        page = signing_in.get("/roles") if openid is not None else signing_in.get("/enter/desk")
        self.token = csrf_token(page)
        cookie = signing_in.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        assert self.token
        self._client = app.test_client(use_cookies=False)
        self._headers = {"User-Agent": agent, "Cookie": f"{cookie.key}={cookie.value}"}

    def ask(self, method: str, path: str, query: dict[str, str], form: dict[str, Any] | None = None) -> TestResponse:
        """One request; redirects are not followed."""
        asked = {"query_string": query, "headers": self._headers, "buffered": True}
        return self._client.open(path, method=method, data=form, **asked)

    def send(self, address: str, body: Any, kind: str | None) -> TestResponse:
        """A form as somebody wrote it by hand."""
        return self._client.post(address, data=body, content_type=kind, headers=self._headers, buffered=True)

    def follow(self, answer: TestResponse) -> TestResponse:
        """Where the answer leads, in the session that it gave: only there is a form with its mistakes shown again."""
        given = [each.partition(";")[0] for each in answer.headers.getlist("Set-Cookie")]
        headers = {**self._headers, "Cookie": "; ".join([*given, self._headers["Cookie"]])}  # of two the first counts
        return self._client.get(answer.headers["Location"], headers=headers, buffered=True)


class Asking:
    """One line, with what is really sent for it."""

    def __init__(self, rule: Rule, keys: Keys, line: Line, codes: dict[str, str], numbers: dict[str, str]) -> None:
        self.line = line
        self._path = keys.of(rule, **({"token": line.state, "sealed": codes[line.state]} if line.state else {}))
        self._number = {"number": numbers[line.state]} if "sealed" in rule.arguments and line.state else {}
        self._keys = keys

    def expected(self, role: str) -> int | str:
        """What the matrix says."""
        return answer_of(role, self.line.answer)

    def is_taken_from(self, role: str) -> bool:
        """Whether this is a form that the role is not plainly refused."""
        return self.line.method == "POST" and self.expected(role) in ("in", "does", "no")

    def verdict(self, somebody: Visit) -> int | str:
        """What is answered."""
        form = {"csrf_token": somebody.token, **self._keys.filled(self.line.form), **self._number}
        is_post = self.line.method == "POST"
        query = self._keys.filled(self.line.query)
        return verdict_of(somebody.ask(self.line.method, self._path, query, form if is_post else None))


@pytest.fixture
def keys(app: Flask, world: World, page_clock: SettableClock) -> Keys:
    """A province with one row of everything."""
    content, found = whole()
    put_sqlite(app.extensions["wxsvc"].database, content)
    return found


def visit(app: Flask, keys: Keys, role: str) -> Visit:
    """A browser of this role."""
    return Visit(app, keys.openids.get(role), ON_A_DESK if role == "desk" else IN_WECHAT)


def asking_desk(app: Flask) -> tuple[Any, str, str]:
    """A desk that shows its code and its number, and both."""
    desk, shown = app.test_client(), []
    with template_rendered.connected_to(lambda _app, context, **_more: shown.append(context), app):
        desk.get("/enter/desk", headers={"User-Agent": ON_A_DESK})
    return desk, urlsplit(shown[0]["address"]).path.rpartition("/")[2], shown[0]["number"]


def desk_codes(app: Flask, clock: SettableClock, keys: Keys) -> tuple[dict[str, str], dict[str, str]]:
    """Code and number of a desk in each state of a link; a colleague approved the used one, and it entered.

    The contact is signed in on another phone.
    """
    began = clock.now()
    clock.set(began - timedelta(hours=1))
    _, expired, expired_number = asking_desk(app)
    clock.set(began)
    _, live, live_number = asking_desk(app)
    desk, used, number = asking_desk(app)
    visit(app, keys, "contact")
    colleague = visit(app, keys, "colleague")
    typed = {"csrf_token": colleague.token, "number": number}
    assert colleague.ask("POST", f"/enter/desk/{used}", {}, typed).status_code == 303
    page = desk.get("/enter/desk", headers={"User-Agent": ON_A_DESK})
    entered = desk.post("/enter/desk", data={"csrf_token": csrf_token(page)}, headers={"User-Agent": ON_A_DESK})
    assert entered.status_code == 303
    return (
        {"live": live, "used": used, "expired": expired, "unknown": "unknown"},
        {"live": live_number, "used": number, "expired": expired_number, "unknown": "0000"},
    )


def verdict_of(got: TestResponse) -> int | str:
    """What an answer says to who asked: ``enter`` (say first who you are), ``in``, or its status."""
    if got.status_code == 303 and got.headers["Location"].startswith("/enter?next="):
        return "enter"
    return "in" if got.status_code < 400 or got.status_code in (409, 422) else got.status_code


def answer_of(role: str, answer: str) -> int | str:
    """What this class of answer says to this role; ``else`` is for the roles that it does not name."""
    given = ANSWERS[answer]
    found: int | str = given[role] if role in given else given["else"]
    return found


def test_every_address_has_its_line(app: Flask) -> None:
    """A new address fails here, with the line that it lacks; so does a line whose address is gone."""
    there = routes(app)
    named = {(line.method, line.rule) for line in lines()}
    lacking = [
        f'"{method} {rule}" = "{GUESS[audience_of(app, each.endpoint) or Audience.PROVINCE]}"'
        for (method, rule), each in there.items()
        if (method, rule) not in named
    ]
    assert not lacking, f"lines that {PLACE.name} lacks (choose the answer with care):\n" + "\n".join(lacking)
    gone = [f"{method} {rule}" for method, rule in sorted(named - set(there))]
    assert not gone, f"lines of {PLACE.name} whose address is gone: {gone}"
    unsaid = [
        line.name for line in lines() if line.state is None and LINK_NAMES & there[line.method, line.rule].arguments
    ]
    assert not unsaid, f"a link needs an answer for each state {LINKS}: {unsaid}"


def test_every_line_says_something_that_is_known() -> None:
    assert {line.answer for line in lines()} == set(ANSWERS)
    done = {line.name for line in lines() if "does" in {answer_of(role, line.answer) for role in ROLES}}
    assert done >= COUNTED_ANEW.keys(), "what nobody does marks nothing"
    for name in ANSWERS:
        for role in ROLES:
            assert answer_of(role, name) in ("enter", "in", "does", "no", 400, 401, 403, 404, 410), (name, role)


def test_every_form_is_taken_from_somebody_or_says_why_not() -> None:
    """At least one role's answer is the deed done: a form that is only sent back shows nothing of who may send it."""
    taken = {line.rule for line in lines() if "does" in {answer_of(role, line.answer) for role in ROLES}}
    posts = [line for line in lines() if line.method == "POST"]
    assert {line.name for line in posts if line.rule not in taken and line.why not in MATRIX["reasons"]} == set()
    assert {line.name for line in posts if line.rule in taken and line.why} == set(), "has a reason and needs none"
    assert {line.why for line in posts if line.why} == set(MATRIX["reasons"])


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_answers_of_the_matrix(
    app: Flask, keys: Keys, page_clock: SettableClock, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every address is really asked, forms with a good token; who is refused or only looks has changed nothing.

    What is done puts the platform's year on the work list, or does not, as ``counted_anew`` has it.
    """
    monkeypatch.setattr(drawing, "svg", lambda _text: b"")  # a code on every page for a desk: half of the time
    codes, numbers = desk_codes(app, page_clock, keys)
    somebody, database = visit(app, keys, role), app.extensions["wxsvc"].database
    there = routes(app)
    asked = [line for line in lines() if activity_pictures.has_font() or not line.rule.endswith(".png")]
    kept, wrong = content_of(database), []
    for name in sorted({line.before or "" for line in asked}):
        put_sqlite(database, kept)
        prepared = prepare(database, keys, name) if name else keys
        part = [
            Asking(there[line.method, line.rule], prepared, line, codes, numbers)
            for line in asked
            if (line.before or "") == name
        ]
        wrong += wrong_answers(database, somebody, role, part)
    assert not wrong, "\n".join(wrong)


def wrong_answers(database: Database, somebody: Visit, role: str, asked: list[Asking]) -> list[str]:
    """What is answered otherwise than the matrix has it, or changes rows and should not, or does not and should.

    First whoever is refused or only looks, in a database that is the same afterwards; then every form that is taken,
    each from the same rows.
    """
    kept, before, wrong = content_of(database), everything(database), []
    for each in asked:
        if not each.is_taken_from(role) and (got := each.verdict(somebody)) != (expected := each.expected(role)):
            wrong.append(f"{each.line.name} ({each.line.answer}): {role} is told {got}, not {expected}")
    if is_changed(database, before):
        wrong.append(f"{role} was refused, or only looked, and yet a row changed")
        put_sqlite(database, kept)
    for each in asked:
        if each.is_taken_from(role):
            got, expected = each.verdict(somebody), each.expected(role)
            has_changed = is_changed(database, before)
            is_good = got in ("in", 403, 404, 410) if expected == "no" else got == "in"
            if not is_good or has_changed != (expected == "does"):
                wrong.append(
                    f"{each.line.name} ({each.line.answer}): {role}: {expected} expected; {got}, {has_changed=}"
                )
            elif has_changed and (marks := marks_more(database, before)) != each.line.is_counted_anew(role):
                wrong.append(f"{each.line.name}: {role}: {marks=}, and counted_anew says otherwise")
            if has_changed:
                put_sqlite(database, kept)
    return wrong


def test_no_form_is_taken_without_its_token(app: Flask, keys: Keys) -> None:
    """Whoever may send a form cannot be made to send it by another page."""
    database = app.extensions["wxsvc"].database
    province, staff, contact = (visit(app, keys, role) for role in ("province", "staff", "contact"))
    before = everything(database)
    wrong = {}
    for (method, _), rule in routes(app).items():
        if method == "POST":
            somebody = {"/v/": province, "/p/": staff}.get(rule.rule[:3], contact)
            path = keys.of(rule, token="live", sealed="unknown")
            got = somebody.ask("POST", path, {}, {"csrf_token": somebody.token[::-1], "reason": "试试"})
            if got.status_code != 400:
                wrong[rule.rule] = got.status_code
    assert wrong == {}
    assert not is_changed(database, before)
