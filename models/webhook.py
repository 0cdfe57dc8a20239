"""推送: where other systems want to be told that something changed, and what is on its way to them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index, row_state
from models.errand import Errand
from models.terms import WebhookEvent, WebhookState
from models.types import Details, Id, Json, word


class Webhook(Base):
    """推送地址 of one other system: what it is told, and the secret by which it knows that we do."""

    __tablename__ = "webhooks"
    __table_args__ = (
        sa.CheckConstraint("length(system) between 1 and 60", name="system"),
        sa.CheckConstraint("ended_at is not null or ended_by is null", name="ended"),
    )

    id: Mapped[Id]
    system: Mapped[str] = mapped_column(sa.String(60))
    """对接系统: what the system is called."""
    url: Mapped[str] = mapped_column(sa.String(500))
    """https alone."""
    secret_sealed: Mapped[str]
    """What signs the deliveries, closed by the vault: unlike a key it is needed again."""
    events: Mapped[list[str]] = mapped_column(Json)
    """Words of ``WebhookEvent``."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    failing_since: Mapped[datetime | None]
    """Since when nothing has arrived; empty while all goes well."""
    ended_at: Mapped[datetime | None]
    """Nobody ended it where ``ended_by`` is empty: it failed for too long, or the operator did."""
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))

    is_ended = row_state(given=("ended_at",))
    """Nothing is sent there any more."""


class WebhookDelivery(Errand, Base):
    """推送记录: one event on its way to one address."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.Index("ix_webhook_deliveries_webhook_id", "webhook_id"),
        part_index("ix_webhook_deliveries_waiting", "try_after", where="state = 'waiting'"),
    )

    id: Mapped[Id]
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhooks.id"))
    event: Mapped[WebhookEvent] = mapped_column(word(WebhookEvent, "event"))
    key: Mapped[str] = mapped_column(sa.String(96))
    """What it is about: of events about the same, one waits that nobody has begun to send."""
    facts: Mapped[Details] = mapped_column(Json)
    """What is told; no name, phone or openid."""
    made_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    """When a worker first began to send it."""
    state: Mapped[WebhookState] = mapped_column(word(WebhookState, "state"), default=WebhookState.WAITING)
    status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    """The HTTP status of the last answer."""
    finished_at: Mapped[datetime | None]
