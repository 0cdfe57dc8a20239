"""评定与扣分的依据: what the lines rest on that no fact is counted for — rulings, and filings against their days.

The page where points are ruled and the scorecard's own page both show this: what was withdrawn or voided is no basis,
what is still under review says so by its stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Evidence, Response
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.record import Post
from models.terms import Stage, Subject
from scoring.evidence import proof_of
from scoring.filings import COSTS_A_POINT
from scoring.terms import IndicatorCode
from wxsvc.services.records import evidence, filings, visits
from wxsvc.services.records.filings import Standing


@dataclass(frozen=True, slots=True)
class Offer:
    """An online service or a platform fusion; without its proof (缺佐证) it cannot be recognised.

    ``visit`` is the worker's last look at an online service.
    """

    subject: Subject
    record: Any
    name: str
    is_proved: bool
    visit: OnlineServiceVisit | None = None


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
    posts: int = 0
    """信息发布 of the year that stand, for the website."""
    papers: tuple[Evidence, ...] = ()
    """What stands under the annex's item of the line."""
    offers: tuple[Offer, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def missed(self) -> tuple[Standing, ...]:
        """The filings that cost a point."""
        return tuple(each for each in self.filings if each.state in COSTS_A_POINT)


def of(session: Session, platform_id: int, year: int, code: IndicatorCode, now: datetime) -> Basis:
    """The basis of one line of a platform's year."""
    match code:
        case IndicatorCode.DISPATCH:
            return Basis(filings=tuple(filings.state(session, platform_id, year, now)))
        case IndicatorCode.WEBSITE:
            query = sa.select(SiteInspection).where(
                SiteInspection.platform_id == platform_id, SiteInspection.year == year
            )
            found = session.scalars(query.order_by(SiteInspection.inspected_on, SiteInspection.id))
            ruling, posts = _ruling(session, platform_id, year, code), _posts(session, platform_id, year)
            return Basis(ruling, inspections=tuple(found), posts=posts)
        case IndicatorCode.ONLINE_SERVICE | IndicatorCode.PLATFORM_FUSION:
            return Basis(
                _ruling(session, platform_id, year, code),
                papers=_papers(session, platform_id, year, code),
                offers=_offers(session, platform_id, year, code),
            )
        case IndicatorCode.COORDINATION:
            return Basis(_ruling(session, platform_id, year, code), answers=_answers(session, platform_id, year))
        case _:
            return Basis()


def _ruling(session: Session, platform_id: int, year: int, code: IndicatorCode) -> Ruling | None:
    return session.scalar(
        sa.select(Ruling).where(
            Ruling.platform_id == platform_id,
            Ruling.year == year,
            Ruling.indicator == code,
            Ruling.points.is_not(None),
        )
    )


def _posts(session: Session, platform_id: int, year: int) -> int:
    stands = (Post.platform_id == platform_id, Post.year == year, Post.withdrawn_at.is_(None))
    return session.scalar(sa.select(sa.func.count()).where(*stands)) or 0


def _papers(session: Session, platform_id: int, year: int, code: IndicatorCode) -> tuple[Evidence, ...]:
    proof = proof_of(session.get_one(Platform, platform_id).kind, year, code)
    return tuple(evidence.standing(session, platform_id, year, proof.item)) if proof is not None else ()


def _offers(session: Session, platform_id: int, year: int, code: IndicatorCode) -> tuple[Offer, ...]:
    query: Any
    if code is IndicatorCode.ONLINE_SERVICE:
        subject, table = Subject.ONLINE_SERVICE, OnlineService
        query = sa.select(OnlineService, ServiceItem.name).join(
            ServiceItem, ServiceItem.id == OnlineService.service_item_id
        )
    else:
        subject, table = Subject.PLATFORM_FUSION, PlatformFusion  # type: ignore[assignment]
        query = sa.select(PlatformFusion, PlatformFusion.name)
    own = query.where(table.platform_id == platform_id, table.year == year, table.stage != Stage.VOID)
    rows = session.execute(own.order_by(table.id)).all()
    seen = visits.latest(session, [row[0].id for row in rows]) if table is OnlineService else {}
    return tuple(
        Offer(subject, record, name, evidence.lacking(session, record) is None, seen.get(record.id))
        for record, name in rows
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
