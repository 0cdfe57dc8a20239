"""报送: plans, data returns and the yearly summary, claimed by the platform, confirmed or sent back by the hub.

A claim in time holds until it is sent back; until it is filed again, it counts as not filed. Filed again, the reading
``refiled_late`` says whether its first day holds or its last. A data return goes to the national platform, so its day
may lie before the day it is entered here: entered after the due day, it needs a proof and counts once it is confirmed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.collaboration import Filing
from models.platform import Platform
from models.stored_file import StoredFile
from models.terms import HANDED_IN, Stage
from scoring.deadlines import Deadline, within
from scoring.filings import COSTS_A_POINT, count_missed, filing_state
from scoring.outlook import Unsettled
from scoring.readings import DEFAULT_READINGS, Readings
from scoring.scheme_files import NoSchemeError
from scoring.terms import FilingState, Obligation
from wxsvc.plain_rows import plain_rows
from wxsvc.services import filed_days, reviewables, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.locks import hold_open
from wxsvc.services.marks import must_stand
from wxsvc.services.records import planned, reviewed
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, readings

_TELLING: Final = (
    Filing.obligation,
    Filing.period,
    Filing.claimed_on,
    Filing.submitted_at,
    Filing.first_claimed_on,
    Filing.first_submitted_at,
    Filing.stage,
)
_CLAIMS: Final = sa.select(Filing.id, Filing.platform_id, *_TELLING).where(
    Filing.year.in_(sa.bindparam("years")), Filing.platform_id.in_(sa.bindparam("platforms"))
)
"""The columns that tell by which day a filing counts."""


class FilingEntry(Struct, frozen=True):
    """One obligation met: ``period`` as the deadlines name it, ``claimed_on`` a Beijing day (empty: today)."""

    year: int
    obligation: Obligation
    period: str
    claimed_on: date | None = None
    note: str | None = None
    sha256: str | None = None
    version: int | None = None
    """Of the filing that the form showed; 0 where nothing was filed."""


class FilingStatus(Struct, frozen=True):
    """Where one obligation of one platform stands; ``filing`` is the last claim, also one that was sent back.

    ``filed_on`` is the day that it counts by, None while no claim holds; ``if_confirmed`` where it will stand once the
    reviewer has confirmed it: of one that was sent back, once it is filed again as well. ``year`` is the evaluation
    year that it is judged in.
    """

    deadline: Deadline
    state: FilingState
    filing: Filing | None
    filed_on: date | None
    if_confirmed: FilingState
    year: int

    @property
    def is_returned(self) -> bool:
        """Sent back and not filed again: it counts as not filed."""
        return self.filing is not None and self.filing.stage is Stage.RETURNED

    @property
    def waits_for_its_day(self) -> bool:
        """Claimed afterwards for an earlier day, which counts once it is confirmed."""
        return not self.is_returned and self.state is not self.if_confirmed

    @property
    def comes_back(self) -> bool:
        """Sent back; filed again, it counts by its first day (``refiled_late``) and costs no point."""
        return self.is_returned and self.state in COSTS_A_POINT and self.if_confirmed not in COSTS_A_POINT


def file(session: Session, platform_id: int, entry: FilingEntry, by: Actor, now: datetime) -> Filing:
    """Claim that an obligation was met. Idempotent; note, paper and (of a data return) day may be mended.

    Raises ``Refused``: ``no_such_obligation``, ``unknown_file``, ``filing_empty`` (a plan or summary with neither
    paper nor note, a plan without activities too), ``claimed_in_future``, ``claimed_backwards`` (a plan or summary of
    an earlier day than today), ``claimed_too_early`` (data of a month not over), ``claim_unproved`` (an earlier day,
    entered after the due day, with neither paper nor note), ``record_approved``, ``record_void``, ``edited_by_other``.
    """
    by.must_work_for(platform_id)
    deadline = _due(session, platform_id, entry)
    hold_open(session, platform_id, when(entry))
    if entry.sha256 is not None and session.get(StoredFile, entry.sha256) is None:
        raise Refused("unknown_file")
    found = session.scalar(
        sa.select(Filing).where(
            Filing.platform_id == platform_id,
            Filing.year == entry.year,
            Filing.obligation == entry.obligation,
            Filing.period == entry.period,
        )
    )
    if found is not None and found.stage in HANDED_IN:
        return _mend(session, found, entry, deadline, by, now)
    claimed_on = _claimed_on(entry, now)
    if found is not None and found.stage is Stage.VOID and not reviewables.is_withdrawn(found):
        raise Refused("record_void")
    if found is not None:
        must_stand(entry.version, found.version)
    has_paper = bool(entry.sha256 or (found is not None and found.sha256))
    _must_have_content(session, platform_id, entry, has_paper=has_paper)
    _must_prove_its_day(deadline, claimed_on, years.day_of(now), entry.note, has_paper=has_paper)
    if found is not None:
        return _again(session, found, entry, claimed_on, by, now)
    row = Filing(
        platform_id=platform_id,
        year=entry.year,
        obligation=entry.obligation,
        period=entry.period,
        claimed_on=claimed_on,
        note=entry.note,
        sha256=entry.sha256,
    )
    return reviewed.add(session, row, by, now, key=("year", "obligation", "period"))


def state(
    session: Session, platform_id: int, year: int, now: datetime, by: Readings | None = None
) -> list[FilingStatus]:
    """Every obligation of the platform's assessment period in the year, with its due day, reason and state.

    ``by`` are the readings that the year is judged by, if at hand.
    """
    by = by or readings.resting_on(session, platform_id, year, session.get_one(Platform, platform_id).kind)
    owed = obligations(session, platform_id, year, by)
    own = sa.select(Filing).where(Filing.platform_id == platform_id, Filing.year.in_(_beside(year)))
    claims = {(row.obligation, row.period): row for row in session.scalars(own)}
    return standings(owed, claims, by, year, now)


Claims: TypeAlias = Mapping[tuple[Obligation, str], Any]
"""What one platform filed, filings or rows with their columns, by obligation and period."""


def claims_of(session: Session, platform_ids: Iterable[int], year: int) -> dict[int, Claims]:
    """What these platforms filed in the calendar years that a year's assessment period may have days in; one query.

    Rows with the columns that tell how a filing stands, and ``id``: thousands of them are read.
    """
    found: dict[int, dict[tuple[Obligation, str], Any]] = defaultdict(dict)
    for row in plain_rows(session, _CLAIMS, {"platforms": list(platform_ids), "years": _beside(year)}):
        found[row.platform_id][row.obligation, row.period] = row
    return dict(found)


def standings(owed: Iterable[Deadline], claims: Claims, by: Readings, year: int, now: datetime) -> list[FilingStatus]:
    """Where each obligation stands, from what is at hand; no database."""
    today = years.day_of(now)
    return [_status(each, claims.get((each.obligation, each.period)), by, today, year) for each in owed]


def _beside(year: int) -> tuple[int, int, int]:
    return year - 1, year, year + 1


def states(session: Session, platform_id: int, of_years: Sequence[int], now: datetime) -> list[FilingStatus]:
    """:func:`state` of several years of one platform, one after the other; once for each table."""
    platform = session.get_one(Platform, platform_id)
    in_force = readings.in_force_of(session, of_years, platform.kind)
    named, today = calendars.named_days(session), years.day_of(now)
    owed = []
    for year in of_years:
        is_sealed = years.is_sealed(session, platform_id, year)
        by = readings.resting_on(session, platform_id, year, platform.kind) if is_sealed else in_force[year]
        period = years.assessment_period(session, platform_id, year)
        owed += [(due, by, year) for due in owed_by(period, year, named, by)]
    nearby = {due.nominal_on.year for due, _, _ in owed}
    claimed = session.scalars(sa.select(Filing).where(Filing.platform_id == platform_id, Filing.year.in_(nearby)))
    claims = {(row.obligation, row.period): row for row in claimed}
    return [_status(due, claims.get((due.obligation, due.period)), by, today, year) for due, by, year in owed]


def _status(deadline: Deadline, claim: Filing | None, by: Readings, today: date, year: int) -> FilingStatus:
    day = filed_days.filed_on(claim, deadline, by) if claim is not None else None
    later = filed_days.filed_on_if_confirmed(claim, deadline, by) if claim is not None else None
    return FilingStatus(
        deadline, filing_state(deadline, day, today), claim, day, filing_state(deadline, later, today), year
    )


def unsettled(standings: Iterable[FilingStatus]) -> Unsettled:
    """What is not judged for good: 口径待定, claimed afterwards and not confirmed, sent back, 期限暂定."""
    found = tuple(standings)
    lost = [each for each in found if each.state in COSTS_A_POINT]
    won_back = [each for each in lost if each.if_confirmed not in COSTS_A_POINT]
    returned = sum(each.is_returned for each in won_back)
    return Unsettled(
        open_reading=sum(each.if_confirmed is FilingState.OPEN_READING for each in lost),
        claimed=len(won_back) - returned,
        returned=returned,
        provisional=sum(each.state is FilingState.PROVISIONAL for each in found),
        unregistered=sum(each.filing is None and each.deadline.obligation is Obligation.DATA for each in lost),
    )


def missed_count(session: Session, platform_id: int, year: int, now: datetime, by_readings: Readings) -> int:
    """缺报或晚报的次数 of one platform-year, as the tally takes it."""
    claims = claims_of(session, [platform_id], year).get(platform_id, {})
    return missed(claims.values(), obligations(session, platform_id, year, by_readings), years.day_of(now), by_readings)


def missed(
    claims: Iterable[Any], owed: Iterable[Deadline], today: date, by_readings: Readings = DEFAULT_READINGS
) -> int:
    """How many of the obligations cost a point. ``claims`` are filings or rows with their columns; no database."""
    due = {(each.obligation, each.period): each for each in owed}
    filed = {
        key: day
        for claim in claims
        if (key := (claim.obligation, claim.period)) in due
        and (day := filed_days.filed_on(claim, due[key], by_readings)) is not None
    }
    return count_missed(due.values(), filed, today)


def obligations(session: Session, platform_id: int, year: int, by_readings: Readings) -> tuple[Deadline, ...]:
    """What the platform owes: the obligations within its assessment period (考评期), of every calendar year in it.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    period = years.assessment_period(session, platform_id, year)
    return owed_by(period, year, calendars.named_days(session), by_readings)


@lru_cache(maxsize=64)  # most platforms owe the same
def owed_by(
    period: years.AssessmentPeriod, year: int, named: calendars.NamedDays, by_readings: Readings
) -> tuple[Deadline, ...]:
    """The obligations of a period, from what is at hand; no database."""
    due = calendars.due_by(year, named, by_readings)
    for other in period.calendar_years:
        if other != year and years.has_rules(other):
            due += calendars.due_by(other, named, by_readings)
    return within(sorted(due, key=lambda each: each.nominal_on), *period)


def _due(session: Session, platform_id: int, entry: FilingEntry) -> Deadline:
    """The obligation that the entry meets, by the readings in force; else ``Refused("no_such_obligation")``."""
    try:
        kind = session.get_one(Platform, platform_id).kind
        due = calendars.due(session, entry.year, readings.in_force(session, entry.year, kind))
    except NoSchemeError:
        due = ()
    for each in due:
        if (each.obligation, each.period) == (entry.obligation, entry.period):
            return each
    raise Refused("no_such_obligation")


def _must_have_content(session: Session, platform_id: int, entry: FilingEntry, *, has_paper: bool) -> None:
    """按质: a plan or a summary with nothing in it is none."""
    if entry.obligation is Obligation.DATA or has_paper or _says_something(entry.note):
        return
    if entry.obligation is Obligation.PLAN and planned.in_month(session, platform_id, entry.period):
        return
    raise Refused("filing_empty")


def _must_prove_its_day(
    deadline: Deadline, claimed_on: date, entered_on: date, note: str | None, *, has_paper: bool
) -> None:
    """An earlier day that is claimed after the due day is one's own word only: a screenshot or a note is asked for."""
    is_claimed_back = claimed_on < entered_on and entered_on > deadline.due_on
    if is_claimed_back and not has_paper and not _says_something(note):
        raise Refused("claim_unproved")


def _says_something(note: str | None) -> bool:
    """More than spaces, dashes or a single character such as 无."""
    return sum(character.isalnum() for character in note or "") > 1


def _claimed_on(entry: FilingEntry, now: datetime) -> date:
    today = years.day_of(now)
    claimed_on = entry.claimed_on or today
    if claimed_on > today:
        raise Refused("claimed_in_future")
    if entry.obligation is not Obligation.DATA:
        if claimed_on < today:
            raise Refused("claimed_backwards")
    elif f"{claimed_on:%Y-%m}" < entry.period:  # the month that it reports was not over yet
        raise Refused("claimed_too_early")
    return claimed_on


def _mend(session: Session, found: Filing, entry: FilingEntry, deadline: Deadline, by: Actor, now: datetime) -> Filing:
    values: dict[str, Any] = {}
    if entry.claimed_on is not None and entry.claimed_on != found.claimed_on:
        values["claimed_on"] = _claimed_on(entry, now)
        entered_on = years.day_of(found.submitted_at or now)
        has_paper = bool(entry.sha256 or found.sha256)
        _must_prove_its_day(deadline, values["claimed_on"], entered_on, entry.note or found.note, has_paper=has_paper)
    values |= {name: value for name in ("note", "sha256") if (value := getattr(entry, name)) is not None}
    version = found.version if entry.version is None else entry.version
    return reviewed.correct(session, found, values, version, by, now)


def _again(session: Session, found: Filing, entry: FilingEntry, claimed_on: date, by: Actor, now: datetime) -> Filing:
    was_returned = found.stage is Stage.RETURNED
    reviewables.write(
        session,
        found,
        first_claimed_on=(found.first_claimed_on or found.claimed_on) if was_returned else None,
        first_submitted_at=(found.first_submitted_at or found.submitted_at) if was_returned else None,
        stage=Stage.SUBMITTED,
        submitted_at=now,
        return_reason=None,
        claimed_on=claimed_on,
        note=entry.note,
        sha256=entry.sha256 or found.sha256,
    )
    reviewables.note(session, found, "resubmitted", by, now, claimed_on=claimed_on.isoformat())
    return found
