"""The push engine: attempts, the cut-off, MarkFail, and all the ways a delivery can be bent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from werkzeug.wrappers import Request, Response

from tests.wxsvc.simulator.product import Product
from wxsvc.simulator import Simulator, texts, xmltext
from wxsvc.simulator.crypto import BadCiphertext, sign

PlainSim = Simulator


@pytest.fixture
def plain(make: Callable[..., Simulator]) -> PlainSim:
    """Pushes in plain mode, so that the bodies can be read at a glance."""
    return make(mode="plain", aes_key="")


def reply_to(request: Request, **fields: xmltext.Value) -> Response:
    push = xmltext.read(request.get_data())
    head = {"ToUserName": push["FromUserName"], "FromUserName": push["ToUserName"], "CreateTime": 1}
    return Response(xmltext.write({**head, **fields}))


def outcomes(sim: Simulator) -> list[str]:
    return [attempt.outcome for attempt in sim.pushes.log[-1].attempts]


@pytest.mark.parametrize("body", ["success", "", " success\n"])
def test_nothing_to_say_is_no_failure(plain: PlainSim, product: Product, body: str) -> None:
    product.handler = lambda _: Response(body)
    assert plain.phone("a", follows=True).send("x") is None
    assert outcomes(plain) == ["answered"]


def test_a_failure_is_tried_three_times_and_shown(plain: PlainSim, product: Product) -> None:
    product.handler = lambda _: Response("no", 500)
    phone = plain.phone("a", follows=True)
    reply = phone.send("x")
    assert reply is not None
    assert (reply.kind, reply.text) == ("system", texts.UNAVAILABLE)
    assert outcomes(plain) == ["status 500"] * 3
    assert phone.chat[-1].text == texts.UNAVAILABLE
    assert len(set(product.bodies)) == 1, "the same message each time"
    assert len({request.args["nonce"] for request in product.requests}) == 3, "under a new nonce"


def test_the_second_attempt_may_succeed(plain: PlainSim, product: Product) -> None:
    answers = iter([Response("no", 502)])
    product.handler = lambda request: next(answers, None) or reply_to(request, MsgType="text", Content="late but here")
    reply = plain.phone("a", follows=True).send("x")
    assert reply is not None
    assert reply.text == "late but here"
    assert outcomes(plain) == ["status 502", "answered"]


def test_an_answer_after_the_cut_off_is_lost(plain: PlainSim, product: Product) -> None:
    plain.pushes.rules.answer_within, plain.pushes.rules.attempts = 0.2, 2
    done = threading.Event()

    def slow(_: Request) -> Response:
        done.wait(2)
        return Response("success")

    product.handler = slow
    plain.phone("a", follows=True).send("x")
    done.set()
    assert outcomes(plain) == ["late", "late"]


def test_an_answer_that_dribbles_in_is_cut_off(plain: PlainSim, product: Product) -> None:
    plain.pushes.rules.answer_within, plain.pushes.rules.attempts = 0.3, 1

    def drops() -> object:
        for _ in range(20):
            time.sleep(0.1)
            yield b" " * 70000

    product.handler = lambda _: Response(drops())  # type: ignore[arg-type]
    plain.phone("a", follows=True).send("x")
    assert outcomes(plain) == ["late"]


def test_nobody_listens(make: Callable[..., Simulator]) -> None:
    sim = make(callback_url="http://127.0.0.1:9/wechat")
    sim.phone("a", follows=True).send("x")
    assert outcomes(sim) == ["unreachable"] * 3


def test_repeated_failures_stop_all_pushes_for_a_minute(plain: PlainSim, product: Product) -> None:
    product.handler = lambda _: Response("no", 500)
    phone = plain.phone("a", follows=True)
    for _ in range(5):
        phone.send("x")
    assert plain.pushes.is_marked
    product.handler = lambda _: Response("success")
    arrived = len(product.requests)
    assert phone.send("x") is not None
    assert (len(product.requests), plain.pushes.log[-1].problem) == (arrived, "markfail")
    plain.clock.advance(60)
    assert phone.send("x") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "text", "Content": ""},
        {"MsgType": "text", "Content": "字" * 683},
        {"MsgType": "text", "Content": "x", "ToUserName": "somebody else"},
        {"MsgType": "text", "Content": "x", "CreateTime": "now"},
        {"MsgType": "gif"},
        {"MsgType": "image", "Image": {"MediaId": ""}},
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": [{"Title": "a"}, {"Title": "b"}]}},
    ],
)
def test_a_reply_that_wechat_cannot_use(plain: PlainSim, product: Product, fields: dict[str, xmltext.Value]) -> None:
    product.handler = lambda request: reply_to(request, **fields)
    reply = plain.phone("a", follows=True).send("x")
    assert reply is not None
    assert reply.kind == "system"
    assert plain.pushes.log[-1].problem.startswith("bad reply")
    assert outcomes(plain) == ["answered"]


def test_news_images_and_transfers(plain: PlainSim, product: Product) -> None:
    phone = plain.phone("a", follows=True)
    article: xmltext.Value = {"Title": "活动", "Description": "", "PicUrl": "", "Url": f"{product.url}/a"}
    product.handler = lambda request: reply_to(request, MsgType="news", ArticleCount=1, Articles={"item": [article]})
    news = phone.send("x")
    assert news is not None
    assert news.links == [f"{product.url}/a"]
    product.handler = lambda request: reply_to(request, MsgType="image", Image={"MediaId": "m"})
    picture = phone.send("x")
    assert picture is not None
    assert picture.media_id == "m"
    product.handler = lambda request: reply_to(request, MsgType="transfer_customer_service")
    assert phone.send("x") is None


def test_links_of_a_text(plain: PlainSim, product: Product) -> None:
    text = 'see <a href="http://a.example/?x=1&y=2">here</a>，http://b.example/p。'
    product.handler = lambda request: reply_to(request, MsgType="text", Content=text)
    reply = plain.phone("a", follows=True).send("x")
    assert reply is not None
    assert reply.links == ["http://a.example/?x=1&y=2", "http://b.example/p"]


def test_a_plain_reply_in_safe_mode_is_refused(sim: Simulator, product: Product) -> None:
    product.handler = lambda _: Response("<xml><MsgType>text</MsgType></xml>")
    sim.phone("a", follows=True).send("x")
    assert sim.pushes.log[-1].problem == "bad reply: a plain reply in safe mode"


def test_duplicates_are_one_message_under_new_nonces(plain: PlainSim, product: Product) -> None:
    product.handler = lambda request: reply_to(request, MsgType="text", Content="once")
    plain.pushes.duplicate(3)
    phone = plain.phone("a", follows=True)
    phone.send("x")
    phone.send("y")
    assert len(product.bodies) == 4
    assert len(set(product.bodies)) == 2
    assert len({request.args["nonce"] for request in product.requests}) == 4
    assert [line.text for line in phone.chat] == ["x", "once", "y", "once"]


def test_delayed_pushes_arrive_later_and_behind_others(plain: PlainSim, product: Product) -> None:
    phone = plain.phone("a", follows=True)
    plain.pushes.delay(0.2)
    assert phone.send("first") is None
    phone.send("second")
    plain.settle()
    assert [xmltext.read(body)["Content"] for body in product.bodies] == ["second", "first"]


@pytest.mark.parametrize(("order", "expected"), [("sent", "abc"), ("reversed", "cba")])
def test_held_pushes_are_released_in_any_order(plain: PlainSim, product: Product, order: str, expected: str) -> None:
    plain.pushes.hold()
    phone = plain.phone("a", follows=True)
    for text in "abc":
        assert phone.send(text) is None
    assert product.bodies == []
    plain.pushes.release(order)
    assert "".join(xmltext.read(body)["Content"] for body in product.bodies) == expected
    phone.send("d")
    assert len(product.bodies) == 4


def test_a_shuffle_is_the_same_for_the_same_seed(make: Callable[..., Simulator], product: Product) -> None:
    def run() -> list[str]:
        product.bodies.clear()
        sim = make(mode="plain", aes_key="", seed="7")
        sim.pushes.hold()
        for n in range(10):
            sim.phone("a", follows=True).send(str(n))
        sim.pushes.release("shuffled", copies=2)
        return [xmltext.read(body)["Content"] for body in product.bodies]

    first = run()
    assert first == run()
    assert sorted(first) == sorted(str(n) for n in range(10) for _ in range(2))
    assert first != sorted(first)


def _accepts(sim: Simulator, request: Request, body: bytes) -> bool:
    """What a careful product checks."""
    args, token = request.args, sim.account.credentials.token
    try:
        encrypted = xmltext.read(body).get("Encrypt")
        if not isinstance(encrypted, str) or abs(int(args["timestamp"]) - time.time()) > 300:
            return False
        if sign(token, args["timestamp"], args["nonce"]) != args["signature"]:
            return False
        if sign(token, args["timestamp"], args["nonce"], encrypted) != args["msg_signature"]:
            return False
        text = sim.pushes.tampering.open(encrypted)
        return isinstance(xmltext.read(text).get("MsgType"), str) and len(body) < 65536
    except (KeyError, ValueError, BadCiphertext, xmltext.BadXml):
        return False


def test_every_tampering_is_recognisable(sim: Simulator, product: Product) -> None:
    phone = sim.phone("a", follows=True)
    phone.send("honest")
    assert _accepts(sim, product.requests[-1], product.bodies[-1])
    kinds = sim.pushes.tampering.kinds
    assert len(kinds) > 20
    for kind in kinds:
        sim.pushes.tamper(kind)
        phone.send("x")
        assert not _accepts(sim, product.requests[-1], product.bodies[-1]), kind
    phone.send("honest again")
    assert _accepts(sim, product.requests[-1], product.bodies[-1])
    with pytest.raises(ValueError, match="no such"):
        sim.pushes.tamper("nonsense")


def test_the_callback_is_verified_as_in_the_console(sim: Simulator, product: Product) -> None:
    product.handler = lambda request: Response(request.args["echostr"])
    assert sim.pushes.verify_url()
    args = product.requests[-1].args
    assert args["signature"] == sign(sim.account.credentials.token, args["timestamp"], args["nonce"])
    product.handler = lambda _: Response("hello")
    assert not sim.pushes.verify_url()


def test_many_phones_at_once(sim: Simulator, product: Product) -> None:
    sim.add_code("甲", "1")
    threads = [threading.Thread(target=lambda n=n: sim.phone(f"p{n}").scan("1")) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(product.bodies) == len(sim.pushes.log) == 30
    assert {delivery.problem for delivery in sim.pushes.log} == {""}
