"""产业研究报告: original reports that cluster platforms publish; one approved with its proof earns the points."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.recognition import ResearchReport
from models.terms import Subject
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_be_link, must_have_happened, must_say
from wxsvc.services.records import reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.records.kinds import must_have_line


class ResearchReportEntry(Struct, frozen=True):
    """A report, by whom, published when and (if anywhere) where."""

    title: str
    authors: str
    published_on: date
    link: str | None = None

    @property
    def year(self) -> int:
        """The year of its publication."""
        return self.published_on.year


def add(
    session: Session,
    platform_id: int,
    entry: ResearchReportEntry,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> ResearchReport:
    """Submit a report; idempotent.

    Raises ``Refused``: ``not_in_table``, ``text_needed``, ``bad_link``, ``day_in_future``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    must_have_line(session, platform_id, entry.year, Subject.RESEARCH_REPORT)
    return reviewed.submit(
        session, ResearchReport, platform_id, _checked(entry, now), by, now, backfill_days=backfill_days
    )


def correct(
    session: Session,
    report_id: int,
    entry: ResearchReportEntry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> ResearchReport:
    """Change a report until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    return reviewed.amend(session, ResearchReport, report_id, _checked(entry, now), version, by, now, backfill_days)


def _checked(entry: ResearchReportEntry, now: datetime) -> ResearchReportEntry:
    must_say(entry.title, entry.authors)
    must_have_happened(entry.published_on, now)
    return replace(entry, link=must_be_link(entry.link) if entry.link else None)
