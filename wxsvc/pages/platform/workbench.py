"""全部功能: every page of the platform on one, grouped as the work is, with what waits behind each."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.platform import Platform
from models.terms import Subject
from scoring.scheme_files import NoSchemeError
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages.platform.own_records.noun import counted_nouns
from wxsvc.services import desk
from wxsvc.services.records import assignments, evidence, filings_due, raised_needs, record_lists
from wxsvc.services.regulation import platform_regions
from wxsvc.services.years import year_of

blueprint = Blueprint("workbench", __name__)


class Waits(Struct, frozen=True):
    """What waits behind one page: sent back, and not done yet; with the reviewer it does not wait for the platform."""

    returned: int = 0
    undone: int = 0
    submitted: int = 0


@blueprint.get("/more")
def page() -> ResponseReturnValue:
    """全部功能."""
    moment = now()
    with house().database.read() as session:
        own = desk.of(session, own_platform_id(), current_actor(), moment)
        platform = own.platform
        unsettled = record_lists.unsettled(session, platform.id)
        waits = {subject: Waits(each.returned, 0, each.submitted) for subject, each in unsettled.items()}
        undone = {
            Subject.NEED: raised_needs.waiting_count(session, platform.id),
            Subject.RESPONSE: _unanswered(session, platform.id, moment),
            Subject.FILING: len(filings_due.of(session, platform.id, moment).overdue),
            Subject.EVIDENCE: _missing(session, platform, moment),
        }
        for subject, count in undone.items():
            found = waits.get(subject, Waits())
            waits[subject] = Waits(found.returned, count, found.submitted)
        nouns = counted_nouns(platform)
        shown = {
            "waits": {subject.value: each for subject, each in waits.items()},
            "nothing": Waits(),
            "daily": [noun for noun in nouns if noun.is_daily],
            "judged": [noun for noun in nouns if not noun.is_daily],
            "unread": own.unread,
            "takes_members": platform_regions.takes_members(platform),
            "disputed": own.disputed,
        }
    return render_template("platform/more.html", platform=platform, **shown)


def _unanswered(session: Session, platform_id: int, moment: datetime) -> int:
    """Assignments of the year without a response."""
    year = year_of(moment)
    answered = assignments.responses_of(session, platform_id, year)
    return sum(each.id not in answered for each in assignments.of_year(session, year))


def _missing(session: Session, platform: Platform, moment: datetime) -> int:
    """Items of annex 2 that hold points back."""
    try:
        return sum(each.is_missing for each in evidence.checklist(session, platform.id, year_of(moment)))
    except NoSchemeError:
        return 0
