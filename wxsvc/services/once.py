"""Insert or ignore: the database's own answer to two people who add the same thing in the same moment."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Base


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Insert the row unless a unique key has one like it; whether it was new. The loser of a race reads the other."""
    session.flush()
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert(table) if is_postgresql else sqlite.insert(table)
    added = insert.values(**values).on_conflict_do_nothing().returning(sa.literal(1))
    return session.execute(added).first() is not None
