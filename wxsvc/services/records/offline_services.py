"""线下服务: one-to-one work (visit, diagnosis, advice) for one or more enterprises; each enterprise is one 家次."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.record import OfflineService, OfflineServiceEnterprise
from models.terms import Stage
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_exist, must_have_happened, must_say
from wxsvc.services.locks import hold_open
from wxsvc.services.records import reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find_own


class OfflineServiceEntry(Struct, frozen=True):
    """Whom the platform served, on which day, with what."""

    served_on: date
    content: str
    enterprise_ids: frozenset[int]
    institution_id: int | None = None

    @property
    def year(self) -> int:
        """The year of the service's day."""
        return self.served_on.year


def add(
    session: Session,
    platform_id: int,
    entry: OfflineServiceEntry,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> OfflineService:
    """Submit an offline service; the same for the same enterprises changes nothing. See ``doubts``.

    Raises ``Refused``: ``served_enterprise_needed``, ``unknown_enterprise``, ``text_needed``, ``day_in_future``,
    ``year_sealed``.
    """
    by.must_work_for(platform_id)
    hold_open(session, platform_id, when(entry))
    _check(session, entry, now)
    for twin in session.scalars(_alike(platform_id, entry)):
        if enterprises(session, twin.id) == entry.enterprise_ids:
            return twin
    row = OfflineService(platform_id=platform_id, **_columns(entry))
    reviewed.add(session, row, by, now, backfill_days=backfill_days)
    _serve(session, row.id, entry.enterprise_ids)
    return row


def correct(
    session: Session,
    service_id: int,
    entry: OfflineServiceEntry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> OfflineService:
    """Change an offline service until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    row = find_own(session, OfflineService, service_id, by)
    _check(session, entry, now)
    before = enterprises(session, row.id)
    is_changed = before != entry.enterprise_ids
    reviewed.correct(
        session, row, _columns(entry), version, by, now, is_changed=is_changed, backfill_days=backfill_days
    )
    if is_changed:
        gone = OfflineServiceEnterprise.enterprise_id.in_(before - entry.enterprise_ids)
        session.execute(
            sa.delete(OfflineServiceEnterprise).where(OfflineServiceEnterprise.offline_service_id == row.id, gone)
        )
        _serve(session, row.id, entry.enterprise_ids - before)
    return row


def enterprises(session: Session, service_id: int) -> frozenset[int]:
    """The enterprises that an offline service served."""
    query = sa.select(OfflineServiceEnterprise.enterprise_id)
    return frozenset(session.scalars(query.where(OfflineServiceEnterprise.offline_service_id == service_id)))


def served(session: Session, service_ids: Collection[int]) -> dict[int, tuple[Enterprise, ...]]:
    """Whom each of these offline services served, by its id, the enterprises in the order of their ids."""
    query = (
        sa.select(OfflineServiceEnterprise.offline_service_id, Enterprise)
        .join(Enterprise, Enterprise.id == OfflineServiceEnterprise.enterprise_id)
        .where(OfflineServiceEnterprise.offline_service_id.in_(service_ids))
        .order_by(Enterprise.id)
    )
    found: dict[int, tuple[Enterprise, ...]] = {}
    for service_id, enterprise in session.execute(query):
        found[service_id] = (*found.get(service_id, ()), enterprise)
    return found


def _check(session: Session, entry: OfflineServiceEntry, now: datetime) -> None:
    must_say(entry.content)
    must_have_happened(entry.served_on, now)
    if not entry.enterprise_ids:
        raise Refused("served_enterprise_needed")
    must_exist(session, entry.enterprise_ids)


def _columns(entry: OfflineServiceEntry) -> dict[str, Any]:
    values = reviewed.columns(entry)
    del values["enterprise_ids"]
    return values


def _alike(platform_id: int, entry: OfflineServiceEntry) -> sa.Select[OfflineService]:
    return sa.select(OfflineService).where(
        OfflineService.platform_id == platform_id,
        OfflineService.served_on == entry.served_on,
        OfflineService.content == entry.content,
        OfflineService.institution_id.is_not_distinct_from(entry.institution_id),
        OfflineService.stage != Stage.VOID,
    )


def _serve(session: Session, service_id: int, enterprise_ids: Iterable[int]) -> None:
    rows = [{"offline_service_id": service_id, "enterprise_id": each} for each in sorted(enterprise_ids)]
    if rows:
        session.execute(sa.insert(OfflineServiceEnterprise), rows)
