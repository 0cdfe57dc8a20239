"""评定认定: the sheet on which officials rule — every platform of a kind beside what its rulings rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Response
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.terms import Stage
from scoring.scheme_files import scheme_for
from scoring.terms import IndicatorCode, PlatformKind
from wxsvc.services.actor import Actor
from wxsvc.services.records import visits


@dataclass(frozen=True, slots=True)
class Inspections:
    """网站检查 of a year in short: how many, the last, the newest update seen, the points proposed (oldest first)."""

    count: int
    last_on: date | None
    newest_update_on: date | None
    proposed: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class OfferedService:
    """An online service with the list's item and the last visit, if there was one."""

    service: OnlineService
    item: str
    visit: OnlineServiceVisit | None


@dataclass(frozen=True, slots=True)
class Responses:
    """重点工作响应: how many assignments stand, to how many the platform responded, and how many are approved."""

    asked: int
    responded: int
    approved: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One platform: its rulings by line (None: nothing said yet), and what they rest on."""

    platform: Platform
    rulings: Mapping[IndicatorCode, Ruling | None]
    inspections: Inspections
    services: tuple[OfferedService, ...]
    fusions: tuple[PlatformFusion, ...]
    responses: Responses


def sheet(session: Session, kind: PlatformKind, year: int, by: Actor) -> list[SheetRow]:
    """Every platform of the kind in the order of codes; provincial staff only. A handful of queries in all."""
    by.must_review()
    codes = tuple(scheme_for(kind, year).rulings)
    rulings = {
        (row.platform_id, row.indicator): row for row in _of_year(session, Ruling, kind, year, Ruling.platform_id)
    }
    inspections = _grouped(_of_year(session, SiteInspection, kind, year, SiteInspection.inspected_on))
    fusions = _grouped(_live(_of_year(session, PlatformFusion, kind, year, PlatformFusion.id)))
    responses = _grouped(_live(_of_year(session, Response, kind, year, Response.id)))
    services = _services(session, kind, year)
    asked = session.scalar(sa.select(sa.func.count()).where(Assignment.year == year, Assignment.withdrawn_at.is_(None)))
    return [
        SheetRow(
            platform=platform,
            rulings={code: rulings.get((platform.id, code)) for code in codes},
            inspections=_summed(inspections.get(platform.id, [])),
            services=tuple(services.get(platform.id, ())),
            fusions=tuple(fusions.get(platform.id, ())),
            responses=_responded(asked or 0, responses.get(platform.id, [])),
        )
        for platform in session.scalars(sa.select(Platform).where(Platform.kind == kind).order_by(Platform.code))
    ]


def _of_year(session: Session, model: Any, kind: PlatformKind, year: int, order: Any) -> Sequence[Any]:
    """All rows of one table that belong to platforms of the kind in the year."""
    query = sa.select(model).join(Platform, Platform.id == model.platform_id)
    return session.scalars(query.where(Platform.kind == kind, model.year == year).order_by(order)).all()


def _live(rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if row.stage is not Stage.VOID]


def _grouped(rows: Sequence[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.platform_id, []).append(row)
    return found


def _summed(rows: Sequence[SiteInspection]) -> Inspections:
    updates = [row.newest_update_on for row in rows if row.newest_update_on is not None]
    return Inspections(
        count=len(rows),
        last_on=rows[-1].inspected_on if rows else None,
        newest_update_on=max(updates, default=None),
        proposed=tuple(row.proposed_points for row in rows if row.proposed_points is not None),
    )


def _responded(asked: int, rows: Sequence[Response]) -> Responses:
    return Responses(asked, len(rows), sum(row.stage is Stage.APPROVED for row in rows))


def _services(session: Session, kind: PlatformKind, year: int) -> dict[int, list[OfferedService]]:
    rows = _live(_of_year(session, OnlineService, kind, year, OnlineService.id))
    listed = sa.select(ServiceItem.id, ServiceItem.name).where(ServiceItem.year == year)
    names: dict[int, str] = {row.id: row.name for row in session.execute(listed)}
    last = visits.latest(session, [row.id for row in rows])
    found: dict[int, list[OfferedService]] = {}
    for row in rows:
        offered = OfferedService(row, names[row.service_item_id], last.get(row.id))
        found.setdefault(row.platform_id, []).append(offered)
    return found
