"""评定与扣分的依据: what the lines rest on that no fact is counted for — rulings, and filings against their days.

The page where points are ruled and the scorecard's own page both show this: what was withdrawn or voided is no basis,
what is still under review says so by its stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Evidence, Response
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.terms import Stage, Subject
from scoring.evidence import AskedPaper, proof_of
from scoring.filings import COSTS_A_POINT
from scoring.rules import Filings, RulingRule
from scoring.scheme_files import scheme_for
from scoring.terms import Ground
from wxsvc.services.records import evidence, filings, posts, visits
from wxsvc.services.records.filings import FilingStatus


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
class AssignmentResponse:
    """重点工作: an assignment, and the platform's response if there is one."""

    assignment: Assignment
    response: Response | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What one line rests on; what is not asked of it is empty. ``ruling`` is the one in force.

    ``grounds`` are those that the scheme's line names, in its order.
    """

    grounds: tuple[Ground, ...] = ()
    ruling: Ruling | None = None
    filings: tuple[FilingStatus, ...] = ()
    inspections: tuple[SiteInspection, ...] = ()
    posts: int = 0
    """信息发布 of the year that stand, for the website."""
    papers: tuple[Evidence, ...] = ()
    """What stands under the annex's item of the line."""
    offers: tuple[Offer, ...] = ()
    answers: tuple[AssignmentResponse, ...] = ()

    @property
    def missed(self) -> tuple[FilingStatus, ...]:
        """The filings that cost a point."""
        return tuple(each for each in self.filings if each.state in COSTS_A_POINT)


def of(session: Session, platform_id: int, year: int, code: str, now: datetime) -> Basis:
    """The basis of one line of a platform's year, as the line of its scheme says (``rests_on``)."""
    rule = scheme_for(session.get_one(Platform, platform_id).kind, year).indicator(code).rule
    match rule:
        case Filings():
            return Basis(filings=tuple(filings.state(session, platform_id, year, now)))
        case RulingRule():
            ruling, papers = _ruling(session, platform_id, year, code), _papers(session, platform_id, year, code)
            basis = Basis(rule.rests_on, ruling, papers=papers)
            for ground in rule.rests_on:
                basis = _LOOK_AT[ground](session, platform_id, year, basis)
            return basis
        case _:
            return Basis()


def unproved(session: Session, platform_id: int, year: int, code: str) -> AskedPaper | None:
    """缺佐证: the item of the annex without which no points can be given on the line; None when it is there."""
    proof = proof_of(session.get_one(Platform, platform_id).kind, year, code)
    is_there = proof is None or evidence.is_provided(session, platform_id, year, proof.item)
    return None if is_there else proof


def _ruling(session: Session, platform_id: int, year: int, code: str) -> Ruling | None:
    return session.scalar(
        sa.select(Ruling).where(
            Ruling.platform_id == platform_id,
            Ruling.year == year,
            Ruling.indicator == code,
            Ruling.points.is_not(None),
        )
    )


def _papers(session: Session, platform_id: int, year: int, code: str) -> tuple[Evidence, ...]:
    proof = proof_of(session.get_one(Platform, platform_id).kind, year, code)
    return tuple(evidence.standing(session, platform_id, year, proof.item)) if proof is not None else ()


def _inspections(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    of_year = sa.select(SiteInspection).where(SiteInspection.platform_id == platform_id, SiteInspection.year == year)
    found = session.scalars(of_year.order_by(SiteInspection.inspected_on, SiteInspection.id))
    return replace(basis, inspections=tuple(found))


def _posts(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    return replace(basis, posts=posts.count(session, platform_id, year))


def _online_services(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    query = sa.select(OnlineService, ServiceItem.name).join(
        ServiceItem, ServiceItem.id == OnlineService.service_item_id
    )
    rows = _standing(session, query, OnlineService, platform_id, year)
    seen = visits.latest(session, [record.id for record, _ in rows])
    return _offering(session, basis, Subject.ONLINE_SERVICE, rows, seen)


def _fusions(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    rows = _standing(session, sa.select(PlatformFusion, PlatformFusion.name), PlatformFusion, platform_id, year)
    return _offering(session, basis, Subject.PLATFORM_FUSION, rows, {})


def _standing(session: Session, query: Any, table: Any, platform_id: int, year: int) -> Any:
    own = query.where(table.platform_id == platform_id, table.year == year, table.stage != Stage.VOID)
    return session.execute(own.order_by(table.id)).all()


def _offering(
    session: Session, basis: Basis, subject: Subject, rows: Any, seen: Mapping[int, OnlineServiceVisit]
) -> Basis:
    found = tuple(
        Offer(subject, record, name, evidence.lacking(session, record) is None, seen.get(record.id))
        for record, name in rows
    )
    return replace(basis, offers=basis.offers + found)


def _responses(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
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
    found = tuple(AssignmentResponse(assignment, response) for assignment, response in session.execute(query))
    return replace(basis, answers=found)


_LOOK_AT: Final[Mapping[Ground, Callable[[Session, int, int, Basis], Basis]]] = MappingProxyType(
    {
        Ground.SITE_INSPECTION: _inspections,
        Ground.POST: _posts,
        Ground.ONLINE_SERVICE: _online_services,
        Ground.PLATFORM_FUSION: _fusions,
        Ground.RESPONSE: _responses,
    }
)
