"""重点工作与响应: what the province asks of the platforms (服务大会, 案例征集 …), and what each did for it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Response
from models.terms import HANDED_IN, AssignmentKind
from wxsvc.queries import remembered
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_happened, must_say
from wxsvc.services.locks import PROVINCE, held, lock
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.records import plain, reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find
from wxsvc.services.years import day_of


class AssignmentEntry(Struct, frozen=True):
    """A piece of work of a year, to be answered until a day if one is given."""

    year: int
    kind: AssignmentKind
    title: str
    content: str
    due_on: date | None = None


class _ResponseEntry(Struct, frozen=True):
    """What a platform did; the year is the assignment's."""

    assignment_id: int
    content: str
    responded_on: date
    year: int


def add(session: Session, entry: AssignmentEntry, by: Actor, now: datetime) -> Assignment:
    """The province asks something of all platforms; idempotent.

    Raises ``Refused``: ``text_needed``, ``day_too_early``, ``year_is_sealed`` where no platform could answer any more.
    """
    by.must_be_province()
    _must_make_sense(entry)
    lock(session, PROVINCE, entry.year)
    years.must_have_open(session, entry.year)
    values = asdict(entry)
    alike = (getattr(Assignment, name).is_not_distinct_from(value) for name, value in values.items())
    same = session.scalar(sa.select(Assignment).where(Assignment.withdrawn_at.is_(None), *alike))
    return same if same is not None else plain.keep(session, Assignment(**values), by, now)


def seen(row: Assignment) -> str:
    """The mark of what a form shows of the assignment."""
    return mark(row.kind, row.title, row.content, row.due_on)


def correct(
    session: Session,
    assignment_id: int,
    entry: AssignmentEntry,
    by: Actor,
    now: datetime,
    shown: str | None = None,
) -> Assignment:
    """Change an assignment; its year stays, as responses belong to it. Idempotent; ``shown`` as :func:`seen` has it.

    Raises ``Refused``: ``year_is_fixed``, ``assignment_withdrawn``, ``text_needed``, ``day_too_early``,
    ``year_is_sealed``, ``edited_by_other``.
    """
    by.must_be_province()
    _must_make_sense(entry)
    row = held(session, find(session, Assignment, assignment_id))
    if row.year != entry.year:
        raise Refused("year_is_fixed")
    if row.withdrawn_at is not None:
        raise Refused("assignment_withdrawn")
    if plain.differing(row, asdict(entry)):
        years.must_have_open(session, row.year)
        must_stand(shown, seen(row))
    return plain.change(session, row, asdict(entry), by, now)


def _must_make_sense(entry: AssignmentEntry) -> None:
    """It says what is asked for, and its day is none of an earlier year: that one was mistyped."""
    must_say(entry.title, entry.content)
    if entry.due_on is not None and entry.due_on.year < entry.year:
        raise Refused("day_too_early", year=entry.year)


def withdraw(session: Session, assignment_id: int, by: Actor, now: datetime) -> Assignment:
    """No more responses are asked for; those given stay. Idempotent. Raises ``Refused("year_is_sealed")``."""
    by.must_be_province()
    row = find(session, Assignment, assignment_id)
    if row.withdrawn_at is None:
        years.must_have_open(session, row.year)
    return plain.withdraw(session, row, by, now)


def of_year(session: Session, year: int) -> list[Assignment]:
    """The year's assignments that stand, in the order they were given."""
    query = sa.select(Assignment).where(Assignment.year == year, Assignment.withdrawn_at.is_(None))
    ordered = query.order_by(Assignment.id)
    return remembered(session, ("assignments", year), lambda: list(session.scalars(ordered)))


def answered(session: Session, assignment_id: int) -> int:
    """How many platforms have handed in a response to it that stands."""
    query = sa.select(sa.func.count()).where(Response.assignment_id == assignment_id, Response.stage.in_(HANDED_IN))
    return session.scalar(query) or 0


def responses_of(session: Session, platform_id: int, year: int) -> dict[int, Response]:
    """What the platform did for each assignment of a year, by the assignment's id; void responses too."""
    query = sa.select(Response).where(Response.platform_id == platform_id, Response.year == year)
    return {row.assignment_id: row for row in session.scalars(query)}


def respond(
    session: Session,
    platform_id: int,
    assignment_id: int,
    content: str,
    by: Actor,
    now: datetime,
    responded_on: date | None = None,
    backfill_days: int = BACKFILL_DAYS,
) -> Response:
    """Submit the platform's response, one per assignment, of today unless told otherwise; idempotent.

    Raises ``Refused``: ``assignment_withdrawn``, ``already_recorded`` with other content, ``text_needed``,
    ``day_in_future``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    assignment = find(session, Assignment, assignment_id)
    if assignment.withdrawn_at is not None:
        raise Refused("assignment_withdrawn")
    entry = _entry(assignment, content, responded_on, now)
    row = Response(platform_id=platform_id, **reviewed.columns(entry))
    same = ("content",) if responded_on is None else ("content", "responded_on")
    return reviewed.add(session, row, by, now, key=("assignment_id",), same=same, backfill_days=backfill_days)


def correct_response(
    session: Session,
    response_id: int,
    content: str,
    responded_on: date,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> Response:
    """Change a response until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    row = find(session, Response, response_id)
    entry = _entry(session.get_one(Assignment, row.assignment_id), content, responded_on, now)
    return reviewed.amend(session, Response, response_id, entry, version, by, now, backfill_days)


def _entry(assignment: Assignment, content: str, responded_on: date | None, now: datetime) -> _ResponseEntry:
    must_say(content)
    day = responded_on or day_of(now)
    must_have_happened(day, now)
    return _ResponseEntry(assignment.id, content, day, assignment.year)
