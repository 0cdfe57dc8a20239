"""产业研究报告 of a cluster platform: title, authors, day and, where it stands on the web, its link."""

from __future__ import annotations

from typing import Any

from models.terms import Subject
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.services.records import research_reports
from wxsvc.services.records.research_reports import ResearchReportEntry


def entry_of(_session: Session, form: TypedForm) -> ResearchReportEntry | None:
    """What the form says."""
    title = form.text("title", needed="form_needed")
    authors = form.text("authors", needed="form_needed")
    day = form.day_come("day", needed="form_needed")
    link = form.link("link", most=1000)
    return ResearchReportEntry(title, authors, day, link or None) if day is not None else None


def typed_of(_session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {"title": row.title, "authors": row.authors, "day": row.published_on.isoformat(), "link": row.link}


noun = Noun(
    Subject.RESEARCH_REPORT,
    "research-reports",
    entry_of,
    typed_of,
    research_reports.add,
    research_reports.correct,
)
blueprint = pages_of(noun)
