"""What people judge, and what they look at when they judge: inspections, online services, reports, fusion, rulings."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Dated, OfPlatformYear, PlatformRecord
from models.terms import Channel, FusionKind, Role, Subject, VisitResult
from models.types import Id, Year, word


class SiteInspection(OfPlatformYear, Created, Base):
    """网站定期检查: the hub's periodic look at a platform's site; the website ruling rests on these."""

    __tablename__ = "site_inspections"
    __table_args__ = (
        sa.CheckConstraint("proposed_points >= 0", name="proposed_points"),
        sa.Index("ix_site_inspections_platform_id_year", "platform_id", "year"),
    )

    inspected_on: Mapped[date]
    newest_update_on: Mapped[date | None]
    """Day of the newest update that was seen on the site."""
    findings: Mapped[str]
    proposed_points: Mapped[Decimal | None]


class ServiceItem(Created, Base):
    """在线服务清单: an item of the list of online services that the province keeps."""

    __tablename__ = "service_items"
    __table_args__ = (sa.UniqueConstraint("year", "name"),)

    id: Mapped[Id]
    year: Mapped[Year]
    name: Mapped[str]
    description: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]


class OnlineService(PlatformRecord, Base):
    """在线服务: one item of the list as a platform offers it on its website or its WeChat account."""

    __tablename__ = "online_services"
    SUBJECT = Subject.ONLINE_SERVICE
    __table_args__ = (sa.UniqueConstraint("platform_id", "service_item_id", "channel"),)

    service_item_id: Mapped[int] = mapped_column(sa.ForeignKey("service_items.id"))
    channel: Mapped[Channel] = mapped_column(word(Channel, "channel"))
    address: Mapped[str]
    """The page's URL, or the account's menu path where there is no URL."""


class OnlineServiceVisit(Base):
    """The worker's visit of an online service: evidence for the recognition, never the recognition itself."""

    __tablename__ = "online_service_visits"

    id: Mapped[Id]
    online_service_id: Mapped[int] = mapped_column(sa.ForeignKey("online_services.id"), index=True)
    visited_at: Mapped[datetime]
    result: Mapped[VisitResult] = mapped_column(word(VisitResult, "result"))
    http_status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    title: Mapped[str | None]
    elapsed_ms: Mapped[int | None]
    peer: Mapped[str | None]
    """The address that was really connected to."""
    last_visited_at: Mapped[datetime | None]
    """When the same was seen last; empty where it was seen once. Only what changed makes a new row."""
    times: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    """How often the same was seen."""
    certificate_ends_on: Mapped[date | None]
    """The last day of the site's certificate (证书到期日)."""

    @property
    def seen_last_at(self) -> datetime:
        """When the same was seen last."""
        return self.last_visited_at or self.visited_at


class OnlineServicePicture(Created, Base):
    """截图: how an online service looked on a day; by a person, or (no person) by the worker."""

    __tablename__ = "online_service_pictures"

    id: Mapped[Id]
    online_service_id: Mapped[int] = mapped_column(sa.ForeignKey("online_services.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    taken_on: Mapped[date]


class ResearchReport(Dated, PlatformRecord, Base):
    """产业研究报告 (cluster platforms)."""

    __tablename__ = "research_reports"
    SUBJECT = Subject.RESEARCH_REPORT
    DAY = "published_on"

    title: Mapped[str]
    authors: Mapped[str]
    published_on: Mapped[date]
    link: Mapped[str | None]


class PlatformFusion(Dated, PlatformRecord, Base):
    """融合产业互联网平台、技术创新服务平台 (cluster platforms): introduced or built."""

    __tablename__ = "platform_fusions"
    SUBJECT = Subject.PLATFORM_FUSION
    DAY = "started_on"

    kind: Mapped[FusionKind] = mapped_column(word(FusionKind, "kind"))
    name: Mapped[str]
    provider: Mapped[str]
    started_on: Mapped[date]
    effect: Mapped[str]
    """What it does for the cluster's enterprises."""


class Ruling(OfPlatformYear, Base):
    """评定、认定: the points people give — an opinion by the reviewer, confirmed by the province.

    On lines that need two persons an official's own word stands as a proposal until another official agrees with it.
    """

    __tablename__ = "rulings"
    __table_args__ = (
        sa.UniqueConstraint("platform_id", "year", "indicator"),
        sa.CheckConstraint("points >= 0", name="points"),
        sa.CheckConstraint("opinion_points >= 0", name="opinion_points"),
        sa.CheckConstraint("(points is null) = (ruled_at is null)", name="ruled"),
        sa.CheckConstraint("(points is null) = (reason is null)", name="reasoned"),
        sa.CheckConstraint("(opinion_points is null) = (opinion_at is null)", name="opinion"),
        sa.CheckConstraint("proposed_points >= 0", name="proposed_points"),
        sa.CheckConstraint("(proposed_points is null) = (proposed_at is null)", name="proposed"),
        sa.CheckConstraint("ruled_with <> ruled_by", name="two_persons"),
    )

    indicator: Mapped[str] = mapped_column(sa.String(32))
    """The code of a ruled line of the scheme."""
    opinion_points: Mapped[Decimal | None]
    opinion_reason: Mapped[str | None]
    opinion_at: Mapped[datetime | None]
    opinion_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    points: Mapped[Decimal | None]
    """The points in force; empty while the ruling is awaited (待评定)."""
    reason: Mapped[str | None]
    ruled_at: Mapped[datetime | None]
    ruled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    opinion_role: Mapped[Role | None] = mapped_column(word(Role, "opinion_role"))
    """In which role the opinion was given; since two persons rule, always the reviewer's."""
    proposed_points: Mapped[Decimal | None]
    """省工信厅意见: what an official decided and another has still to confirm; empty when nothing waits."""
    proposed_reason: Mapped[str | None]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    ruled_with: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    """The other of the two persons: whose opinion or proposal was confirmed."""
    opinion_without_basis: Mapped[str | None]
    proposed_without_basis: Mapped[str | None]
    without_basis: Mapped[str | None]
    """依据说明: why the points in force were given though what the line rests on was not recorded; so of the opinion
    and the proposal. Empty where it was recorded."""
    proposed_against_opinion: Mapped[str | None]
    against_opinion: Mapped[str | None]
    """与省枢纽平台意见不一致的理由: why the province decided otherwise; asked under the reading
    ``recognition_needs`` = ``both``."""
    withdrawn_by: Mapped[int | None]
    """Who took back the points that were in force; empty once it is ruled again."""
    version: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    """Grows with every opinion, proposal, ruling and withdrawal, so that a stale form is noticed."""


class RulingBatch(Created, Base):
    """一批评定: points that somebody proposed together on a sheet, for another person to confirm together."""

    __tablename__ = "ruling_batches"
    __table_args__ = (
        sa.CheckConstraint("confirmed_at is null or withdrawn_at is null", name="one_answer"),
        sa.CheckConstraint("confirmed_by <> created_by", name="two_persons"),
    )

    id: Mapped[Id]
    year: Mapped[Year] = mapped_column(index=True)
    reason: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))


class RulingBatchCell(Base):
    """One cell of such a sheet: the points proposed for one ruling, and what stood before."""

    __tablename__ = "ruling_batch_cells"

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("ruling_batches.id"), primary_key=True)
    ruling_id: Mapped[int] = mapped_column(sa.ForeignKey("rulings.id"), primary_key=True, index=True)
    old_points: Mapped[Decimal | None]
    """The points in force when it was proposed."""
    points: Mapped[Decimal]
    version: Mapped[int] = mapped_column(sa.Integer)
    """The ruling's version that the proposal made: another one means that somebody acted since."""
    is_in_force: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """The batch's confirmation put these points in force."""
