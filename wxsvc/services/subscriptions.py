"""订阅通知: who agreed to which template, how many messages that allows, who said no, and what became of each message.

WeChat tells of every answer by an event; the page that asks learns it too, but is not believed. A message is a copy of
a notice that stands in the inbox, so whoever does not subscribe misses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.notice import Delivery, Subscription, SubscriptionEvent
from models.person import Person
from models.terms import DeliveryState, SubscriptionNews
from wxsvc.services.locks import insert_once

ASKED_AGAIN_AFTER: Final = timedelta(days=30)
"""Whoever refused is left in peace for a month."""
ACCEPTED: Final = "accept"
_REFUSED_BY_USER: Final = "43101"
OPEN: Final = (DeliveryState.SENT, DeliveryState.UNCERTAIN)
"""What may still be told of."""
TELLS_OF: Final[Sequence[sa.ColumnElement[bool]]] = (
    SubscriptionEvent.person_id == Delivery.person_id,
    SubscriptionEvent.template_id == Delivery.subscription_id,
    SubscriptionEvent.kind == SubscriptionNews.SENT,
    SubscriptionEvent.delivery_id.is_(None),
    SubscriptionEvent.received_at >= Delivery.first_tried_at,
    Delivery.state.in_(OPEN),
)
"""Whether a ``SubscriptionEvent`` may tell of a ``Delivery``: it names no message, and tells of none to come."""


def answered(
    session: Session, openid: str, template_id: str, status: str, now: datetime, *, is_long: bool
) -> Subscription | None:
    """subscribe_msg_popup_event: in the window a person agreed (``accept``) or refused.

    Each agreement to a one-time template allows one message more. None for somebody whom we never met.
    """
    row = _noted(session, openid, template_id, SubscriptionNews.POPUP, status, now)
    if row is not None and status == ACCEPTED:
        row.sends_left, row.refused_at = (1 if is_long else row.sends_left + 1), None
    elif row is not None:
        row.refused_at = now
    session.flush()
    return row


def changed(session: Session, openid: str, template_id: str, status: str, now: datetime) -> None:
    """subscribe_msg_change_event: in WeChat's settings a person took an agreement back; of agreements none is told."""
    row = _noted(session, openid, template_id, SubscriptionNews.CHANGE, status, now)
    if row is not None and status != ACCEPTED:
        row.sends_left, row.refused_at = 0, now
    session.flush()


def sent(session: Session, openid: str, template_id: str, error_code: str, now: datetime) -> None:
    """subscribe_msg_sent_event: what became of a message; it may come before the send's own answer: :func:`settle`."""
    row = _noted(session, openid, template_id, SubscriptionNews.SENT, error_code, now)
    if row is not None and error_code == _REFUSED_BY_USER:
        row.sends_left, row.refused_at = 0, now
    session.flush()


def settle(session: Session, now: datetime) -> int:
    """Bring what was sent together with what WeChat told of it, the oldest of a person and template first; how many.

    What nobody knew the fate of (the answer got lost) is known by it, too, where nothing else was sent.
    """
    told = sa.select(SubscriptionEvent).where(sa.exists().where(*TELLS_OF).correlate(SubscriptionEvent))
    met = 0
    for event in session.scalars(told.order_by(SubscriptionEvent.id)).all():
        row = session.scalar(
            sa.select(Delivery)
            .join(SubscriptionEvent, sa.and_(*TELLS_OF))
            .where(SubscriptionEvent.id == event.id)
            .order_by(Delivery.state != DeliveryState.SENT, Delivery.finished_at, Delivery.id)
            .limit(1)
            .with_for_update(of=Delivery)
        )
        if row is None:
            continue
        refused = event.status == _REFUSED_BY_USER
        row.state = DeliveryState.DECLINED if refused else DeliveryState.FAILED
        row.problem = event.status
        if event.status == "0":
            row.state, row.problem = DeliveryState.ARRIVED, None
        row.finished_at, event.delivery_id = now, row.id
        session.flush()
        met += 1
    return met


def take(session: Session, person_id: int, template_id: str, *, is_long: bool) -> bool:
    """Use up one agreement before a message is sent; whether there was one. Two workers never use the same one."""
    left = Subscription.sends_left if is_long else Subscription.sends_left - 1
    taken = session.scalar(
        sa.update(Subscription)
        .where(
            Subscription.person_id == person_id, Subscription.template_id == template_id, Subscription.sends_left > 0
        )
        .values(sends_left=left)
        .returning(Subscription.person_id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def give_back(session: Session, person_id: int, template_id: str, *, is_long: bool) -> None:
    """The message surely did not go out: its agreement is there again."""
    if not is_long:
        session.execute(
            sa.update(Subscription)
            .where(Subscription.person_id == person_id, Subscription.template_id == template_id)
            .values(sends_left=Subscription.sends_left + 1)
        )


def refused(session: Session, person_id: int, template_id: str, now: datetime) -> None:
    """43101: whatever we thought, the person does not want these messages."""
    session.execute(
        sa.update(Subscription)
        .where(Subscription.person_id == person_id, Subscription.template_id == template_id)
        .values(sends_left=0, refused_at=now)
    )


def to_ask(session: Session, person_id: int, template_ids: Sequence[str], now: datetime) -> list[str]:
    """The templates that a page may offer now: those with no agreement left that were not refused within a month."""
    query = sa.select(Subscription).where(
        Subscription.person_id == person_id, Subscription.template_id.in_(template_ids)
    )
    known = {row.template_id: row for row in session.scalars(query)}

    def may(template_id: str) -> bool:
        row = known.get(template_id)
        is_refused = row is not None and row.refused_at is not None and row.refused_at > now - ASKED_AGAIN_AFTER
        return row is None or (not row.sends_left and not is_refused)

    return [each for each in dict.fromkeys(template_ids) if may(each)]


def _noted(
    session: Session, openid: str, template_id: str, kind: SubscriptionNews, status: str, now: datetime
) -> Subscription | None:
    """Record the event; the person's standing with this template, held until the transaction ends."""
    person_id = session.scalar(sa.select(Person.id).where(Person.openid == openid))
    if person_id is None or not 0 < len(template_id) <= 64:
        return None
    insert_once(session, Subscription, person_id=person_id, template_id=template_id)
    session.add(
        SubscriptionEvent(person_id=person_id, template_id=template_id, kind=kind, status=status[:64], received_at=now)
    )
    return session.get_one(Subscription, (person_id, template_id), with_for_update=True, populate_existing=True)
