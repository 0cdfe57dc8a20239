"""通知: who is told what. The notice stands in the inbox at once; a copy waits for the worker to send it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.notice import Delivery, Notice
from models.person import Person, StaffRole
from models.terms import NoticePurpose, Role
from wxsvc.services.locks import insert_once


class Recipients(StrEnum):
    """Whom a notice is for: 窗口平台's staff, provincial staff, one person."""

    PLATFORM = "platform"
    PROVINCE = "province"
    PERSON = "person"


def audience_of(notice: Notice) -> Recipients:
    """Whom it is for."""
    if notice.platform_id is not None:
        return Recipients.PLATFORM
    return Recipients.PROVINCE if notice.person_id is None else Recipients.PERSON


def tell(
    session: Session,
    purpose: NoticePurpose,
    key: str,
    facts: dict[str, Any],
    now: datetime,
    *,
    platform_id: int | None = None,
    person_id: int | None = None,
    but: int | None = None,
) -> bool:
    """Tell a platform's staff, one person, or (neither given) the provincial staff; whether it was news.

    ``but`` is whoever did it and knows: it is sent to all others.

    ``key`` (at most 96 characters) makes each notice happen once, however often it is told. ``facts`` are JSON values
    that its sentence and its template are filled with: no name of a person, no phone, no openid.
    """
    told = insert_once(
        session,
        Notice,
        purpose=purpose,
        key=key,
        facts=facts,
        made_at=now,
        platform_id=platform_id,
        person_id=person_id,
    )
    if told:
        notice_id = session.scalars(sa.select(Notice.id).where(Notice.key == key)).one()
        for recipient in _recipients(session, platform_id, person_id):
            if recipient == but:
                continue
            session.add(Delivery(notice_id=notice_id, person_id=recipient, client_msg_id=secrets.token_hex(16)))
        session.flush()
    return told


def tell_platforms(
    session: Session, purpose: NoticePurpose, keys: Mapping[int, str], facts: dict[str, Any], now: datetime
) -> None:
    """:func:`tell` the staff of several platforms the same, each by its key, in three statements."""
    session.flush()
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert(Notice) if is_postgresql else sqlite.insert(Notice)
    shared = {"purpose": purpose, "facts": facts, "made_at": now, "person_id": None}
    rows = [{"platform_id": platform_id, "key": key, **shared} for platform_id, key in keys.items()]
    told = insert.values(rows).on_conflict_do_nothing().returning(Notice.id, Notice.platform_id)
    notices = {row.platform_id: row.id for row in session.execute(told)}
    holders = (
        sa.select(StaffRole.platform_id, Person.id)
        .join(Person, StaffRole.person_id == Person.id)
        .where(StaffRole.is_held, Person.openid.is_not(None), StaffRole.platform_id.in_(notices))
        .distinct()
        .order_by(StaffRole.platform_id, Person.id)
    )
    for platform_id, person_id in session.execute(holders):
        notice_id = notices[platform_id]
        session.add(Delivery(notice_id=notice_id, person_id=person_id, client_msg_id=secrets.token_hex(16)))
    session.flush()


def _recipients(session: Session, platform_id: int | None, person_id: int | None) -> list[int]:
    """Whoever holds the role now and has an openid, once each."""
    if person_id is not None:
        named = sa.select(Person.id).where(Person.id == person_id, Person.openid.is_not(None))
        return list(session.scalars(named))
    holders = (
        sa.select(Person.id)
        .join(StaffRole, StaffRole.person_id == Person.id)
        .where(StaffRole.is_held, Person.openid.is_not(None))
    )
    if platform_id is not None:
        holders = holders.where(StaffRole.platform_id == platform_id)
    else:
        holders = holders.where(StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE]))
    return list(session.scalars(holders.distinct().order_by(Person.id)))
