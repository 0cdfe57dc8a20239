"""Check-ins as lists: a person's own, an activity's at the door. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.enterprise import Enterprise
from models.person import Person
from models.signup import Signup
from models.terms import Door
from wxsvc.queries import Page, holds, page_of
from wxsvc.services import kept_enterprises
from wxsvc.services.people import known_standings


class Arrival(Struct, frozen=True):
    """One live or corrected check-in, with the names that a list shows."""

    check_in_id: int
    activity_code: str
    activity_title: str
    enterprise_id: int
    enterprise_name: str
    is_counted: bool
    checked_in_at: datetime
    door: Door
    evidence_grade: int
    is_live: bool
    """Staff did not take it out; its visitor undid none of those that a list has."""
    voided_at: datetime | None
    void_reason: str | None
    has_code: bool
    """False for an older licence without an 18-character code: 待核 until staff confirm it."""


def _arrivals() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            CheckIn.id,
            Activity.code,
            Activity.title,
            Enterprise.id,
            Enterprise.name,
            Enterprise.is_counted,
            CheckIn.checked_in_at,
            CheckIn.door,
            CheckIn.evidence_grade,
            CheckIn.is_live,
            CheckIn.voided_at,
            CheckIn.void_reason,
            Enterprise.uscc.is_not(None),
        )
        .join(Activity, Activity.id == CheckIn.activity_id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(CheckIn.holds_place)
    )


STATES: Final[Mapping[str, sa.ColumnElement[bool]]] = {
    "uncounted": sa.and_(CheckIn.voided_at.is_(None), sa.not_(Enterprise.is_counted)),
    "voided": CheckIn.voided_at.is_not(None),
}
"""States that a list of who is in may be narrowed to: 不计入或待核, 已更正."""


class ArrivalFilter(Struct, frozen=True):
    """Of an activity those in one of ``STATES``, whose names hold ``who``; an empty word narrows nothing."""

    activity_id: int
    state: str = ""
    who: str = ""

    def is_sought(self) -> sa.ColumnElement[bool]:
        """What it asks of a check-in."""
        is_named = holds(sa.func.lower(Enterprise.name), self.who.lower()) if self.who else sa.true()
        return sa.and_(STATES.get(self.state, sa.true()), is_named)


def counts_of(session: Session, sought: ArrivalFilter) -> Mapping[str, int]:
    """How many are in at the activity: ``all``, those of each state, and ``found`` by the filter."""
    wanted = {**STATES, "found": sought.is_sought()}
    query = (
        sa.select(
            sa.func.count().label("all"),
            *(sa.func.count().filter(condition).label(name) for name, condition in wanted.items()),
        )
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(CheckIn.activity_id == sought.activity_id, CheckIn.holds_place)
    )
    return dict(session.execute(query).mappings().one())


def of_activity(
    session: Session, sought: ArrivalFilter, *, first: int = 0, most: int | None = None
) -> Sequence[Arrival]:
    """Who is in at one activity, the newest first; what staff corrected stays visible with its reason."""
    query = (
        _arrivals()
        .where(CheckIn.activity_id == sought.activity_id, sought.is_sought())
        .order_by(CheckIn.checked_in_at.desc(), CheckIn.id)
    )
    return [Arrival(*row) for row in session.execute(query.offset(first).limit(most))]


def enterprises_in(session: Session, activity_id: int, among: Collection[int] | None = None) -> set[int]:
    """The ids of the enterprises that are in at one activity: of all, or of a few."""
    query = sa.select(CheckIn.enterprise_id).where(CheckIn.activity_id == activity_id, CheckIn.is_live)
    if among is not None:
        query = query.where(CheckIn.enterprise_id.in_(among))
    return set(session.scalars(query)) if among is None or among else set()


def present(session: Session, activity_id: int) -> int:
    """到场未计: people who came and add no 家次."""
    query = sa.select(sa.func.count()).select_from(Attendance).where(Attendance.activity_id == activity_id)
    return session.scalar(query) or 0


def state_of(session: Session, activity_id: int) -> str:
    """A word that changes whenever an activity's lists do: cheap to ask for while the lists stay as they are."""
    check_ins = sa.select(
        sa.func.count(),
        sa.func.count(CheckIn.undone_at),
        sa.func.count(CheckIn.voided_at),
        sa.func.coalesce(sa.func.sum(sa.case((Enterprise.is_counted, 1), else_=0)), 0),
        sa.func.count(Enterprise.uscc),
    ).join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
    scans = sa.select(sa.func.count(), sa.func.count(RefusedScan.completed_by))
    signups = sa.select(sa.func.count(), sa.func.max(Signup.signed_up_at), sa.func.count().filter(Signup.is_waiting))
    others = sa.select(sa.func.count()).select_from(Attendance)
    version = sa.select(Activity.version, Activity.stage).where(Activity.id == activity_id).subquery()
    counts = [
        check_ins.where(CheckIn.ever_at(activity_id)).subquery(),
        scans.where(RefusedScan.activity_id == activity_id).subquery(),
        signups.where(Signup.activity_id == activity_id).subquery(),
        others.where(Attendance.activity_id == activity_id).subquery(),
    ]
    every: sa.FromClause = version
    for each in counts:
        every = every.join(each, sa.true())
    columns = [column for each in (*counts, version) for column in each.c]
    return "-".join(map(str, session.execute(sa.select(*columns).select_from(every)).one()))


def newest_of_activity(session: Session, activity_id: int, most: int) -> list[Arrival]:
    """Who came last, for the screen: live check-ins only."""
    query = (
        _arrivals()
        .where(CheckIn.activity_id == activity_id, CheckIn.is_live)
        .order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc())
        .limit(most)
    )
    return [Arrival(*row) for row in session.execute(query)]


def of_enterprises(session: Session, person_id: int, number: int = 1, per_page: int = 12) -> Page[Arrival]:
    """我的签到, page by page: the check-ins of the enterprises that this person stands for, the newest first.

    Of an enterprise that nobody has confirmed them for: those since they said so. Whatever they checked in by
    themselves is there as well, also once they have left the enterprise.
    """
    own = kept_enterprises.own_ids(person_id)
    hidden = known_standings.unconfirmed(session, person_id)
    later = [
        sa.and_(CheckIn.enterprise_id == enterprise_id, CheckIn.checked_in_at >= since)
        for enterprise_id, since in hidden.items()
        if since is not None
    ]
    is_seen = sa.or_(CheckIn.enterprise_id.not_in(hidden), *later)
    of_own = sa.select(CheckIn.id).where(CheckIn.enterprise_id.in_(own), is_seen)
    by_person = sa.select(CheckIn.id).where(CheckIn.person_id == person_id)
    query = (
        _arrivals()  # a union: either half is read by its index, which "or" would not allow
        .where(CheckIn.id.in_(sa.union(of_own, by_person)), CheckIn.is_live)
        .order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc())
    )
    return page_of(session, query, number, per_page, Arrival)


def own_at(session: Session, person_id: int | None, activity_code: str) -> int | None:
    """The id of this person's own check-in at an activity, if it stands."""
    query = (
        sa.select(CheckIn.id)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .where(Activity.code == activity_code, CheckIn.person_id == person_id, CheckIn.is_live)
    )
    return session.scalar(query.order_by(CheckIn.id.desc()).limit(1)) if person_id is not None else None


def scanned_by(session: Session, person_id: int | None, among: Collection[int]) -> set[int]:
    """Those of some check-ins that this person made."""
    if person_id is None:
        return set()
    own = sa.select(CheckIn.id).where(CheckIn.person_id == person_id, CheckIn.id.in_(among))
    return set(session.scalars(own))


def person_id_of(session: Session, openid: str) -> int | None:
    """The person behind an openid, if we have met."""
    return session.scalar(sa.select(Person.id).where(Person.openid == openid))
