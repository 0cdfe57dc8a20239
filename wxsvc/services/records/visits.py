"""在线服务核验: which listed online services are visited, and what each visit saw. Evidence, never the recognition."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.recognition import OnlineService, OnlineServiceVisit
from models.terms import Channel, Stage
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find
from wxsvc.site_visits import Visit


@dataclass(frozen=True, slots=True)
class ToVisit:
    """An online service with an address that a browser can open."""

    online_service_id: int
    address: str


def to_visit(session: Session, year: int) -> list[ToVisit]:
    """Every online service of an unsealed platform's year that has a URL and is not void."""
    query = (
        sa.select(OnlineService.id, OnlineService.address)
        .where(
            OnlineService.year == year,
            OnlineService.stage != Stage.VOID,
            sa.or_(OnlineService.channel == Channel.WEBSITE, OnlineService.address.like("http%://%")),
            OnlineService.platform_id.in_(years.open_platforms(session, year)),
        )
        .order_by(OnlineService.id)
    )
    return [ToVisit(row.id, row.address) for row in session.execute(query)]


def record(session: Session, online_service_id: int, visit: Visit, by: Actor, now: datetime) -> OnlineServiceVisit:
    """Keep what a visit saw; the machine visits, or provincial staff ask it to. Idempotent."""
    if not by.is_machine:
        by.must_review()
    service = find(session, OnlineService, online_service_id)
    if service.stage is Stage.VOID:
        raise Refused("record_void")
    same = session.scalar(
        sa.select(OnlineServiceVisit).where(
            OnlineServiceVisit.online_service_id == service.id, OnlineServiceVisit.visited_at == now
        )
    )
    if same is not None:
        return same
    row = OnlineServiceVisit(
        online_service_id=service.id,
        visited_at=now,
        result=visit.result,
        http_status=visit.http_status,
        title=visit.title,
        elapsed_ms=visit.elapsed_ms,
        peer=visit.peer,
    )
    session.add(row)
    session.flush()
    return row


def of_service(session: Session, online_service_id: int, limit: int = 5) -> Sequence[OnlineServiceVisit]:
    """The last visits of one online service, the newest first."""
    query = sa.select(OnlineServiceVisit).where(OnlineServiceVisit.online_service_id == online_service_id)
    return session.scalars(query.order_by(OnlineServiceVisit.id.desc()).limit(limit)).all()


def latest(session: Session, service_ids: Collection[int]) -> dict[int, OnlineServiceVisit]:
    """The last visit of each of these online services, where there was one."""
    newest = (
        sa.select(sa.func.max(OnlineServiceVisit.id))
        .where(OnlineServiceVisit.online_service_id.in_(service_ids))
        .group_by(OnlineServiceVisit.online_service_id)
    )
    rows = session.scalars(sa.select(OnlineServiceVisit).where(OnlineServiceVisit.id.in_(newest)))
    return {row.online_service_id: row for row in rows}
