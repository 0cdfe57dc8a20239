"""谁还欠什么: platforms × what each is to hand in, filings (报送) and responses to 重点工作; one reminder for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from scoring.scheme_files import NoSchemeError
from scoring.terms import FilingState, Obligation, PlatformKind
from wxsvc.services import journal, notices, platforms
from wxsvc.services.actor import Actor
from wxsvc.services.people import staff_lists
from wxsvc.services.records import assignments, filings
from wxsvc.services.records.filings import FilingStatus
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
    """One platform; a sealed year (已锁定) takes nothing any more."""

    platform: Platform
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
    """The matrix: its columns in the order of their days, and a row for each platform."""

    items: tuple[ObligationColumn, ...]
    rows: tuple[OwedRow, ...]

    def owing(self, item: ObligationColumn) -> list[Platform]:
        """Who can still be reminded of it: overdue; of an assignment, whoever has not answered. No sealed year."""
        return [row.platform for row in self._without(item) if not row.is_sealed]

    def without(self, item: ObligationColumn) -> list[Platform]:
        """Who has not handed it in, sealed or not."""
        return [row.platform for row in self._without(item)]

    def _without(self, item: ObligationColumn) -> list[OwedRow]:
        wanted = (
            {ObligationState.MISSING} if item.assignment is None else {ObligationState.MISSING, ObligationState.NOT_DUE}
        )
        return [row for row in self.rows if row.cell(item).standing in wanted]


class Reminded(Struct, frozen=True):
    """How many platforms were told now, how many had been told today already, and at which of them nobody works."""

    told: int
    before: int
    unstaffed: tuple[str, ...]


def table(
    session: Session, year: int, now: datetime, kind: PlatformKind | None = None, city: str = "", *, whole: bool = False
) -> OwedTable:
    """Platforms (of a kind, of a city) × what was due in the year so far; ``whole``: and what will be.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules. Ten queries at most.
    """
    found = [each for each in platforms.every(session, kind) if not city or each.region_code[:4] == city[:4]]
    today = day_of(now)
    states = filings.of_platforms(session, found, year, now)
    given = _responses(session, year)
    asked = assignments.of_year(session, year)
    sealed_years = sa.select(PlatformYear.platform_id).where(PlatformYear.year == year, PlatformYear.is_sealed)
    sealed = set(session.scalars(sealed_years))
    rows = []
    for each in found:
        cells = {_key(status.deadline.obligation, status.deadline.period): _filed(status) for status in states[each.id]}
        for work in asked:
            response = given.get((work.id, each.id))
            if states[each.id] or response is not None:  # of whom nothing is assessed, nothing is asked
                cells[f"assignment:{work.id}"] = _answered(work, response, today)
        rows.append(OwedRow(each, each.id in sealed, cells))
    items = [item for item in _filed_items(states.values()) if whole or _is_near(item, rows, today)]
    works = [ObligationColumn(f"assignment:{work.id}", work.due_on, assignment=work) for work in asked]
    return OwedTable((*items, *works), tuple(rows))


def remind(
    session: Session, year: int, key: str, by: Actor, now: datetime, kind: PlatformKind | None = None, city: str = ""
) -> Reminded:
    """催报: one notice for each platform that owes it, at most one a day. Idempotent within the day.

    Raises ``Refused``: ``not_allowed``, ``not_found`` for a column that is not there, ``nobody_owes``.
    """
    by.must_review()
    try:
        shown = table(session, year, now, kind, city, whole=True)
    except NoSchemeError:
        raise Refused("not_found") from None
    item = must_be_found(next((each for each in shown.items if each.key == key), None))
    owing = shown.owing(item)
    if not owing:
        raise Refused("nobody_owes")
    facts = _facts(item)
    day = day_of(now).isoformat()
    told = [
        each
        for each in owing
        if notices.tell(session, NoticePurpose.FILING, f"owed:{key}:{each.id}:{day}", facts, now, platform_id=each.id)
    ]
    for each in told:
        about = (session, "owed.reminded", Subject.PLATFORM, each.id)
        journal.record(*about, by=by, now=now, platform_id=each.id, item=key)
    staffed = staff_lists.counts(session, [each.id for each in owing])
    return Reminded(len(told), len(owing) - len(told), tuple(each.name for each in owing if each.id not in staffed))


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


def _filed(status: FilingStatus) -> OwedCell:
    return OwedCell(_STANDING[status.state], status.filing, status.filed_on)


def _answered(work: Assignment, response: Response | None, today: date) -> OwedCell:
    if response is not None and response.stage in HANDED_IN:
        is_late = work.due_on is not None and response.responded_on > work.due_on
        return OwedCell(ObligationState.LATE if is_late else ObligationState.IN_TIME, response, response.responded_on)
    is_over = work.due_on is not None and today > work.due_on
    return OwedCell(ObligationState.MISSING if is_over else ObligationState.NOT_DUE, response)


def _responses(session: Session, year: int) -> dict[tuple[int, int], Response]:
    query = sa.select(Response).where(Response.year == year, Response.stage != Stage.VOID)
    return {(row.assignment_id, row.platform_id): row for row in session.scalars(query)}


def _filed_items(states: Iterable[Sequence[FilingStatus]]) -> list[ObligationColumn]:
    """Every obligation that some platform owes, by the first day on which it is due."""
    found: dict[str, ObligationColumn] = {}
    dues = {id(each.deadline): each.deadline for some in states for each in some}  # one of a kind for all platforms
    for due in dues.values():
        known = found.get(key := _key(due.obligation, due.period))
        if known is None or known.due_on is None or due.due_on < known.due_on:
            found[key] = ObligationColumn(key, due.due_on, due.obligation, due.period)
    return sorted(found.values(), key=lambda item: (item.due_on or date.max, item.key))


def _is_near(item: ObligationColumn, rows: Iterable[OwedRow], today: date) -> bool:
    """Due by now, or handed in before its day."""
    return (item.due_on is not None and item.due_on <= today) or any(row.cell(item).is_given for row in rows)


def _facts(item: ObligationColumn) -> dict[str, Any]:
    """What the notice says: an obligation with its day, or an assignment with its title and day if it has one."""
    day = {"due_on": item.due_on.isoformat() if item.due_on is not None else None}
    if item.assignment is not None:
        return {"deed": "assignment", "title": item.assignment.title[:MOST_TITLE], **day}
    named = item.obligation.value if item.obligation is not None else ""
    return {"deed": "overdue", "obligation": named, "period": item.period, **day}
