"""What was decided about the regulation: readings (口径), and the State Council's working days (工作日历)."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Id, Year, word
from scoring.terms import PlatformKind


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


class HolidayNotice(Base):
    """放假通知 of the State Council as an official loaded it; the newest row of a year is the one in force."""

    __tablename__ = "holiday_notices"

    id: Mapped[Id]
    year: Mapped[Year] = mapped_column(index=True)
    number: Mapped[str | None]
    """发文字号: ``国办发明电〔2025〕7号``."""
    issued_on: Mapped[date]
    """成文日期: a notice replaces none that was issued after it."""
    text: Mapped[str]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
