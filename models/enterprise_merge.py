"""企业合并: two registrations of one firm become one; proposed, done, refused or undone."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, part_index, row_state
from models.types import Id, Json


class EnterpriseMerge(Created, Base):
    """合并: ``merged_id`` is the same firm as ``kept_id``. Created as a proposal; the hub's own is done at once.

    While it is in force ``Enterprise.merged_into_id`` of the merged one leads to the one that is kept.
    """

    __tablename__ = "enterprise_merges"
    __table_args__ = (
        sa.CheckConstraint("kept_id <> merged_id", name="two"),
        sa.CheckConstraint("(merged_at is null) = (changes is null)", name="changes"),
        sa.CheckConstraint("merged_at is null or refused_at is null", name="one_answer"),
        sa.CheckConstraint("(merged_at is null and refused_at is null) = (answer is null)", name="answer"),
        sa.CheckConstraint("undone_at is null or merged_at is not null", name="undone"),
        sa.CheckConstraint("(undone_at is null) = (undo_reason is null)", name="undo_reason"),
        part_index(
            "uq_enterprise_merges_waiting",
            "kept_id",
            "merged_id",
            unique=True,
            where="merged_at is null and refused_at is null",
        ),
        part_index(
            "uq_enterprise_merges_in_force",
            "merged_id",
            unique=True,
            where="merged_at is not null and undone_at is null",
        ),
    )

    id: Mapped[Id]
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), index=True)
    merged_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), index=True)
    reason: Mapped[str]
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("platforms.id"))
    """The platform that proposed it; empty where a contact or the hub did."""
    merged_at: Mapped[datetime | None]
    merged_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    changes: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    """Every row that was changed, with what stood there before, in order: what undo needs."""
    refused_at: Mapped[datetime | None]
    refused_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    answer: Mapped[str | None]
    """What the hub found when it merged or refused; who proposed it reads it."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    undo_reason: Mapped[str | None]

    is_waiting = row_state(empty=("merged_at", "refused_at"))
    """待审核: proposed, and neither done nor refused."""

    is_in_force = row_state(given=("merged_at",), empty=("undone_at",))
    """已合并: done and not undone."""
