"""填错的表单: the answer to a form that could not be taken, kept for a while so that it can be shown by its address."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class KeptAnswer(Base):
    """One page with what was typed and what is wrong with it, closed by the vault; of one browser's session.

    ``key``, ``owner`` and ``page`` are fingerprints: whoever reads the table learns neither who nor where.
    """

    __tablename__ = "kept_answers"
    __table_args__ = (sa.Index("ix_kept_answers_owner", "owner"), sa.Index("ix_kept_answers_made_at", "made_at"))

    key: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(32))
    page: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[int] = mapped_column(sa.SmallInteger)
    sealed: Mapped[str]
    made_at: Mapped[datetime]
