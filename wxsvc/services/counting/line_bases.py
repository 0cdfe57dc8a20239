"""评定与扣分的依据: what the lines rest on that no fact is counted for — rulings, and filings against their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Response
from models.recognition import OnlineService, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.terms import Stage, Subject
from scoring.filings import COSTS_A_POINT
from scoring.terms import IndicatorCode
from wxsvc.services.records import evidence, filings
from wxsvc.services.records.filings import Standing


@dataclass(frozen=True, slots=True)
class Offer:
    """An online service or a platform fusion; without its proof (缺佐证) it cannot be recognised."""

    subject: Subject
    record: Any
    name: str
    is_proved: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """重点工作: an assignment, and the platform's response if there is one."""

    assignment: Assignment
    response: Response | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What one line rests on; what is not asked of it is empty. ``ruling`` is the one in force."""

    ruling: Ruling | None = None
    filings: tuple[Standing, ...] = ()
    inspections: tuple[SiteInspection, ...] = ()
    offers: tuple[Offer, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def missed(self) -> tuple[Standing, ...]:
        """The filings that cost a point."""
        return tuple(each for each in self.filings if each.state in COSTS_A_POINT)


def of(session: Session, platform_id: int, year: int, code: str, now: datetime) -> Basis:
    """The basis of one line of a platform's year."""
    match code:
        case IndicatorCode.DISPATCH:
            return Basis(filings=tuple(filings.state(session, platform_id, year, now)))
        case IndicatorCode.WEBSITE:
            query = sa.select(SiteInspection).where(
                SiteInspection.platform_id == platform_id, SiteInspection.year == year
            )
            found = session.scalars(query.order_by(SiteInspection.inspected_on, SiteInspection.id))
            return Basis(_ruling(session, platform_id, year, code), inspections=tuple(found))
        case IndicatorCode.ONLINE_SERVICE | IndicatorCode.PLATFORM_FUSION:
            return Basis(_ruling(session, platform_id, year, code), offers=_offers(session, platform_id, year, code))
        case IndicatorCode.COORDINATION:
            return Basis(_ruling(session, platform_id, year, code), answers=_answers(session, platform_id, year))
        case _:
            return Basis()


def _ruling(session: Session, platform_id: int, year: int, code: str) -> Ruling | None:
    return session.scalar(
        sa.select(Ruling).where(
            Ruling.platform_id == platform_id,
            Ruling.year == year,
            Ruling.indicator == code,
            Ruling.points.is_not(None),
        )
    )


def _offers(session: Session, platform_id: int, year: int, code: str) -> tuple[Offer, ...]:
    query: Any
    if code == IndicatorCode.ONLINE_SERVICE:
        subject, table = Subject.ONLINE_SERVICE, OnlineService
        query = sa.select(OnlineService, ServiceItem.name).join(
            ServiceItem, ServiceItem.id == OnlineService.service_item_id
        )
    else:
        subject, table = Subject.PLATFORM_FUSION, PlatformFusion  # type: ignore[assignment]
        query = sa.select(PlatformFusion, PlatformFusion.name)
    own = query.where(table.platform_id == platform_id, table.year == year, table.stage != Stage.VOID)
    return tuple(
        Offer(subject, record, name, evidence.lacking(session, record) is None)
        for record, name in session.execute(own.order_by(table.id))
    )


def _answers(session: Session, platform_id: int, year: int) -> tuple[Answer, ...]:
    query = (
        sa.select(Assignment, Response)
        .outerjoin(
            Response,
            sa.and_(
                Response.assignment_id == Assignment.id,
                Response.platform_id == platform_id,
                Response.stage != Stage.VOID,
            ),
        )
        .where(Assignment.year == year, Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.id)
    )
    return tuple(Answer(assignment, response) for assignment, response in session.execute(query))
