"""公告: what the province tells platforms, and which of them has read it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created
from models.types import Id


class Announcement(Created, Base):
    """One announcement; it is never changed, only withdrawn (撤回) with a reason."""

    __tablename__ = "announcements"
    __table_args__ = (sa.CheckConstraint("(withdrawn_at is null) = (withdrawn_reason is null)", name="withdrawn"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(32), unique=True)
    """Made with the blank form: the same form sent twice is one announcement."""
    title: Mapped[str]
    content: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    withdrawn_reason: Mapped[str | None]


class AnnouncementPlatform(Base):
    """A platform that it was addressed to, and who of its staff read it first (已阅)."""

    __tablename__ = "announcement_platforms"

    announcement_id: Mapped[int] = mapped_column(sa.ForeignKey("announcements.id"), primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("platforms.id"), primary_key=True, index=True)
    read_at: Mapped[datetime | None]
    read_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
