"""评分表 and what moves it: scorecards and lines (derived, rebuilt), the work list, readings, the calendar."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Details, Id, Json, Year, word
from scoring.terms import Group, IndicatorCode, LineStatus, PlatformKind


class Scorecard(Base):
    """评分表 of one platform-year: derived, thrown away and rebuilt by every fold; sealed with its readings."""

    __tablename__ = "scorecards"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True)
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
    pending_stages: Mapped[Details] = mapped_column(Json, default=dict)
    """The same facts by stage: ``submitted`` waits for a reviewer, ``returned`` and ``published`` for the platform."""
    readings: Mapped[Details] = mapped_column(Json)
    as_of: Mapped[datetime]


class ScoreLine(Base):
    """得分 of one indicator, with its working in Chinese."""

    __tablename__ = "score_lines"
    __table_args__ = (sa.CheckConstraint("points >= 0", name="points"),)

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True)
    code: Mapped[IndicatorCode] = mapped_column(word(IndicatorCode, "code"), primary_key=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    group: Mapped[Group] = mapped_column(word(Group, "group"))
    points: Mapped[Decimal]
    full: Mapped[Decimal | None]
    """Full points; empty for the two bonus rows, which share one cap."""
    status: Mapped[LineStatus] = mapped_column(word(LineStatus, "status"))
    working: Mapped[str]


class Change(Base):
    """变动: the work list. Whoever changes a fact appends the platform-year; the folder deletes and recounts."""

    __tablename__ = "changes"
    __table_args__ = (sa.Index("ix_changes_platform_id_year", "platform_id", "year"),)

    id: Mapped[Id]
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"))
    year: Mapped[Year]
    made_at: Mapped[datetime]


class ReadingDecision(Base):
    """口径: what the province decided where the text is open; the newest row for a name is in force."""

    __tablename__ = "reading_decisions"
    __table_args__ = (sa.Index("ix_reading_decisions_year_kind", "year", "kind"),)

    id: Mapped[Id]
    year: Mapped[Year]
    kind: Mapped[PlatformKind] = mapped_column(word(PlatformKind, "kind"))
    name: Mapped[str] = mapped_column(sa.String(64))
    value: Mapped[str] = mapped_column(sa.String(32))
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    decided_at: Mapped[datetime]
    reason: Mapped[str]


class Workday(Base):
    """工作日历: a day named in the State Council's notice, off or made up."""

    __tablename__ = "workdays"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str]
    """The holiday's name."""
    source: Mapped[str]
