"""Logs say what happened and never who, with which secret; readiness says which part is ill."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from wxsvc.observe import begin_request, log_to, logger, metrics, pushes, readiness, scrubbed

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ0"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    log_to(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def last(lines: StringIO) -> dict[str, object]:
    line: dict[str, object] = json.loads(lines.getvalue().splitlines()[-1])
    return line


def test_an_event_is_one_json_line_with_the_requests_id(lines: StringIO) -> None:
    request_id = begin_request()
    logger("wxsvc.chat").info("push refused", reason="stale", place="长沙")
    line = last(lines)
    assert line["request_id"] == request_id
    assert (line["event"], line["reason"], line["level"], line["logger"]) == (
        "push refused",
        "stale",
        "info",
        "wxsvc.chat",
    )
    assert "长沙" in lines.getvalue()


def test_a_librarys_event_is_one_json_line_too(lines: StringIO) -> None:
    logging.getLogger("celery").warning("lost %s of %d", "a worker", 2, extra={"openid": OPENID})
    line = last(lines)
    assert line["event"] == "lost a worker of 2"
    assert OPENID not in lines.getvalue()


def test_a_library_that_tells_of_every_step_is_heard_when_it_warns(lines: StringIO) -> None:
    logging.getLogger("celery.beat").info("sending due task")
    assert not lines.getvalue()
    logging.getLogger("celery.beat").warning("the broker is gone")
    assert last(lines)["event"] == "the broker is gone"


@pytest.mark.parametrize(
    ("offered", "kept"), [("abc-123_DEF", True), ("x", False), ("a b\nc" * 4, False), (None, False)]
)
def test_a_proxys_decent_request_id_is_kept(offered: str | None, kept: bool) -> None:
    assert (begin_request(offered) == offered) is kept
    structlog.contextvars.clear_contextvars()


def test_no_secret_goes_out(lines: StringIO) -> None:
    logger("wxsvc").error(
        f"call failed for {OPENID}: /cgi-bin/x?access_token=hush&a=1",
        app_secret="hush",
        headers={"Authorization": "Bearer hush", "Cookie": "session=hush"},
        openid=OPENID,
        urls=["postgresql://me:hush@h/db", "https://h/page?code=hush&state=hush"],
        contact="王先生 13812341234",
    )
    written = lines.getvalue()
    for kept_in in ("hush", OPENID, "13812341234"):
        assert kept_in not in written
    assert "138****1234" in written


@pytest.mark.parametrize(
    "text",
    [
        "no reply to oAbCd12345-_xyzWQ9",
        "<FromUserName><![CDATA[o-7]]></FromUserName>",
        "{'openid': 'o-7', 'scope': 'snsapi_base'}",
        '{"touser":"o-7"}',
        "GET /sns/userinfo?openid=o-7&lang=zh_CN",
    ],
)
def test_an_openid_goes_out_by_its_hash_whatever_its_length(lines: StringIO, text: str) -> None:
    logger("wxsvc").warning(text)
    assert "o-7" not in lines.getvalue()
    assert "xyzWQ9" not in lines.getvalue()
    assert "o~" in lines.getvalue()


@pytest.mark.parametrize("before", ["/join/", "/rejoin/", "/enter?next=%2Fjoin%2F", "wxsvc_", "whsec_"])
def test_no_link_that_opens_a_role_and_no_key_goes_out(lines: StringIO, before: str) -> None:
    secret = "k-Xq3" + "Vb_7" * 10
    logger("wxsvc").error("request failed", path=f"{before}{secret}")
    assert last(lines)["path"] == f"{before}[redacted]"


def test_an_exception_goes_out_without_secrets(lines: StringIO) -> None:
    try:
        raise RuntimeError("no answer from redis://u:hush@h")
    except RuntimeError:
        logger("wxsvc").exception("worker stopped")
    assert "Traceback" in str(last(lines)["exception"])
    assert "hush" not in lines.getvalue()


@pytest.mark.parametrize("sign", ["\0", "\r", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\ud800"])
def test_nothing_goes_out_that_a_terminal_obeys_or_a_stream_refuses(lines: StringIO, sign: str) -> None:
    logger("wxsvc").warning(f"answered {sign}31m", problem=f"a{sign}b")
    assert sign not in lines.getvalue()
    assert last(lines)["event"] == "answered " + sign.encode("unicode_escape").decode() + "31m"


@pytest.mark.parametrize(
    "text",
    [
        "errcode=40001",
        "exit code: 1",
        "request took 12345678901 ns",
        "国办函〔2026〕12号",
        "wxsvc_heartbeat_age_seconds",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrubbed(text) == text


def test_metrics_are_counted_and_shown() -> None:
    pushes.labels("answered").inc()
    page, content_type = metrics()
    assert b'wxsvc_pushes_total{outcome="answered"}' in page
    assert content_type.startswith("text/plain")


def test_readiness_names_the_part_that_is_ill() -> None:
    def database() -> None:
        raise ConnectionError("postgresql://me:hu@hush@h refused\nmore")

    state = readiness({"database": database, "broker": lambda: True})
    assert not state.is_ready
    assert state.parts == {"database": "ConnectionError: postgresql://me:[redacted]@h refused", "broker": None}
    assert readiness({"broker": lambda: True}).is_ready
