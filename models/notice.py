"""通知: what somebody is told, kept in the account's own inbox; WeChat's template message is only a copy of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index
from models.errand import Errand
from models.terms import DeliveryState, NoticePurpose, SubscriptionNews
from models.types import Details, Id, Json, word


class Notice(Base):
    """One notice to a platform's staff, to one person, or (both empty) to the provincial staff.

    ``key`` makes each notice happen once.
    """

    __tablename__ = "notices"
    __table_args__ = (
        sa.CheckConstraint("platform_id is null or person_id is null", name="one_audience"),
        sa.Index("ix_notices_platform_id_made_at", "platform_id", "made_at"),
        sa.Index("ix_notices_person_id_made_at", "person_id", "made_at"),
    )

    id: Mapped[Id]
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("platforms.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    purpose: Mapped[NoticePurpose] = mapped_column(word(NoticePurpose, "purpose"))
    key: Mapped[str] = mapped_column(sa.String(96), unique=True)
    facts: Mapped[Details] = mapped_column(Json)
    """What the notice's template is filled with; no name, phone or openid."""
    made_at: Mapped[datetime]


class NoticeRead(Base):
    """已读: who has seen a notice in the inbox."""

    __tablename__ = "notice_reads"

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notices.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    read_at: Mapped[datetime]


class Delivery(Errand, Base):
    """发送: one notice on its way to one person as a template message."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "person_id"),
        part_index("ix_deliveries_waiting", "try_after", where="state = 'waiting'"),
    )

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notices.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    client_msg_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    """Ours: WeChat delivers the same id once within ten minutes."""
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState, "state"), default=DeliveryState.WAITING)
    msg_id: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    """WeChat's: by it the result event is known."""
    first_tried_at: Mapped[datetime | None]
    """When it was first sent, if its answer got lost: after ten minutes it is not sent again."""
    finished_at: Mapped[datetime | None]
    subscription_id: Mapped[str | None] = mapped_column(sa.String(64))
    """The template of the subscription by which it went, if it did: that result event names no number of ours."""


class SendResult(Base):
    """发送结果 of a template message (TEMPLATESENDJOBFINISH), which may arrive before the send's own answer."""

    __tablename__ = "send_results"

    msg_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    status: Mapped[str]
    received_at: Mapped[datetime]


class Subscription(Base):
    """订阅 of one template by one person: what they may be sent, and when they said no.

    A one-time subscription (一次性订阅) allows as many messages as it was agreed to; each send uses one up.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (sa.CheckConstraint("sends_left >= 0", name="sends_left"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    template_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    sends_left: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    """Of a long-term one (长期订阅): 1 until it is refused."""
    refused_at: Mapped[datetime | None]
    """When the person last said no; empty once they agreed again."""


class SubscriptionEvent(Base):
    """订阅事件: what WeChat told about a subscription, as it came."""

    __tablename__ = "subscription_events"
    __table_args__ = (sa.Index("ix_subscription_events_person_id", "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    template_id: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[SubscriptionNews] = mapped_column(word(SubscriptionNews, "kind"))
    status: Mapped[str] = mapped_column(sa.String(64))
    """``accept`` or ``reject``; of a send its error code, ``0`` for arrived."""
    received_at: Mapped[datetime]
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("deliveries.id"))
    """The message whose fate a ``sent`` told."""
