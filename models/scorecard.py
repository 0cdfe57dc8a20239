"""评分表: scorecards and their lines, rebuilt from the facts by every fold; the rows of a sealed one."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Details, Id, Json, Year, word
from scoring.terms import Group, LineStatus


class ScorecardRow(Base):
    """评分表 of one platform-year: derived, thrown away and rebuilt by every fold; sealed with its readings."""

    __tablename__ = "scorecards"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True, index=True)
    scheme: Mapped[str] = mapped_column(sa.String(64))
    base: Mapped[Decimal]
    bonus: Mapped[Decimal]
    total: Mapped[Decimal]
    awaited: Mapped[Decimal]
    """待评定: full points of the lines whose ruling is not given yet."""
    pending_participations: Mapped[int] = mapped_column(sa.Integer)
    """待审核家次: live check-ins of counted enterprises in activities neither void nor approved yet."""
    tally: Mapped[Details] = mapped_column(Json)
    """The facts that were scored: input of ``wxsvc score``."""
    pending: Mapped[Details] = mapped_column(Json)
    """Facts still under review, by the same names."""
    pending_stages: Mapped[Details] = mapped_column(Json, default=dict, server_default="{}")
    """The same facts by stage: ``submitted`` waits for a reviewer, ``returned`` and ``published`` for the platform."""
    months: Mapped[Details | None] = mapped_column(Json)
    """家次 that count by the month of their day (``2026-11``); empty where an earlier release folded the card."""
    readings: Mapped[Details] = mapped_column(Json)
    assessed_from: Mapped[date | None]
    """考评期: first and last day that was counted; the first lies after the last for a platform not assessed."""
    assessed_until: Mapped[date | None]
    as_of: Mapped[datetime]

    @hybrid_property
    def is_assessed(self) -> bool:
        """参加考评: a day of the year is assessed; so is a card of a release that did not keep its period."""
        return self.assessed_from is None or self.assessed_until is None or self.assessed_from <= self.assessed_until

    @is_assessed.inplace.expression
    @classmethod
    def _is_assessed(cls) -> sa.ColumnElement[bool]:
        return sa.or_(
            cls.assessed_from.is_(None), cls.assessed_until.is_(None), cls.assessed_from <= cls.assessed_until
        )


class ScoreLineRow(Base):
    """得分 of one indicator, with its working in Chinese."""

    __tablename__ = "score_lines"
    __table_args__ = (sa.CheckConstraint("points >= 0", name="points"),)

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    """Of the scheme; no list of codes is fixed here, as a later year brings others."""
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    group: Mapped[Group] = mapped_column(word(Group, "group"))
    points: Mapped[Decimal]
    full: Mapped[Decimal | None]
    """Full points; empty for the two bonus rows, which share one cap."""
    status: Mapped[LineStatus] = mapped_column(word(LineStatus, "status"))
    working: Mapped[str]


class StakeRow(Base):
    """通过后的得分变化 of one item that waits for review: what approving it would bring; rebuilt by every fold."""

    __tablename__ = "stakes"
    __table_args__ = (sa.Index("ix_stakes_subject", "subject", "subject_id"),)

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    gain: Mapped[Decimal]
    """Of the total, caps included."""
    lines: Mapped[list[list[str]]] = mapped_column(Json)
    """Every line that would move: its code, its points now, its points then (as decimals)."""


class MonthScore(Base):
    """月末得分: the total that a platform-year had at the end of a month, kept so that changes can be shown."""

    __tablename__ = "month_scores"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True, index=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    """``2026-11``, Beijing; until it is over, the total of the last night."""
    total: Mapped[Decimal]
    kept_at: Mapped[datetime]


class ScoreChange(Base):
    """得分变动: one line's points before and after a fold, with what was folded; written only where points change."""

    __tablename__ = "score_changes"
    __table_args__ = (sa.Index("ix_score_changes_platform_id_year", "platform_id", "year"),)

    id: Mapped[Id]
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"))
    year: Mapped[Year]
    code: Mapped[str] = mapped_column(sa.String(32))
    """The line of the scheme."""
    old: Mapped[Decimal]
    new: Mapped[Decimal]
    since: Mapped[datetime | None]
    """The moment of the card before: what happened until ``at`` is why it changed. Empty for the first card."""
    at: Mapped[datetime]
    causes: Mapped[list[int]] = mapped_column(Json)
    """Ids of the lines of the log that were folded; empty where a day passed or nothing was written down."""


class SealedRow(Base):
    """One row that a sealed scorecard adds up from, as it was when the year was sealed (锁定)."""

    __tablename__ = "sealed_rows"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    is_left_out: Mapped[bool]
    """A row of the list 未计入; the others are the rows behind the lines."""
    fact: Mapped[str] = mapped_column(sa.String(64))
    amount: Mapped[int] = mapped_column(sa.Integer)
    standing: Mapped[str] = mapped_column(sa.String(32))
    subject: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int]
    title: Mapped[str]
    day: Mapped[date | None]
    reasons: Mapped[list[str]] = mapped_column(Json)
    stage: Mapped[str | None] = mapped_column(sa.String(32))
