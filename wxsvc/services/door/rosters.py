"""名单补录: a list is matched, mended by hand where it must be, and counts once it is confirmed. Nothing before that.

A list is a draft in the database from its first moment, so a lost connection or a change of shift loses nothing. What
is done to its lines meanwhile stands in ``roster_rows``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.roster import Roster, RosterRow
from models.terms import Door, RosterMatch, Stage
from wxsvc.services import journal
from wxsvc.services.activity.activities import must_be_editable
from wxsvc.services.actor import Actor
from wxsvc.services.door import roster_lists, roster_matching
from wxsvc.services.door.roster_lists import RosterPlace
from wxsvc.services.door.scans import LATE
from wxsvc.services.records.backfilling import BACKFILL_DAYS, is_late
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find, find_own, note, write
from wxsvc.services.years import day_of

MOST_OPEN: Final = 10
"""Lists of one activity that may be worked on at the same time."""
_BATCH: Final = 500


class RosterLine(Struct, frozen=True):
    """One line as it was read: its number from 1, the name and the code that stood there (either may be empty).

    ``is_hidden``: its row was hidden by hand or by a filter, or struck through; it means nobody until somebody
    says that it is meant.
    """

    number: int
    name: str
    uscc: str
    is_hidden: bool = False


class Started(Struct, frozen=True):
    """A list to work on; not ``is_new`` when the very same one is there already, open or confirmed."""

    roster: Roster
    is_new: bool


class Confirmed(Struct, frozen=True):
    """What confirming came to: how many check-ins it made, and the lines that made none, by their place."""

    roster: Roster
    counted: int


def start(
    session: Session,
    activity_id: int,
    lines: Sequence[RosterLine],
    by: Actor,
    now: datetime,
    *,
    sha256: str | None = None,
) -> Started:
    """Take a list and match every line. The same content again (or the same file) is the same list.

    Raises ``Refused``: ``not_allowed``, ``year_sealed``, ``activity_approved``, ``activity_void``,
    ``activity_not_published``, ``activity_not_begun``, ``too_many_rosters``.
    """
    activity = find(session, Activity, activity_id)
    _must_take_lists(session, activity, by, now)
    before = roster_lists.of_activity(session, activity_id)
    if (same := _same(session, before, lines, sha256)) is not None:
        return Started(same, is_new=False)
    if sum(each.confirmed_at is None for each in before) >= MOST_OPEN:
        raise Refused("too_many_rosters", most=MOST_OPEN)
    roster = Roster(activity_id=activity_id, sha256=sha256, created_at=now, created_by=by.person_id)
    session.add(roster)
    session.flush()
    found = roster_matching.match(session, lines)
    values = [
        {
            "roster_id": roster.id,
            "line": line.number,
            "name": line.name,
            "uscc": line.uscc,
            "matching": RosterMatch.UNKNOWN if line.is_hidden else match.matching,
            "enterprise_id": None if line.is_hidden else match.enterprise_id,
            "is_skipped": False,
            "is_hidden": line.is_hidden,
        }
        for line, match in zip(lines, found, strict=True)
    ]
    session.execute(sa.insert(RosterRow), values)
    record(session, "started", roster, by, now, lines=len(lines))
    return Started(roster, is_new=True)


def confirm(
    session: Session, roster_id: int, by: Actor, now: datetime, backfill_days: int = BACKFILL_DAYS
) -> Confirmed:
    """确认补录: every ready line checks its enterprise in, at the start of the activity, with the lowest grade.

    A list that comes more than ``backfill_days`` after the end marks the activity 补录. Who is in already, or was taken
    out by staff, stays so. Idempotent. Raises ``Refused``: ``roster_unsettled`` with ``count`` while lines are open,
    ``roster_discarded``, and what ``start`` refuses.
    """
    roster = held(session, roster_id, by)
    if roster.confirmed_at is not None:
        return Confirmed(roster, _made(session, roster))
    activity = find(session, Activity, roster.activity_id)
    if roster.discarded_at is not None:
        raise Refused("roster_discarded")
    _must_take_lists(session, activity, by, now)
    state = roster_lists.state(session, roster)
    if unsettled := state.counts[RosterPlace.OPEN]:
        raise Refused("roster_unsettled", count=unsettled)
    ready = {line.row.enterprise_id: line.row for line in state.at(RosterPlace.READY)}
    at = _moment(activity, now)
    made = 0
    for check_in_id, enterprise_id in _insert(session, activity, ready, at, by, now):
        ready[enterprise_id].check_in_id = check_in_id
        made += 1
    roster.confirmed_at, roster.confirmed_by = now, by.person_id
    session.flush()
    is_flagged = made and activity.ends_at is not None and is_late(day_of(activity.ends_at), now, backfill_days)
    if is_flagged and not activity.is_backfilled:
        write(session, activity, is_backfilled=True)
    elif made and activity.stage is Stage.SUBMITTED:
        write(session, activity)  # whoever is judging it has seen fewer enterprises
    note(session, activity, "roster_confirmed", by, now, roster=roster.id, check_ins=made)
    return Confirmed(roster, made)


def discard(session: Session, roster_id: int, by: Actor, now: datetime) -> Roster:
    """放弃 a list that was not confirmed; it counted nothing. Idempotent. Raises ``Refused("roster_confirmed")``."""
    roster = held(session, roster_id, by)
    if roster.confirmed_at is not None:
        raise Refused("roster_confirmed")
    if roster.discarded_at is None:
        roster.discarded_at = now
        session.flush()
        record(session, "discarded", roster, by, now)
    return roster


def _must_take_lists(session: Session, activity: Activity, by: Actor, now: datetime) -> None:
    """Its own staff, once the door has opened, until it is approved."""
    by.must_work_for(activity.platform_id)
    must_be_editable(session, activity)
    if activity.opens_at is None or activity.ends_at is None or now < activity.opens_at:
        raise Refused("activity_not_begun")


def _moment(activity: Activity, now: datetime) -> datetime:
    """A list does not say when somebody came: the start of the activity, or now while it has not begun."""
    opens_at, closes_at = activity.opens_at or now, activity.closes_at or now
    return min(max(min(activity.starts_at or now, now), opens_at), closes_at)


def _insert(
    session: Session, activity: Activity, wanted: Iterable[int | None], at: datetime, by: Actor, now: datetime
) -> list[tuple[int, int]]:
    """Insert or ignore; (check-in id, enterprise id) of those that were not in yet."""
    rows: list[dict[str, Any]] = [
        {
            "activity_id": activity.id,
            "enterprise_id": enterprise_id,
            "door": Door.SHEET,
            "evidence_grade": LATE,
            "checked_in_at": at,
            "received_at": now,
            "entered_by": by.person_id,
        }
        for enterprise_id in wanted
    ]
    table: Any = CheckIn.__table__
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    made: list[tuple[int, int]] = []
    for begin in range(0, len(rows), _BATCH):
        statement: Any = (postgresql.insert if is_postgresql else sqlite.insert)(table)
        added = statement.values(rows[begin : begin + _BATCH]).on_conflict_do_nothing()
        found = session.execute(added.returning(table.c.id, table.c.enterprise_id))
        made += [(row.id, row.enterprise_id) for row in found]
    return made


def _same(
    session: Session, rosters: Sequence[Roster], lines: Sequence[RosterLine], sha256: str | None
) -> Roster | None:
    """The list that was made of the same file, or says the same."""
    wanted = [(line.name, line.uscc) for line in lines]
    for roster in rosters:
        if sha256 is not None and roster.sha256 == sha256:
            return roster
        query = sa.select(RosterRow.name, RosterRow.uscc).where(RosterRow.roster_id == roster.id)
        if [(row.name, row.uscc) for row in session.execute(query.order_by(RosterRow.line))] == wanted:
            return roster
    return None


def record(session: Session, deed: str, roster: Roster, by: Actor, now: datetime, **details: Any) -> None:
    """Log what moves no score yet (``activity.roster_started``)."""
    activity = find(session, Activity, roster.activity_id)
    journal.record_of(session, activity, f"roster_{deed}", by, now, roster=roster.id, **details)


def held(session: Session, roster_id: int, by: Actor) -> Roster:
    """The list, its activity's years held so that two who confirm or settle come one after the other."""
    roster = find(session, Roster, roster_id)
    activity = find_own(session, Activity, roster.activity_id, by)
    if roster.confirmed_at is None and roster.discarded_at is None:
        must_be_editable(session, activity)
        session.refresh(roster)
    return roster


def _made(session: Session, roster: Roster) -> int:
    query = sa.select(sa.func.count(RosterRow.check_in_id)).where(RosterRow.roster_id == roster.id)
    return session.scalar(query) or 0
