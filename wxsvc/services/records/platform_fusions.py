"""产业平台融合: an industrial internet or innovation platform that a cluster platform introduced or built."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.orm import Session

from models.recognition import PlatformFusion
from models.terms import FusionKind, Subject
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_happened, must_say
from wxsvc.services.records import reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.records.kinds import must_have_line


class PlatformFusionEntry(Struct, frozen=True):
    """Which platform, from whom, since when, and what it does for the cluster's enterprises."""

    kind: FusionKind
    name: str
    provider: str
    started_on: date
    effect: str

    @property
    def year(self) -> int:
        """The year in which it was introduced or opened."""
        return self.started_on.year


def add(
    session: Session,
    platform_id: int,
    entry: PlatformFusionEntry,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> PlatformFusion:
    """Submit a fusion; idempotent.

    Raises ``Refused``: ``not_in_table``, ``text_needed``, ``day_in_future``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    must_have_line(session, platform_id, entry.year, Subject.PLATFORM_FUSION)
    _check(entry, now)
    return reviewed.submit(session, PlatformFusion, platform_id, entry, by, now, backfill_days=backfill_days)


def correct(
    session: Session,
    fusion_id: int,
    entry: PlatformFusionEntry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> PlatformFusion:
    """Change a fusion until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    _check(entry, now)
    return reviewed.amend(session, PlatformFusion, fusion_id, entry, version, by, now, backfill_days)


def _check(entry: PlatformFusionEntry, now: datetime) -> None:
    must_say(entry.name, entry.provider, entry.effect)
    must_have_happened(entry.started_on, now)
