"""两个人: where a ruling needs a second person, who that was, and whether there is one."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import StaffRole
from models.recognition import Ruling
from models.terms import Role
from scoring.rules import RulingRule
from scoring.terms import RuledBy
from wxsvc.services.actor import Actor


def overrides(row: Ruling, points: Decimal, by: Actor) -> bool:
    """改动: other points are in force, or this very person took back those that were."""
    if row.points is None:
        return row.withdrawn_by is not None and row.withdrawn_by == by.person_id
    return row.points != points


def who_said(row: Ruling, points: Decimal, by: Actor) -> int | None:
    """Somebody else who has spoken for these points: the proposal's, the opinion's, or of the ruling in force."""
    spoken = (
        (row.proposed_points, row.proposed_by),
        (row.opinion_points, row.opinion_by),
        (row.points, row.ruled_by),
        (row.points, row.ruled_with),
    )
    return next((who for said, who in spoken if said == points and who not in (None, by.person_id)), None)


def another_may_rule(session: Session, rule: RulingRule, by: Actor) -> bool:
    """Whether somebody else holds a role that may rule such a line: without a second person nothing is confirmed."""
    roles = [Role.PROVINCE] if rule.ruled_by is not RuledBy.REVIEWER else [Role.PROVINCE, Role.REVIEWER]
    held = sa.select(StaffRole.id).where(
        StaffRole.role.in_(roles), StaffRole.is_held, StaffRole.person_id != by.person_id
    )
    return session.scalar(held.limit(1)) is not None
