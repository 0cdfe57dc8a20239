"""年终: how a year is closed (公示, 得分异议, 锁定), what was sealed (年度快照), what was put right since (更正)."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index, row_state
from models.terms import ObjectionState
from models.types import Details, Id, Json, Year, word


class YearClosing(Base):
    """锁定申请 of one year: the first of two people asks, another confirms; empty again once it is sealed."""

    __tablename__ = "year_closings"
    __table_args__ = (
        sa.CheckConstraint(
            "(seal_asked_at is null) = (seal_asked_by is null) and (seal_asked_at is null) = (seal_seen is null)",
            name="seal_asked",
        ),
    )

    year: Mapped[Year] = mapped_column(primary_key=True, autoincrement=False)
    seal_asked_at: Mapped[datetime | None]
    seal_asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    seal_seen: Mapped[str | None] = mapped_column(sa.String(64))
    """Digest of the figures that the first person saw: nobody seals others."""


class Publicity(Base):
    """公示: from its first to its last day (Beijing, both included) platforms may object; the newest is in force."""

    __tablename__ = "publicities"
    __table_args__ = (sa.CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[Id]
    year: Mapped[Year] = mapped_column(index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    figures: Mapped[Details] = mapped_column(Json)
    """What was shown: the total by the platform's code, as decimal text."""
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))


class ScoreObjection(Base):
    """得分异议: a platform objects to one line of its own scorecard; an official answers with a reason."""

    __tablename__ = "score_objections"
    __table_args__ = (
        sa.Index("ix_score_objections_year_state", "year", "state"),
        part_index("uq_score_objections_open", "platform_id", "year", "code", unique=True, where="state = 'open'"),
        sa.CheckConstraint("(state = 'open') = (closed_at is null)", name="closed"),
        sa.CheckConstraint("(state in ('upheld', 'dismissed')) = (answer is not null)", name="answer"),
    )

    id: Mapped[Id]
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"))
    year: Mapped[Year]
    code: Mapped[str] = mapped_column(sa.String(32))
    """The line of the scorecard."""
    points: Mapped[Decimal]
    """What the line had when it was objected to."""
    text: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    """The paper that was sent along."""
    raised_at: Mapped[datetime]
    raised_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    state: Mapped[ObjectionState] = mapped_column(word(ObjectionState, "state"), default=ObjectionState.OPEN)
    answer: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))


class PlatformSnapshot(Base):
    """年度快照 of one platform: all that its sealed score was computed from, and every line, as one document."""

    __tablename__ = "platform_snapshots"
    __table_args__ = (
        part_index("uq_platform_snapshots_current", "platform_id", "year", unique=True, where="former_at is null"),
        sa.CheckConstraint("length(sha256) = 64", name="sha256"),
        sa.CheckConstraint("(former_at is null) = (rows is null)", name="rows"),
    )

    id: Mapped[Id]
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"))
    year: Mapped[Year]
    document: Mapped[str]
    """Canonical JSON, as text: a database's own JSON would not keep the bytes."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of the document's UTF-8."""
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    former_at: Mapped[datetime | None]
    """When the year was unsealed: what was sealed until then is kept."""
    former_reason: Mapped[str | None]
    rows: Mapped[str | None]
    """The rows of a former snapshot as canonical JSON; the current one's are the ``sealed_rows``."""

    is_current = row_state(empty=("former_at",))
    """What is sealed now."""


class YearSnapshot(Base):
    """年度快照 of the province: every platform's total, rank and digest, as one document."""

    __tablename__ = "year_snapshots"
    __table_args__ = (
        part_index("uq_year_snapshots_current", "year", unique=True, where="former_at is null"),
        sa.CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    id: Mapped[Id]
    year: Mapped[Year]
    document: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    sealed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    former_at: Mapped[datetime | None]


class Amendment(Base):
    """更正 of one line of a sealed scorecard, which itself stays as it is: proposed by one, confirmed by another."""

    __tablename__ = "amendments"
    __table_args__ = (
        part_index(
            "uq_amendments_waiting",
            "snapshot_id",
            "code",
            unique=True,
            where="confirmed_at is null and withdrawn_at is null",
        ),
        sa.CheckConstraint("before <> after", name="change"),
        sa.CheckConstraint("confirmed_at is null or withdrawn_at is null", name="one_end"),
    )

    id: Mapped[Id]
    snapshot_id: Mapped[int] = mapped_column(sa.ForeignKey("platform_snapshots.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(32))
    before: Mapped[Decimal]
    after: Mapped[Decimal]
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))

    is_waiting = row_state(empty=("confirmed_at", "withdrawn_at"))
    """Proposed, and neither confirmed nor taken back."""
