"""报送: plans, data returns and the yearly summary, claimed by the platform, confirmed or sent back by the hub.

A claim in time holds until it is sent back. Filing anew after that is a new claim of that later day. A data return goes
to the national platform, so its day may lie before the day it is entered here; the reviewer sees that it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Filing
from models.platform import Platform
from models.stored_file import StoredFile
from models.terms import HANDED_IN, Stage
from scoring.deadlines import Deadline, within
from scoring.filings import count_missed, filing_state
from scoring.readings import DEFAULT_READINGS, Readings
from scoring.scheme_files import NoSchemeError
from scoring.terms import FilingState, Obligation
from wxsvc.services import reviewables, years
from wxsvc.services.actor import Actor
from wxsvc.services.locks import hold_open
from wxsvc.services.records import reviewed
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars, readings


@dataclass(frozen=True, slots=True)
class FilingEntry:
    """One obligation met: ``period`` as the deadlines name it, ``claimed_on`` a Beijing day (empty: today)."""

    year: int
    obligation: Obligation
    period: str
    claimed_on: date | None = None
    note: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class FilingStatus:
    """Where one obligation of one platform stands; ``filing`` is the last claim, also one that was sent back."""

    deadline: Deadline
    state: FilingState
    filing: Filing | None

    @property
    def filed_on(self) -> date | None:
        """The day of the claim, while it holds."""
        return self.filing.claimed_on if self.filing is not None and self.filing.stage in HANDED_IN else None


def file(session: Session, platform_id: int, entry: FilingEntry, by: Actor, now: datetime) -> Filing:
    """Claim that an obligation was met. Idempotent; note, paper and (of a data return) day may be mended.

    Raises ``Refused``: ``no_such_obligation``, ``unknown_file``, ``claimed_in_future``, ``claimed_backwards`` (a plan
    or summary of an earlier day than today), ``claimed_too_early`` (data of a month not over), ``record_approved``,
    ``record_void``.
    """
    by.must_work_for(platform_id)
    _must_fall_due(session, entry)
    hold_open(session, platform_id, entry.year)
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
        return _mend(session, found, entry, by, now)
    claimed_on = _claimed_on(entry, now)
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


def state(session: Session, platform_id: int, year: int, now: datetime) -> list[FilingStatus]:
    """Every obligation of the platform's assessment period in the year, with its due day, reason and state."""
    kind = session.get_one(Platform, platform_id).kind
    owed = obligations(session, platform_id, year, readings.in_force(session, year, kind))
    claims = {
        (row.obligation, row.period): row
        for row in session.scalars(sa.select(Filing).where(Filing.platform_id == platform_id, Filing.year == year))
    }
    today = years.day_of(now)
    found = []
    for deadline in owed:
        claim = claims.get((deadline.obligation, deadline.period))
        filed_on = claim.claimed_on if claim is not None and claim.stage in HANDED_IN else None
        found.append(FilingStatus(deadline, filing_state(deadline, filed_on, today), claim))
    return found


def missed_count(session: Session, platform_id: int, year: int, now: datetime, by_readings: Readings) -> int:
    """缺报或晚报的次数 of one platform-year, as the tally takes it: two small queries."""
    owed = obligations(session, platform_id, year, by_readings)
    claims = session.execute(
        sa.select(Filing.obligation, Filing.period, Filing.claimed_on, Filing.stage).where(
            Filing.platform_id == platform_id, Filing.year == year
        )
    )
    return missed(claims, owed, years.day_of(now))


def missed(claims: Iterable[Any], owed: Iterable[Deadline], today: date) -> int:
    """How many of the obligations cost a point. ``claims`` are filings or rows with their columns; no database."""
    filed = {(claim.obligation, claim.period): claim.claimed_on for claim in claims if claim.stage in HANDED_IN}
    return count_missed(owed, filed, today)


def obligations(session: Session, platform_id: int, year: int, by_readings: Readings) -> tuple[Deadline, ...]:
    """What the platform owes: the year's obligations within its assessment period (考评期)."""
    return within(calendars.due(session, year, by_readings), *years.assessment_period(session, platform_id, year))


def is_backdated(filing: Filing | sa.Row[*tuple[Any, ...]]) -> bool:
    """Claimed for an earlier day than the one it was entered on: shown to the reviewer."""
    return filing.submitted_at is not None and filing.claimed_on < years.day_of(filing.submitted_at)


def _must_fall_due(session: Session, entry: FilingEntry) -> None:
    try:
        due = calendars.due(session, entry.year, DEFAULT_READINGS)
    except NoSchemeError:
        due = ()
    if (entry.obligation, entry.period) not in {(each.obligation, each.period) for each in due}:
        raise Refused("no_such_obligation")


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


def _mend(session: Session, found: Filing, entry: FilingEntry, by: Actor, now: datetime) -> Filing:
    values: dict[str, Any] = {}
    if entry.claimed_on is not None and entry.claimed_on != found.claimed_on:
        values["claimed_on"] = _claimed_on(entry, now)
    values |= {name: value for name in ("note", "sha256") if (value := getattr(entry, name)) is not None}
    return reviewed.correct(session, found, values, found.version, by, now)


def _again(session: Session, found: Filing, entry: FilingEntry, claimed_on: date, by: Actor, now: datetime) -> Filing:
    if found.stage is Stage.VOID and not reviewables.is_withdrawn(found):
        raise Refused("record_void")
    reviewables.write(
        session,
        found,
        stage=Stage.SUBMITTED,
        submitted_at=now,
        return_reason=None,
        claimed_on=claimed_on,
        note=entry.note,
        sha256=entry.sha256 or found.sha256,
    )
    reviewables.note(session, found, "resubmitted", by, now, claimed_on=claimed_on.isoformat())
    return found
