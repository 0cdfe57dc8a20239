"""订阅通知 through the simulator: agreed to, used up, refused, changed; every event recorded; nothing sent twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.notice import Delivery, Notice, Subscription, SubscriptionEvent
from models.person import Person
from models.terms import DeliveryState, NoticePurpose, SubscriptionNews
from tests import builders
from tests.wxsvc.worker.whole import Whole
from wxsvc.services import notices, outbox, subscriptions
from wxsvc.services.people import following
from wxsvc.simulator.phone import Phone
from wxsvc.worker import deliveries

SEND = "/cgi-bin/message/subscribe/bizsend"
CONTENT = "事项：{{thing1.DATA}}\n结果：{{phrase2.DATA}}\n时间：{{time3.DATA}}\n备注：{{thing4.DATA}}"
FACTS = {
    "deed": "matched",
    "id": 1,
    "kind": "matching",
    "raised_on": "2026-11-20",
    "enterprise": "长沙天健食品有限公司",
    "platform": "长沙市窗口平台",
    "title": "寻找检测机构",
    "answer": "已对接湖南大学实验室",
}
DISPUTE = {
    "deed": "decided",
    "is_upheld": True,
    "subject": "need",
    "title": None,
    "day": "2026-11-20",
    "enterprise": "长沙天健食品有限公司",
    "platform": "长沙市窗口平台",
}


@pytest.fixture
def visitor(whole: Whole) -> tuple[Whole, Phone, int]:
    """Somebody of an enterprise who follows the account; both templates are there."""
    whole.sim.add_template("TPL-need", "需求办理进度通知", CONTENT)
    whole.sim.add_template("TPL-long", "异议办理结果", "事项：{{thing1.DATA}}\n结果：{{phrase2.DATA}}")
    phone = whole.sim.phone("企业联系人", follows=True)
    with whole.db.transaction() as session:
        person = builders.person(session, openid=phone.openid)
        return whole, phone, person.id


def tell(whole: Whole, person_id: int, key: str, purpose: NoticePurpose = NoticePurpose.NEED, **facts: Any) -> None:
    given = (FACTS if purpose is NoticePurpose.NEED else DISPUTE) | facts
    with whole.db.transaction() as session:
        notices.tell(session, purpose, key, given, whole.clock.now(), person_id=person_id)


def states(whole: Whole) -> list[DeliveryState]:
    with whole.db.read() as session:
        return list(session.scalars(sa.select(Delivery.state).order_by(Delivery.id)))


def left(whole: Whole, template: str = "TPL-need") -> int | None:
    with whole.db.read() as session:
        return session.scalar(sa.select(Subscription.sends_left).where(Subscription.template_id == template))


def seen(phone: Phone) -> list[str]:
    return [line.text for line in phone.chat if line.kind == "notice"]


def test_each_agreement_allows_one_message(visitor: tuple[Whole, Phone, int]) -> None:
    """The second message waits for no agreement: it stays in the inbox, which has both."""
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    assert left(whole) == 1
    tell(whole, person_id, "one")
    tell(whole, person_id, "two", title="第二件")
    assert deliveries.send_notices(whole.house) == 1
    assert states(whole) == [DeliveryState.SENT, DeliveryState.INBOX_ONLY]
    assert left(whole) == 0
    (text,) = seen(phone)
    assert "寻找检测机构" in text
    assert "已对接" in text
    whole.sim.settle()
    deliveries.send_notices(whole.house)
    assert states(whole)[0] is DeliveryState.ARRIVED
    with whole.db.read() as session:
        query = sa.select(SubscriptionEvent.kind, SubscriptionEvent.status).order_by(SubscriptionEvent.id)
        assert list(map(tuple, session.execute(query))) == [
            (SubscriptionNews.POPUP, "accept"),
            (SubscriptionNews.SENT, "0"),
        ]
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 2


def test_a_long_term_one_is_not_used_up_and_ends_in_the_settings(visitor: tuple[Whole, Phone, int]) -> None:
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-long")
    phone.answer_subscription("TPL-long")  # the simulator knows one-time agreements alone
    for key in ("one", "two"):
        tell(whole, person_id, key, NoticePurpose.DISPUTE)
    assert deliveries.send_notices(whole.house) == 2
    assert left(whole, "TPL-long") == 1
    refused = {"List": {"TemplateId": "TPL-long", "SubscribeStatusString": "reject"}}
    phone.event("subscribe_msg_change_event", SubscribeMsgChangeEvent=refused)
    assert left(whole, "TPL-long") == 0
    tell(whole, person_id, "three", NoticePurpose.DISPUTE)
    assert deliveries.send_notices(whole.house) == 0
    assert states(whole)[2] is DeliveryState.INBOX_ONLY


def test_who_refused_is_left_in_peace_for_a_month(visitor: tuple[Whole, Phone, int]) -> None:
    whole, phone, person_id = visitor

    def asked(after: timedelta = timedelta()) -> list[str]:
        with whole.db.read() as session:
            ids = ["TPL-need", "TPL-long", "TPL-need"]
            return subscriptions.to_ask(session, person_id, ids, whole.clock.now() + after)

    assert asked() == ["TPL-need", "TPL-long"]
    phone.answer_subscription("TPL-need", accept=False)
    assert asked() == ["TPL-long"]
    assert asked(timedelta(days=29)) == ["TPL-long"]
    assert asked(timedelta(days=31)) == ["TPL-need", "TPL-long"]
    phone.answer_subscription("TPL-need")
    assert asked(timedelta(days=31)) == ["TPL-long"]


def test_the_same_event_twice_allows_one_message_and_two_templates_in_a_second_are_two(
    visitor: tuple[Whole, Phone, int],
) -> None:
    whole, phone, _ = visitor
    whole.sim.pushes.duplicate(2)
    phone.answer_subscription("TPL-need")
    phone.answer_subscription("TPL-long")
    whole.sim.settle()
    assert (left(whole), left(whole, "TPL-long")) == (1, 1)


def test_a_row_without_a_word_takes_no_agreement_back(visitor: tuple[Whole, Phone, int]) -> None:
    """Of several rows each counts by itself, whatever is missing in another."""
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    whole.clock.advance(seconds=2)
    rows = [
        {"TemplateId": "TPL-need", "PopupScene": "2"},
        {"SubscribeStatusString": "accept"},
        {"TemplateId": "TPL-long", "SubscribeStatusString": "accept"},
    ]
    phone.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": rows})
    phone.event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": rows[0]})
    assert (left(whole), left(whole, "TPL-long")) == (1, 1)
    with whole.db.read() as session:
        assert session.get_one(Subscription, (person_id, "TPL-need")).refused_at is None


def test_wechat_says_that_the_person_refused(visitor: tuple[Whole, Phone, int]) -> None:
    """43101 ends the try, and nobody asks again for a month."""
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    whole.sim.faults.add(SEND, code=43101)
    tell(whole, person_id, "one")
    assert deliveries.send_notices(whole.house) == 0
    assert states(whole) == [DeliveryState.DECLINED]
    assert left(whole) == 0
    with whole.db.read() as session:
        assert subscriptions.to_ask(session, person_id, ["TPL-need"], whole.clock.now()) == []


def test_values_that_do_not_fit_are_named_and_cost_no_agreement(visitor: tuple[Whole, Phone, int]) -> None:
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    whole.sim.faults.add(SEND, code=47003)
    tell(whole, person_id, "one")
    deliveries.send_notices(whole.house)
    assert states(whole) == [DeliveryState.FAILED]
    assert left(whole) == 1
    with whole.db.read() as session:
        assert "47003" in str(outbox.outbox_state(session, whole.clock.now()).last_problem)


def test_busy_wechat_is_tried_again_and_a_lost_answer_is_not(visitor: tuple[Whole, Phone, int]) -> None:
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    whole.clock.advance(seconds=2)
    phone.answer_subscription("TPL-need")
    whole.sim.faults.add(SEND, code=-1, times=None)
    tell(whole, person_id, "one")
    assert deliveries.send_notices(whole.house) == 0
    assert (states(whole), left(whole)) == ([DeliveryState.WAITING], 2)
    whole.sim.faults.clear()
    whole.clock.advance(minutes=20)
    assert deliveries.send_notices(whole.house) == 1
    whole.sim.faults.add(SEND, "lost")
    tell(whole, person_id, "two")
    deliveries.send_notices(whole.house)
    assert states(whole)[1] is DeliveryState.UNCERTAIN
    for _ in range(3):
        deliveries.send_notices(whole.house)
        whole.clock.advance(minutes=20)
    assert len(seen(phone)) == 2


def test_what_wechat_tells_of_a_lost_one_is_no_news_of_the_next(visitor: tuple[Whole, Phone, int]) -> None:
    """The event names no message: it settles what was uncertain, and not what is sent afterwards."""
    whole, phone, person_id = visitor
    for _ in range(3):
        phone.answer_subscription("TPL-need")
        whole.clock.advance(seconds=2)
    whole.sim.faults.add(SEND, "lost")
    tell(whole, person_id, "one")
    deliveries.send_notices(whole.house)
    assert states(whole) == [DeliveryState.UNCERTAIN]
    whole.sim.settle()
    deliveries.send_notices(whole.house)
    assert states(whole) == [DeliveryState.ARRIVED]
    with whole.db.transaction() as session:  # of a message that another program of the account sent
        subscriptions.sent(session, phone.openid, "TPL-need", "1", whole.clock.now())
    whole.clock.advance(minutes=20)
    tell(whole, person_id, "two")
    assert deliveries.send_notices(whole.house) == 1
    whole.sim.settle()
    deliveries.send_notices(whole.house)
    assert states(whole) == [DeliveryState.ARRIVED, DeliveryState.ARRIVED]
    with whole.db.read() as session:
        assert not outbox.has_work(session, whole.clock.now())


def test_a_worker_that_ends_in_between_leaves_no_second_message(visitor: tuple[Whole, Phone, int]) -> None:
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    tell(whole, person_id, "one")
    with whole.db.transaction() as session:
        outgoing = outbox.next_out(session, whole.clock.now())
        assert outgoing is not None
        outbox.trying_by_subscription(session, outgoing.delivery_id, "TPL-need", whole.clock.now())
    whole.clock.advance(minutes=20)
    assert deliveries.send_notices(whole.house) == 0
    assert states(whole) == [DeliveryState.UNCERTAIN]
    assert seen(phone) == []


def test_nothing_of_it_is_left_of_somebody_who_goes(visitor: tuple[Whole, Phone, int]) -> None:
    whole, phone, person_id = visitor
    phone.answer_subscription("TPL-need")
    phone.unfollow()
    whole.clock.advance(days=1)
    with whole.db.transaction() as session:
        following.forget(session, whole.clock.now())
        assert session.get_one(Person, person_id).openid is None
        assert session.scalar(sa.select(sa.func.count()).select_from(Subscription)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(SubscriptionEvent)) == 0
