"""What was told in the seeded year (通知): long delivered and mostly read. What happens from now on rings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.notice import Delivery, Notice, NoticeRead
from models.person import StaffRole
from models.terms import DeliveryState, Role
from wxsvc.demo.tables import table
from wxsvc.settings import PURPOSES
from wxsvc.simulator import Simulator

TEMPLATE: Final = "demo-notice"
_UNREAD: Final = timedelta(days=3)


def settings() -> dict[str, Any]:
    """Settings by which every purpose has the demo's template."""
    return {f"template_{purpose}": TEMPLATE for purpose in PURPOSES}


def offer_template(simulator: Simulator) -> None:
    """Give the pretended account its message template."""
    said = table("province")["template"]
    simulator.add_template(TEMPLATE, said["title"], said["content"])


def settle(session: Session, now: datetime) -> None:
    """Nobody's phone rings for what happened before the demo began, and each inbox shows a few days' news."""
    session.execute(
        sa.update(Delivery)
        .where(Delivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.ARRIVED, finished_at=now)
    )
    of_platform = StaffRole.platform_id == Notice.platform_id
    of_province = sa.and_(
        Notice.platform_id.is_(None), Notice.person_id.is_(None), StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE])
    )
    readers = (
        sa.select(Notice.id, StaffRole.person_id, Notice.made_at)
        .join(StaffRole, sa.or_(of_platform, of_province))
        .where(Notice.made_at < now - _UNREAD, StaffRole.ended_at.is_(None))
    )
    session.execute(sa.insert(NoticeRead).from_select(["notice_id", "person_id", "read_at"], readers))
