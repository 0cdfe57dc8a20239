"""What must be asked of WeChat (托办): codes to draw, labels to put, pictures to fetch. The worker carries rows out."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index
from models.types import Id, Json


class Errand:
    """A call that may have to be tried again: how often it was tried, from when on it may be, what went wrong last."""

    tries: Mapped[int] = mapped_column(sa.Integer, default=0, sort_order=30)
    try_after: Mapped[datetime | None] = mapped_column(sort_order=31)
    """Not before this instant; empty means at once."""
    problem: Mapped[str | None] = mapped_column(sort_order=32)
    """The last failure, for an operator; no secret and no openid in it."""


class ParametricCode(Errand, Base):
    """带参数二维码 of an activity: asked for (no ``url`` yet), then made; renewed before its thirty days end.

    A renewed code is another row: the poster that was printed with the old one goes on working until it expires.
    """

    __tablename__ = "parametric_codes"
    __table_args__ = (
        sa.CheckConstraint("(url is null) = (expires_at is null)", name="made"),
        part_index("uq_parametric_codes_asked", "activity_id", unique=True, where="url is null"),
    )

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"), index=True)
    url: Mapped[str | None] = mapped_column(unique=True)
    """What the code says: drawn by us, and what the menu's scanner reads."""
    ticket: Mapped[str | None]
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class PersonTag(Errand, Base):
    """标签 that a member of staff carries at WeChat, which decides the menu; it follows the roles."""

    __tablename__ = "person_tags"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    tag: Mapped[str | None] = mapped_column(sa.String(32))
    """The audience of the menu (``platform``, ``province``) as WeChat knows it; empty for the enterprises' menu."""
    tagged_at: Mapped[datetime | None]


class ChatPicture(Errand, Base):
    """照片 sent to the account: fetched by the worker within WeChat's three days, kept with an activity or a record."""

    __tablename__ = "chat_pictures"
    __table_args__ = (sa.Index("ix_chat_pictures_person_id_sent_at", "person_id", "sent_at"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """The push's own key: the same push delivered twice is one picture."""
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    media_id: Mapped[str]
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime]
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("activities.id"))
    """Empty until the sender has said which activity it shows; stays empty of a record's."""
    offered: Mapped[list[Any] | None] = mapped_column(Json)
    """What the reply numbered 1, 2, 3 …, in that order: ids of activities, or pairs of a record's word and id."""
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    fetched_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    """Given up: no picture, gone at WeChat, or never said for which activity; ``problem`` says which."""
    subject: Mapped[str | None] = mapped_column(sa.String(32))
    """The word of the kind of record that it shows, with the record's id; both empty of an activity's."""
    subject_id: Mapped[int | None]

    @hybrid_property
    def is_claimed(self) -> bool:
        """It is known what it shows."""
        return self.activity_id is not None or self.subject is not None

    @is_claimed.inplace.expression
    @classmethod
    def _is_claimed(cls) -> sa.ColumnElement[bool]:
        return sa.or_(cls.activity_id.is_not(None), cls.subject.is_not(None))


class ReceivedPush(Base):
    """收到的推送 that must not take effect twice: the wide key, and what was answered. Kept for an hour or so."""

    __tablename__ = "received_pushes"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    reply: Mapped[str | None]


class Heartbeat(Base):
    """心跳 of the worker's jobs: when each last ran to its end, and what went wrong if it did not."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    beat_at: Mapped[datetime]
    problem: Mapped[str | None]
