"""服务协同 and 加分: assignments and responses, filings, bonus claims with their media, and the papers of annex 2."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Dated, OfPlatformYear, PlatformRecord
from models.terms import AssignmentKind, Subject
from models.types import Id, RowId, Year, word
from scoring.terms import BonusKind, EvidenceItem, Obligation, PlatformTitle


class Assignment(Created, Base):
    """重点工作 of the province (服务大会, 案例征集 …) that platforms are asked to respond to."""

    __tablename__ = "assignments"

    id: Mapped[Id]
    year: Mapped[Year] = mapped_column(index=True)
    kind: Mapped[AssignmentKind] = mapped_column(word(AssignmentKind, "kind"))
    title: Mapped[str]
    content: Mapped[str]
    due_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]


class Response(Dated, PlatformRecord, Base):
    """重点工作响应: what one platform did for one assignment; the coordination ruling rests on these."""

    __tablename__ = "responses"
    SUBJECT = Subject.RESPONSE
    DAY = "responded_on"
    __table_args__ = (sa.UniqueConstraint("assignment_id", "platform_id"),)

    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignments.id"))
    content: Mapped[str]
    responded_on: Mapped[date]


class Medium(Created, Base):
    """权威主流媒体: one of the list that the province keeps; those that the regulation names stand first."""

    __tablename__ = "media"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    sites: Mapped[str | None]
    """网站, as 央视网（cctv.com）."""
    accounts: Mapped[str | None]
    """微信公众号."""
    withdrawn_at: Mapped[datetime | None]


class BonusClaim(Dated, PlatformRecord, Base):
    """加分申报 of one of five kinds; ``year`` is the evaluation year, which the reviewer may correct."""

    __tablename__ = "bonus_claims"
    SUBJECT = Subject.BONUS_CLAIM
    DAY = "awarded_on"
    __table_args__ = (sa.Index("ix_bonus_claims_platform_id_year", "platform_id", "year"),)

    kind: Mapped[BonusKind] = mapped_column(word(BonusKind, "kind"))
    title: Mapped[str]
    issuer: Mapped[str]
    """授予单位 or 报道媒体."""
    awarded_on: Mapped[date]
    link: Mapped[str | None]
    award: Mapped[PlatformTitle | None] = mapped_column(word(PlatformTitle, "award"))
    """Which of the five titles, of a claim of one."""
    medium_id: Mapped[int | None] = mapped_column(sa.ForeignKey("media.id"))
    """The medium of a press report, where it is one of the list."""
    medium_reason: Mapped[str | None]
    """Why a medium that is not on the list is 权威主流."""
    story_of: Mapped[int | None] = mapped_column(RowId, sa.ForeignKey("bonus_claims.id"))
    """同一报道: the claim of the same story, as the reviewer marked it."""


class Filing(PlatformRecord, Base):
    """报送: one obligation of 日常调度, the day it is claimed to have been met, and whether the hub confirmed it.

    A claim in time holds until it is sent back; stage ``approved`` is the hub's confirmation.
    """

    __tablename__ = "filings"
    SUBJECT = Subject.FILING
    __table_args__ = (sa.UniqueConstraint("platform_id", "year", "obligation", "period"),)

    obligation: Mapped[Obligation] = mapped_column(word(Obligation, "obligation"))
    period: Mapped[str] = mapped_column(sa.String(7))
    """``2026-01`` for a month's obligation, ``2026`` for the summary: the key of the deadlines."""
    claimed_on: Mapped[date]
    first_claimed_on: Mapped[date | None]
    """The day of the first claim, once that was sent back and filed again; ``first_submitted_at`` its entry."""
    first_submitted_at: Mapped[datetime | None]
    note: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))


class Evidence(OfPlatformYear, Created, Base):
    """佐证材料: a scan, screenshot or link under its item of annex 2, for the year or for one claim."""

    __tablename__ = "evidence"
    __table_args__ = (
        sa.CheckConstraint("sha256 is not null or link is not null", name="something"),
        sa.CheckConstraint("(subject is null) = (subject_id is null)", name="whole_subject"),
        sa.Index("ix_evidence_platform_id_year", "platform_id", "year"),
        sa.Index("ix_evidence_subject", "subject", "subject_id"),
    )

    item: Mapped[EvidenceItem] = mapped_column(word(EvidenceItem, "item"))
    title: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    link: Mapped[str | None]
    is_scan: Mapped[bool | None]
    """扫描件 of the original (true) or a photo of it (false); empty where it was not said, or there is no original."""
    subject: Mapped[Subject | None] = mapped_column(word(Subject, "subject"))
    """The claim that it proves (a bonus claim, an online service, a report, a fusion), when it proves one."""
    subject_id: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
