"""接口密钥: which other systems may read what, by a key that only they have."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, row_state
from models.types import Id, Json


class ApiKey(Base):
    """接口密钥 of one other system: shown once when it is made, kept as its hash alone."""

    __tablename__ = "api_keys"
    __table_args__ = (
        sa.CheckConstraint("length(system) between 1 and 60", name="system"),
        sa.CheckConstraint("ended_at is not null or ended_by is null", name="ended"),
    )

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """SHA-256 of the key, which is random enough to need no salt."""
    system: Mapped[str] = mapped_column(sa.String(60))
    """对接系统: what the system is called, in the province's words."""
    scopes: Mapped[list[str]] = mapped_column(Json)
    """What it may read: words of ``ApiScope``."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    """Empty for a key that the operator made on the command line."""
    last_used_at: Mapped[datetime | None]
    """To some minutes: not every request is written down."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))

    is_ended = row_state(given=("ended_at",))
    """It opens nothing any more."""
