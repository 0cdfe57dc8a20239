"""What other systems are told stands in the transaction of what happened; none is lost, each is one worker's."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.terms import WebhookEvent, WebhookState
from models.webhook import WebhookDelivery
from tests.wxsvc.services.bundle_cases import VAULT
from wxsvc.db import Database
from wxsvc.services import webhook_outbox, webhooks
from wxsvc.services.actor import MACHINE

pytestmark = pytest.mark.both_databases

CHANGED = WebhookEvent.SCORECARD_CHANGED


def subscribed(session: Session, now: datetime, *events: WebhookEvent) -> int:
    url = "https://data.example.cn/"
    return webhooks.make(session, "数据平台", url, events or (CHANGED,), MACHINE, now, vault=VAULT)[0]


def tell(session: Session, now: datetime, *keys: str) -> None:
    webhooks.tell(session, CHANGED, {key: {"platform": key, "year": 2026} for key in keys}, now)


def rows(db: Database) -> list[WebhookDelivery]:
    with db.read() as session:
        return list(session.scalars(sa.select(WebhookDelivery).order_by(WebhookDelivery.id)))


def test_each_hears_what_it_asked_for_and_an_ended_one_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        tell(session, now, "nobody listens yet")
        first, other = subscribed(session, now), subscribed(session, now, WebhookEvent.ACTIVITY_APPROVED)
        tell(session, now, "a", "b")
        tell(session, now, "b", "c")
    assert [(row.webhook_id, row.key) for row in rows(db)] == [(first, "a"), (first, "b"), (first, "c")]
    with db.transaction() as session:
        for webhook_id in (first, first, other):
            webhooks.end(session, webhook_id, MACHINE, now)
        tell(session, now, "d")
    assert {row.state for row in rows(db)} == {WebhookState.GIVEN_UP}
    assert len(rows(db)) == 3


def test_what_was_told_to_an_address_that_ended_meanwhile_is_given_up(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        webhook_id = subscribed(session, now)
        webhooks.end(session, webhook_id, MACHINE, now)
        late = {"webhook_id": webhook_id, "event": CHANGED, "key": "a", "facts": {}, "made_at": now}
        session.add(WebhookDelivery(state=WebhookState.WAITING, **late))
    with db.transaction() as session:
        assert webhook_outbox.next_out(session, now) is None
    assert [row.state for row in rows(db)] == [WebhookState.GIVEN_UP]


def test_one_event_is_one_workers_and_comes_back_when_that_one_dies(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        subscribed(session, now)
        tell(session, now, *map(str, range(8)))
    claimed: list[int] = []

    def work() -> None:
        while True:
            with db.transaction() as session:
                found = webhook_outbox.next_out(session, now)
            if found is None:
                return
            claimed.append(found.delivery_id)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(claimed) == [row.id for row in rows(db)]
    with db.transaction() as session:
        assert webhook_outbox.has_work(session, now) is False
        assert webhook_outbox.next_out(session, now + webhook_outbox.LEASE) is not None


def test_it_is_not_sent_before_what_it_tells_of_can_be_read(db: Database, now: datetime) -> None:
    """A second change joins what waits and holds it: the worker gets it once the change is there."""
    with db.transaction() as session:
        subscribed(session, now)
        tell(session, now, "a")
    found: list[webhook_outbox.OutgoingEvent | None] = []

    def work() -> None:
        with db.transaction() as session:
            found.append(webhook_outbox.next_out(session, now + timedelta(seconds=1)))

    worker = threading.Thread(target=work)
    with db.transaction() as session:
        tell(session, now + timedelta(seconds=1), "a")
        worker.start()
        worker.join(0.3)
        assert found == [], "it waits"
    worker.join()
    assert [each.made_at for each in found if each] == [now + timedelta(seconds=1)]
    with db.transaction() as session:
        tell(session, now + timedelta(seconds=2), "a")
    assert [row.claimed_at is None for row in rows(db)] == [False, True], "begun: the next change is told anew"


def test_what_is_over_is_forgotten_after_ninety_days(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        subscribed(session, now)
        tell(session, now, "a", "b")
        out = webhook_outbox.next_out(session, now)
        assert out is not None
        webhook_outbox.delivered(session, out.delivery_id, 204, now)
        webhook_outbox.clear(session, now + webhook_outbox.KEPT_FOR)
        assert session.scalar(sa.select(sa.func.count()).select_from(WebhookDelivery)) == 2
        webhook_outbox.clear(session, now + webhook_outbox.KEPT_FOR + timedelta(seconds=1))
    assert [row.key for row in rows(db)] == ["b"]
