"""One record (记录) of any noun with all that judges it: check-ins and photos, papers, earlier verdicts, doubts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort

from models.activity import Activity, ActivityPhoto, ActivityVersion
from models.collaboration import Assignment, BonusClaim, Evidence, Medium, Response
from models.enterprise import Enterprise, Institution
from models.journal import Review
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, ServiceItem
from models.record import Need, OfflineService, OnlineTrade
from models.roster import Roster
from models.terms import Stage, Subject, Verdict
from wxsvc.db import Session
from wxsvc.services.activity import participation, photos, submission, versions
from wxsvc.services.activity.participation import Host
from wxsvc.services.activity.versions import Difference
from wxsvc.services.counting import scorecards, told_apart
from wxsvc.services.counting.told_apart import Apart
from wxsvc.services.door import checkin_lists, roster_lists
from wxsvc.services.door.checkin_lists import Arrival
from wxsvc.services.judging import review_hints, reviews
from wxsvc.services.records import bonus_claims, evidence, offline_services, visits
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import kind_of
from wxsvc.services.reviewables import MODELS


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as a page shows it; what its noun does not have is empty."""

    subject: Subject
    record: Any
    platform: Platform
    hints: tuple[Hint, ...]
    reviews: tuple[Review, ...]
    enterprises: tuple[Enterprise, ...] = ()
    institution: Institution | None = None
    papers: tuple[Evidence, ...] = ()
    year_papers: tuple[Evidence, ...] = ()
    """Papers for the whole year that prove it, too."""
    arrivals: tuple[Arrival, ...] = ()
    rosters: tuple[Roster, ...] = ()
    """Lists of enterprises that were entered afterwards and confirmed."""
    photos: tuple[ActivityPhoto, ...] = ()
    hosts: tuple[Host, ...] = ()
    lacks: tuple[str, ...] = ()
    versions: tuple[ActivityVersion, ...] = ()
    differences: tuple[Difference, ...] = ()
    item: ServiceItem | None = None
    visits: tuple[OnlineServiceVisit, ...] = ()
    assignment: Assignment | None = None
    medium: Medium | None = None
    story: BonusClaim | None = None
    """The report that the reviewer marked as telling the same story."""
    reports: tuple[BonusClaim, ...] = ()
    """The platform's other reports of the year."""
    apart: Apart | None = None
    """Of the 家次 that count: sole traders', and those from outside the region."""
    uncounted: Mapping[int, str] = field(default_factory=dict)
    """Enterprises that do not count, by id, with the code of the reason."""

    @property
    def is_imported_approval(self) -> bool:
        """An activity whose approval no reviewer gave: it came with an import."""
        is_approved = isinstance(self.record, Activity) and self.record.stage is Stage.APPROVED
        return is_approved and not (self.reviews and self.reviews[-1].verdict is Verdict.APPROVED)

    @property
    def live(self) -> list[Arrival]:
        """Check-ins that staff did not take out."""
        return [arrival for arrival in self.arrivals if arrival.is_live]


def shown(session: Session, subject: Subject, subject_id: int) -> Shown:
    """Everything about one record; 404 where there is none."""
    record: Any = session.get(MODELS[subject], subject_id)
    if record is None:
        abort(404)
    return Shown(
        subject=subject,
        record=record,
        platform=session.get_one(Platform, record.platform_id),
        hints=review_hints.of(session, [(subject, subject_id)]).get((subject, subject_id), ()),
        reviews=tuple(reviews.of(session, subject, subject_id)),
        papers=tuple(evidence.of_record(session, subject, subject_id)),
        year_papers=tuple(evidence.shared_for(session, record)),
        **_more(session, record),
    )


def _more(session: Session, record: Any) -> dict[str, Any]:
    match record:
        case Activity():
            return _of_activity(session, record)
        case OfflineService():
            return {
                "enterprises": offline_services.served(session, [record.id]).get(record.id, ()),
                "institution": _institution(session, record.institution_id),
                "apart": told_apart.of_record(session, record),
                "uncounted": told_apart.uncounted(session, record),
            }
        case OnlineTrade():
            return {**_of_one(session, record), "institution": _institution(session, record.institution_id)}
        case Need():
            return _of_one(session, record)
        case OnlineService():
            return {
                "item": session.get_one(ServiceItem, record.service_item_id),
                "visits": tuple(visits.of_service(session, record.id)),
            }
        case BonusClaim():
            return {
                "medium": session.get(Medium, record.medium_id) if record.medium_id is not None else None,
                "story": session.get(BonusClaim, record.story_of) if record.story_of is not None else None,
                "reports": tuple(bonus_claims.other_reports(session, record)),
            }
        case Response():
            return {"assignment": session.get_one(Assignment, record.assignment_id)}
    return {}


def _of_one(session: Session, record: Need | OnlineTrade) -> dict[str, Any]:
    """The one enterprise of the record, and why the record does not count, if so."""
    row = scorecards.rows_of_kind(session, record.platform_id, record.year, record.SUBJECT).get(record.id)
    return {
        "enterprises": (session.get_one(Enterprise, record.enterprise_id),),
        "uncounted": {record.enterprise_id: row.reasons[0]} if row is not None and row.reasons else {},
    }


def _of_activity(session: Session, activity: Activity) -> dict[str, Any]:
    arrivals = tuple(checkin_lists.of_activity(session, activity.id))
    return {
        "arrivals": arrivals,
        "rosters": tuple(each for each in roster_lists.of_activity(session, activity.id) if each.confirmed_at),
        "photos": tuple(photos.of(session, activity.id)),
        "hosts": tuple(participation.hosts(session, activity.id)),
        "lacks": submission.lacks(session, activity),
        "versions": tuple(versions.of(session, activity.id)),
        "differences": versions.differences(session, activity),
        "apart": told_apart.of_record(session, activity),
        "uncounted": told_apart.uncounted(session, activity),
    }


def _institution(session: Session, institution_id: int | None) -> Institution | None:
    return session.get(Institution, institution_id) if institution_id is not None else None


def title_of(item: Any) -> str:
    """What a record is called in a list; ``item`` has a ``record``, and perhaps an ``item`` of the province's list."""
    if (offered := getattr(item, "item", None)) is not None:
        return str(offered.name)
    return kind_of(item.record).title(item.record)
