"""What visitors wrote (自由文本): phones, identity numbers and accounts leave it when its writer leaves.

The text itself stays: it is what a platform worked on. Rows of a sealed year never change, so the needs of a year that
is over lose their numbers before its seal (``retention``).
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.dispute import Dispute
from models.record import Need
from wxsvc.services import counting_years
from wxsvc.texts import private_data

_INSTEAD: Final = "***"


def without_numbers_of(session: Session, person_id: int) -> None:
    """Take the numbers out of what this person wrote."""
    _clean_needs(session, Need.created_by == person_id)
    _clean(session, Dispute, ("reason",), Dispute.raised_by == person_id)


def clean_years_before(session: Session, year: int) -> None:
    """Take the numbers out of what enterprises wrote in the years before, as far as those are open still."""
    _clean_needs(session, Need.year < year)


def _clean_needs(session: Session, which: sa.ColumnElement[bool]) -> None:
    is_open = ~counting_years.is_sealed_of(Need)
    _clean(session, Need, ("title", "content"), Need.is_from_enterprise.is_(True), which, is_open)


def _clean(session: Session, table: type[Any], names: tuple[str, ...], *which: sa.ColumnElement[bool]) -> None:
    """By a statement, so that the log keeps no copy of what was taken out."""
    columns = [getattr(table, name) for name in names]
    for row_id, *texts in session.execute(sa.select(table.id, *columns).where(*which)).all():
        cleaned = [private_data.without_numbers(text, _INSTEAD) for text in texts]
        if cleaned != texts:
            session.execute(sa.update(table).where(table.id == row_id).values(dict(zip(names, cleaned, strict=True))))
