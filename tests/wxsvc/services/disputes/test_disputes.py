"""不是我们单位: an enterprise objects, the reviewer finds, the score follows; a sealed year takes neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.notice import Notice
from models.person import Person
from models.platform import Platform
from models.terms import DisputeState, DisputeSubject, Door, NeedKind, NoticePurpose, Role, Stage, Subject
from models.work_list import Change
from scoring.terms import PlatformKind
from tests import builders
from tests.databases import every_row
from tests.wxsvc.services.record_cases import ADD, DAY, world
from wxsvc.db import Database
from wxsvc.queries import Page
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.disputes import countings, dispute_lists, disputes
from wxsvc.services.disputes.disputes import Remedy
from wxsvc.services.door import corrections
from wxsvc.services.judging import review_hints, reviews
from wxsvc.services.records import needs, offline_services, reviewed
from wxsvc.services.records.hints import Hint
from wxsvc.services.refusal import Refused

NOT_US = "当天我单位无人参加，请核实。"
FOUND = "经电话核实，当天由同楼另一家企业人员代签。"


@dataclass
class Case:
    """A county's platform, a company with its person, and a check-in that staff entered in an approved activity."""

    session: Session
    platform: Platform
    enterprise: Enterprise
    person: Person
    by: Actor
    staff: Actor
    reviewer: Actor
    check_in: CheckIn


def case(session: Session, stage: Stage = Stage.APPROVED) -> Case:
    platform = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181")
    enterprise, person = builders.enterprise(session, region_code="430181"), builders.person(session)
    builders.contact(session, person, enterprise)
    staff = builders.staff(session, platform)
    activity = builders.activity(session, platform, stage=stage, summary=builders.SUMMARY)
    builders.photo(session, activity)
    builders.check_in(session, activity, builders.enterprise(session))
    entered = builders.check_in(
        session, activity, enterprise, door=Door.STAFF, evidence_grade=2, entered_by=staff.person_id
    )
    reviewer = builders.staff(session, role=Role.REVIEWER)
    return Case(session, platform, enterprise, person, Actor(person.id), staff, reviewer, entered)


def object_to(c: Case, now: datetime, row: Any = None, subject: DisputeSubject = DisputeSubject.CHECK_IN) -> Any:
    subject_id = (row or c.check_in).id
    return disputes.raise_dispute(c.session, c.enterprise.id, subject, subject_id, NOT_US, c.by, now)


def counted(c: Case, now: datetime) -> tuple[int, int]:
    """家次 of approved activities, and needs, of the platform."""
    tally = tallies.recount(c.session, c.platform, 2026, now).tally
    return tally.count("activity_participations"), tally.count("needs")


def told(session: Session, deed: str) -> list[tuple[bool, bool]]:
    """Whom the notices of a deed reached: (a platform, a person); neither is the province."""
    found = session.scalars(sa.select(Notice).where(Notice.purpose == NoticePurpose.DISPUTE).order_by(Notice.id))
    return [(n.platform_id is not None, n.person_id is not None) for n in found if n.facts["deed"] == deed]


def test_an_enterprise_sees_where_it_was_counted(db: Database, now: datetime) -> None:
    """The activity by its title, records by noun, day and platform alone; other years and other firms are not there."""
    with db.transaction() as session:
        w = world(session, now)
        person = builders.person(session)
        builders.contact(session, person, w.enterprise)
        activity = builders.activity(session, w.platform)
        builders.check_in(session, activity, w.enterprise, person)
        builders.check_in(session, activity, builders.enterprise(session))
        undone = builders.activity(session, w.platform)
        builders.check_in(session, undone, w.enterprise, undone_at=now)
        for subject in (Subject.OFFLINE_SERVICE, Subject.ONLINE_TRADE, Subject.NEED):
            ADD[subject](w, w.owner)
        found = countings.of_person(session, person.id, 2026)
        assert [(each.subject, each.day, each.name) for each in found[:1]] == [
            (DisputeSubject.CHECK_IN, builders.STARTS_AT.date(), "中小企业数字化转型对接会")
        ]
        assert {(each.subject, each.day, each.name) for each in found[1:]} == {
            (DisputeSubject.OFFLINE_SERVICE, DAY, None),
            (DisputeSubject.ONLINE_TRADE, DAY, "D-1"),
            (DisputeSubject.NEED, DAY, None),
        }
        assert found[0].is_own_scan
        assert countings.of_person(session, person.id, 2025) == []


def test_an_upheld_dispute_takes_the_check_in_out_of_an_approved_activity(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        assert counted(c, now) == (2, 0)
        row = object_to(c, now)
        assert counted(c, now) == (2, 0)
        for _ in range(2):
            disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        assert (row.state, row.decision) == (DisputeState.UPHELD, FOUND)
        assert (c.check_in.void_reason, c.check_in.voided_by) == (FOUND, c.reviewer.person_id)
        assert counted(c, now) == (1, 0)
        assert (c.platform.id, 2026) in waiting(session)
        assert countings.of_person(session, c.person.id, 2026) == []
        with pytest.raises(Refused, match="nothing_to_dispute"):
            object_to(c, now)


def waiting(session: Session) -> set[tuple[int, int]]:
    return {(row.platform_id, row.year) for row in session.scalars(sa.select(Change))}


def test_a_dismissed_one_changes_no_count_and_is_read_by_the_enterprise(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        row = object_to(c, now)
        disputes.decide(session, row.id, is_upheld=False, finding="本单位员工本人扫码", by=c.reviewer, now=now)
        assert counted(c, now) == (2, 0)
        (own,) = dispute_lists.of_person(session, c.person.id).rows
        assert (own.dispute.state, own.dispute.decision) == (DisputeState.DISMISSED, "本单位员工本人扫码")
        with pytest.raises(Refused, match="dispute_decided"):
            disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        assert object_to(c, now + timedelta(days=1)).id != row.id  # something new came to light


def test_reviewer_platform_and_who_objected_are_told_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        row = object_to(c, now)
        assert object_to(c, now).id == row.id
        assert told(session, "raised") == [(False, False), (True, False)]
        for _ in range(2):
            disputes.decide(session, row.id, is_upheld=False, finding=FOUND, by=c.reviewer, now=now)
        assert told(session, "decided") == [(True, False), (False, True)]
        facts = session.scalars(sa.select(Notice).order_by(Notice.id)).first()
        assert facts is not None
        assert facts.facts["enterprise"] == c.enterprise.name
        assert facts.facts["title"] == "中小企业数字化转型对接会"


@pytest.mark.parametrize("is_upheld", [True, False])
def test_who_held_the_activity_too_is_told_what_it_loses(is_upheld: bool, db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        held_by, asked = builders.platform(session), builders.platform(session)
        activity = session.get_one(Activity, c.check_in.activity_id)
        builders.joined(session, activity, held_by)
        builders.joined(session, activity, asked, is_confirmed=False)
        row = object_to(c, now)
        assert [each.rows for each in (of(session, held_by), of(session, asked))] == [[], []]
        for _ in range(2):
            disputes.decide(session, row.id, is_upheld=is_upheld, finding=FOUND, by=c.reviewer, now=now)
        query = sa.select(Notice.platform_id).where(Notice.key.like("%:decided:%"), Notice.platform_id.is_not(None))
        assert set(session.scalars(query)) == ({c.platform.id, held_by.id} if is_upheld else {c.platform.id})
        assert [each.dispute.id for each in of(session, held_by).rows] == [row.id] * is_upheld
        assert of(session, asked).rows == []


def of(session: Session, platform: Platform) -> Page[dispute_lists.DisputeCase]:
    return dispute_lists.of_platform(session, platform.id)


def test_a_need_is_sent_back_or_voided_and_the_points_follow(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        rows = []
        for number in range(2):
            entry = needs.NeedEntry(
                NeedKind.MATCHING, c.enterprise.id, "430181", f"需求{number}", "内容" * 9 + str(number), DAY
            )
            rows.append(needs.add(session, c.platform.id, entry, c.staff, now))
            reviews.approve(session, Subject.NEED, rows[-1].id, c.reviewer, now)
        before = tallies.recount(session, c.platform, 2026, now).scored.base
        returned, void = (object_to(c, now, row, DisputeSubject.NEED) for row in rows)
        disputes.decide(session, returned.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        assert (rows[0].stage, rows[0].return_reason) == (Stage.RETURNED, FOUND)
        disputes.decide(session, void.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now, remedy=Remedy.VOID)
        assert rows[1].stage is Stage.VOID
        assert counted(c, now)[1] == 0
        assert tallies.recount(session, c.platform, 2026, now).scored.base < before
        assert not dispute_lists.case_of(session, returned.id).is_sealed
        builders.seal(session, c.platform)
        assert dispute_lists.case_of(session, returned.id).is_sealed


def test_one_enterprise_of_a_service_objects_and_the_platform_mends(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        both = frozenset([c.enterprise.id, builders.enterprise(session).id])
        entry = offline_services.OfflineServiceEntry(DAY, "上门诊断", both)
        service = offline_services.add(session, c.platform.id, entry, c.staff, now)
        row = object_to(c, now, service, DisputeSubject.OFFLINE_SERVICE)
        assert review_hints.of(session, [(service.SUBJECT, service.id)]).get((service.SUBJECT, service.id), ()) == (
            Hint.DISPUTED,
        )
        disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        assert service.stage is Stage.RETURNED
        mended = offline_services.OfflineServiceEntry(DAY, "上门诊断", both - {c.enterprise.id})
        offline_services.correct(session, service.id, mended, service.version, c.staff, now)
        reviewed.resubmit(session, Subject.OFFLINE_SERVICE, service.id, c.staff, now)
        assert countings.of_person(session, c.person.id, 2026)[0].subject is DisputeSubject.CHECK_IN


def test_a_disputed_activity_is_not_approved_among_the_clean(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session, Stage.SUBMITTED)
        activity_id = c.check_in.activity_id
        object_to(c, now)
        chosen = [reviews.Chosen(Subject.ACTIVITY, activity_id, 1)]
        done = reviews.approve_many(session, chosen, c.reviewer, now)
        assert [code for _, code in done.refused] == ["has_hints"]


def test_a_sealed_year_is_not_disputed_and_not_changed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        row = object_to(c, now)
        builders.seal(session, c.platform)
        with pytest.raises(Refused, match="unseal_first"):
            disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        assert dispute_lists.case_of(session, row.id).is_sealed
        disputes.decide(session, row.id, is_upheld=False, finding="签到属实", by=c.reviewer, now=now)
        with pytest.raises(Refused, match="dispute_of_sealed_year"):
            object_to(c, now)


def test_withdrawn_it_is_over_for_good(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        row = object_to(c, now)
        for _ in range(2):
            disputes.withdraw(session, row.id, c.by, now)
        assert row.state is DisputeState.WITHDRAWN
        with pytest.raises(Refused, match="dispute_decided"):
            disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        other = object_to(c, now)
        disputes.decide(session, other.id, is_upheld=False, finding="属实", by=c.reviewer, now=now)
        with pytest.raises(Refused, match="dispute_decided"):
            disputes.withdraw(session, other.id, c.by, now)


def test_only_the_enterprise_objects_and_only_the_reviewer_decides(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        stranger = Actor(builders.person(session).id)
        other = builders.check_in(session, builders.activity(session, c.platform), builders.enterprise(session))
        with pytest.raises(Refused, match="not_your_enterprise"):
            disputes.raise_dispute(
                session, c.enterprise.id, DisputeSubject.CHECK_IN, c.check_in.id, NOT_US, stranger, now
            )
        with pytest.raises(Refused, match="nothing_to_dispute"):
            object_to(c, now, other)
        for reason, code in ((" ", "reason_needed"), ("字" * 501, "dispute_too_long")):
            with pytest.raises(Refused, match=code):
                disputes.raise_dispute(
                    session, c.enterprise.id, DisputeSubject.CHECK_IN, c.check_in.id, reason, c.by, now
                )
        row = object_to(c, now)
        with pytest.raises(Refused, match="not_found"):
            disputes.withdraw(session, row.id, stranger, now)
        for by in (c.by, c.staff, stranger):
            with pytest.raises(Refused, match="not_allowed"):
                disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=by, now=now)
            with pytest.raises(Refused, match="not_allowed"):
                dispute_lists.cases(session, by)


def test_what_waits_is_counted_and_listed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        row = object_to(c, now)
        assert [each.dispute.id for each in dispute_lists.cases(session, c.reviewer, DisputeState.OPEN).rows] == [
            row.id
        ]
        assert (dispute_lists.open_count(session), session.scalar(dispute_lists.open_counted(c.platform.id + 1))) == (
            1,
            0,
        )
        assert [each.dispute.id for each in dispute_lists.of_platform(session, c.platform.id).rows] == [row.id]
        disputes.decide(session, row.id, is_upheld=False, finding="属实", by=c.reviewer, now=now)
        assert dispute_lists.cases(session, c.reviewer, DisputeState.OPEN).count == 0
        assert [each.dispute.id for each in dispute_lists.cases(session, c.reviewer, DisputeState.DISMISSED).rows] == [
            row.id
        ]
        assert dispute_lists.open_count(session) == 0


def test_objecting_twice_leaves_the_same_rows(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        enterprise_id, check_in_id, by = c.enterprise.id, c.check_in.id, c.by
        object_to(c, now)
    before = every_row(db)
    with db.transaction() as session:
        disputes.raise_dispute(
            session, enterprise_id, DisputeSubject.CHECK_IN, check_in_id, "再说一遍", by, now + timedelta(hours=1)
        )
    assert every_row(db) == before


def test_one_about_what_does_not_count_any_more_is_still_answered(db: Database, now: datetime) -> None:
    """Staff voided the check-in meanwhile: the finding and its notices go out as ever, and name the activity."""
    with db.transaction() as session:
        c = case(session, Stage.PUBLISHED)
        row = object_to(c, now)
        corrections.void(session, c.check_in.id, "重复登记", c.staff, now)
        decided = disputes.decide(session, row.id, is_upheld=True, finding=FOUND, by=c.reviewer, now=now)
        assert (decided.state, c.check_in.void_reason) == (DisputeState.UPHELD, "重复登记")
        facts = [each.facts for each in session.scalars(sa.select(Notice).where(Notice.key.contains(":decided:")))]
        assert [(each["title"], each["is_upheld"]) for each in facts] == 2 * [
            (session.get_one(Activity, c.check_in.activity_id).title, True)
        ]
