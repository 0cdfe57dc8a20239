"""签到: check-ins that count, arrivals that do not, and scans that were refused.

Nothing here is deleted, save an arrival that turns out to have been the check-in: WeChat may deliver the earlier scan
last.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index, row_state
from models.terms import Absence, Door, Grade, Refusal
from models.types import Id, word


class CheckIn(Base):
    """签到: one enterprise at one activity is one 家次, however many people, scans or deliveries.

    The index ``uq_check_ins_once`` is the guarantee. A row the visitor undid leaves the place free; a row that staff
    voided keeps it taken, so that a voided enterprise cannot scan itself back in, and reviving is clearing two columns.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        part_index("uq_check_ins_once", "activity_id", "enterprise_id", unique=True, where="undone_at is null"),
        part_index("ix_check_ins_undone", "activity_id", where="undone_at is not null"),
        part_index("ix_check_ins_voided", "activity_id", where="voided_at is not null"),
        sa.CheckConstraint("(voided_at is null) = (void_reason is null)", name="void_reason"),
        sa.CheckConstraint("undone_at is null or voided_at is null", name="one_end"),
        sa.CheckConstraint("evidence_grade between 1 and 3", name="evidence_grade"),
        # PostgreSQL reads its checks anew for every statement, and each time computes the list of an "in (…)".
        sa.CheckConstraint(f"door = any('{{{','.join(Door)}}}'::text[])", name="door").ddl_if(dialect="postgresql"),
        sa.CheckConstraint("door IN ('" + "', '".join(Door) + "')", name="door").ddl_if(dialect="sqlite"),
    )

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"))
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    door: Mapped[Door] = mapped_column(word(Door, "door", has_own_check=True))
    evidence_grade: Mapped[int] = mapped_column(sa.SmallInteger)
    """1 own scan in the window, 2 printed static code or staff entry, 3 late list. Ranks the review queue only."""
    checked_in_at: Mapped[datetime]
    """The moment of the scan (the push's CreateTime)."""
    received_at: Mapped[datetime]
    entered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    undone_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    void_reason: Mapped[str | None]
    set_aside_by: Mapped[int | None]
    """The merge (``enterprise_merges``) whose other enterprise holds the place; ``undone_at`` is when that was done."""

    holds_place = row_state(empty=("undone_at",))
    """占位: not undone by its visitor, so ``uq_check_ins_once`` lets no second row in (voided ones included)."""

    @classmethod
    def ever_at(cls, activity_id: int | sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Every one of an activity, undone ones too: each kind has an index of its own, and none has both."""
        at = cls.activity_id == activity_id
        return sa.or_(sa.and_(at, cls.undone_at.is_(None)), sa.and_(at, cls.undone_at.is_not(None)))

    is_live = row_state(empty=("undone_at", "voided_at"))
    """有效: neither undone by its visitor nor voided by staff."""


class Attendance(Base):
    """到场: a person came who adds no 家次 — a colleague, an official, the host's own people."""

    __tablename__ = "attendances"
    __table_args__ = (sa.UniqueConstraint("activity_id", "person_id"),)

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enterprises.id"))
    absence: Mapped[Absence] = mapped_column(word(Absence, "absence"))
    attended_at: Mapped[datetime]
    received_at: Mapped[datetime]


class RefusedScan(Base):
    """A scan that was not a check-in, with its reason; a first visit's is completed by the enrolment that follows."""

    __tablename__ = "refused_scans"
    __table_args__ = (sa.UniqueConstraint("person_id", "typed", "scanned_at"),)

    id: Mapped[Id]
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("activities.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"))
    typed: Mapped[str] = mapped_column(sa.String(64))
    """The scene or short code as it came."""
    door: Mapped[Door] = mapped_column(word(Door, "door"))
    refusal: Mapped[Refusal] = mapped_column(word(Refusal, "refusal"))
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
    completed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("check_ins.id"))


class Satisfaction(Base):
    """满意度: what one enterprise says of one activity that it was checked in at; its last word stands."""

    __tablename__ = "satisfactions"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), primary_key=True, index=True)
    grade: Mapped[Grade] = mapped_column(word(Grade, "grade"))
    words: Mapped[str]
    """What it added; empty for nothing."""
    rated_at: Mapped[datetime]
