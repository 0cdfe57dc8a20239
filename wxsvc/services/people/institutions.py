"""服务机构: whom platforms work with; entered by name once, known by it from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Institution
from models.record import OfflineService, OnlineTrade
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people.enterprise_years import trading_years
from wxsvc.services.people.enterprises import must_be_name, must_be_uscc
from wxsvc.services.refusal import Refused


def named(session: Session, name: str, by: Actor, now: datetime, uscc: str | None = None) -> Institution:
    """The institution of this code, else of this name, else a new one. By staff.

    Raises ``Refused``: ``not_allowed``, ``wrong_uscc`` or ``wrong_uscc_length``, ``enterprise_name_needed``,
    ``enterprise_name_too_long``, ``code_differs`` when it has another.
    """
    if by.role is None and not by.is_machine:
        raise Refused("not_allowed")
    code = must_be_uscc(uscc) if uscc else None
    given = must_be_name(name)
    if code and (found := session.scalar(sa.select(Institution).where(Institution.uscc == code))) is not None:
        return found
    insert_once(session, Institution, name=given, uscc=code, created_at=now, created_by=by.person_id)
    row = session.scalars(sa.select(Institution).where(Institution.name == given)).one()
    if code and row.uscc != code:
        if row.uscc is not None:
            raise Refused("code_differs")
        row.uscc = code
        session.flush()
        journal.touch(session, trading_years(session, OnlineTrade.institution_id == row.id), now)
    return row


def used_in(
    session: Session, table: type[OfflineService] | type[OnlineTrade], platform_id: int, limit: int = 30
) -> Sequence[str]:
    """The names of the institutions in the platform's records of this table, the one used last first."""
    query = (
        sa.select(Institution.name)
        .join(table, table.institution_id == Institution.id)
        .where(table.platform_id == platform_id)
        .group_by(Institution.name)
        .order_by(sa.func.max(table.id).desc())
        .limit(limit)
    )
    return session.scalars(query).all()
