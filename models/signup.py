"""报名: which enterprises mean to come. It counts nothing; only a check-in does."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Signup(Base):
    """One enterprise that means to come to one activity. Whoever cancels takes the row away, and so frees the place."""

    __tablename__ = "signups"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprises.id"), primary_key=True, index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    """Who signed up and hears of it; the row goes with this person's data."""
    signed_up_at: Mapped[datetime]
    is_waiting: Mapped[bool]
    """候补: all places were taken."""
