"""平台变更: 省工信厅 adds a platform, changes what is registered of it, closes it (关停), and opens it again.

Every change carries the version that its form showed, a reason, and stands in the log with what was before and after. A
score that was sealed stays as it is: a change that would move a sealed year's period is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy.orm import Session, aliased

from models.activity import ActivityPlatform
from models.journal import LogEntry
from models.platform import Platform
from models.terms import Subject
from scoring import uscc
from scoring.terms import PlatformKind
from wxsvc.services import changed_rows, journal, platforms, years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import CODE, must_be_link, must_have_happened, must_have_reason, must_say
from wxsvc.services.locks import insert_once
from wxsvc.services.marks import must_stand
from wxsvc.services.people import members, staff
from wxsvc.services.refusal import Refused, every_fault, must_be_found
from wxsvc.texts import regions

LONGEST_CODE: Final = 32
LONGEST_REASON: Final = 300
FIRST_YEAR: Final = 2000
"""No platform is older; an earlier day is a slip of the pen."""
_SCORED: Final = ("region_code", "operator_uscc", "accepted_on")
"""What decides who counts, and from when."""


class PlatformEntry(Struct, frozen=True):
    """What is registered of a platform, beside its code (编号) and its kind (类别), which never change."""

    name: str
    region_code: str
    accepted_on: date | None = None
    phone: str | None = None
    website: str | None = None
    operator_uscc: str | None = None


def former_names(session: Session, platform_id: int) -> list[tuple[str, datetime]]:
    """曾用名 with the moment until which each held, the latest first, as the log tells them."""
    query = sa.select(LogEntry.before, LogEntry.done_at).where(
        LogEntry.subject == Subject.PLATFORM, LogEntry.subject_id == platform_id, LogEntry.before.is_not(None)
    )
    entries = session.execute(query.order_by(LogEntry.id.desc())).all()
    return [(str(before["name"]), done_at) for before, done_at in entries if before and "name" in before]


def entry_of(platform: Platform) -> PlatformEntry:
    """What is registered now."""
    return PlatformEntry(**{name: getattr(platform, name) for name in PlatformEntry.__struct_fields__})


def add(
    session: Session, code: str, kind: PlatformKind, entry: PlatformEntry, reason: str, by: Actor, now: datetime
) -> Platform:
    """新增平台. Idempotent: the same code with the same content is the platform that is there.

    Raises ``Refused``: ``not_allowed``, ``platform_code_needed``, ``platform_code_taken`` with the other's
    ``name``, ``text_needed``, ``region_unknown``, ``region_not_of_kind``, ``bad_link``,
    ``platform_operator``, ``day_in_future``, ``day_too_early``, ``reason_needed``.
    """
    by.must_be_province()
    given, plain = must_have_reason(reason), code.strip()
    if len(plain) > LONGEST_CODE or not CODE.fullmatch(plain):
        raise Refused("platform_code_needed", most=LONGEST_CODE)
    values = asdict(fitting(entry, kind, now))
    is_new = insert_once(session, Platform, code=plain, kind=kind, created_at=now, **values)
    row = session.scalars(sa.select(Platform).where(Platform.code == plain)).one()
    if is_new:
        changed_rows.written(session, row, None)
        journal.record_of(session, row, "added", by, now, reason=given)
        journal.touch(session, members.open_years(session, row.id, now), now)
    elif row.kind is not kind or entry_of(row) != PlatformEntry(**values):
        raise Refused("platform_code_taken", name=row.name)
    return row


def change(
    session: Session, platform_id: int, entry: PlatformEntry, reason: str, seen: int, by: Actor, now: datetime
) -> Platform:
    """更名 and every other correction; every open year whose score may move is counted anew. Idempotent.

    ``seen`` is the version that the form showed. Raises ``Refused`` like :func:`add`, ``edited_by_other``, and
    ``year_sealed`` where another day of acceptance would move a sealed year's period.
    """
    by.must_be_province()
    row, given = _held(session, platform_id), must_have_reason(reason)
    wanted = fitting(entry, row.kind, now)
    before = entry_of(row)
    if wanted == before:
        return row
    must_stand(seen, row.version)
    touched = _years_of(session, row, now) if any(_differ(before, wanted, _SCORED)) else set()
    kept = years.sealed_periods(session, row.id)
    for name, value in asdict(wanted).items():
        setattr(row, name, value)
    years.must_keep(session, row.id, kept)
    _written(session, row, "renamed" if [*_differ(before, wanted)] == ["name"] else "corrected", given, by, now)
    journal.touch(session, touched | (_years_of(session, row, now) if touched else set()), now)
    return row


def close(
    session: Session, platform_id: int, closed_on: date, reason: str, seen: int, by: Actor, now: datetime
) -> Platform:
    """关停 from a day on, today at the latest: nothing is owed from then on, and its staff's roles end now.

    What it did before stays counted; in a year that it did not finish it has no rank. Idempotent. Raises ``Refused``:
    ``not_allowed``, ``reason_needed``, ``day_in_future``, ``day_too_early``, ``closed_before_accepted``,
    ``edited_by_other``, ``year_sealed``.
    """
    by.must_be_province()
    row, given = _held(session, platform_id), must_have_reason(reason)
    if row.closed_on == closed_on:
        return row
    must_stand(seen, row.version)
    must_be_plausible(closed_on, now)
    if row.accepted_on is not None and closed_on <= row.accepted_on:
        raise Refused("closed_before_accepted", accepted_on=row.accepted_on)
    _set_closed(session, row, closed_on, given)
    _written(session, row, "closed", given, by, now)
    staff.end_all_at(session, row.id, by, now)
    journal.touch(session, members.open_years(session, row.id, now), now)
    return row


def reopen(session: Session, platform_id: int, reason: str, seen: int, by: Actor, now: datetime) -> Platform:
    """恢复 a closed platform; its staff are invited anew. Idempotent. Raises ``Refused`` like :func:`close`."""
    by.must_be_province()
    row, given = _held(session, platform_id), must_have_reason(reason)
    if row.closed_on is None:
        return row
    must_stand(seen, row.version)
    _set_closed(session, row, None, None)
    _written(session, row, "reopened", given, by, now)
    journal.touch(session, members.open_years(session, row.id, now), now)
    return row


def _held(session: Session, platform_id: int) -> Platform:
    """The platform, locked until the transaction ends."""
    return must_be_found(session.get(Platform, platform_id, with_for_update=True, populate_existing=True))


def fitting(entry: PlatformEntry, kind: PlatformKind, now: datetime) -> PlatformEntry:
    """The entry without outer spaces, if it makes sense for the kind; else every fault at once, as :func:`add` has."""
    plain = replace(
        entry,
        name=entry.name.strip(),
        phone=(entry.phone or "").strip() or None,
        website=(entry.website or "").strip() or None,
        operator_uscc=uscc.normalise(entry.operator_uscc or "") or None,
    )
    with every_fault() as checked:
        checked(lambda: must_say(plain.name))
        checked(lambda: _must_be_region(plain.region_code, kind))
        link = checked(lambda: must_be_link(plain.website or "")) if plain.website else None
        checked(lambda: _must_be_operator(plain.operator_uscc))
        checked(lambda: must_be_plausible(plain.accepted_on, now))
    return replace(plain, website=link)


def _must_be_region(code: str, kind: PlatformKind) -> None:
    region = regions.find(code)
    if region is None and not regions.is_park(code):
        raise Refused("region_unknown")
    is_city = region is not None and region in regions.cities()
    if kind in (PlatformKind.PREFECTURE, PlatformKind.COUNTY) and is_city is not (kind is PlatformKind.PREFECTURE):
        raise Refused("region_not_of_kind", kind=kind.value)


def _must_be_operator(code: str | None) -> None:
    if code is not None and not uscc.is_valid(code):
        raise Refused("platform_operator")


def must_be_plausible(day: date | None, now: datetime) -> None:
    """A day that has come and is not too early; else ``Refused``: ``day_in_future``, ``day_too_early``."""
    if day is None:
        return
    must_have_happened(day, now)
    if day.year < FIRST_YEAR:
        raise Refused("day_too_early", year=FIRST_YEAR)


def _differ(
    before: PlatformEntry, wanted: PlatformEntry, names: Iterable[str] = PlatformEntry.__struct_fields__
) -> list[str]:
    return [name for name in names if getattr(before, name) != getattr(wanted, name)]


def _set_closed(session: Session, row: Platform, closed_on: date | None, reason: str | None) -> None:
    kept = years.sealed_periods(session, row.id)
    row.closed_on, row.closed_reason = closed_on, reason
    years.must_keep(session, row.id, kept)


def _years_of(session: Session, row: Platform, now: datetime) -> set[tuple[int, int]]:
    """Its open years, those of its city's platform, where a county's needs may count as well, and of all that ever held
    an activity with it: the company of one of the hosts counts for none of them."""
    ids = {row.id, *_joint_hosts(session, row)}
    if row.kind is PlatformKind.COUNTY:
        cities = platforms.every(session, PlatformKind.PREFECTURE)
        ids |= {each.id for each in cities if each.region_code[:4] == row.region_code[:4]}
    return {place for each in ids for place in members.open_years(session, each, now)}


def _joint_hosts(session: Session, row: Platform) -> Sequence[int]:
    own, other = aliased(ActivityPlatform), aliased(ActivityPlatform)
    query = sa.select(other.platform_id).join(own, own.activity_id == other.activity_id).distinct()
    are_confirmed = (own.confirmed_at.is_not(None), other.confirmed_at.is_not(None))
    return session.scalars(query.where(own.platform_id == row.id, *are_confirmed)).all()


def _written(session: Session, row: Platform, deed: str, reason: str, by: Actor, now: datetime) -> None:
    row.version += 1
    journal.record_of(session, row, deed, by, now, reason=reason)
