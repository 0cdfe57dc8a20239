"""密钥校验值: by which the secret in the settings is known to fit this database."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class KeyCheck(Base):
    """A fixed text, closed by the vault: one row per secret under which names and phones were ever closed here.

    Never changed, and deleted once nothing rests on its secret (``wxsvc db reseal``).
    Numbered, so that two processes with different secrets cannot both write the first.
    """

    __tablename__ = "key_checks"

    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    sealed: Mapped[str]
    made_at: Mapped[datetime]
