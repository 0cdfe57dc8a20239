"""待另一人确认: what one person of the province asked for and a second one confirms: 锁定, 解锁, 更正."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.terms import Role
from models.year_end import Amendment, PlatformSnapshot, YearClosing
from wxsvc.services.actor import Actor


class TwoPersonDeed(StrEnum):
    """解锁 of a platform's year, 更正 of a line of its sealed card."""

    UNSEAL = "unseal"
    AMEND = "amend"


class Awaited(Struct, frozen=True):
    """One deed that waits for the second person: of which platform, asked by whom and when, and why."""

    deed: TwoPersonDeed
    platform_code: str
    platform_name: str
    asked_by: int | None
    asked_at: datetime
    reason: str


def of_year(session: Session, year: int) -> list[Awaited]:
    """What waits in a sealed year, the oldest first; one query."""
    asked, proposed = (sa.literal(each.value).label("deed") for each in (TwoPersonDeed.UNSEAL, TwoPersonDeed.AMEND))
    unseals = (
        sa.select(asked, Platform.code, Platform.name)
        .add_columns(PlatformYear.unseal_asked_by, PlatformYear.unseal_asked_at.label("at"), PlatformYear.unseal_reason)
        .join(PlatformYear, PlatformYear.platform_id == Platform.id)
        .where(PlatformYear.year == year, PlatformYear.unseal_asked_at.is_not(None))
    )
    amendments = (
        sa.select(proposed, Platform.code, Platform.name)
        .add_columns(Amendment.proposed_by, Amendment.proposed_at, Amendment.reason)
        .join(PlatformSnapshot, PlatformSnapshot.platform_id == Platform.id)
        .join(Amendment, Amendment.snapshot_id == PlatformSnapshot.id)
        .where(PlatformSnapshot.year == year, PlatformSnapshot.is_current, Amendment.is_waiting)
    )
    found = session.execute(sa.union_all(unseals, amendments).order_by("at"))
    return [Awaited(TwoPersonDeed(deed), *more) for deed, *more in found]


def waiting(session: Session, by: Actor) -> dict[int, int]:
    """How many deeds of colleagues wait for this person, by year; none for whoever may confirm none."""
    if by.role is not Role.PROVINCE:
        return {}
    asker = YearClosing.seal_asked_by.label("asker")
    seals = sa.select(YearClosing.year, asker).where(YearClosing.seal_asked_at.is_not(None))
    unseals = sa.select(PlatformYear.year, PlatformYear.unseal_asked_by).where(
        PlatformYear.unseal_asked_at.is_not(None)
    )
    amendments = (
        sa.select(PlatformSnapshot.year, Amendment.proposed_by)
        .join(Amendment, Amendment.snapshot_id == PlatformSnapshot.id)
        .where(PlatformSnapshot.is_current, Amendment.is_waiting)
    )
    asked = sa.union_all(seals, unseals, amendments).subquery()
    counted = sa.select(asked.c.year, sa.func.count()).where(asked.c.asker.is_distinct_from(by.person_id))
    found = session.execute(counted.group_by(asked.c.year)).all()
    return {row[0]: row[1] for row in found}
