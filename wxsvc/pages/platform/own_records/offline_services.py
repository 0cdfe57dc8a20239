"""线下服务: whom the platform visited, diagnosed or advised, on which day; entered late, it is flagged 补录."""

from __future__ import annotations

from typing import Any

from models.record import OfflineService
from models.terms import Subject
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records import institutions, picker
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.services.records import offline_services
from wxsvc.services.records.offline_services import OfflineServiceEntry


def entry_of(session: Session, form: TypedForm) -> OfflineServiceEntry | None:
    """What the form says."""
    day = form.day_come("day", needed="form_needed")
    content = form.text("content", most=2000, needed="form_needed")
    served = picker.picked(session, form, current_actor(), now())
    institution_id = institutions.typed(session, form, current_actor(), now())
    return OfflineServiceEntry(day, content, served, institution_id) if day else None


def typed_of(session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {
        "day": row.served_on.isoformat(),
        "content": row.content,
        "enterprise": picker.typed(offline_services.enterprises(session, row.id)),
        "institution": institutions.name_of(session, row.institution_id),
    }


def beside(session: Session, form: TypedForm) -> dict[str, Any]:
    """What the form offers to choose from."""
    return {
        "choice": picker.shown(session, form),
        "institutions": institutions.used_by(session, OfflineService),
        "backfill_days": house().settings.backfill_days,
    }


noun = Noun(
    Subject.OFFLINE_SERVICE,
    "offline-services",
    entry_of,
    typed_of,
    offline_services.add,
    offline_services.correct,
    beside=beside,
    field_of={"served_enterprise_needed": "enterprise", "unknown_enterprise": "enterprise"},
)
blueprint = pages_of(noun)
