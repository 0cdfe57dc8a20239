"""WeChat's credentials as all processes share them."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AccessToken(Base):
    """A WeChat credential shared by all processes (access_token, jsapi_ticket)."""

    __tablename__ = "access_tokens"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    value: Mapped[str]
    """Encrypted by the vault."""
    expires_at: Mapped[int] = mapped_column(sa.BigInteger)
    """Epoch seconds: compared inside SQL by the token store."""
    fetched_at: Mapped[int] = mapped_column(sa.BigInteger)
