"""在线服务截图: how a service looked on a day, taken by the worker or by provincial staff. Evidence, as visits are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from random import SystemRandom
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.recognition import OnlineService, OnlineServicePicture
from models.stored_file import StoredFile
from models.terms import Stage, VisitResult
from wxsvc.files import KeptFile
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_happened
from wxsvc.services.locks import hold_open
from wxsvc.services.records import papers, visits
from wxsvc.services.records.visits import ToVisit
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find

MOST: Final = 50
"""Pictures of one service."""


def add(
    session: Session, service_id: int, kept: KeptFile, name: str, taken_on: date, by: Actor, now: datetime
) -> OnlineServicePicture:
    """Put a picture that the store has kept under its service; the same picture of the same day is one. Idempotent.

    Of a full service, the worker's own oldest picture makes room for its newest.

    Raises ``Refused``: ``not_allowed``, ``record_void``, ``day_in_future``, ``too_many_pictures``, ``year_sealed``.
    """
    by.must_review()
    service = find(session, OnlineService, service_id)
    hold_open(session, service.platform_id, service.year)
    if service.stage is Stage.VOID:
        raise Refused("record_void")
    must_have_happened(taken_on, now)
    rows = of_service(session, service.id)
    same = next((row for row in rows if (row.sha256, row.taken_on) == (kept.sha256, taken_on)), None)
    if same is not None:
        return same
    if len(rows) >= MOST:
        oldest = next((row for row in reversed(rows) if row.created_by is None), None)
        if oldest is None or not by.is_machine:
            raise Refused("too_many_pictures", most=MOST)
        session.delete(oldest)
    sha256 = papers.keep(session, kept, name, by, now)
    row = OnlineServicePicture(
        online_service_id=service.id, sha256=sha256, taken_on=taken_on, created_at=now, created_by=by.person_id
    )
    session.add(row)
    session.flush()
    journal.record_of(session, service, "pictured", by, now, picture=row.id)
    return row


def to_take(session: Session, year: int, most: int) -> list[ToVisit]:
    """At most ``most`` services, at random, that are up and look otherwise than on their newest picture, if any.

    At random, so that some that cannot be drawn do not keep the others from it for ever.
    """
    listed = {each.online_service_id: each for each in visits.to_visit(session, year)}
    seen, pictures = visits.latest(session, listed), newest(session, listed)
    changed = [
        listed[service_id]
        for service_id, visit in seen.items()
        if visit.result is VisitResult.REACHABLE
        and (service_id not in pictures or pictures[service_id].created_at < visit.visited_at)
    ]
    return SystemRandom().sample(changed, min(most, len(changed)))


def of_service(session: Session, service_id: int) -> Sequence[OnlineServicePicture]:
    """The pictures of one service, the newest first."""
    query = sa.select(OnlineServicePicture).where(OnlineServicePicture.online_service_id == service_id)
    return session.scalars(query.order_by(OnlineServicePicture.taken_on.desc(), OnlineServicePicture.id.desc())).all()


def newest(session: Session, service_ids: Collection[int]) -> dict[int, OnlineServicePicture]:
    """The newest picture of each of these services that has one; of the others nothing is read."""
    of_service = sa.select(OnlineServicePicture.id).where(OnlineServicePicture.online_service_id == OnlineService.id)
    newest_id = of_service.order_by(OnlineServicePicture.taken_on.desc(), OnlineServicePicture.id.desc()).limit(1)
    query = sa.select(OnlineServicePicture).join(
        OnlineService, OnlineServicePicture.id == newest_id.scalar_subquery().correlate(OnlineService)
    )
    rows = session.scalars(query.where(OnlineService.id.in_(service_ids)))
    return {row.online_service_id: row for row in rows}


def file_of(session: Session, picture_id: int) -> StoredFile | None:
    """The stored file of a picture; None where there is none."""
    row = session.get(OnlineServicePicture, picture_id)
    return papers.of(session, row.sha256) if row is not None else None
