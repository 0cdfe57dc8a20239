"""谁还欠什么: platforms × what each is to hand in, filings (报送) and responses to 重点工作; one reminder for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Response
from models.platform import Platform, PlatformYear
from models.terms import HANDED_IN, NoticePurpose, Stage, Subject
from scoring.filings import filing_state
from scoring.scheme_files import NoSchemeError
from scoring.terms import FilingState, Obligation, PlatformKind
from wxsvc.queries import Page, page_by
from wxsvc.services import journal, notices, platforms
from wxsvc.services.actor import Actor
from wxsvc.services.people import staff_lists
from wxsvc.services.records import assignments, filings, owed_filings
from wxsvc.services.records.filings import FilingStatus
from wxsvc.services.records.owed_filings import Owing
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.services.years import day_of

MOST_TITLE: Final = 60
"""Characters of an assignment's title in a reminder."""


class ObligationState(StrEnum):
    """按时 · 晚报 · 缺报 · 待定 · 未到期 · 不要求: where one obligation of one platform stands."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSING = "missing"
    OPEN = "open"
    """Past its day, and a reading or a notice of days off may still say that it is not (口径待定, 期限暂定)."""
    NOT_DUE = "not_due"
    NOT_ASKED = "not_asked"


class ObligationColumn(Struct, frozen=True):
    """A column: one obligation of a period, or one assignment; ``due_on`` is the first day on which it is due."""

    key: str
    due_on: date | None
    obligation: Obligation | None = None
    period: str = ""
    assignment: Assignment | None = None


class OwedCell(Struct, frozen=True):
    """How one obligation of one platform stands; ``record`` is the filing or response, also one that was sent back."""

    standing: ObligationState
    record: Any = None
    day: date | None = None
    """The day that it was handed in by."""

    @property
    def is_returned(self) -> bool:
        """退回: it counts as not handed in."""
        return self.record is not None and self.record.stage is Stage.RETURNED

    @property
    def is_given(self) -> bool:
        """Handed in, in time or late."""
        return self.standing in (ObligationState.IN_TIME, ObligationState.LATE)


_NOTHING: Final = OwedCell(ObligationState.NOT_ASKED)


class OwedRow(Struct, frozen=True):
    """One platform, as a row of its columns; a sealed year (已锁定) takes nothing any more."""

    platform: Any
    is_sealed: bool
    cells: Mapping[str, OwedCell]

    def cell(self, item: ObligationColumn) -> OwedCell:
        """Its cell of a column; not asked where there is none."""
        return self.cells.get(item.key, _NOTHING)

    @property
    def missing(self) -> int:
        """How many obligations are overdue."""
        return sum(cell.standing is ObligationState.MISSING for cell in self.cells.values())


class OwedTable(Struct, frozen=True):
    """The matrix, or a part of its rows: its columns in the order of their days, and a row for each platform.

    ``platforms`` are all that were asked for, ``lacking`` the ids of those that have not handed in a column: what is
    overdue, and of an assignment whoever has not answered. ``sealed`` are the ids of those whose year is.
    """

    items: tuple[ObligationColumn, ...]
    part: Page[OwedRow]
    platforms: Sequence[Any]
    lacking: Mapping[str, Set[int]]
    sealed: Set[int]

    @property
    def rows(self) -> Sequence[OwedRow]:
        """Those that are shown."""
        return self.part.rows

    def owing(self, item: ObligationColumn) -> Set[int]:
        """Who can still be reminded of it: whoever has not handed it in. No sealed year."""
        return self.lacking[item.key] - self.sealed

    def without(self, item: ObligationColumn) -> list[Any]:
        """Who has not handed it in, sealed or not."""
        return [each for each in self.platforms if each.id in self.lacking[item.key]]


class Reminded(Struct, frozen=True):
    """How many platforms were told now, how many had been told today already, and at which of them nobody works."""

    told: int
    before: int
    unstaffed: tuple[str, ...]


def table(
    session: Session,
    year: int,
    now: datetime,
    kind: PlatformKind | None = None,
    city: str = "",
    *,
    whole: bool = False,
    only_missing: bool = False,
    number: int = 1,
    per_part: int | None = None,
) -> OwedTable:
    """Platforms (of a kind, of a city) × what was due in the year so far; ``whole``: and what will be.

    With ``only_missing`` the rows are of those that have something overdue; of more rows than ``per_part``, those of
    part ``number`` are read, past the end of the last. Who lacks what is told of all all the same. Raises
    :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules. A dozen queries at most.
    """
    today, every = day_of(now), _platforms(session, year, kind, city)
    ids = {each.id for each in every}
    owed, works = owed_filings.owing(session, every, year), assignments.of_year(session, year)
    filed, lacking = _filed_items(owed, owed_filings.handed_in(session, owed), today, whole=whole)
    assessed = {platform_id for (deadlines, _), own in owed.items() if deadlines for platform_id in own}
    answers, overdue = _answers(session, works), list(lacking.values())
    for work in works:
        answered, handed_in = answers.get(work.id, (set(), set()))
        without = (assessed | (answered & ids)) - handed_in  # of whom nothing is assessed, nothing is asked
        lacking[_key_of(work)] = without
        if _is_over(work, today):
            overdue.append(without)
    behind = set[int]().union(*overdue)
    rows = [each for each in every if each.id in behind] if only_missing else every
    part = page_by(lambda first, most: rows[first : first + most], len(rows), number, per_part or max(1, len(rows)))
    cells = _cells(session, year, now, part.rows, owed, works)
    return OwedTable(
        items=(*filed, *(ObligationColumn(_key_of(work), work.due_on, assignment=work) for work in works)),
        part=Page(
            [OwedRow(each, each.is_sealed, cells[each.id]) for each in part.rows], part.count, part.number, part.pages
        ),
        platforms=every,
        lacking=lacking,
        sealed={each.id for each in every if each.is_sealed},
    )


def remind(
    session: Session, year: int, key: str, by: Actor, now: datetime, kind: PlatformKind | None = None, city: str = ""
) -> Reminded:
    """催报: one notice for each platform that owes it, at most one a day. Idempotent within the day.

    Raises ``Refused``: ``not_allowed``, ``not_found`` for a column that is not there, ``nobody_owes``.
    """
    by.must_review()
    try:
        shown = table(session, year, now, kind, city, whole=True, per_part=1)
    except NoSchemeError:
        raise Refused("not_found") from None
    item = must_be_found(next((each for each in shown.items if each.key == key), None))
    owing = sorted(shown.owing(item))
    if not owing:
        raise Refused("nobody_owes")
    facts = _facts(item)
    day = day_of(now).isoformat()
    told = [
        each
        for each in owing
        if notices.tell(session, NoticePurpose.FILING, f"owed:{key}:{each}:{day}", facts, now, platform_id=each)
    ]
    for each in told:
        journal.record(session, "owed.reminded", Subject.PLATFORM, each, by=by, now=now, platform_id=each, item=key)
    unread = platforms.called(session, set(owing) - staff_lists.counts(session, owing).keys())
    return Reminded(len(told), len(owing) - len(told), tuple(unread[each] for each in owing if each in unread))


@lru_cache(maxsize=1024)
def _key(obligation: Obligation, period: str) -> str:
    """Of a column, of which each platform has a cell."""
    return f"{obligation.value}:{period}"


_STANDING: Final[Mapping[FilingState, ObligationState]] = {
    FilingState.IN_TIME: ObligationState.IN_TIME,
    FilingState.LATE: ObligationState.LATE,
    FilingState.MISSED: ObligationState.MISSING,
    FilingState.NOT_DUE: ObligationState.NOT_DUE,
    FilingState.OPEN_READING: ObligationState.OPEN,
    FilingState.PROVISIONAL: ObligationState.OPEN,
}


def _platforms(session: Session, year: int, kind: PlatformKind | None, city: str) -> Sequence[Any]:
    """The platforms (of a kind, of a city) in the order of their codes, each with whether its year is sealed."""
    of_year = sa.and_(PlatformYear.platform_id == Platform.id, PlatformYear.year == year)
    query = (
        sa.select(Platform.id, Platform.code, Platform.name, Platform.kind, Platform.accepted_on, Platform.closed_on)
        .add_columns(PlatformYear.sealed_at.is_not(None).label("is_sealed"))
        .outerjoin(PlatformYear, of_year)
        .order_by(Platform.code)
    )
    if kind is not None:
        query = query.where(Platform.kind == kind)
    return session.execute(query.where(platforms.is_in_city(city)) if city else query).all()


def _filed_items(
    owed: Owing, handed_in: Mapping[tuple[Obligation, str], Set[int]], today: date, *, whole: bool
) -> tuple[list[ObligationColumn], dict[str, set[int]]]:
    """Every obligation that some platform owes, by the first day on which it is due, and who is late with each.

    Unless all are wanted, those that are due by now, or that somebody has handed in before its day.
    """
    first: dict[tuple[Obligation, str], date] = {}
    owing: dict[tuple[Obligation, str], set[int]] = defaultdict(set)
    lacking: dict[str, set[int]] = defaultdict(set)
    for (deadlines, _), ids in owed.items():
        for due in deadlines:
            named = due.obligation, due.period
            first[named] = min(due.due_on, first.get(named, due.due_on))
            owing[named].update(ids)
            late = _STANDING[filing_state(due, None, today)] is ObligationState.MISSING
            lacking[_key(*named)].update(set(ids).difference(handed_in.get(named, ())) if late else ())
    shown = (
        ObligationColumn(_key(*named), due_on, *named)
        for named, due_on in first.items()
        if whole or due_on <= today or not owing[named].isdisjoint(handed_in.get(named, ()))
    )
    return sorted(shown, key=lambda item: (item.due_on, item.key)), lacking


def _answers(session: Session, works: Iterable[Assignment]) -> dict[int, tuple[set[int], set[int]]]:
    """Of each assignment the platforms that have written an answer, and those whose answer is handed in."""
    query = (
        sa.select(Response.assignment_id, Response.stage.in_(HANDED_IN).label("is_handed_in"))
        .add_columns(sa.func.aggregate_strings(sa.cast(Response.platform_id, sa.String), ",").label("platform_ids"))
        .where(Response.assignment_id.in_([work.id for work in works]), Response.stage != Stage.VOID)
        .group_by(Response.assignment_id, sa.literal_column("is_handed_in"))
    )
    found: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for row in session.execute(query):
        answered, handed_in = found[row.assignment_id]
        ids = set(map(int, row.platform_ids.split(",")))
        answered |= ids
        if row.is_handed_in:
            handed_in |= ids
    return found


def _cells(
    session: Session, year: int, now: datetime, shown: Sequence[Any], owed: Owing, works: Sequence[Assignment]
) -> dict[int, dict[str, OwedCell]]:
    """The cells of the rows that are shown, by their platforms."""
    ids, today = {each.id for each in shown}, day_of(now)
    claims, responses = filings.claims_of(session, ids, year), _responses(session, ids, works)
    found: dict[int, dict[str, OwedCell]] = {}
    for (deadlines, by), own in owed.items():
        for platform_id in ids.intersection(own):
            standings = filings.standings(deadlines, claims.get(platform_id, {}), by, year, now)
            cells = {_key(each.deadline.obligation, each.deadline.period): _filed(each) for each in standings}
            for work in works:
                response = responses.get((work.id, platform_id))
                if deadlines or response is not None:
                    cells[_key_of(work)] = _answered(work, response, today)
            found[platform_id] = cells
    return found


def _key_of(work: Assignment) -> str:
    return f"assignment:{work.id}"


def _is_over(work: Assignment, today: date) -> bool:
    return work.due_on is not None and today > work.due_on


def _filed(status: FilingStatus) -> OwedCell:
    return OwedCell(_STANDING[status.state], status.filing, status.filed_on)


def _answered(work: Assignment, response: Response | None, today: date) -> OwedCell:
    if response is not None and response.stage in HANDED_IN:
        is_late = work.due_on is not None and response.responded_on > work.due_on
        return OwedCell(ObligationState.LATE if is_late else ObligationState.IN_TIME, response, response.responded_on)
    return OwedCell(ObligationState.MISSING if _is_over(work, today) else ObligationState.NOT_DUE, response)


def _responses(
    session: Session, platform_ids: Set[int], works: Iterable[Assignment]
) -> dict[tuple[int, int], Response]:
    query = sa.select(Response).where(
        Response.assignment_id.in_([work.id for work in works]),
        Response.platform_id.in_(platform_ids),
        Response.stage != Stage.VOID,
    )
    return {(row.assignment_id, row.platform_id): row for row in session.scalars(query)}


def _facts(item: ObligationColumn) -> dict[str, Any]:
    """What the notice says: an obligation with its day, or an assignment with its title and day if it has one."""
    day = {"due_on": item.due_on.isoformat() if item.due_on is not None else None}
    if item.assignment is not None:
        return {"deed": "assignment", "title": item.assignment.title[:MOST_TITLE], **day}
    named = item.obligation.value if item.obligation is not None else ""
    return {"deed": "overdue", "obligation": named, "period": item.period, **day}
