"""文件: what is known of each photo or paper in the private store."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class StoredFile(Base):
    """A photo or paper as kept in the private, content-addressed store."""

    __tablename__ = "stored_files"
    __table_args__ = (sa.CheckConstraint("length(sha256) = 64", name="sha256"),)

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(sa.String(128))
    size: Mapped[int]
    """Bytes."""
    name: Mapped[str]
    stored_at: Mapped[datetime]
    stored_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))


class ReleasedFile(Base):
    """A file that was personal and is needed no more, to be removed unless a row names its content still."""

    __tablename__ = "released_files"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    released_at: Mapped[datetime]


class FileName(Base):
    """Under which name a platform handed the file in. ``owner_id`` is the platform, 0 the province or the program."""

    __tablename__ = "file_names"

    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"), primary_key=True)
    owner_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
