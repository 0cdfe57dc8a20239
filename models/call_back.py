"""回访: enterprises drawn at random from approved activities, called, and what they said."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created
from models.terms import CallBackResult
from models.types import Id, Year, word
from scoring.terms import PlatformKind


class CallBackSample(Base, Created):
    """回访样本: the stated seed and what was drawn from, so that anybody can draw the same again."""

    __tablename__ = "call_back_samples"
    __table_args__ = (
        sa.CheckConstraint("wanted between 1 and 500", name="wanted"),
        sa.CheckConstraint("length(seed) between 1 and 64", name="seed"),
    )

    id: Mapped[Id]
    year: Mapped[Year]
    kind: Mapped[PlatformKind | None] = mapped_column(word(PlatformKind, "kind"))
    """Of platforms of this kind alone; empty for all."""
    seed: Mapped[str] = mapped_column(sa.String(64))
    wanted: Mapped[int] = mapped_column(sa.Integer)
    drawn_from: Mapped[int] = mapped_column(sa.Integer)
    """How many enterprises could be drawn."""


class CallBack(Base):
    """One enterprise of a sample, by the check-in that was drawn, and what the call found."""

    __tablename__ = "call_backs"
    __table_args__ = (
        sa.UniqueConstraint("sample_id", "check_in_id"),
        sa.CheckConstraint("(result is null) = (called_at is null)", name="called"),
    )

    id: Mapped[Id]
    sample_id: Mapped[int] = mapped_column(sa.ForeignKey("call_back_samples.id"))
    check_in_id: Mapped[int] = mapped_column(sa.ForeignKey("check_ins.id"), index=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    """Its place in the draw, from 1."""
    result: Mapped[CallBackResult | None] = mapped_column(word(CallBackResult, "result"))
    note: Mapped[str | None]
    called_at: Mapped[datetime | None]
    called_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    """Grows with every result, so that two callers are noticed."""
