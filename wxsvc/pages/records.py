"""One record (记录) of any noun with all that judges it: check-ins and photos, papers, earlier verdicts, doubts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from flask import abort
from msgspec import Struct, field
from msgspec.structs import replace

from models.activity import Activity, ActivityPhoto, ActivityVersion
from models.collaboration import Assignment, BonusClaim, Evidence, Filing, Medium, Response
from models.enterprise import Enterprise, Institution
from models.journal import Review
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, ServiceItem
from models.record import Need, OfflineService, OnlineTrade
from models.terms import Stage, Subject, Verdict
from scoring.readings import Readings
from wxsvc.access import house
from wxsvc.db import Session
from wxsvc.pages import minute_chart
from wxsvc.pages.minute_chart import Chart
from wxsvc.services import journal
from wxsvc.services.activity import participation, photo_likenesses, photos, submission, versions
from wxsvc.services.activity.participation import Host, Hosted
from wxsvc.services.activity.photo_likenesses import Alike
from wxsvc.services.activity.versions import FieldDifference
from wxsvc.services.counting import scorecards, told_apart
from wxsvc.services.counting.stakes import Stake
from wxsvc.services.counting.stakes import of_record as stakes_of_record
from wxsvc.services.counting.told_apart import Apart
from wxsvc.services.door import arrivals_judged, beside_arrivals, checkin_lists
from wxsvc.services.door.arrivals_judged import JudgedArrivals
from wxsvc.services.door.beside_arrivals import Document, NotIn
from wxsvc.services.journal import LoggedStep
from wxsvc.services.judging import review_hints, reviews
from wxsvc.services.people import persons
from wxsvc.services.records import bonus_claims, evidence, filings_due, offline_services, visits
from wxsvc.services.records.filings_due import JudgedFiling
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import kind_of
from wxsvc.services.regulation import completeness, readings
from wxsvc.services.reviewables import MODELS, with_platform
from wxsvc.services.years import year_of
from wxsvc.wording import word

ROWS: Final = 50
"""Check-ins on one page of an activity."""


class ActivityProof(Struct, frozen=True):
    """佐证 of an activity as the reviewer weighs it: how its companies came, page by page; photos seen elsewhere."""

    arrivals: JudgedArrivals
    chart: Chart | None
    not_in: tuple[NotIn, ...]
    alike: tuple[Alike, ...]

    @property
    def not_in_by_reason(self) -> list[tuple[str, str, list[NotIn]]]:
        """Who came and is no check-in, reason by reason."""
        groups = groupby(self.not_in, key=lambda each: (each.how.value, each.reason))
        return [(how, reason, list(rows)) for (how, reason), rows in groups]


class ShownRecord(Struct, frozen=True):
    """A record as a page shows it; what its noun does not have is empty."""

    subject: Subject
    record: Any
    platform: Platform
    reviews: tuple[Review, ...] = ()
    hints: tuple[Hint, ...] = ()
    """What is doubtful about it; for who reviews."""
    enterprises: tuple[Enterprise, ...] = ()
    institution: Institution | None = None
    papers: tuple[Evidence | Document, ...] = ()
    year_papers: tuple[Evidence, ...] = ()
    """Papers for the whole year that prove it, too."""
    rosters: tuple[Document, ...] = ()
    """Lists of enterprises that were entered afterwards and confirmed."""
    photos: tuple[ActivityPhoto, ...] = ()
    hosts: tuple[Host, ...] = ()
    lacks: tuple[str, ...] = ()
    versions: tuple[ActivityVersion, ...] = ()
    differences: tuple[FieldDifference, ...] = ()
    item: ServiceItem | None = None
    visits: tuple[OnlineServiceVisit, ...] = ()
    assignment: Assignment | None = None
    medium: Medium | None = None
    story: BonusClaim | None = None
    """The report that the reviewer marked as telling the same story."""
    reports: tuple[BonusClaim, ...] = ()
    """The platform's other reports of the year."""
    filing: JudgedFiling | None = None
    """Its last day and how it stands by it."""
    apart: Apart | None = None
    """Of the 家次 that count: sole traders', and those from outside the region."""
    uncounted: Mapping[int, str] = field(default_factory=dict)
    """Enterprises that do not count, by id, with the code of the reason."""
    steps: tuple[LoggedStep, ...] = ()
    """经过: what was done to it, by whom and when; for provincial pages."""
    stakes: tuple[Stake, ...] = ()
    """What approving it would bring, platform by platform."""
    proof: ActivityProof | None = None
    """Of an activity, what a reviewer weighs."""

    @property
    def is_imported_approval(self) -> bool:
        """An activity whose approval no reviewer gave: it came with an import."""
        is_approved = isinstance(self.record, Activity) and self.record.stage is Stage.APPROVED
        return is_approved and not (self.reviews and self.reviews[-1].verdict is Verdict.APPROVED)


def shown(session: Session, subject: Subject, subject_id: int, by: Readings | None = None) -> ShownRecord:
    """Everything about one record; 404 where there is none. ``by`` are the readings of its card, if at hand."""
    if subject is Subject.ACTIVITY:
        found = participation.with_hosts(session, subject_id)
        return of_activity(session, found) if found is not None else abort(404)
    record: Any = session.get(MODELS[subject], subject_id) or abort(404)
    papers, year_papers = evidence.own_and_shared(session, record)
    return ShownRecord(
        subject=subject,
        record=record,
        platform=session.get_one(Platform, record.platform_id),
        reviews=tuple(reviews.of(session, subject, subject_id)),
        papers=papers,
        year_papers=year_papers,
        **_more(session, record, by),
    )


def with_hosts(found: Hosted) -> ShownRecord:
    """The facts of an activity, and no more."""
    activity, platform, hosts = found
    return ShownRecord(subject=Subject.ACTIVITY, record=activity, platform=platform, hosts=tuple(hosts))


def of_activity(session: Session, found: Hosted) -> ShownRecord:
    """Everything about an activity that is at hand with its hosts, for its own platform."""
    activity, _, hosts = found
    verdicts = tuple(reviews.of(session, Subject.ACTIVITY, activity.id))
    pictures = tuple(photos.of(session, activity.id))
    handed_in = tuple(versions.of(session, activity.id))
    present = checkin_lists.enterprises_in(session, activity.id) if handed_in else ()
    return replace(
        with_hosts(found),
        reviews=verdicts,
        papers=tuple(evidence.of_record(session, Subject.ACTIVITY, activity.id)),
        photos=pictures,
        lacks=submission.lacks(session, activity),
        versions=handed_in,
        differences=versions.differences(activity, handed_in, verdicts, hosts, pictures, present),
    )


def for_review(session: Session, subject: Subject, subject_id: int, page: int = 1) -> ShownRecord:
    """One record with all that a reviewer weighs, of an activity one ``page`` of its check-ins; 404 without it."""
    if subject is Subject.ACTIVITY:
        return _activity_for_review(session, subject_id, page)
    held = with_platform(session, subject, subject_id) or abort(404)  # kept here, so that the session keeps both
    record, platform = held
    year = record.year or year_of(record.created_at)
    by, stakes = stakes_of_record(session, (subject, subject_id), platform.id, year)
    steps = tuple(journal.steps_of(session, subject, subject_id))
    hints = review_hints.of_record(session, record)
    return replace(shown(session, subject, subject_id, by), hints=hints, steps=steps, stakes=stakes)


def _activity_for_review(session: Session, activity_id: int, page: int) -> ShownRecord:
    """With as few statements as there are tables: what one has read, the next is told from."""
    activity, platform, hosts = participation.with_hosts(session, activity_id) or abort(404)
    key, year = (Subject.ACTIVITY, activity.id), activity.year or year_of(activity.created_at)
    by, stakes = stakes_of_record(session, key, platform.id, year)
    by = by or readings.in_force(session, year, platform.kind)
    hints = review_hints.of_record(session, activity)
    verdicts = tuple(reviews.of(session, *key))
    arrivals = arrivals_judged.of_activity(session, activity, platform, by, max(page, 1), ROWS)
    pictures = tuple(photos.of(session, activity.id))
    handed_in = tuple(versions.of(session, activity.id))
    present = arrivals.enterprises if handed_in else ()
    documents = beside_arrivals.documents(session, activity.id)
    proof = ActivityProof(
        arrivals,
        minute_chart.of(arrivals.minutes),
        tuple(beside_arrivals.not_in(session, activity.id)),
        tuple(photo_likenesses.of_activity(session, activity.id)) if Hint.SAME_PHOTO in hints else (),
    )
    own = next((host for host in hosts if host.platform.id == platform.id), None)
    return ShownRecord(
        subject=Subject.ACTIVITY,
        record=activity,
        platform=platform,
        hints=hints,
        reviews=verdicts,
        papers=tuple(each for each in documents if each.item is not None),
        rosters=tuple(each for each in documents if each.item is None),
        photos=pictures,
        hosts=tuple(hosts),
        lacks=completeness.missing(
            title=activity.title,
            category=activity.category,
            part=own.part if own is not None else None,
            form=activity.form,
            organisers=activity.organisers,
            starts_at=activity.starts_at,
            place=activity.place,
            meeting_link=activity.meeting_link,
            enterprises=arrivals.apart.counted,
            photos=sum(photo.shows_activity for photo in pictures),
            summary_length=completeness.characters(activity.summary),
            readings=by,
        ),
        versions=handed_in,
        differences=versions.differences(activity, handed_in, verdicts, hosts, pictures, present),
        apart=arrivals.apart,
        steps=tuple(journal.steps_of(session, *key)),
        stakes=stakes,
        proof=proof,
    )


def masked(sealed: str | None) -> str | None:
    """A person's sealed name as lists show it (王**); None where there is none."""
    return persons.masked(sealed, house().vault)


def deed_word(deed: str) -> str:
    """What a deed of the log is called; a rare one is only said to have happened."""
    try:
        return word(deed, "deed")
    except KeyError:
        return word("other", "deed")


def opened(sealed: str | None) -> str | None:
    """An official's or a clerk's name for provincial pages."""
    return persons.opened(sealed, house().vault)


def _more(session: Session, record: Any, by: Readings | None) -> dict[str, Any]:
    match record:
        case OfflineService():
            apart, uncounted = told_apart.of_record(session, record, by)
            return {
                "enterprises": offline_services.served(session, [record.id]).get(record.id, ()),
                "institution": _institution(session, record.institution_id),
                "apart": apart,
                "uncounted": uncounted,
            }
        case OnlineTrade():
            return {**_of_one(session, record, by), "institution": _institution(session, record.institution_id)}
        case Need():
            return _of_one(session, record, by)
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
        case Filing():
            whose = {record.id: (record.platform_id, record.year)}
            return {"filing": filings_due.of_filings(session, whose, house().now()).get(record.id)}
        case Response():
            return {"assignment": session.get_one(Assignment, record.assignment_id)}
    return {}


def _of_one(session: Session, record: Need | OnlineTrade, by: Readings | None) -> dict[str, Any]:
    """The one enterprise of the record, and why the record does not count, if so."""
    row = scorecards.rows_of_kind(session, record.platform_id, record.year, record.SUBJECT, by).get(record.id)
    return {
        "enterprises": (session.get_one(Enterprise, record.enterprise_id),),
        "uncounted": {record.enterprise_id: row.reasons[0]} if row is not None and row.reasons else {},
    }


def _institution(session: Session, institution_id: int | None) -> Institution | None:
    return session.get(Institution, institution_id) if institution_id is not None else None


def title_of(item: Any) -> str:
    """What a record is called in a list; ``item`` has a ``record``, and perhaps an ``item`` of the province's list."""
    if (offered := getattr(item, "item", None)) is not None:
        return str(offered.name)
    return kind_of(item.record).title(item.record)
