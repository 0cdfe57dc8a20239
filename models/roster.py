"""名单补录: a paper sheet's or a spreadsheet's enterprises, matched row by row; nothing counts until confirmed."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created
from models.terms import RosterMatch
from models.types import Id, word


class Roster(Created, Base):
    """One list for one activity, as it was pasted or uploaded."""

    __tablename__ = "rosters"
    __table_args__ = (sa.CheckConstraint("confirmed_at is null or discarded_at is null", name="one_end"),)

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activities.id"), index=True)
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("stored_files.sha256"))
    """What is kept of it: its companies row by row (名单读取内容), never the list that was handed in."""
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"))
    discarded_at: Mapped[datetime | None]


class RosterRow(Base):
    """One line of it: the company that stood there, which enterprise it is, and the check-in that it became."""

    __tablename__ = "roster_rows"
    __table_args__ = (
        sa.UniqueConstraint("roster_id", "line"),
        sa.CheckConstraint("enterprise_id is null or matching in ('code', 'name', 'hand')", name="matched"),
    )

    id: Mapped[Id]
    roster_id: Mapped[int] = mapped_column(sa.ForeignKey("rosters.id"))
    line: Mapped[int] = mapped_column(sa.Integer)
    """Its line on the sheet, from 1."""
    name: Mapped[str]
    uscc: Mapped[str]
    """As typed; empty where none stood there."""
    matching: Mapped[RosterMatch] = mapped_column(word(RosterMatch, "matching"))
    enterprise_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enterprises.id"))
    is_skipped: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether its row was hidden on the sheet, and nobody has said yet that it is meant."""
    check_in_id: Mapped[int | None] = mapped_column(sa.ForeignKey("check_ins.id"))
