"""登录: the browsers that are signed in now."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Id


class WebSession(Base):
    """登录: one browser that is signed in, on a phone or at a desk. The row is deleted when the session ends.

    The cookie holds a random id and is refused where no row has its hash; so a cookie that was copied before somebody
    signed out is worth nothing afterwards.
    """

    __tablename__ = "web_sessions"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Keyed hash of the cookie's random id."""
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    """Who is signed in; empty for somebody who was nobody yet when the session began."""
    is_at_desk: Mapped[bool]
    """扫码登录: a browser on a desk that a phone let in."""
    browser: Mapped[str] = mapped_column(sa.String(32))
    """The kind of program and system, as it calls itself: ``chrome windows``."""
    address: Mapped[str | None] = mapped_column(sa.String(45))
    """网络地址: from where it was begun, as far as we can see."""
    started_at: Mapped[datetime]
    approved_at: Mapped[datetime]
    """When a phone last said that it is this person; for a phone, when the session began."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
