"""合并后的企业: whoever asks for a merged enterprise, by its id, code, licence or name, means the one that is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.enterprise import Enterprise
from models.person import Contact
from scoring import uscc as codes
from wxsvc.services import locks

KEPT_ID: Final = sa.func.coalesce(Enterprise.merged_into_id, Enterprise.id)
"""The id that an ``Enterprise`` of a query is found as."""


def find(session: Session, enterprise_id: int | None) -> Enterprise | None:
    """The enterprise of this id, or the one that it was merged into."""
    row = session.get(Enterprise, enterprise_id) if enterprise_id is not None else None
    if row is None or row.merged_into_id is None:
        return row
    return session.get_one(Enterprise, row.merged_into_id)


def held(session: Session, enterprise_id: int | None) -> Enterprise | None:
    """The same, held until the transaction ends: also where it was merged while this waited for it."""
    row = find(session, enterprise_id)
    while row is not None and locks.held(session, row).merged_into_id is not None:
        row = find(session, row.merged_into_id)
    return row


def id_of(session: Session, enterprise_id: int) -> int:
    """The id that this one is found as; an unknown one stays as it is."""
    return session.scalar(sa.select(KEPT_ID).where(Enterprise.id == enterprise_id)) or enterprise_id


def ids_of(session: Session, enterprise_ids: Iterable[int]) -> set[int]:
    """The same of several."""
    given = set(enterprise_ids)
    query = sa.select(Enterprise.id, Enterprise.merged_into_id)
    led = {row.id: row.merged_into_id for row in session.execute(query.where(Enterprise.id.in_(given)))}
    return {led.get(each) or each for each in given}


@cache
def _having(column: str) -> sa.Select[Any]:
    known: Any = aliased(Enterprise)
    return (
        sa.select(getattr(known, column), Enterprise)
        .join(known, Enterprise.id == sa.func.coalesce(known.merged_into_id, known.id))
        .where(getattr(known, column).in_(sa.bindparam("sought")))
        .order_by(Enterprise.id)
    )


def having(session: Session, column: str, values: Collection[str]) -> dict[str, list[Enterprise]]:
    """Enterprises by the value that they, or one that was merged into them, have in ``column``; each once."""
    found: dict[str, list[Enterprise]] = {}
    for value, row in session.execute(_having(column), {"sought": list(values)}):
        rows = found.setdefault(value, [])
        if row not in rows:
            rows.append(row)
    return found


def by_codes(session: Session, wanted: Collection[str]) -> dict[str, Enterprise]:
    """Enterprises by 18-character code or by the number of an older licence, as they are stored."""
    found: dict[str, list[Enterprise]] = {}
    for column, is_of in (("uscc", True), ("licence_number", False)):
        if given := [code for code in wanted if (len(code) == codes.LENGTH) is is_of]:
            found |= having(session, column, given)
    return {code: rows[0] for code, rows in found.items()}


def own_ids(person_id: int) -> sa.CompoundSelect[Any]:
    """The enterprises that a person stands for, and those merged into them: rows of a sealed year stay with these."""
    own = sa.select(Contact.enterprise_id).where(Contact.person_id == person_id)
    return sa.union(own, sa.select(Enterprise.id).where(Enterprise.merged_into_id.in_(own)))
