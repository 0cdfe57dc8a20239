"""推送发件箱: which event goes out next, and what became of each. The worker sends; the rows stand here.

An address that does not answer is tried again with growing gaps, and all that waits for it waits with it. After three
days without one success it is ended, and officials are told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.terms import NoticePurpose, WebhookEvent, WebhookState
from models.webhook import Webhook, WebhookDelivery
from wxsvc.services import errands, notices, webhooks
from wxsvc.services.actor import MACHINE

LEASE: Final = timedelta(minutes=2)
"""How long a claimed event is one worker's own; longer than any call takes."""
FAILS_FOR: Final = timedelta(days=3)
"""How long an address may fail before it is ended."""
KEPT_FOR: Final = timedelta(days=90)
"""How long deliveries that are over are shown."""


class OutgoingEvent(Struct, frozen=True):
    """An event that this worker alone may send now, where to, and the sealed secret that signs it."""

    delivery_id: int
    webhook_id: int
    event: WebhookEvent
    facts: Mapping[str, Any]
    made_at: datetime
    url: str
    secret_sealed: str


def has_work(session: Session, now: datetime) -> bool:
    """Whether anything is to be sent: one cheap look, many times a minute."""
    return session.scalar(sa.select(WebhookDelivery.id).where(*_is_due(now)).limit(1)) is not None


def next_out(session: Session, now: datetime, but: Collection[int] = ()) -> OutgoingEvent | None:
    """Claim the next event, or None; those for the addresses ``but`` wait. Commit before sending.

    Of two workers that want the same one, the comparison in the update lets one have it.
    """
    due = sa.select(WebhookDelivery.id).where(*_is_due(now), WebhookDelivery.webhook_id.not_in(but))
    while True:
        found = session.scalar(due.order_by(WebhookDelivery.id).limit(1))
        if found is None:
            return None
        claimed = session.scalar(
            sa.update(WebhookDelivery)
            .where(WebhookDelivery.id == found, *_is_due(now))
            .values(try_after=now + LEASE, claimed_at=sa.func.coalesce(WebhookDelivery.claimed_at, now))
            .returning(WebhookDelivery.id)
            .execution_options(synchronize_session=False)
        )
        if claimed is not None:
            row = session.get_one(WebhookDelivery, claimed, populate_existing=True)
            to = session.get_one(Webhook, row.webhook_id, populate_existing=True)
            if to.is_ended:  # somebody told of something while another ended it
                row.state, row.finished_at = WebhookState.GIVEN_UP, now
                session.flush()
                continue
            return OutgoingEvent(row.id, to.id, row.event, row.facts, row.made_at, to.url, to.secret_sealed)


def delivered(session: Session, delivery_id: int, status: int, now: datetime) -> None:
    """The receiver has it (2xx)."""
    row = _held(session, delivery_id)
    webhook = session.get_one(Webhook, row.webhook_id, with_for_update=True, populate_existing=True)
    webhook.failing_since = None
    if row.state is WebhookState.WAITING:
        row.state, row.status, row.finished_at = WebhookState.DELIVERED, status, now
        errands.done(row)


def failed(session: Session, delivery_id: int, problem: str, status: int | None, now: datetime) -> None:
    """It did not arrive: again after a while; the end of the address where nothing arrived for too long."""
    row = _held(session, delivery_id)
    webhook = session.get_one(Webhook, row.webhook_id, with_for_update=True, populate_existing=True)
    if row.state is not WebhookState.WAITING:
        return
    row.status = status
    errands.failed(row, problem, now)
    webhook.failing_since = webhook.failing_since or now
    session.flush()
    if now - webhook.failing_since < FAILS_FOR:
        _put_off(session, webhook.id, row.try_after or now)
        return
    webhooks.end(session, webhook.id, MACHINE, now)
    facts = {"deed": "webhook_ended", "system": webhook.system, "since_at": webhook.failing_since.isoformat()}
    notices.tell(session, NoticePurpose.ROLE, f"webhook:{webhook.id}:ended", facts, now)


def clear(session: Session, now: datetime) -> None:
    """Forget deliveries that were over long ago."""
    session.execute(
        sa.delete(WebhookDelivery)
        .where(WebhookDelivery.finished_at < now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return WebhookDelivery.state == WebhookState.WAITING, errands.is_due(WebhookDelivery, now)


def _put_off(session: Session, webhook_id: int, until: datetime) -> None:
    """Nothing else goes there before then: one event finds out whether it answers again."""
    sooner = sa.or_(WebhookDelivery.try_after.is_(None), WebhookDelivery.try_after < until)
    waits = (WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == WebhookState.WAITING, sooner)
    session.execute(
        sa.update(WebhookDelivery).where(*waits).values(try_after=until).execution_options(synchronize_session=False)
    )


def _held(session: Session, delivery_id: int) -> WebhookDelivery:
    return session.get_one(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)
