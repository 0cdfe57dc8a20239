"""变动: which platform-years are to be counted anew."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from models.base import Base
from models.types import Id, Year


class Change(Base):
    """变动: the work list. Whoever changes a fact appends the platform-year; the folder deletes and recounts.

    Every scan appends a row of its own. One that stands there already may be in a folder's hands, which has counted
    without this scan; and to share a row, scans would wait for each other and for the fold. ``platform_id`` is no
    foreign key: no platform is ever deleted, and each scan would ask for its row and lock it.
    """

    __tablename__ = "changes"
    __table_args__ = (sa.Index("ix_changes_platform_id_year", "platform_id", "year"),)

    id: Mapped[Id]
    platform_id: Mapped[int]
    year: Mapped[Year]
    made_at: Mapped[datetime]
