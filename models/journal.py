"""操作记录: who did what; append-only, as the database itself sees to."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.terms import Subject, Verdict
from models.types import Details, Id, Json, word


class LogEntry(Base):
    """One deed: who, what, on which row, when. Updates and deletes are refused by triggers."""

    __tablename__ = "log_entries"
    __table_args__ = (
        sa.Index("ix_log_entries_subject", "subject", "subject_id"),
        sa.Index("ix_log_entries_done_at", "done_at"),
    )

    id: Mapped[Id]
    done_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    """Empty for the worker, the command line and imports."""
    deed: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[Subject] = mapped_column(word(Subject, "subject"))
    subject_id: Mapped[int | None]
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("platforms.id"), index=True)
    details: Mapped[Details] = mapped_column(Json)
    before: Mapped[Details | None] = mapped_column(Json)
    """The columns that the deed changed, as they were; empty for a new row."""
    after: Mapped[Details | None] = mapped_column(Json)
    """The same columns as they became. Empty where the row itself did not change, and in entries of former releases."""


class LogLink(Base):
    """One link of the chain over the log: its hash covers the entry and the link before it. Append-only as well."""

    __tablename__ = "log_links"

    id: Mapped[Id]
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("log_entries.id"), unique=True)
    hash: Mapped[str] = mapped_column(sa.String(64))


class Review(Base):
    """审核意见: each verdict on a record, in order; the record itself shows the last."""

    __tablename__ = "reviews"
    __table_args__ = (
        sa.Index("ix_reviews_subject", "subject", "subject_id"),
        sa.CheckConstraint("verdict = 'approved' or reason is not null", name="reason"),
    )

    id: Mapped[Id]
    subject: Mapped[Subject] = mapped_column(word(Subject, "subject"))
    subject_id: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(word(Verdict, "verdict"))
    reason: Mapped[str | None]
    given_at: Mapped[datetime]
    given_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    step_id: Mapped[int | None] = mapped_column(index=True)
    """The step (审核操作) that it belongs to; a verdict whose step was undone does not stand."""
    is_refusal: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """不通过: voided when it was judged, as it does not meet the rules; else it was struck out (作废)."""
