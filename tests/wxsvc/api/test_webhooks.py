"""推送: a receiver of another system, the one of docs/api.md, is told over TLS of what changed and checks by whom."""

from __future__ import annotations

import http.client
import re
import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from models.journal import LogEntry
from models.notice import Notice
from models.terms import Stage, Subject, WebhookEvent, WebhookState
from models.webhook import Webhook, WebhookDelivery
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.api.test_guide import GUIDE
from tests.wxsvc.local_pages import anything
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from tests.wxsvc.test_site_visits import certificate
from wxsvc import site_visits, wording
from wxsvc.house import House
from wxsvc.services import webhooks
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import folding
from wxsvc.services.judging import reviews
from wxsvc.worker import jobs
from wxsvc.worker.webhooks import send_webhooks

__all__ = ["certificate"]

PATH = "/v/systems/webhooks"


@pytest.fixture
def house(app: Flask, world: World) -> House:
    """The parts of the small province."""
    found: House = app.extensions["wxsvc"]
    return found


@pytest.fixture
def receiver(certificate: tuple[str, str], page_clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The guide's receiver on a port of this machine, with the port and what it heard."""
    code: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0], code)  # noqa: S102 - the guide's own code
    kind = type("Heard", (code["Receiver"],), {"events": [], "log_message": lambda *_: None})
    kind.now = staticmethod(lambda: page_clock.now().timestamp())
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = HTTPServer(("127.0.0.1", 0), kind)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    kind.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kind
    server.shutdown()
    thread.join()
    server.server_close()


def post_here(asked: list[str] | None = None) -> Any:
    """What the worker sends with, where page.example is this machine."""

    def resolver(host: str, _port: int) -> list[str]:
        if asked is not None:
            asked.append(host)
        return ["127.0.0.1"]

    return partial(site_visits.post, allow=anything, resolver=resolver)


def subscribed(house: House, port: int, *events: WebhookEvent) -> str:
    """The secret of an address on that port."""
    with house.database.transaction() as session:
        return webhooks.make(
            session,
            "数据平台",
            f"https://page.example:{port}/hook",
            events or tuple(WebhookEvent),
            MACHINE,
            house.now(),
            vault=house.vault,
        )[1]


def changed(house: House, world: World, times: int = 1) -> None:
    """The score of the own platform moves."""
    for _ in range(times):
        with house.database.transaction() as session:
            webhooks.tell(
                session,
                WebhookEvent.SCORECARD_CHANGED,
                {f"{world.platform_id}:2026": {"platform": world.platform_code, "year": 2026}},
                house.now(),
            )


def sent(house: House) -> list[WebhookDelivery]:
    with house.database.read() as session:
        return list(session.scalars(sa.select(WebhookDelivery).order_by(WebhookDelivery.id)))


def test_an_approval_and_the_new_score_reach_the_receiver(
    house: House, world: World, receiver: Any, phone: Any, page_clock: SettableClock
) -> None:
    """Subscribed on the page; told of the approval once it cannot be undone, of the score once it was folded."""
    official = phone(world.province)
    url = f"https://page.example:{receiver.port}/hook"
    page = official.post(PATH, system="数据平台", url=url, events=["activity_approved", "scorecard_changed"])
    (receiver.secret,) = re.findall(r">(whsec_[\w-]+)<", page.text)
    assert receiver.secret not in official.get(PATH).text
    folding.retally(house.database, house.now)
    with house.database.transaction() as session:
        session.execute(sa.delete(WebhookDelivery))
        own = session.get_one(builders.Platform, world.platform_id)
        activity = builders.activity(session, own, stage=Stage.SUBMITTED, submitted_at=house.now())
        builders.photo(session, activity)
        activity.summary = builders.SUMMARY
        for _ in range(3):
            builders.check_in(session, activity, builders.enterprise(session))
        reviewer = builders.staff(session, role=builders.Role.REVIEWER)
        reviews.approve(session, Subject.ACTIVITY, activity.id, reviewer, house.now())
        code, title, name = activity.code, activity.title, own.name
    folding.fold_waiting(house.database, house.now)
    jobs.tell_verdicts(house)
    assert send_webhooks(house, post_here()) == len(receiver.events)
    told = {each["event"]: each["data"] for each in receiver.events}
    assert "activity_approved" not in told, "it can still be undone"
    page_clock.advance(minutes=11)
    jobs.tell_verdicts(house)
    assert send_webhooks(house, post_here()) == 1
    told = {each["event"]: each["data"] for each in receiver.events}
    assert told["activity_approved"] == {"activity": code, "year": 2026}
    assert told["scorecard_changed"] == {"platform": world.platform_code, "year": 2026}
    assert send_webhooks(house, post_here()) == 0
    record = seen(official.get(f"{PATH}/1"))
    assert "已送达" in record
    for said in (f"活动通过审核：{title}", f"得分变动：{name}"):
        assert said in record


def test_a_receiver_with_another_secret_refuses_and_so_does_one_of_later(
    house: House, world: World, receiver: Any
) -> None:
    receiver.secret = "whsec_another"
    subscribed(house, receiver.port)
    changed(house, world)
    assert send_webhooks(house, post_here()) == 0
    assert receiver.events == []
    (row,) = sent(house)
    assert (row.state, row.status, row.tries, row.problem) == (WebhookState.WAITING, 403, 1, "HTTP 403")


def test_what_was_not_begun_is_told_once_and_what_was_begun_again(house: House, world: World, receiver: Any) -> None:
    receiver.secret = subscribed(house, receiver.port, WebhookEvent.SCORECARD_CHANGED)
    changed(house, world, times=3)
    assert len(sent(house)) == 1

    def and_meanwhile(*given: Any) -> int:
        changed(house, world)
        return int(post_here()(*given))

    assert send_webhooks(house, and_meanwhile) > 1
    assert [each["id"] for each in receiver.events] == [row.id for row in sent(house)][: len(receiver.events)]


def test_a_slow_address_holds_up_no_other(house: House, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it has taken its share of a run, what waits for it waits for the next one."""
    for port in (1, 2):
        subscribed(house, port, WebhookEvent.SCORECARD_CHANGED)
    many = {str(number): {"platform": world.platform_code, "year": number} for number in range(2001, 2041)}
    with house.database.transaction() as session:
        webhooks.tell(session, WebhookEvent.SCORECARD_CHANGED, many, house.now())
    seconds = 0.0
    monkeypatch.setattr("wxsvc.worker.webhooks.monotonic", lambda: seconds)

    def slowly(url: str, *_: Any) -> int:
        nonlocal seconds
        seconds += 9 if ":1/" in url else 0.1
        return 204

    def left() -> list[int]:
        waiting = [each.webhook_id for each in sent(house) if each.state is WebhookState.WAITING]
        return [waiting.count(webhook_id) for webhook_id in sorted({each.webhook_id for each in sent(house)})]

    assert send_webhooks(house, slowly) == 42
    assert left() == [38, 0]
    assert send_webhooks(house, slowly) == 2
    assert left() == [36, 0]


def test_gaps_grow_and_after_three_days_it_is_ended_and_officials_are_told(
    house: House, world: World, phone: Any, page_clock: SettableClock
) -> None:
    subscribed(house, 1)
    changed(house, world)
    gaps = []
    for _ in range(9):
        assert send_webhooks(house, refuses) == 0
        row = sent(house)[0]
        assert row.try_after is not None
        gaps.append((row.try_after - house.now()).total_seconds())
        page_clock.set(row.try_after)
    assert gaps == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    with house.database.transaction() as session:
        webhooks.tell(session, WebhookEvent.ACTIVITY_APPROVED, {"1": {"activity": "A-1", "year": 2026}}, house.now())
    assert send_webhooks(house, refuses) == 0
    assert [row.tries for row in sent(house)] == [10, 0], "the others wait with the one that finds out"
    page_clock.advance(days=3)
    send_webhooks(house, refuses)
    assert {row.state for row in sent(house)} == {WebhookState.GIVEN_UP}
    with house.database.read() as session:
        webhook = session.scalars(sa.select(Webhook)).one()
        notice = session.scalars(sa.select(Notice).where(Notice.key == f"webhook:{webhook.id}:ended")).one()
        told_of = sa.select(LogEntry.deed).where(LogEntry.subject == Subject.WEBHOOK).order_by(LogEntry.id)
        deeds = session.scalars(told_of).all()
        assert webhook.ended_at is not None
        assert (notice.platform_id, notice.person_id) == (None, None)
    assert deeds == ["webhook.made", "webhook.ended"]
    told = wording.notice(notice.purpose, notice.facts, notice.made_at, "province")
    assert "数据平台" in told.text
    assert told.page == PATH
    assert "已停用" in seen(phone(world.province).get(PATH))
    changed(house, world)
    assert len(sent(house)) == 2, "nothing is told there any more"


def test_an_answer_that_no_database_takes_is_a_failure_like_any_other(house: House, world: World) -> None:
    """PostgreSQL refuses NUL: the run would end there, and the address never."""
    subscribed(house, 1)
    changed(house, world)

    def answers_nonsense(_url: str, _body: bytes, _headers: dict[str, str]) -> int:
        raise http.client.BadStatusLine("HTTP/1.1 \0\x1b[31m\x9b2J")

    assert send_webhooks(house, answers_nonsense) == 0
    (row,) = sent(house)
    assert row.tries == 1
    assert row.problem == r"BadStatusLine: HTTP/1.1 \x00\x1b[31m\x9b2J"


def refuses(_url: str, _body: bytes, _headers: dict[str, str]) -> int:
    return 500


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["10.0.0.8"], ["169.254.169.254"], ["8.8.8.8", "192.168.1.1"], ["::1"]]
)
def test_no_private_address_is_asked(house: House, world: World, receiver: Any, addresses: list[str]) -> None:
    """What the name means is looked at each time; a name that means something else tomorrow gains nothing."""
    receiver.secret = subscribed(house, receiver.port)
    changed(house, world)
    post = partial(site_visits.post, resolver=lambda _host, _port: addresses)
    assert send_webhooks(house, post) == 0
    assert receiver.events == []
    (row,) = sent(house)
    assert row.problem is not None
    assert row.problem.startswith("PermissionError")


def test_a_name_is_resolved_once_and_a_redirect_is_not_followed(house: House, world: World, receiver: Any) -> None:
    asked: list[str] = []

    def elsewhere(self: Any) -> None:
        self.send_response(307)
        self.send_header("Location", f"https://inside.example:{receiver.port}/")
        self.end_headers()

    receiver.do_POST = elsewhere
    subscribed(house, receiver.port)
    changed(house, world)
    assert send_webhooks(house, post_here(asked)) == 0
    assert asked == ["page.example"]
    assert sent(house)[0].problem == "HTTP 307"


@pytest.mark.parametrize(
    "url", ["http://data.example.cn/", "https://", "https://a@b.cn/", "ftp://b.cn", "https://b.cn/ c", "x"]
)
def test_only_https_is_taken(phone: Any, rows: Any, world: World, url: str) -> None:
    official = phone(world.province)
    assert "推送地址须以https://开头" in seen(
        official.post(PATH, system="数据平台", url=url, events="activity_approved")
    )
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Webhook)) == 0


@pytest.mark.parametrize("host", ["10.0.0.1", "[::1]", "[::ffff:172.16.0.9]", "localhost:8443", "data-platform."])
def test_an_address_that_is_private_as_it_stands_is_told_at_once(
    phone: Any, rows: Any, world: World, host: str
) -> None:
    """It would fail for three days before anybody heard of it."""
    official = phone(world.province)
    said = seen(official.post(PATH, system="数据平台", url=f"https://{host}/hook", events="activity_approved"))
    assert "推送地址须为公网地址" in said
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Webhook)) == 0


@pytest.mark.parametrize("host", ["8.8.8.8", "data.example.cn.", "例子.cn", "[2606:4700::1111]:8443"])
def test_a_public_address_is_taken(phone: Any, rows: Any, world: World, host: str) -> None:
    phone(world.province).post(PATH, system="数据平台", url=f"https://{host}/hook", events="activity_approved")
    with rows() as session:
        assert session.scalar(sa.select(Webhook.url)) == f"https://{host}/hook"
