"""企业异议 (不是我们单位): an enterprise says that it was not there, and a reviewer decides."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index
from models.terms import DisputeState, DisputeSubject
from models.types import Id, word


class Dispute(Base):
    """One objection of one enterprise against one row that counted it; open until decided."""

    __tablename__ = "disputes"
    __table_args__ = (
        part_index("uq_disputes_open", "enterprise_id", "subject", "subject_id", unique=True, where="state = 'open'"),
        sa.CheckConstraint("(state = 'open') = (decided_at is null)", name="decided"),
        sa.CheckConstraint("(decided_at is null) = (decision is null)", name="decision"),
    )

    id: Mapped[Id]
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), index=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), index=True)
    """The platform that was counted for it (of an activity: the one that published it)."""
    subject: Mapped[DisputeSubject] = mapped_column(word(DisputeSubject, "subject"))
    subject_id: Mapped[int]
    reason: Mapped[str]
    raised_at: Mapped[datetime]
    raised_by: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    state: Mapped[DisputeState] = mapped_column(word(DisputeState, "state"), default=DisputeState.OPEN)
    decision: Mapped[str | None]
    """What the reviewer found, in their own words; the enterprise reads it."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
