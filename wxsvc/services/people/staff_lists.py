"""人员名单: who works where, as pages list it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import Person, StaffRole
from models.platform import Platform
from models.terms import Role
from wxsvc.queries import Page, page_of


def history_of(session: Session, person_id: int) -> list[tuple[StaffRole, Platform | None]]:
    """Every role that the person ever held, the newest first."""
    query = (
        sa.select(StaffRole, Platform)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(StaffRole.person_id == person_id)
        .order_by(StaffRole.granted_at.desc(), StaffRole.id.desc())
    )
    return [(role, platform) for role, platform in session.execute(query)]


def counts(session: Session, platform_ids: Collection[int]) -> dict[int, int]:
    """How many people work at each of these platforms now, by its id."""
    query = sa.select(StaffRole.platform_id, sa.func.count()).where(
        StaffRole.is_held, StaffRole.platform_id.in_(platform_ids)
    )
    found = session.execute(query.group_by(StaffRole.platform_id)).all()
    return {platform_id: count for platform_id, count in found if platform_id is not None}


Held: TypeAlias = tuple[StaffRole, Person, Platform | None]
"""A role that is held, by whom, and at which platform."""


def everyone(session: Session, platform_id: int | None = None) -> list[Held]:
    """Every role that is held (at one platform): the province's first, then by platform."""
    where = [StaffRole.platform_id == platform_id] if platform_id is not None else []
    return [(role, person, platform) for role, person, platform in session.execute(_held(*where))]


def officials(session: Session) -> list[Person]:
    """Who works for the province now."""
    return [person for _, person, _ in session.execute(_held(StaffRole.platform_id.is_(None)))]


def look_for(
    session: Session, number: int, per_page: int, role: Role | None = None, fits: Callable[..., bool] | None = None
) -> Page[Held]:
    """One page of the roles that are held, of one kind.

    Names are kept sealed, so that the database cannot look for them: ``fits`` is asked of each role whether it is
    sought, by the person's sealed name and the platform's name and code.
    """
    query = _held(*([StaffRole.role == role] if role is not None else []))
    if fits is not None:
        named = query.with_only_columns(StaffRole.id, Person.name_sealed, Platform.name, Platform.code)
        query = query.where(StaffRole.id.in_([role_id for role_id, *said in session.execute(named) if fits(*said)]))
    return page_of(session, query, number, per_page, lambda *row: row)


def _held(*where: sa.ColumnElement[bool]) -> sa.Select[StaffRole, Person, Platform]:
    return (
        sa.select(StaffRole, Person, Platform)
        .join(Person, Person.id == StaffRole.person_id)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(StaffRole.is_held, *where)
        .order_by(StaffRole.role.desc(), Platform.code, StaffRole.id)
    )
