"""A whole app on an empty database, a pretended WeChat that authorises, and browsers for its visitors."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from html import unescape
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request, Response

from models.platform import Platform
from tests import one_app
from tests.builders import NOW
from tests.clock import SettableClock
from tests.databases import content_of, put_sqlite
from tests.kept import once_in_a_run
from tests.wxsvc.pages.world import World, picture, settle
from wxsvc.clock import Clock
from wxsvc.db import Database
from wxsvc.files import Files
from wxsvc.pages import kept_answers
from wxsvc.services.counting import tallies
from wxsvc.settings import Settings, WeChat

IN_WECHAT = "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36 MicroMessenger/8.0.50"
ON_A_DESK = "Mozilla/5.0 (Windows NT 10.0) Chrome/140"

_codes = count(1)


class PretendedWeChat:
    """Answers ``/sns/oauth2/access_token``: the code ``x-of-OPENID`` is OPENID's, once; faults are set by the test."""

    def __init__(self) -> None:
        self.spent: set[str] = set()
        self.refused_next = 0
        self.refusal = 40163
        self.is_snapshot = False
        self.is_down = False
        self.answers = threading.Event()
        """Until it is set, whoever asks waits."""
        self.answers.set()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        code = request.args.get("code", "")
        self.answers.wait(30)
        if self.is_down:
            return Response("<html>502 Bad Gateway</html>", 502, mimetype="text/html")
        if self.refused_next:
            self.refused_next -= 1
            self.spent.add(code)
        if code in self.spent:
            return Response(f'{{"errcode": {self.refusal}, "errmsg": "refused"}}', mimetype="text/plain")
        if "-of-" not in code:
            return Response('{"errcode": 40029, "errmsg": "invalid code"}', mimetype="text/plain")
        self.spent.add(code)
        snapshot = ', "is_snapshotuser": 1' if self.is_snapshot else ""
        openid = code.partition("-of-")[2]
        return Response(f'{{"access_token": "t", "openid": "{openid}"{snapshot}}}', mimetype="text/plain")


class Phone:
    """A browser inside WeChat that belongs to one openid; it passes authorisation by itself."""

    def __init__(self, app: Flask, openid: str | None, agent: str = IN_WECHAT) -> None:
        self.client: FlaskClient = app.test_client()
        self.openid = openid
        self.agent = agent
        self._clock: Clock = app.extensions["wxsvc"].clock
        self._shown: TestResponse | None = None
        self._shown_at: datetime | None = None

    def get(self, path: str, **more: Any) -> TestResponse:
        """The page that is finally shown."""
        return self._follow(self.client.get(path, headers={"User-Agent": self.agent}, buffered=True, **more))

    def post(self, path: str, page: str | None = None, **typed: Any) -> TestResponse:
        """Send a form as the page ``page`` (by default the same path) would, with its token.

        What the phone showed last is not asked for again, unless the clock was turned since.
        """
        form, asked = self._shown, page or path
        if form is None or self._shown_at != self._clock.now() or not _is(form.request, asked) or not csrf_token(form):
            form = self.get(asked)
        token = csrf_token(form)
        sent = self.client.post(path, data={"csrf_token": token, **typed}, headers={"User-Agent": self.agent})
        return self._follow(sent)

    def post_raw(self, path: str, **typed: Any) -> TestResponse:
        """Send a form without asking for a page first; followed to the answer of one that was not taken, no further."""
        return self.answer(self.client.post(path, data=typed, headers={"User-Agent": self.agent}))

    def answer(self, sent: TestResponse) -> TestResponse:
        """The page with the mistakes where a form was not taken (``pages/kept_answers``); else what was sent back."""
        where = sent.headers.get("Location", "")
        is_kept = f"{kept_answers.KEPT}=" in where and sent.status_code == 303
        return self.client.get(where, headers={"User-Agent": self.agent}, buffered=True) if is_kept else sent

    def authorised(self, address: str) -> str:
        """The path to which WeChat sends this person back from the authorise address."""
        asked = parse_qs(urlsplit(address).query)
        back = urlsplit(asked["redirect_uri"][0])
        return f"{back.path}?code={next(_codes)}-of-{self.openid}&state={asked['state'][0]}"

    def _follow(self, response: TestResponse) -> TestResponse:
        for _ in range(10):
            if response.status_code not in (301, 302, 303):
                self._shown, self._shown_at = response, self._clock.now()
                return response
            where = response.headers["Location"]
            if "/connect/oauth2/authorize" in where:
                if self.openid is None:
                    return response
                where = self.authorised(where)
            response = self.client.get(where, headers={"User-Agent": self.agent}, buffered=True)
        raise AssertionError("redirects without end")


def _is(shown: Request, asked: str) -> bool:
    """Whether this page is the asked one, with whatever words more behind its address."""
    address = urlsplit(asked)
    return shown.path == address.path and parse_qs(address.query).items() <= shown.args.to_dict(flat=False).items()


def csrf_token(page: TestResponse) -> str:
    """The token in the first form of a page; empty when it has none."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    return found[1] if found else ""


def seen(page: TestResponse) -> str:
    """What a reader sees of a page: its text without tags."""
    return unescape(re.sub(r"<[^>]+>", "", page.text))


@pytest.fixture(scope="session")
def wechat_server() -> Iterator[tuple[str, PretendedWeChat]]:
    """The pretended WeChat on a port of its own."""
    pretended = PretendedWeChat()
    server = make_server("127.0.0.1", 0, pretended, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", pretended
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wechat(wechat_server: tuple[str, PretendedWeChat]) -> Iterator[PretendedWeChat]:
    """The pretended WeChat in good health, also for the tests after this one that do not ask for it."""
    _, pretended = wechat_server
    yield pretended
    pretended.spent.clear()
    pretended.refused_next, pretended.refusal = 0, 40163
    pretended.is_snapshot = pretended.is_down = False


@pytest.fixture(scope="session")
def empty_database(sqlite_template: Path) -> Path:
    """A migrated SQLite file to copy from."""
    return sqlite_template


@pytest.fixture(scope="session")
def account(sqlite_database: Database, wechat_server: tuple[str, PretendedWeChat]) -> Settings:
    """Settings of an account that is real, but for its WeChat on this machine; read once for all tests of a process."""
    url = wechat_server[0]
    return Settings(
        database_url=str(sqlite_database.url),
        public_url="https://wx.example.cn",
        secret_key="s" * 40,
        wechat=WeChat.REAL,
        wechat_app_id="wxabcdefabcdefabcd",
        wechat_app_secret="f" * 32,
        wechat_token="token",
        wechat_api_base_url=url,
        wechat_open_base_url=url,
        wechat_mp_base_url=url,
    )


@pytest.fixture
def settings(account: Settings, tmp_path: Path) -> Settings:
    """Settings of the account, with the test's own folder."""
    return account.model_copy(update={"data_dir": tmp_path, "files_dir": tmp_path / "files"})


@pytest.fixture
def page_clock() -> SettableClock:
    """10:00 on the day of the builders' activity."""
    clock = SettableClock()
    clock.set(NOW)
    return clock


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    settings: Settings,
    page_clock: SettableClock,
    sqlite_database: Database,
    wechat: PretendedWeChat,
) -> Flask:
    """The app on an empty database, or on that of ``world`` for a test that asks for it."""
    put_sqlite(sqlite_database, settled()[0] if "world" in request.fixturenames else None)
    return one_app.joined(settings, page_clock, sqlite_database)


@pytest.fixture
def rows(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """A writing session on the app's database: ``with rows() as session: …``."""
    database: Database = app.extensions["wxsvc"].database
    return database.transaction


@pytest.fixture
def filled(sqlite_database: Database) -> Callable[..., None]:
    """Call what fills the app's database, for the first test of a process that asks; others get the rows it had made.

    For a function that makes many rows on an app that is new, or filled by this before, and gives back nothing.
    """
    before: tuple[str, ...] = ()

    def fill(make: Callable[..., None], *given: Any) -> None:
        nonlocal before
        before = (*before, f"{make.__module__}.{make.__qualname__}")
        if before in _fillings:
            put_sqlite(sqlite_database, _fillings[before])
        else:
            make(*given)
            _fillings[before] = content_of(sqlite_database)

    return fill


_fillings: dict[tuple[str, ...], bytes] = {}


@pytest.fixture
def world(app: Flask) -> World:
    """A small province, its scorecards folded."""
    app.extensions["wxsvc"].files.store_photo(picture())
    return replace(settled()[1], records={})


@once_in_a_run
def settled() -> tuple[bytes, World]:
    """The small province as a database file and what stands in it, made once per run."""
    with TemporaryDirectory() as folder:
        put_sqlite(Path(folder, "wxsvc.db"))
        database = Database(f"sqlite:///{folder}/wxsvc.db")
        made = settle(database.transaction, Files(Path(folder, "files"), 2**20))
        fold(database.transaction)
        database.dispose()
        return Path(folder, "wxsvc.db").read_bytes(), made


def fold(rows: Callable[[], AbstractContextManager[Session]], year: int = 2026) -> None:
    """Bring every platform's scorecard up to date."""
    with rows() as session:
        for platform_id in session.scalars(sa.select(Platform.id)).all():
            tallies.fold(session, platform_id, year, NOW)


@pytest.fixture
def phone(app: Flask) -> Callable[..., Phone]:
    """A phone per openid: ``phone("o-1")``."""

    def made(openid: str | None, agent: str = IN_WECHAT) -> Phone:
        return Phone(app, openid, agent)

    return made
