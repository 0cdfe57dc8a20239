"""What phones and machines beside us send: 企业微信, an address that ends in a question mark, a silent Redis."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_limiter import Limiter
from werkzeug.test import create_environ, run_wsgi_app

from tests.timing import in_time
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.pages import limits
from wxsvc.pages.clean_requests import CleanRequest
from wxsvc.settings import Settings
from wxsvc.texts.unseen import without_unseen
from wxsvc.wechat import jssdk
from wxsvc.wechat.tokens import Credential

AT_WORK = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 wxwork/4.1.20 MicroMessenger/7.0.1",
    "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 WXWORK/4.1 Language/zh",
]


@pytest.mark.parametrize("agent", AT_WORK)
def test_the_other_wechat_is_told_to_open_the_page_in_wechat(agent: str, app: Flask, world: World) -> None:
    """企业微信 calls itself MicroMessenger, but its people are not the account's: code and address are shown."""
    for path in (f"/c/{world.activity_code}", "/mine"):
        page = app.test_client().get(path, headers={"User-Agent": agent})
        assert (page.status_code, "请在微信中打开" in seen(page)) == (403, True)
        assert f"{path}</p>" in page.text
        assert 'alt="本页地址的二维码"' in page.text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("王\u200b小\ufeff明", "王小明"),
        ("\u202d138 0013 8000\u202c", "138 0013 8000"),
        ("\u202e会绍介", "会绍介"),
        ("甲\u200d乙\u200c丙\u3164", "甲乙丙"),
        ("响\x07铃\x00\ud800", "响铃"),
        (
            "👨\u200d👩\u200d👧 ❤\ufe0f 两上三化\r\n\t第二行\u3000",
            "👨\u200d👩\u200d👧 ❤\ufe0f 两上三化\r\n\t第二行\u3000",
        ),
    ],
)
def test_signs_that_nobody_sees_are_dropped(sent: str, kept: str) -> None:
    """Around what is copied a phone puts marks of direction; pictures that are joined stay as they are."""
    with Flask(__name__).app_context():
        request = CleanRequest.from_values(
            method="POST", query_string={"q": sent.replace("\ud800", "")}, data={"a": kept}
        )
        assert (request.args["q"], request.form["a"]) == (kept, kept)
    assert without_unseen(sent) == kept


@pytest.mark.parametrize("headers", ["attachment", "form-data", "form-data; name", 'form-data; filename="a.xlsx"'])
def test_a_part_without_a_name_is_no_field(headers: str, app: Flask) -> None:
    """Werkzeug gives it None for a name: it is read over, and the form is answered as without it, as a stale one."""
    body = f"--x\r\nContent-Disposition: {headers}\r\n\r\nzzz\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    for path in ("/roles", "/enter/desk"):
        sent = app.test_client().post(path, data=body, content_type=kind)
        assert sent.status_code == 400


@pytest.mark.parametrize("host", [f"{'a' * 64}.cn", "a..cn", ".", "xn--a", f"xn--{'9' * 90}", "a" * 3000, "é..cn", ""])
def test_a_host_that_no_machine_has_is_read_over(host: str, app: Flask, world: World) -> None:
    """A stranger's ``Host`` is not needed for any answer: pages, errors and the API answer as they would with ours."""

    def asked(path: str, of: str) -> tuple[str, str]:
        _, status, headers = run_wsgi_app(app, {**create_environ(path), "HTTP_HOST": of}, buffered=True)
        return status, headers.get("Location", "")

    for path in ("/enter/desk", "/mine", "/nothing", f"/c/{world.activity_code}", "/api/v1/platforms", "/static/x"):
        status, where = asked(path, host)
        assert (status, where) == asked(path, "wx.example.cn"), path
        assert status < "5", path


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Something that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        taken: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    taken.append(server.accept()[0])
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for each in taken:
        each.close()


def test_a_silent_redis_costs_a_page_at_most_a_second(
    silent_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page waits a moment for it, the next ones no more; each process counts for itself meanwhile."""
    limiter = Limiter(key_func=limits.who, headers_enabled=False)
    monkeypatch.setattr(limits, "limiter", limiter)
    app = Flask("limited")
    app.secret_key = "x"
    limits.register(app, Settings(data_dir=tmp_path, broker_url=f"redis://127.0.0.1:{silent_port}"))
    app.add_url_rule("/", view_func=limiter.limit("3 per minute")(lambda: "page"))
    client = app.test_client()

    def took() -> float:
        begun = time.perf_counter()
        statuses.append(client.get("/").status_code)
        return time.perf_counter() - begun

    statuses: list[int] = []
    assert took() < 1
    in_time(took, 0.2, most=2)
    while len(statuses) < 4:
        assert took() < 1
    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize("shown", ["/enrol?", "/enrol?activity=A&", "/enrol?activity=A", "/enrol"])
def test_a_page_is_signed_as_its_address_is_shown(
    shown: str, app: Flask, phone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeChat compares with what its browser shows: a question mark with nothing behind it too."""
    signed: list[str] = []
    monkeypatch.setattr(jssdk, "sign", lambda _gateway, _nonce, _ticket, _at, url: signed.append(url) or "f" * 40)
    monkeypatch.setattr(type(app.extensions["wxsvc"].gateway.ticket), "get", lambda _self: Credential("T", 0, 0))
    page = phone("o-bob").get("/enrol/title", query_string={"page": f"{shown}#top"})
    assert page.status_code == 200
    assert signed == [app.extensions["wxsvc"].settings.public_url + shown]
