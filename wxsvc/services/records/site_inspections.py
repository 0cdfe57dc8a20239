"""网站定期检查: the hub's look at a platform's site, with the points it would propose for the website ruling."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import SiteInspection
from scoring.scheme_files import scheme_for
from scoring.terms import Ground, PlatformKind
from wxsvc.services import counting_years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_fit, must_have_happened, must_say
from wxsvc.services.locks import held, hold_open
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.records import plain
from wxsvc.services.refusal import Refused, refuse_every
from wxsvc.services.reviewables import find


class SiteInspectionEntry(Struct, frozen=True):
    """What was seen on which day: the newest update, findings, and points from 0 to full in half points."""

    inspected_on: date
    findings: str
    newest_update_on: date | None = None
    proposed_points: Decimal | None = None

    @property
    def year(self) -> int:
        """The year of the inspection's day."""
        return self.inspected_on.year


def add(session: Session, platform_id: int, entry: SiteInspectionEntry, by: Actor, now: datetime) -> SiteInspection:
    """Record an inspection; provincial staff only. Idempotent.

    Raises ``Refused``: ``points_not_allowed``, ``update_after_inspection``, ``text_needed``, ``day_in_future``,
    ``year_sealed``.
    """
    by.must_review()
    hold_open(session, platform_id, when(entry))
    values = _columns(session, platform_id, entry, now)
    alike = (getattr(SiteInspection, name).is_not_distinct_from(value) for name, value in values.items())
    same = session.scalar(sa.select(SiteInspection).where(SiteInspection.platform_id == platform_id, *alike))
    if same is not None:
        return same
    return plain.keep(session, SiteInspection(platform_id=platform_id, **values), by, now)


def seen(row: SiteInspection) -> str:
    """The mark of what a form shows of the inspection."""
    return mark(row.inspected_on, row.newest_update_on, row.findings, row.proposed_points)


def correct(
    session: Session,
    inspection_id: int,
    entry: SiteInspectionEntry,
    by: Actor,
    now: datetime,
    shown: str | None = None,
) -> SiteInspection:
    """Change an inspection; the log keeps that it was changed. Idempotent; ``shown`` as :func:`seen` has it.

    Raises ``Refused`` as :func:`add` does, and ``edited_by_other``.
    """
    by.must_review()
    row = find(session, SiteInspection, inspection_id)
    hold_open(session, row.platform_id, when(row), when(entry))
    values = _columns(session, row.platform_id, entry, now)
    if plain.differing(held(session, row), values):
        must_stand(shown, seen(row))
    return plain.change(session, row, values, by, now)


def of_year(session: Session, year: int, among: Collection[int] | None = None) -> dict[int, list[SiteInspection]]:
    """Every inspection that counts in a year by platform id, the first one first; of some where their ids are given."""
    found: dict[int, list[SiteInspection]] = {}
    query = (
        sa.select(SiteInspection)
        .where(counting_years.counts_in(SiteInspection, year))
        .order_by(SiteInspection.inspected_on)
    )
    if among is not None:
        query = query.where(SiteInspection.platform_id.in_(among))
    for row in session.scalars(query):
        found.setdefault(row.platform_id, []).append(row)
    return found


def must_make_sense(entry: SiteInspectionEntry, kind: PlatformKind) -> None:
    """The newest update was there at the inspection, the points are of the table; else every fault at once."""
    found: list[Refused] = []
    if entry.newest_update_on is not None and entry.newest_update_on > entry.inspected_on:
        found.append(Refused("update_after_inspection"))
    if entry.proposed_points is not None:
        scheme = scheme_for(kind, entry.year)
        for line in scheme.resting_on(Ground.SITE_INSPECTION):
            try:
                must_fit(entry.proposed_points, line.full, scheme.rulings[line.code].grain)
            except Refused as refused:
                found.append(refused)
    refuse_every(found)


def _columns(session: Session, platform_id: int, entry: SiteInspectionEntry, now: datetime) -> dict[str, Any]:
    must_say(entry.findings)
    must_have_happened(entry.inspected_on, now)
    must_make_sense(entry, find(session, Platform, platform_id).kind)
    return asdict(entry) | {"year": entry.year}
