"""名单 as a page shows it: where each line stands now, and what confirming would do with it. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from models.roster import Roster, RosterRow
from models.terms import RosterMatch


class RosterPlace(StrEnum):
    """待确认 · 需处理 · 已签到 · 重复 · 已更正 · 不计入 · 已跳过 · 已计入."""

    OPEN = "open"
    READY = "ready"
    ALREADY_IN = "already_in"
    REPEATED = "repeated"
    VOIDED = "voided"
    NOT_COUNTED = "not_counted"
    SKIPPED = "skipped"
    COUNTED = "counted"


class MatchedLine(Struct, frozen=True):
    """One line: what stood there, which enterprise it is, and where it stands; ``twin`` is the line it repeats."""

    row: RosterRow
    enterprise: Enterprise | None
    place: RosterPlace
    twin: int | None = None
    is_registered: bool = False
    """登记新企业: whoever settled the line registered its enterprise, which is younger than the list."""

    @property
    def is_renamed(self) -> bool:
        """Whether the list calls the enterprise otherwise than we do: shown, as the code decides."""
        return self.enterprise is not None and bool(self.row.name) and self.row.name != self.enterprise.name


class RosterState(Struct, frozen=True):
    """A list with all its lines in their order."""

    roster: Roster
    lines: tuple[MatchedLine, ...]

    @property
    def counts(self) -> Counter[RosterPlace]:
        """How many lines stand where."""
        return Counter(line.place for line in self.lines)

    @property
    def is_open(self) -> bool:
        """Whether it is still worked on."""
        return self.roster.confirmed_at is None and self.roster.discarded_at is None

    def at(self, *places: RosterPlace) -> list[MatchedLine]:
        """The lines at these places."""
        return [line for line in self.lines if line.place in places]


def state(session: Session, roster: Roster) -> RosterState:
    """Where every line stands: with one query, as check-ins go on while a list is worked on."""
    activity = session.get_one(Activity, roster.activity_id)
    operator = session.get_one(Platform, activity.platform_id).operator_uscc
    query = (
        sa.select(RosterRow, Enterprise, CheckIn.id, CheckIn.voided_at)
        .outerjoin(Enterprise, Enterprise.id == RosterRow.enterprise_id)
        .outerjoin(
            CheckIn,
            sa.and_(
                CheckIn.activity_id == roster.activity_id,
                CheckIn.enterprise_id == RosterRow.enterprise_id,
                CheckIn.holds_place,
            ),
        )
        .where(RosterRow.roster_id == roster.id)
        .order_by(RosterRow.line)
    )
    first: dict[int, int] = {}
    lines = []
    for row, enterprise, check_in_id, voided_at in session.execute(query):
        place = _place(row, enterprise, check_in_id, voided_at is not None, operator)
        twin = first.get(enterprise.id) if enterprise is not None and place is not RosterPlace.SKIPPED else None
        if twin is not None and place is not RosterPlace.COUNTED:
            place = RosterPlace.REPEATED
        elif enterprise is not None and place is not RosterPlace.SKIPPED:
            first[enterprise.id] = row.line
        is_younger = enterprise is not None and enterprise.created_at > roster.created_at
        is_registered = is_younger and row.matching is RosterMatch.HAND
        repeats = twin if place is RosterPlace.REPEATED else None
        lines.append(MatchedLine(row, enterprise, place, repeats, is_registered))
    return RosterState(roster, tuple(lines))


def _place(
    row: RosterRow, enterprise: Enterprise | None, check_in_id: int | None, is_voided: bool, operator: str | None
) -> RosterPlace:
    if row.check_in_id is not None:
        return RosterPlace.COUNTED
    if row.is_skipped:
        return RosterPlace.SKIPPED
    if enterprise is None:
        return RosterPlace.OPEN
    if check_in_id is not None:
        return RosterPlace.VOIDED if is_voided else RosterPlace.ALREADY_IN
    is_own = operator is not None and enterprise.uscc == operator
    is_public = enterprise.uscc is not None and not enterprise.is_counted
    return RosterPlace.NOT_COUNTED if is_own or is_public else RosterPlace.READY


def of_activity(session: Session, activity_id: int) -> Sequence[Roster]:
    """The activity's lists that were not discarded, the newest first."""
    return session.scalars(
        sa.select(Roster)
        .where(Roster.activity_id == activity_id, Roster.discarded_at.is_(None))
        .order_by(Roster.id.desc())
    ).all()


def belongs(session: Session, roster_id: int, activity_id: int) -> Roster | None:
    """The list, if it is one of this activity."""
    roster = session.get(Roster, roster_id)
    return roster if roster is not None and roster.activity_id == activity_id else None
