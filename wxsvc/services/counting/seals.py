"""年度锁定: a year that is over is sealed by the province and takes no change; unsealing takes two people.

The scorecard keeps the readings that were in force when it was sealed, and the rows that it adds up from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform, PlatformYear
from models.terms import NoticePurpose, Stage
from models.work_list import Change
from wxsvc.services import counting_years, journal, notices, outbox, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import amendments, left_out, score_trace, sealed_rows, snapshots, tallies
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import lock_all
from wxsvc.services.records import raised_needs
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import calendars
from wxsvc.services.reviewables import find

AT_ONCE: Final = 25
"""Platforms that are counted and written together: some ten thousand rows in memory."""


def seal(session: Session, platform_id: int, year: int, by: Actor, now: datetime) -> PlatformYear:
    """Fold the platform's year a last time and lock it; sealing idempotent.

    Raises ``Refused``: ``year_not_over``, ``changes_waiting`` when something arrived during the fold.
    """
    row = _held(session, platform_id, year, by)
    if not row.is_sealed:
        seal_all(session, [platform_id], year, by, now)
    return row


def seal_all(session: Session, platform_ids: Sequence[int], year: int, by: Actor, now: datetime) -> None:
    """The same of several platforms whose year is open, in few statements. Raises ``Refused`` as :func:`seal` does."""
    by.must_be_an_official()
    _hold(session, platform_ids, year)
    for start in range(0, len(platform_ids), AT_ONCE):
        _seal(session, platform_ids[start : start + AT_ONCE], year, by, now)


def _hold(session: Session, platform_ids: Sequence[int], year: int) -> None:
    """Hold the year, and the calendar years beside it in its period: who writes a row holds its own year.

    Who sets a period holds the year, too: one that was set while we waited is refused like any other change.
    """
    wanted = _years_held(session, platform_ids, year)
    lock_all(session, wanted)
    if not _years_held(session, platform_ids, year) <= wanted:
        raise Refused("changes_waiting")


def _years_held(session: Session, platform_ids: Sequence[int], year: int) -> set[tuple[int, int]]:
    query = sa.select(PlatformYear.platform_id, PlatformYear.assessed_from, PlatformYear.assessed_until)
    set_for = (PlatformYear.year == year, PlatformYear.period_reason.is_not(None))
    rows = session.execute(query.where(PlatformYear.platform_id.in_(platform_ids), *set_for)).all()
    beside = {
        (row.platform_id, each) for row in rows for each in range(row.assessed_from.year, row.assessed_until.year + 1)
    }
    return beside.union((platform_id, year) for platform_id in platform_ids)


def _seal(session: Session, platform_ids: Sequence[int], year: int, by: Actor, now: datetime) -> None:
    found = session.scalars(sa.select(Platform).where(Platform.id.in_(platform_ids)).order_by(Platform.id)).all()
    rows = years.platform_years(session, found, year)
    periods = years.assessment_periods(session, found, year)
    if any(years.day_of(now) <= max(date(year, 12, 31), period.last) for period in periods.values()):
        raise Refused("year_not_over", year=year)
    raised_needs.carry_over(session, platform_ids, year, by, now)
    _let_drafts_go(session, platform_ids, year)
    folded = tallies.fold_all(session, platform_ids, year, now)
    if len(folded) < len(found):
        raise Refused("year_without_rules", year=year)
    waiting = sa.select(Change.id).where(Change.platform_id.in_(platform_ids), Change.year == year).limit(1)
    if session.scalar(waiting) is not None:
        raise Refused("changes_waiting")
    counted = [
        left_out.CountedYear(each, folded[each.id].scored.readings, periods[each.id], folded[each.id].rows)
        for each in found
    ]
    unseen = left_out.of_all(session, counted, year)
    kept = [snapshots.SnapshotYear(each, periods[each.id], folded[each.id], unseen[each.id]) for each in found]
    snapshots.keep(session, kept, calendars.named_days(session), by, now)
    sealed_rows.keep(session, year, {each.platform.id: (each.recount.rows, each.left_out) for each in kept})
    for row in rows.values():
        row.keeps_rows, row.sealed_at, row.sealed_by = True, now, by.person_id
    session.flush()
    for row in rows.values():
        _record(session, row, "platform_year.sealed", by, now)
    keys = {platform_id: f"sealed:{platform_id}:{year}:{now.isoformat()}" for platform_id in rows}
    notices.tell_platforms(session, NoticePurpose.SEALED, keys, {"year": year}, now)


def _let_drafts_go(session: Session, platform_ids: Sequence[int], year: int) -> None:
    """A draft is nobody's fact: it leaves the year, else it could never be thrown away nor held in a later one."""
    is_draft = (Activity.stage == Stage.DRAFT, Activity.platform_id.in_(platform_ids))
    counts_in_it = counting_years.column(Activity) == year
    session.execute(sa.update(Activity).where(*is_draft, counts_in_it).values(year=None))


def ask_unseal(session: Session, platform_id: int, year: int, reason: str, by: Actor, now: datetime) -> PlatformYear:
    """The first of two people asks to unseal, with a reason, and officials are told; asking again changes nothing.

    Raises ``Refused``: ``year_not_sealed``, ``reason_needed``.
    """
    row = _held(session, platform_id, year, by)
    given = must_have_reason(reason)
    if not row.is_sealed:
        raise Refused("year_not_sealed", year=year)
    if row.unseal_asked_at is not None:
        return row
    row.unseal_asked_at, row.unseal_asked_by, row.unseal_reason = now, by.person_id, given
    _note(session, row, "platform_year.unseal_asked", by, now, reason=given)
    platform = session.get_one(Platform, platform_id)
    facts = {"deed": "unseal_asked", "year": year, "platform": platform.name, "code": platform.code}
    notices.tell(session, NoticePurpose.SEALED, _asking(row), facts, now, but=by.person_id)
    return row


def _asking(row: PlatformYear) -> str:
    """The key of the notice to whoever may confirm it; taken back once nobody need."""
    asked_at = row.unseal_asked_at
    return f"unseal_asked:{row.platform_id}:{row.year}:{asked_at.timestamp() if asked_at is not None else 0:.6f}"


def withdraw_unseal(session: Session, platform_id: int, year: int, by: Actor, now: datetime) -> PlatformYear:
    """撤回解锁申请, by the one who asked; idempotent.

    Raises ``Refused``: ``year_not_sealed`` when a colleague has confirmed meanwhile, ``unseal_asked_by_other``.
    """
    row = _held(session, platform_id, year, by)
    if not row.is_sealed:
        raise Refused("year_not_sealed", year=year)
    if row.unseal_asked_at is None:
        return row
    if row.unseal_asked_by != by.person_id:
        raise Refused("unseal_asked_by_other")
    outbox.take_back(session, _asking(row), now)
    row.unseal_asked_at = row.unseal_asked_by = row.unseal_reason = None
    _note(session, row, "platform_year.unseal_withdrawn", by, now)
    return row


def confirm_unseal(session: Session, platform_id: int, year: int, by: Actor, now: datetime) -> PlatformYear:
    """The second person unseals; the year is counted anew, and the platform is told. Idempotent.

    Raises ``Refused``: ``unseal_not_asked``, ``two_people`` to the one who asked.
    """
    row = _held(session, platform_id, year, by)
    if not row.is_sealed:
        return row
    if row.unseal_asked_at is None:
        raise Refused("unseal_not_asked")
    if row.unseal_asked_by == by.person_id:
        raise Refused("two_people")
    if amendments.in_force_of(session, platform_id, year):  # they end with the seal, whatever the new count comes to
        score_trace.tell_systems(session, [platform_id], year, now)
    outbox.take_back(session, _asking(row), now)
    reason, kept = row.unseal_reason, snapshots.kept_rows(session, platform_id, year)
    row.sealed_at = row.sealed_by = row.unseal_asked_at = row.unseal_asked_by = row.unseal_reason = None
    row.keeps_rows = False
    session.flush()
    sealed_rows.drop(session, [platform_id], year)
    snapshots.retire(session, platform_id, year, kept, reason, now)
    _note(session, row, "platform_year.unsealed", by, now, reason=reason)
    facts = {"deed": "unsealed", "year": year}
    key = f"unsealed:{platform_id}:{year}:{now.isoformat()}"
    notices.tell(session, NoticePurpose.SEALED, key, facts, now, platform_id=platform_id)
    journal.touch(session, [(platform_id, year)], now)
    return row


def _held(session: Session, platform_id: int, year: int, by: Actor) -> PlatformYear:
    """The platform's year under its lock; only a person of the province seals and unseals."""
    by.must_be_an_official()
    find(session, Platform, platform_id)
    _hold(session, [platform_id], year)
    row = years.platform_year(session, platform_id, year)
    session.refresh(row)
    return row


def _note(session: Session, row: PlatformYear, deed: str, by: Actor, now: datetime, reason: str | None = None) -> None:
    session.flush()
    _record(session, row, deed, by, now, reason)


def _record(
    session: Session, row: PlatformYear, deed: str, by: Actor, now: datetime, reason: str | None = None
) -> None:
    details = {"reason": reason} if reason else {}
    journal.record_year(session, deed, row.platform_id, row.year, by, now, **details)
