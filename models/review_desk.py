"""审核台: what makes the queue a workplace. What waits, who has taken what, saved filters, and what can be undone."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, part_index, row_state
from models.terms import Subject, Verdict
from models.types import Id, Json, RowId, Year, word

DOUBTS_FIRST: Final = "(case when hints = '' then 1 else 0 end)"
"""How the queue is ordered before all."""


class WaitingRecord(Base):
    """待审的记录: what a reviewer shall judge, as its row stands now. Triggers of the records' tables keep it
    (``0038``), in the transaction that submits, changes or judges: nobody else adds or removes one.
    """

    __tablename__ = "waiting_records"
    __table_args__ = (
        sa.Index("ix_waiting_records_order", sa.text(DOUBTS_FIRST), "since", "subject", "subject_id"),
        part_index("ix_waiting_records_not_looked_at", "since", where="hints is null"),
    )

    subject: Mapped[Subject] = mapped_column(word(Subject, "subject"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(sa.Integer)
    platform_id: Mapped[int]
    year: Mapped[Year]
    title: Mapped[str]
    """The column that it is called by; of a kind that is called by two, ``more`` is the other one."""
    more: Mapped[str]
    since: Mapped[datetime]
    """When it was submitted."""
    hints: Mapped[str | None]
    """疑点 of this version, as the worker found them last: their words, with commas between; None until it looked.
    What is judged is always looked at anew."""


class ReviewTake(Base):
    """认领: who has a record before them, so that no second reviewer begins with it. It ends by itself."""

    __tablename__ = "review_takes"

    subject: Mapped[Subject] = mapped_column(word(Subject, "subject"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    taken_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SavedView(Base):
    """常用筛选: a filter of the queue under a name, of one person."""

    __tablename__ = "saved_views"
    __table_args__ = (sa.UniqueConstraint("person_id", "name"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    name: Mapped[str] = mapped_column(sa.String(20))
    filters: Mapped[dict[str, str]] = mapped_column(Json)
    """As the queue's address carries them."""
    made_at: Mapped[datetime]


class VerdictStep(Created, Base):
    """审核操作: one verdict, on one record or on many together, that its reviewer can undo for some minutes.

    The platforms are told once it cannot be undone any more.
    """

    __tablename__ = "verdict_steps"
    __table_args__ = (
        part_index("ix_verdict_steps_untold", "undo_until", where="told_at is null and undone_at is null"),
        sa.Index("ix_verdict_steps_created_by", "created_by", "created_at"),
        sa.CheckConstraint("told_at is null or undone_at is null", name="one_end"),
    )

    id: Mapped[Id]
    verdict: Mapped[Verdict] = mapped_column(word(Verdict, "verdict"))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """Every record that was judged, with what stood in it before and its version afterwards: what undo needs."""
    undo_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    is_untold = row_state(empty=("told_at", "undone_at"))
    """Its platforms do not know of it yet, and shall."""
