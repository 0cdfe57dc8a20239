"""成员企业 of clusters (产业集群) and parks: they belong to the platform's region, wherever they are registered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.platform import ClusterMember, Platform
from models.scorecard import ScorecardRow
from wxsvc.queries import Page, holds
from wxsvc.services import journal, kept_enterprises, platforms, years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_exist
from wxsvc.services.locks import insert_once
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import platform_regions

PAGE: Final = 50


class MemberPage(Struct, frozen=True):
    """One page of a list of members: ``of_all`` are listed, ``found`` of them hold the text that was looked for."""

    members: Sequence[Enterprise]
    number: int
    found: int
    of_all: int

    @property
    def pages(self) -> int:
        """How many there are; one at least."""
        return max(1, -(-self.found // PAGE))


def of_platform(session: Session, platform_id: int, *, text: str = "", number: int = 1) -> MemberPage:
    """A platform's members by name, page by page; with a text, those whose name or code holds it."""
    query = sa.select(Enterprise).join(ClusterMember).where(ClusterMember.platform_id == platform_id)
    of_all = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    found = of_all
    if text:
        query = query.where(sa.or_(holds(Enterprise.name, text), Enterprise.uscc == text.upper()))
        found = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    number = max(1, min(number, -(-found // PAGE)))
    shown = query.order_by(Enterprise.name, Enterprise.id).limit(PAGE).offset((number - 1) * PAGE)
    return MemberPage(session.scalars(shown).all(), number, found, of_all)


def listing_platforms(session: Session, *, city: str = "", text: str = "", number: int = 1) -> Page[Platform]:
    """The platforms that list members, in use or closed, in one city, whose name or code holds a text; by code."""
    among = platform_regions.taking_members()
    return platforms.look_for(session, city=city, text=text, is_closed=None, among=among, page=number)


def counts(session: Session, platform_ids: Collection[int]) -> dict[int, int]:
    """How many members each of these platforms lists, by the platform's id; none is left out."""
    query = sa.select(ClusterMember.platform_id, sa.func.count()).group_by(ClusterMember.platform_id)
    query = query.where(ClusterMember.platform_id.in_(platform_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def add(session: Session, platform_id: int, enterprise_ids: Collection[int], by: Actor, now: datetime) -> int:
    """登记成员企业 by the platform's staff or the province; how many are new. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``no_members_here`` at platforms that have none, ``unknown_enterprise``.
    """
    _must_keep(session, platform_id, by)
    enterprise_ids = kept_enterprises.ids_of(session, enterprise_ids)
    must_exist(session, enterprise_ids)
    new = [
        each
        for each in sorted(set(enterprise_ids))
        if insert_once(session, ClusterMember, platform_id=platform_id, enterprise_id=each)
    ]
    if new:
        _note(session, platform_id, "members_added", new, by, now)
    return len(new)


def remove(session: Session, platform_id: int, enterprise_id: int, by: Actor, now: datetime) -> bool:
    """移出成员企业; whether it was one. Idempotent. Raises ``Refused``: ``not_allowed``, ``no_members_here``."""
    _must_keep(session, platform_id, by)
    is_it = (ClusterMember.platform_id == platform_id, ClusterMember.enterprise_id == enterprise_id)
    gone = sa.delete(ClusterMember).where(*is_it).returning(ClusterMember.enterprise_id)
    if session.scalar(gone) is None:
        return False
    _note(session, platform_id, "member_removed", [enterprise_id], by, now)
    return True


def open_years(session: Session, platform_id: int, now: datetime) -> set[tuple[int, int]]:
    """The platform-years whose score the list of members, or what is registered of the platform, may move: the running
    one, and every other not sealed that it has a scorecard of, or that others have and that it is one of by now."""
    query = sa.select(ScorecardRow.year).distinct()
    own = set(session.scalars(query.where(ScorecardRow.platform_id == platform_id)))
    is_it = Platform.id == platform_id
    others = set(session.scalars(query)) - own
    joined = {year for year in others if session.scalar(sa.select(Platform.id).where(is_it, years.is_in(year)))}
    found = {*own, *joined, years.year_of(now)}
    return {(platform_id, year) for year in found if not years.is_sealed(session, platform_id, year)}


def _must_keep(session: Session, platform_id: int, by: Actor) -> None:
    if not by.reviews:
        by.must_work_for(platform_id)
    if not platform_regions.takes_members(session.get_one(Platform, platform_id)):
        raise Refused("no_members_here")


def _note(session: Session, platform_id: int, deed: str, ids: Sequence[int], by: Actor, now: datetime) -> None:
    journal.record_of(session, session.get_one(Platform, platform_id), deed, by, now, enterprises=list(ids))
    journal.touch(session, open_years(session, platform_id, now), now)
    session.flush()
