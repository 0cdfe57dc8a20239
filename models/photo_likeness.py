"""相似照片: what a photo looks like in a few bits, and which photos look the same or nearly the same."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class PhotoFingerprint(Base):
    """感知指纹 of a stored picture: 256 bits that survive another size, another quality and a little more light."""

    __tablename__ = "photo_fingerprints"

    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"), primary_key=True)
    bits: Mapped[str | None] = mapped_column(sa.String(64))
    """Hexadecimal; NULL of a picture that says nothing (one colour), no characters of one that cannot be read."""
    compared_at: Mapped[datetime | None]
    """When it was compared with all that were there by then; empty until the job has come by."""


class PhotoLikeness(Base):
    """Two different files that show nearly the same; each pair stands twice, once from either side."""

    __tablename__ = "photo_likenesses"

    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"), primary_key=True)
    other_sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_files.sha256"), primary_key=True)
    distance: Mapped[int] = mapped_column(sa.SmallInteger)
    """How many of the 256 bits differ."""
