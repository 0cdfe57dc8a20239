"""评定与扣分的依据: what the lines rest on that no fact is counted for — rulings, and filings against their days.

The page where points are ruled and the scorecard's own page both show this: what was withdrawn or voided is no basis,
nor is what lies outside the assessment period (考评期); what is still under review says so by its stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Evidence, Response
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.record import Post
from models.terms import HANDED_IN, Stage, Subject
from scoring.evidence import AskedPaper, proof_of
from scoring.filings import COSTS_A_POINT
from scoring.rules import Filings, RulingRule
from scoring.scheme_files import scheme_for
from scoring.terms import Ground
from wxsvc.plain_rows import plain_rows
from wxsvc.services import counting_years, years
from wxsvc.services.records import evidence, filings, posts, proofs, visits
from wxsvc.services.records.filings import FilingStatus
from wxsvc.services.years import AssessmentPeriod

LATEST: Final = 10
"""Posts that are shown beside their number."""


class OnlineOffer(Struct, frozen=True):
    """An online service or a platform fusion; without its proof (缺佐证) it cannot be recognised.

    ``visit`` is the worker's last look at an online service.
    """

    subject: Subject
    record: Any
    name: str
    is_proved: bool
    visit: OnlineServiceVisit | None = None

    @property
    def is_accepted(self) -> bool:
        """Approved, with its proof."""
        return self.record.stage is Stage.APPROVED and self.is_proved


class AssignmentResponse(Struct, frozen=True):
    """重点工作: an assignment, and the platform's response if there is one."""

    assignment: Assignment
    response: Response | None


class Basis(Struct, frozen=True):
    """What one line rests on; what is not asked of it is empty. ``ruling`` is the one in force.

    ``grounds`` are those that the scheme's line names, in its order.
    """

    grounds: tuple[Ground, ...] = ()
    ruling: Ruling | None = None
    filings: tuple[FilingStatus, ...] = ()
    inspections: tuple[SiteInspection, ...] = ()
    posts: int = 0
    """信息发布 of the year that stand, for the website."""
    latest_posts: tuple[Post, ...] = ()
    proof: AskedPaper | None = None
    """The annex's item of the line (附件2), where it has one."""
    papers: tuple[Evidence, ...] = ()
    """What stands under that item."""
    offers: tuple[OnlineOffer, ...] = ()
    answers: tuple[AssignmentResponse, ...] = ()

    @property
    def missed(self) -> tuple[FilingStatus, ...]:
        """The filings that cost a point."""
        return tuple(each for each in self.filings if each.state in COSTS_A_POINT)

    @property
    def lacking(self) -> tuple[Ground, ...]:
        """依据不足: the grounds of the line that are not there; points are then given with a reason stated for it."""
        return tuple(ground for ground in self.grounds if not _GROUNDS[ground].is_there(self))

    @property
    def is_held(self) -> bool:
        """缺佐证，暂不计: points were given, and their proof is not there now."""
        row = self.ruling
        if row is None or not row.points:
            return False
        if self.proof is not None and not self.papers:
            return True
        return row.without_basis is None and not _OFFERED_IN.keys().isdisjoint(self.lacking)


def of(session: Session, platform_id: int, year: int, code: str, now: datetime) -> Basis:
    """The basis of one line of a platform's year, as the line of its scheme says (``rests_on``)."""
    rule = scheme_for(session.get_one(Platform, platform_id).kind, year).indicator(code).rule
    match rule:
        case Filings():
            return Basis(filings=tuple(filings.state(session, platform_id, year, now)))
        case RulingRule():
            return _of_ruling(session, platform_id, year, code, rule)
        case _:
            return Basis()


def held(session: Session, platform: Platform, year: int) -> dict[str, Decimal]:
    """缺佐证，暂不计: the points in force, by line, whose proof is not there now; they count when it comes back.

    不按要求提供则视为无，不计入评分 (附件2), and 认定有效 speaks of something: a service or fusion that was withdrawn,
    sent back or never approved is none, unless the ruling states why it was given without.
    """
    return {code: points for (_, code), points in held_of_all(session, [platform], year).items()}


def held_of_all(session: Session, found: Iterable[Platform], year: int) -> dict[tuple[int, str], Decimal]:
    """:func:`held` of many platforms at once, by platform id and line, in a handful of queries."""
    found = list(found)
    return held_among(session, found, year, given_of_all(session, (each.id for each in found), year))


_GIVEN: Final = sa.select(Ruling.platform_id, Ruling.indicator, Ruling.points, Ruling.without_basis).where(
    Ruling.platform_id.in_(sa.bindparam("platforms")), Ruling.year == sa.bindparam("of_year")
)


def given_of_all(session: Session, platform_ids: Iterable[int], year: int) -> Sequence[Any]:
    """Every ruling of many platforms: ``platform_id``, ``indicator``, ``points`` and ``without_basis``."""
    return plain_rows(session, _GIVEN, {"platforms": list(platform_ids), "of_year": year})


def held_among(
    session: Session,
    found: Iterable[Platform],
    year: int,
    rulings: Iterable[Any],
    periods: Mapping[int, AssessmentPeriod] | None = None,
) -> dict[tuple[int, str], Decimal]:
    """:func:`held_of_all` from the rulings at hand; the platforms' ``periods`` may be at hand, too."""
    platforms = {each.id: each for each in found}
    kinds = {each.id: each.kind for each in platforms.values()}
    if not (given := [row for row in rulings if row.points]):
        return {}
    periods = periods or years.assessment_periods(session, platforms.values(), year)
    papers = evidence.standing_items(session, year, kinds)
    offered = {ground: _accepted(session, table, periods, year) for ground, table in _OFFERED_IN.items()}

    def is_held(platform_id: int, code: str, without_basis: str | None) -> bool:
        kind = kinds[platform_id]
        rule = scheme_for(kind, year).rulings.get(code)
        if rule is None:
            return False
        proof = proof_of(kind, year, code)
        if proof is not None and (platform_id, proof.item) not in papers:
            return True
        grounds = offered.keys() & set(rule.rests_on)
        return without_basis is None and any(platform_id not in offered[ground] for ground in grounds)

    return {
        (row.platform_id, row.indicator): row.points
        for row in given
        if is_held(row.platform_id, row.indicator, row.without_basis)
    }


def _accepted(session: Session, table: Any, periods: Mapping[int, AssessmentPeriod], year: int) -> set[int]:
    """Those of the platforms with at least one approved record of the year that is proved."""
    day = table.started_on if table is PlatformFusion else sa.cast(sa.null(), sa.Date)  # an online service has none
    approved = sa.select(table.id, table.platform_id, day.label("day")).where(
        table.platform_id.in_(periods), counting_years.counts_in(table, year), table.stage == Stage.APPROVED
    )
    owners = {
        row.id: row.platform_id
        for row in session.execute(approved)
        if row.day is None or periods[row.platform_id].holds(row.day)
    }
    lacking = set(proofs.unproved(session, table.SUBJECT, list(owners))) if owners else set()
    return {platform_id for record_id, platform_id in owners.items() if record_id not in lacking}


def _of_ruling(session: Session, platform_id: int, year: int, code: str, rule: RulingRule) -> Basis:
    proof = proof_of(session.get_one(Platform, platform_id).kind, year, code)
    papers = evidence.standing(session, platform_id, year, proof.item) if proof is not None else ()
    basis = Basis(rule.rests_on, _ruling(session, platform_id, year, code), proof=proof, papers=tuple(papers))
    for ground in rule.rests_on:
        basis = _GROUNDS[ground].look_at(session, platform_id, year, basis)
    return basis


def _ruling(session: Session, platform_id: int, year: int, code: str) -> Ruling | None:
    return session.scalar(
        sa.select(Ruling).where(
            Ruling.platform_id == platform_id,
            Ruling.year == year,
            Ruling.indicator == code,
            Ruling.points.is_not(None),
        )
    )


def _inspections(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    period = years.assessment_period(session, platform_id, year)
    of_period = sa.select(SiteInspection).where(
        SiteInspection.platform_id == platform_id, SiteInspection.inspected_on.between(*period)
    )
    found = session.scalars(of_period.order_by(SiteInspection.inspected_on, SiteInspection.id))
    return replace(basis, inspections=tuple(found))


def _posts(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    period = years.assessment_period(session, platform_id, year)
    latest = posts.latest_within(session, platform_id, *period, LATEST)
    return replace(basis, posts=posts.count_within(session, platform_id, *period), latest_posts=tuple(latest))


def _online_services(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    query = sa.select(OnlineService, ServiceItem.name).join(
        ServiceItem, ServiceItem.id == OnlineService.service_item_id
    )
    rows = _standing(session, query, OnlineService, platform_id, year)
    seen = visits.latest(session, [record.id for record, _ in rows])
    return _offering(session, basis, Subject.ONLINE_SERVICE, rows, seen)


def _fusions(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    period = years.assessment_period(session, platform_id, year)
    query = sa.select(PlatformFusion, PlatformFusion.name).where(PlatformFusion.started_on.between(*period))
    rows = _standing(session, query, PlatformFusion, platform_id, year)
    return _offering(session, basis, Subject.PLATFORM_FUSION, rows, {})


def _standing(session: Session, query: Any, table: Any, platform_id: int, year: int) -> Any:
    own = query.where(table.platform_id == platform_id, table.stage != Stage.VOID)
    return session.execute(own.where(counting_years.counts_in(table, year)).order_by(table.id)).all()


def _offering(
    session: Session, basis: Basis, subject: Subject, rows: Any, seen: Mapping[int, OnlineServiceVisit]
) -> Basis:
    lacked: Mapping[int, Any] = {}
    if rows:
        platform = session.get_one(Platform, rows[0][0].platform_id)
        lacked = proofs.lacked_by(session, platform, [record for record, _ in rows])
    found = tuple(
        OnlineOffer(subject, record, name, record.id not in lacked, seen.get(record.id)) for record, name in rows
    )
    return replace(basis, offers=basis.offers + found)


def _responses(session: Session, platform_id: int, year: int, basis: Basis) -> Basis:
    period = years.assessment_period(session, platform_id, year)
    query = (
        sa.select(Assignment, Response)
        .outerjoin(
            Response,
            sa.and_(
                Response.assignment_id == Assignment.id,
                Response.platform_id == platform_id,
                Response.stage != Stage.VOID,
                counting_years.counts_in(Response, year),
                Response.responded_on.between(*period),
            ),
        )
        .where(sa.or_(Assignment.year == year, Response.id.is_not(None)), Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.id)
    )
    found = tuple(AssignmentResponse(assignment, response) for assignment, response in session.execute(query))
    return replace(basis, answers=found)


def _are_inspected(basis: Basis) -> bool:
    return bool(basis.inspections)


def _are_answered(basis: Basis) -> bool:
    return any(each.response is not None and each.response.stage in HANDED_IN for each in basis.answers)


def _is_offered(subject: Subject) -> Callable[[Basis], bool]:
    """One record at least, approved with its proof."""
    return lambda basis: any(each.subject is subject and each.is_accepted for each in basis.offers)


class _GroundKind(NamedTuple):
    """How a ground is looked at, when it is enough to rule by, and whose records are recognised (认定有效)."""

    look_at: Callable[[Session, int, int, Basis], Basis]
    is_there: Callable[[Basis], bool]
    offered_in: Any = None


_GROUNDS: Final[Mapping[Ground, _GroundKind]] = MappingProxyType(
    {
        Ground.SITE_INSPECTION: _GroundKind(_inspections, _are_inspected),
        # Shown only: 由省枢纽平台定期检查网站维护情况评定 rests on the inspections.
        Ground.POST: _GroundKind(_posts, lambda _basis: True),
        Ground.ONLINE_SERVICE: _GroundKind(_online_services, _is_offered(Subject.ONLINE_SERVICE), OnlineService),
        Ground.PLATFORM_FUSION: _GroundKind(_fusions, _is_offered(Subject.PLATFORM_FUSION), PlatformFusion),
        Ground.RESPONSE: _GroundKind(_responses, _are_answered),
    }
)
_OFFERED_IN: Final = {ground: kind.offered_in for ground, kind in _GROUNDS.items() if kind.offered_in is not None}
