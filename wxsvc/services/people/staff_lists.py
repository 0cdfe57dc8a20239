"""人员名单: who works where, as pages list it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import Person, StaffRole
from models.platform import Platform


def history_of(session: Session, person_id: int) -> list[tuple[StaffRole, Platform | None]]:
    """Every role that the person ever held, the newest first."""
    query = (
        sa.select(StaffRole, Platform)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(StaffRole.person_id == person_id)
        .order_by(StaffRole.granted_at.desc(), StaffRole.id.desc())
    )
    return [(role, platform) for role, platform in session.execute(query)]


def counts(session: Session) -> dict[int, int]:
    """How many people work at each platform now, by its id."""
    query = sa.select(StaffRole.platform_id, sa.func.count()).where(
        StaffRole.is_held, StaffRole.platform_id.is_not(None)
    )
    found = session.execute(query.group_by(StaffRole.platform_id)).all()
    return {platform_id: count for platform_id, count in found if platform_id is not None}


def everyone(session: Session, platform_id: int | None = None) -> list[tuple[StaffRole, Person, Platform | None]]:
    """Every role that is held (at one platform), with person and platform: the province's first, then by platform."""
    query = (
        sa.select(StaffRole, Person, Platform)
        .join(Person, Person.id == StaffRole.person_id)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(StaffRole.is_held)
        .order_by(StaffRole.role.desc(), Platform.code, StaffRole.id)
    )
    if platform_id is not None:
        query = query.where(StaffRole.platform_id == platform_id)
    return [(role, person, platform) for role, person, platform in session.execute(query)]
