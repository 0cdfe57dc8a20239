"""窗口平台: the platforms that are scored, their years, and the member enterprises of a cluster."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, part_index, row_state
from models.types import Id, Year, word
from scoring.terms import PlatformKind


class Platform(Base):
    """窗口平台: one of a province's service platforms; its kind decides which of the three tables judges it."""

    __tablename__ = "platforms"
    __table_args__ = (sa.CheckConstraint("length(region_code) = 6", name="region_code"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    """The province's code of the platform; parks have codes that are no divisions, so any word is accepted."""
    name: Mapped[str]
    kind: Mapped[PlatformKind] = mapped_column(word(PlatformKind, "kind"))
    region_code: Mapped[str] = mapped_column(sa.String(6))
    """行政区划代码 (GB/T 2260) of the region that the platform serves."""
    phone: Mapped[str | None]
    """咨询电话, shown to enterprises."""
    website: Mapped[str | None]
    operator_uscc: Mapped[str | None] = mapped_column(sa.String(18))
    """信用代码 of the company that runs the platform: its own people are attendance, not 家次."""
    accepted_on: Mapped[date | None]
    """验收 day: a platform that starts during a year is assessed from the following month."""
    closed_on: Mapped[date | None]
    """关停: the first day on which the platform works no more; it owes nothing from then on, and is ranked no more."""
    closed_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    """Grows with every change by the province, so that two officials who change one platform are noticed."""
    created_at: Mapped[datetime]

    is_closed = row_state(given=("closed_on",))
    """已关停: it works no more; nobody is closed ahead of the day."""

    def is_closed_in(self, year: int) -> bool:
        """Whether it was closed (关停) in the year or before."""
        return self.closed_on is not None and self.closed_on.year <= year

    @classmethod
    def closed_in(cls, year: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
        """The same in a query."""
        return sa.and_(cls.closed_on.is_not(None), sa.extract("year", cls.closed_on) <= year)


class PlatformYear(Base):
    """考评年度 of one platform: its assessment period, and whether the year is sealed (锁定)."""

    __tablename__ = "platform_years"
    __table_args__ = (
        sa.CheckConstraint("assessed_from <= assessed_until", name="period"),
        sa.CheckConstraint("(sealed_at is null) = (sealed_by is null)", name="sealed"),
        sa.CheckConstraint("(unseal_asked_at is null) = (unseal_asked_by is null)", name="unseal_asked"),
        sa.CheckConstraint("unseal_asked_at is null or sealed_at is not null", name="unseal_sealed"),
        part_index("ix_platform_years_sealed", "year", where="sealed_at is not null"),
        part_index(
            "ix_platform_years_sealed_apart", "year", where="sealed_at is not null and period_reason is not null"
        ),
    )

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    year: Mapped[Year] = mapped_column(primary_key=True)
    assessed_from: Mapped[date]
    assessed_until: Mapped[date]
    period_reason: Mapped[str | None]
    """特殊情况: why the province set this period; empty where the ordinary one holds."""
    has_market_income: Mapped[bool] = mapped_column(default=False)
    """有市场化服务业务收入: annex 2 asks such a platform for its financial statement (item 4)."""
    sealed_at: Mapped[datetime | None]
    sealed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    unseal_asked_at: Mapped[datetime | None]
    unseal_asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    unseal_reason: Mapped[str | None]
    keeps_rows: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Sealed with its rows (``sealed_rows``); false for a year that an earlier release sealed."""

    is_sealed = row_state(given=("sealed_at",))
    """已锁定: neither facts nor scores of the year change any more."""


class ClusterMember(Base):
    """集群成员企业: an enterprise that belongs to a cluster platform's "region"."""

    __tablename__ = "cluster_members"

    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), primary_key=True, index=True)
