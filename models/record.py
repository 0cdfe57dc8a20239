"""Records of service that a platform enters and the hub reviews: 线下服务, 线上交易, 需求与诉求, 信息发布."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Dated, OfPlatformYear, PlatformRecord
from models.terms import NeedKind, NeedState, PostKind, Subject
from models.types import word


class OfflineService(Dated, PlatformRecord, Base):
    """线下服务: one-to-one work (visit, diagnosis, advice) for one or more enterprises; each is one 家次."""

    __tablename__ = "offline_services"
    SUBJECT = Subject.OFFLINE_SERVICE
    DAY = "served_on"
    __table_args__ = (sa.Index("ix_offline_services_platform_id_year", "platform_id", "year"),)

    served_on: Mapped[date]
    content: Mapped[str]
    institution_id: Mapped[int | None] = mapped_column(sa.ForeignKey("institutions.id"))
    is_backfilled: Mapped[bool] = mapped_column(default=False)


class OfflineServiceEnterprise(Base):
    """An enterprise served by one offline service."""

    __tablename__ = "offline_service_enterprises"

    offline_service_id: Mapped[int] = mapped_column(sa.ForeignKey("offline_services.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), primary_key=True, index=True)


class OnlineTrade(Dated, PlatformRecord, Base):
    """线上交易: one completed order is one 家次 (county platforms excepted); a cancelled one is void."""

    __tablename__ = "online_trades"
    SUBJECT = Subject.ONLINE_TRADE
    DAY = "traded_on"
    __table_args__ = (
        sa.UniqueConstraint("platform_id", "order_number"),
        sa.Index("ix_online_trades_platform_id_year", "platform_id", "year"),
        sa.CheckConstraint("amount_fen >= 0", name="amount"),
    )

    order_number: Mapped[str] = mapped_column(sa.String(64))
    traded_on: Mapped[date]
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(sa.ForeignKey("institutions.id"))
    service: Mapped[str]
    amount_fen: Mapped[int | None]
    """成交金额 in fen."""


class Need(Dated, PlatformRecord, Base):
    """对接需求 or 诉求 of an enterprise of the platform's region; valid (有效) once the hub accepted it."""

    __tablename__ = "needs"
    SUBJECT = Subject.NEED
    DAY = "raised_on"
    __table_args__ = (
        sa.Index("ix_needs_platform_id_year", "platform_id", "year"),
        sa.CheckConstraint("length(region_code) = 6", name="region_code"),
        sa.CheckConstraint("state <> 'closed' or result is not null", name="result"),
    )

    kind: Mapped[NeedKind] = mapped_column(word(NeedKind, "kind"))
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), index=True)
    region_code: Mapped[str] = mapped_column(sa.String(6))
    title: Mapped[str]
    content: Mapped[str]
    raised_on: Mapped[date]
    state: Mapped[NeedState] = mapped_column(word(NeedState, "state"), default=NeedState.OPEN)
    result: Mapped[str | None]
    """What came of it: with whom it was matched, what was answered."""
    possible_copy_of: Mapped[int | None] = mapped_column(sa.ForeignKey("needs.id"))
    """A near-same need of the same enterprise within 30 days: a hint for the reviewer."""
    is_from_enterprise: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """The enterprise raised it itself; it is a draft until its platform has taken it up."""
    recalled_at: Mapped[datetime | None]
    """When the enterprise took it back (撤回); it is void, and nobody submits it again."""


class Post(OfPlatformYear, Created, Base):
    """信息发布: a 通知公告, 优惠政策 or 原创新闻 on the platform's site; what website inspections look at."""

    __tablename__ = "posts"
    __table_args__ = (
        sa.UniqueConstraint("platform_id", "link"),
        sa.Index("ix_posts_platform_id_year", "platform_id", "year"),
    )

    kind: Mapped[PostKind] = mapped_column(word(PostKind, "kind"))
    title: Mapped[str]
    link: Mapped[str]
    posted_on: Mapped[date]
    withdrawn_at: Mapped[datetime | None]
