"""What claims and parts add: within the evaluation year, one story once, 协办 without 家次, late parts not yet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.collaboration import BonusClaim
from models.platform import Platform
from models.regulation import ReadingDecision
from models.terms import Role, Stage
from scoring.terms import ActivityCategory, BonusKind, EvidenceItem, Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import participation
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import left_out, tallies
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.judging import review_queue, reviews
from wxsvc.services.records import bonus_claims
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

pytestmark = pytest.mark.both_databases


def decide(session: Session, of: Platform, name: str, value: str) -> None:
    """A decision of the province for the platform's kind."""
    row = ReadingDecision(year=2026, kind=of.kind, name=name, value=value, decided_at=builders.NOW, reason="省里明确")
    session.add(row)
    session.flush()


def claimed(session: Session, of: Platform, kind: BonusKind = BonusKind.PRESS, **columns: Any) -> BonusClaim:
    """An approved claim of May 2026, unless told otherwise."""
    defaults = {"title": "服务到家", "issuer": "新华社", "awarded_on": date(2026, 5, 6), "year": 2026}
    shared = {"created_at": builders.NOW, "submitted_at": builders.NOW, "stage": Stage.APPROVED}
    row = BonusClaim(platform_id=of.id, kind=kind, **shared | defaults | columns)
    session.add(row)
    session.flush()
    if kind in _PAPERS:
        builders.proof(session, row, _PAPERS[kind])
    return row


_PAPERS = {BonusKind.HONOUR: EvidenceItem.HONOUR_PAPERS, BonusKind.PRESS: EvidenceItem.PRESS_REPORTS}


def reasons(session: Session, of: Platform) -> dict[int, tuple[str, ...]]:
    """Why what does not count does not."""
    by = readings.in_force(session, 2026, of.kind)
    found = left_out.of(session, of, 2026, by)
    return {row.subject_id: row.reasons for row in found if row.standing is CountStatus.NOT_COUNTED}


@pytest.mark.parametrize(
    ("kind", "awarded_on", "reason"),
    [
        (BonusKind.HONOUR, date(2026, 1, 1), None),
        (BonusKind.HONOUR, date(2025, 12, 31), "awarded_in_another_year"),
        (BonusKind.HONOUR, date(2027, 1, 1), "awarded_in_another_year"),
        (BonusKind.PRESS, date(2019, 5, 6), "awarded_in_another_year"),
        (BonusKind.PLATFORM_TITLE, date(2026, 9, 13), None),
        (BonusKind.PLATFORM_TITLE, date(2025, 9, 13), "awarded_in_another_year"),
        (BonusKind.CASE_SELECTED, date(2019, 5, 6), "awarded_in_another_year"),
    ],
)
def test_an_honour_and_a_report_count_in_their_own_year_alone(
    db: Database, now: datetime, kind: BonusKind, awarded_on: date, reason: str | None
) -> None:
    """考评年度内 is said of honours and press; titles and cases of a year are awarded after it, never before."""
    with db.transaction() as session:
        own = builders.platform(session)
        row = claimed(session, own, kind, awarded_on=awarded_on)
        assert reasons(session, own) == ({row.id: (reason,)} if reason else {})
        assert sum(tallies.recount(session, own, 2026, now).tally.facts.values()) == (0 if reason else 1)


@pytest.mark.parametrize(("value", "expected"), [("each", 6), ("once", 3)])
def test_one_story_counts_for_each_medium_or_once(db: Database, now: datetime, value: str, expected: int) -> None:
    """By its title whatever the punctuation, or as the reviewer marked it; an honour of that name is no report."""
    with db.transaction() as session:
        own, reviewer = builders.platform(session), builders.staff(session, role=Role.REVIEWER)
        decide(session, own, "one_story", value)
        for title in ("服务到家", "《服务到家！》", "办事指南", "一次办好", "跑一次就办成"):
            last = claimed(session, own, title=title)
        first_of_last = claimed(session, own, title="民生速递")
        bonus_claims.mark_story(session, first_of_last.id, last.id, reviewer, now)
        bonus_claims.mark_story(session, last.id, last.id - 1, reviewer, now)
        claimed(session, own, BonusKind.HONOUR, title="服务到家")
        facts = tallies.recount(session, own, 2026, now).tally.facts
        assert (facts["bonus.press"], facts["bonus.honours"]) == (expected, 1)
        left = list(reasons(session, own).values())
        assert left == [("reading_one_story",)] * (6 - expected)


def test_of_one_story_the_approved_report_counts(db: Database, now: datetime) -> None:
    """One that still waits, or of another year, takes nothing away from it."""
    with db.transaction() as session:
        own = builders.platform(session)
        decide(session, own, "one_story", "once")
        waits = claimed(session, own, stage=Stage.SUBMITTED, awarded_on=date(2026, 1, 2))
        old = claimed(session, own, awarded_on=date(2025, 1, 2))
        claimed(session, own)
        assert tallies.recount(session, own, 2026, now).tally.facts == {"bonus.press": 1}
        assert reasons(session, own)[waits.id][0] == "reading_one_story"
        assert reasons(session, own)[old.id] == ("awarded_in_another_year",)


def test_a_story_is_marked_within_one_platform_and_year_by_the_reviewer(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        row = claimed(session, own)
        for wrong in (
            claimed(session, other),
            claimed(session, own, year=2025),
            claimed(session, own, BonusKind.HONOUR),
            claimed(session, own, stage=Stage.VOID, return_reason="重复"),
            row,
        ):
            with pytest.raises(Refused, match="not_one_story"):
                bonus_claims.mark_story(session, row.id, wrong.id, reviewer, now)
        with pytest.raises(Refused, match="not_allowed"):
            bonus_claims.mark_story(session, row.id, None, builders.staff(session, own), now)


def large_event(session: Session, own: Platform, partners: int, part: Part) -> list[Platform]:
    """An approved event of twenty enterprises, and the platforms with a part in it."""
    held = builders.activity(session, own, stage=Stage.APPROVED, summary=builders.SUMMARY)
    builders.photo(session, held)
    for _ in range(20):
        builders.check_in(session, held, builders.enterprise(session))
    found = [builders.platform(session) for _ in range(partners)]
    for each in found:
        builders.joined(session, held, each, part)
    return found


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [(Part.ASSIST, "false", 0), (Part.ASSIST, "true", 20), (Part.UNDERTAKE, "false", 20)],
)
def test_an_assist_adds_its_participations_only_under_the_reading(
    db: Database, now: datetime, part: Part, value: str, expected: int
) -> None:
    """平台主办、承办: one event with ten 协办 does not give its 家次 ten times."""
    with db.transaction() as session:
        own = builders.platform(session)
        decide(session, own, "assist_counts", value)
        partners = large_event(session, own, 3, part)
        counted = [
            tallies.recount(session, each, 2026, now).tally.count("activity_participations") for each in partners
        ]
        assert counted == [expected] * 3
        assert tallies.recount(session, own, 2026, now).tally.count("activity_participations") == 20


def test_a_part_confirmed_after_the_approval_is_pending_until_the_reviewer_confirms(
    db: Database, now: datetime
) -> None:
    """It waits for the reviewer, not for the platform; a new approval of the activity takes it along."""
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        held = builders.activity(session, own, stage=Stage.APPROVED, summary=builders.SUMMARY)
        builders.photo(session, held)
        builders.check_in(session, held, builders.enterprise(session))
        builders.joined(session, held, partner, is_confirmed=False)
        participation.confirm_part(session, held.id, partner.id, MACHINE, now)
        pending = {"activity_participations": 1, "activities.digital": 1}
        counted = tallies.recount(session, partner, 2026, now)
        assert (counted.tally.facts, counted.stages) == ({}, {"submitted": pending})
        assert tallies.recount(session, own, 2026, now).tally.facts == pending
        queue = review_queue.waiting(session, reviewer, now)
        assert [each.year for each in queue] == [2026]
        reviews.send_back(session, held.SUBJECT, held.id, "请更换照片", reviewer, now)
        assert review_queue.waiting(session, reviewer, now) == ()
        held.stage = Stage.SUBMITTED
        session.flush()
        reviews.approve(session, held.SUBJECT, held.id, reviewer, now)
        assert tallies.recount(session, partner, 2026, now).tally.facts == pending


def test_a_late_part_is_accepted_once_and_rejected_only_while_it_waits(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        held = builders.activity(session, own, stage=Stage.APPROVED, category=ActivityCategory.BRAND)
        builders.joined(session, held, partner, is_confirmed=False)
        participation.confirm_part(session, held.id, partner.id, MACHINE, now)
        for by in (builders.staff(session, own), builders.staff(session, partner)):
            with pytest.raises(Refused, match="not_allowed"):
                participation.accept_part(session, held.id, partner.id, by, now)
        for _ in range(2):
            assert not participation.accept_part(session, held.id, partner.id, reviewer, now).awaits_review
        with pytest.raises(Refused, match="part_judged"):
            participation.reject_part(session, held.id, partner.id, "没有参与", reviewer, now)
        builders.seal(session, partner)
        with pytest.raises(Refused, match="year_sealed"):
            participation.accept_part(session, held.id, partner.id, reviewer, now)


def test_a_story_told_before_the_period_does_not_take_the_place_of_the_one_within(db: Database, now: datetime) -> None:
    """Accepted in March, a platform is assessed from April: a report of February is none of the year."""
    with db.transaction() as session:
        own = builders.platform(session, accepted_on=date(2026, 3, 10))
        decide(session, own, "one_story", "once")
        before = claimed(session, own, awarded_on=date(2026, 2, 6))
        claimed(session, own, awarded_on=date(2026, 5, 6))
        assert reasons(session, own) == {before.id: ("outside_period",)}
        assert tallies.recount(session, own, 2026, now).tally.count("bonus.press") == 1
