"""Notices on their way, through the simulator: every refusal in its own way, nothing twice, nothing at night."""

from __future__ import annotations

import socket
import threading
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from models.notice import Delivery, Notice, SendResult
from models.person import Person
from models.platform import Platform
from models.terms import DeliveryState, NoticePurpose
from tests import builders
from tests.wxsvc.worker.whole import Whole
from wxsvc.services import notices, outbox
from wxsvc.simulator.phone import Phone
from wxsvc.wechat import tokens
from wxsvc.worker import deliveries

SEND = "/cgi-bin/message/template/send"
CONTENT = "事项：{{thing1.DATA}}\n结果：{{phrase2.DATA}}\n时间：{{time3.DATA}}\n备注：{{thing4.DATA}}"
FACTS = {
    "verdict": "returned",
    "count": 1,
    "subject": "activity",
    "subjects": [["activity", 1]],
    "title": "中小企业数字化转型与智能制造现场对接会暨项目路演",
    "code": "A-1",
    "reason": "照片不清晰，请补充",
}


@pytest.fixture
def desk(whole: Whole) -> tuple[Whole, Phone]:
    """A member of staff, following; the account has a template."""
    whole.sim.add_template("TPL-review", "审核结果通知", CONTENT)
    with whole.db.transaction() as session:
        _, phone = whole.employ(session, builders.platform(session), "平台经办人")
    return whole, phone


def tell(whole: Whole, key: str = "k", purpose: NoticePurpose = NoticePurpose.REVIEW, **facts: Any) -> None:
    with whole.db.transaction() as session:
        platform_id = session.scalars(sa.select(Platform.id)).first()
        notices.tell(session, purpose, key, FACTS | facts, whole.clock.now(), platform_id=platform_id)


def row(whole: Whole) -> Delivery:
    with whole.db.read() as session:
        return session.scalars(sa.select(Delivery)).one()


def arrived(phone: Phone) -> list[Any]:
    """Template messages on the screen."""
    return [line for line in phone.chat if line.kind == "notice"]


def test_a_notice_arrives_with_its_words_and_its_page(desk: tuple[Whole, Phone]) -> None:
    whole, phone = desk
    tell(whole)
    assert deliveries.send_notices(whole.house) == 1
    (line,) = arrived(phone)
    assert "中小企业数字化转型与智能制造现场对接会…" in line.text
    assert "已退回" in line.text
    assert "2026年11月23日 10:00" in line.text
    assert "照片不清晰，请补充" in line.text
    assert line.url == f"{whole.house.settings.public_url}/p/activity/A-1/wrap-up"
    assert row(whole).state is DeliveryState.SENT
    whole.sim.settle()
    assert deliveries.send_notices(whole.house) == 0
    assert row(whole).state is DeliveryState.ARRIVED
    assert deliveries.send_notices(whole.house) == 0
    assert len(arrived(phone)) == 1


def test_the_result_event_counts_once_and_tells_of_a_refusal(desk: tuple[Whole, Phone]) -> None:
    whole, phone = desk
    phone.person.refuses_notices = True
    whole.sim.pushes.duplicate(3)
    tell(whole)
    deliveries.send_notices(whole.house)
    whole.sim.settle()
    deliveries.send_notices(whole.house)
    assert row(whole).state is DeliveryState.DECLINED
    with whole.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SendResult)) == 1


def test_a_purpose_without_template_stays_in_the_inbox(desk: tuple[Whole, Phone]) -> None:
    whole, phone = desk
    tell(whole, purpose=NoticePurpose.SEALED, year=2026)
    assert deliveries.send_notices(whole.house) == 0
    assert row(whole).state is DeliveryState.INBOX_ONLY
    assert arrived(phone) == []
    with whole.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


@pytest.mark.parametrize("trouble", ["busy", "html", "slow token", "refused", "gone"])
def test_with_wechat_down_notices_wait_in_the_outbox_and_go_out_later(
    desk: tuple[Whole, Phone], trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For hours nothing gets through, and the status page can tell why; then everything arrives, once."""
    monkeypatch.setattr(tokens, "_FAILURE_HOLDS", 0)  # real seconds, which this test does not spend
    whole, phone = desk
    for key in ("one", "two", "three"):
        tell(whole, key, title=key)
    port = urlsplit(whole.sim.base_url).port or 0
    with socket.socket() as held:
        match trouble:
            case "busy":
                whole.sim.faults.add(SEND, code=-1, times=None)
            case "html":
                whole.sim.faults.add("/cgi-bin/", "html", times=None)
            case "slow token":
                whole.sim.faults.add("/cgi-bin/stable_token", "reset", times=None)
            case "refused":
                whole.sim.faults.add("/cgi-bin/", code=40164, times=None)
            case "gone":
                whole.sim.stop()
                # Bound, not listening: nobody answers there, and no simulator of another test gets the port meanwhile.
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held.bind(("127.0.0.1", port))
        started = whole.clock.now()
        for _ in range(5):
            assert deliveries.send_notices(whole.house) == 0
            whole.clock.advance(minutes=20)
        with whole.db.read() as session:
            state = outbox.outbox_state(session, whole.clock.now())
        assert (state.waiting, state.oldest_at) == (3, started)
        assert state.last_problem
        whole.sim.faults.clear()
    if trouble == "gone":
        whole.sim.start(port)
    whole.clock.advance(minutes=16)  # the longest pause of the breaker
    assert deliveries.send_notices(whole.house) == 3
    assert sorted(line.text.partition("\n")[0] for line in arrived(phone)) == ["事项：one", "事项：three", "事项：two"]


def test_an_answer_that_got_lost_is_no_second_message(desk: tuple[Whole, Phone]) -> None:
    """WeChat carried it out and its answer got lost, twice: the repeat under the same id brings the same number."""
    whole, phone = desk
    tell(whole)
    whole.sim.faults.add(SEND, "lost", times=2)
    assert deliveries.send_notices(whole.house) == 0
    assert row(whole).first_tried_at == whole.clock.now()
    assert deliveries.send_notices(whole.house) == 0
    whole.clock.advance(seconds=31)
    assert deliveries.send_notices(whole.house) == 1
    whole.sim.settle()
    assert len(arrived(phone)) == 1


def test_after_ten_minutes_without_an_answer_nobody_knows(desk: tuple[Whole, Phone]) -> None:
    whole, phone = desk
    tell(whole)
    whole.sim.faults.add(SEND, "lost", times=None)
    for _ in range(40):
        deliveries.send_notices(whole.house)
        whole.clock.advance(seconds=30)
    assert row(whole).state is DeliveryState.UNCERTAIN
    assert len(arrived(phone)) == 1
    whole.sim.faults.clear()
    assert deliveries.send_notices(whole.house) == 0


def test_who_does_not_follow_has_the_inbox(desk: tuple[Whole, Phone]) -> None:
    whole, phone = desk
    with whole.db.transaction() as session:
        session.execute(sa.update(Person).values(is_following=True))
    phone.person.follows = False
    tell(whole)
    deliveries.send_notices(whole.house)
    assert row(whole).state is DeliveryState.NOT_FOLLOWING
    with whole.db.read() as session:
        assert session.scalars(sa.select(Person.is_following)).all() == [False]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (43101, DeliveryState.DECLINED),
        (40037, DeliveryState.FAILED),
        (43116, DeliveryState.FAILED),
        (48001, DeliveryState.FAILED),
    ],
)
def test_each_refusal_is_an_end_of_its_own(desk: tuple[Whole, Phone], code: int, state: DeliveryState) -> None:
    whole, _ = desk
    whole.sim.faults.add(SEND, code=code)
    tell(whole)
    deliveries.send_notices(whole.house)
    assert row(whole).state is state
    assert (row(whole).problem is not None) is (state is DeliveryState.FAILED)


def test_a_spent_quota_waits_for_the_morning(desk: tuple[Whole, Phone]) -> None:
    """45009: not one more call today, and not at five past midnight either, as nobody is told at night."""
    whole, phone = desk
    for key in ("one", "two"):
        tell(whole, key)
    fault = whole.sim.faults.add(SEND, code=45009, times=None)
    deliveries.send_notices(whole.house)
    fault.times = 1  # one more call would use it up
    for hour in (12, 18, 21):
        whole.clock.set(builders.NOW.replace(hour=hour))
        assert deliveries.send_notices(whole.house) == 0
    assert whole.sim.faults.all() == [fault]
    whole.sim.faults.clear()
    midnight = builders.NOW.replace(hour=0, minute=6) + timedelta(days=1)
    whole.clock.set(midnight)
    assert deliveries.send_notices(whole.house) == 0
    whole.clock.set(midnight.replace(hour=7, minute=0))
    assert deliveries.send_notices(whole.house) == 2
    assert len(arrived(phone)) == 2


def test_a_value_that_does_not_fit_names_its_key(desk: tuple[Whole, Phone]) -> None:
    """47003 by WeChat, or ours before anything is sent: an operator reads which key it is."""
    whole, _ = desk
    whole.sim.add_template("TPL-review", "审核结果通知", CONTENT + "\n{{thing9.DATA}}")
    tell(whole)
    deliveries.send_notices(whole.house)
    assert "47003" in str(row(whole).problem)
    assert "thing9" in str(row(whole).problem)


def test_a_notice_that_cannot_be_put_into_words_stops_nobody(desk: tuple[Whole, Phone]) -> None:
    whole, phone = desk
    with whole.db.transaction() as session:
        platform_id = session.scalars(sa.select(Platform.id)).one()
        notices.tell(session, NoticePurpose.REVIEW, "odd", {}, whole.clock.now(), platform_id=platform_id)
    tell(whole)
    assert deliveries.send_notices(whole.house) == 1
    assert len(arrived(phone)) == 1


@pytest.mark.parametrize(("hour", "sent"), [(6, 0), (7, 1), (21, 1), (22, 0), (23, 0)])
def test_nobody_is_woken(desk: tuple[Whole, Phone], hour: int, sent: int) -> None:
    whole, _ = desk
    tell(whole)
    at: datetime = builders.NOW.replace(hour=hour)
    whole.clock.set(at + timedelta(days=1))
    assert deliveries.send_notices(whole.house) == sent


def test_two_workers_send_each_message_once(whole: Whole) -> None:
    whole.sim.add_template("TPL-review", "审核结果通知", CONTENT)
    with whole.db.transaction() as session:
        platform = builders.platform(session)
        phones = [whole.employ(session, platform, f"经办人{number}")[1] for number in range(20)]
    tell(whole)
    sent: list[int] = []
    threads = [threading.Thread(target=lambda: sent.append(deliveries.send_notices(whole.house))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 20
    assert [len(arrived(phone)) for phone in phones] == [1] * 20
