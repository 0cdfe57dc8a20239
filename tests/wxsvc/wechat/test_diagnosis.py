"""Failures in an operator's words, our own address asked as WeChat asks it."""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import self_signed
from tests.wxsvc.simulator.product import Product
from wxsvc.chat.envelope import Envelope
from wxsvc.chat.protocol_errors import BadPush
from wxsvc.wechat import diagnosis, errors
from wxsvc.wechat.diagnosis import Heard, Reached
from wxsvc.wechat.errors import ApiError, Misconfigured, Paused, Unreachable, WeChatError

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
NOT_LISTED = Misconfigured(40164, "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist", "/x")


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "failure",
    [NOT_LISTED, Paused(NOT_LISTED, 60), errors.NoAnswer("/x: no answer within 8 s"), ApiError(12345, "?", "/x")]
    + [kind(0, "", "/x") for kind in errors._TYPES]
    + [
        kind("/x: away")
        for kind in (Unreachable, errors.NoSuchName, errors.Untrusted, errors.NotUnderstood, WeChatError)
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_what_was_noted_is_explained_like_the_failure_itself(failure: WeChatError) -> None:
    noted = diagnosis.explain_noted(f"{type(failure).__name__}: {failure}")
    assert noted == diagnosis.explain(failure)
    assert noted.what
    assert noted.mend


def test_what_is_none_of_wechats_is_not_explained() -> None:
    for problem in ("ValueError: broken", "", "the sender left", "Any: thing", "answers 40164: x"):
        assert diagnosis.explain_noted(problem) is None


def test_the_simulator_away_needs_no_firewall() -> None:
    away = Unreachable("/x: no connection")
    assert "wxsvc simulator" in diagnosis.explain(away, is_simulated=True).mend
    assert "防火墙" in diagnosis.explain(away).mend
    assert diagnosis.explain_noted("Unreachable: /x", is_simulated=True) == diagnosis.explain(away, is_simulated=True)


def test_every_explanation_says_what_and_how_to_mend_it() -> None:
    table = tomllib.loads((files("wxsvc.wechat") / "explanations.toml").read_text("utf-8"))
    for name, texts in table.items():
        assert set(texts) == {"what", "mend"}, name
        assert all(text.endswith("。") for text in texts.values()), name
        assert name.isdecimal() or name == "SimulatorAway" or hasattr(errors, name), name


def test_our_callback_is_asked_as_the_console_asks_it(product: Product) -> None:
    envelope = Envelope("token", None, "wx1", "plain")

    def answer(request: Any) -> Any:
        from werkzeug.wrappers import Response

        try:
            return Response(envelope.verify_get(request.args))
        except BadPush as bad:
            return Response(status=bad.status)

    product.handler = answer
    assert diagnosis.ask_own_callback(f"{product.url}/wechat", "token", NOW).reached is Reached.YES
    assert diagnosis.ask_own_callback(f"{product.url}/wechat", "another", NOW).reached is Reached.REFUSED


@pytest.mark.parametrize(
    ("status", "body", "reached"),
    [
        (200, "hello", Reached.OTHER),
        (404, "", Reached.OTHER),
        (502, "", Reached.NOBODY_BEHIND),
        (503, "", Reached.NOBODY_BEHIND),
    ],
)
def test_somebody_elses_answer_is_told_apart(product: Product, status: int, body: str, reached: Reached) -> None:
    product.handler = page(status, body)
    assert diagnosis.ask_own_callback(f"{product.url}/wechat", "token", NOW) == Heard(reached, status)


def page(status: int, body: str) -> Callable[[Any], Any]:
    from werkzeug.wrappers import Response

    return lambda _: Response(body, status)


def test_nobody_there() -> None:
    assert diagnosis.ask_own_callback("http://127.0.0.1:9/wechat", "token", NOW).reached is Reached.NO
    assert diagnosis.ask_own_callback("http://wx.invalid/wechat", "token", NOW).reached is Reached.NO_NAME
    assert diagnosis.ask_page("http://127.0.0.1:9/MP_verify_a.txt") is None


def test_a_certificate_that_nobody_trusts_is_named(tmp_path: Path) -> None:
    """It has run out, is another host's, or lacks the one in between: WeChat takes it as little as we do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, "127.0.0.1"), tmp_path / "key.pem")
    server = Product(context)
    try:
        heard = diagnosis.ask_own_callback(f"{server.url}/wechat", "token", NOW)
        assert heard == Heard(Reached.UNTRUSTED, problem="self-signed certificate")
        assert diagnosis.ask_page(f"{server.url}/MP_verify_a.txt") is None
    finally:
        server.stop()


def test_the_proof_of_the_domain_is_read(product: Product) -> None:
    product.handler = page(200, "abc123\n")
    assert diagnosis.ask_page(f"{product.url}/MP_verify_abc123.txt") == "abc123"
    product.handler = page(404, "abc123")
    assert diagnosis.ask_page(f"{product.url}/MP_verify_abc123.txt") is None
