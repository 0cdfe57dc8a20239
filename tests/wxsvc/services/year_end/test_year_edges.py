"""跨年: what was done near the end of a year, with real seals, scans and imports, and periods with days of two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Evidence
from models.person import Person
from models.platform import Platform
from models.record import Need
from models.review_desk import VerdictStep
from models.scorecard import ScorecardRow
from models.terms import AssignmentKind, DisputeSubject, Door, NeedKind, NeedState, PostKind, Role, Stage, Subject
from scoring.readings import DEFAULT_READINGS
from scoring.terms import BonusKind, EvidenceItem, Fact, Obligation
from tests import builders
from tests.in_turn import meet
from tests.rows_read import statements_of
from tests.wxsvc.services.bundle_cases import ACTIVITY, ENTERPRISE, VAULT
from tests.wxsvc.services.record_cases import World, world
from wxsvc.db import Database
from wxsvc.services import counting_years, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import assessment_periods, card_checks, replays, seals, tallies
from wxsvc.services.disputes import dispute_lists, disputes
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import OutcomeKind, check_in
from wxsvc.services.door.scans import Scan
from wxsvc.services.imports.imports import BadBundle, load
from wxsvc.services.imports.reading import parse
from wxsvc.services.judging import line_bases, reviews, verdict_steps
from wxsvc.services.people import enterprises
from wxsvc.services.records import (
    assignments,
    bonus_claims,
    evidence,
    filings,
    offline_services,
    posts,
    raised_needs,
    reviewed,
)
from wxsvc.services.records.filings import FilingEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.year_end import closing_steps, unsubmitted
from wxsvc.services.year_end.closing_steps import ClosingStep
from wxsvc.services.years import AssessmentPeriod

pytestmark = pytest.mark.both_databases

DECEMBER, JANUARY = date(2026, 12, 31), date(2027, 1, 10)
FROM_DECEMBER = AssessmentPeriod(date(2026, 12, 1), date(2027, 11, 30))
INTO_JANUARY = AssessmentPeriod(date(2026, 1, 1), date(2027, 1, 31))
FEBRUARY = datetime(2027, 2, 10, 10, tzinfo=builders.BEIJING)


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=builders.BEIJING)  # type: ignore[misc]


def assess(w: World, year: int, period: AssessmentPeriod) -> None:
    assessment_periods.change(w.session, w.platform.id, year, period, "会议决定", w.province, w.now)


def serve(w: World, day: date, now: datetime = FEBRUARY) -> Any:
    entry = offline_services.OfflineServiceEntry(day, f"{day}上门诊断", frozenset([w.enterprise.id]))
    return offline_services.add(w.session, w.platform.id, entry, w.owner, now)


def seal(w: World, year: int, now: datetime = FEBRUARY) -> None:
    tallies.fold(w.session, w.platform.id, year, now)
    seals.seal(w.session, w.platform.id, year, w.province, now)


def card(session: Session, platform: Platform, year: int) -> dict[str, Any]:
    row = session.get_one(ScorecardRow, (platform.id, year), populate_existing=True)
    return {"tally": row.tally, "total": row.total, "as_of": row.as_of}


def counted(w: World, year: int, fact: Fact = Fact.OFFLINE_PARTICIPATIONS) -> int:
    return tallies.recount(w.session, w.platform, year, FEBRUARY).tally.count(fact)


def scan(db: Database, openid: str, code: str, moment: datetime) -> OutcomeKind:
    with db.check_in_connection() as connection:
        return check_in(connection, Scan(openid, code, Door.PAGE, moment, moment)).kind


def hall(w: World, starts_at: datetime, ends_at: datetime, **columns: Any) -> tuple[Any, str]:
    """An activity, and somebody whose enterprise may scan."""
    activity = builders.activity(w.session, w.platform, starts_at=starts_at, ends_at=ends_at, **columns)
    who = builders.person(w.session)
    builders.contact(w.session, who, builders.enterprise(w.session))
    return activity, str(who.openid)


def test_a_december_of_the_next_period_goes_on_beside_the_sealed_year(db: Database, now: datetime) -> None:
    """Entered late, approved, folded: it counts in 2027; the sealed card stays, and every check finds it so."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        reviews.approve(session, Subject.OFFLINE_SERVICE, serve(w, date(2026, 11, 20)).id, w.reviewer, FEBRUARY)
        seal(w, 2026)
        sealed = card(session, w.platform, 2026)
        late = serve(w, DECEMBER)
        reviews.approve(session, Subject.OFFLINE_SERVICE, late.id, w.reviewer, FEBRUARY)
        tallies.fold(session, w.platform.id, 2026, FEBRUARY)
        assert card(session, w.platform, 2026) == sealed
        assert (counted(w, 2026), counted(w, 2027)) == (1, 1)
        assert session.get_one(ScorecardRow, (w.platform.id, 2027)).tally["counted"]["offline_participations"] == 1
        assert card_checks.check(session, [(w.platform.id, 2026)], lambda: None) == []
        assert replays.of_year(session, 2026).differences == ()
        with pytest.raises(Refused, match="year_sealed"):
            serve(w, date(2026, 11, 30))


def test_a_january_of_the_sealed_period_is_as_sealed_as_the_rest(db: Database, now: datetime) -> None:
    """Neither a record nor a scan nor a correction, though its calendar year is open; February goes on."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2026, INTO_JANUARY)
        activity, openid = hall(w, at(2027, 1, 10, 9), at(2027, 1, 10, 17), code="J-1")
        came = builders.check_in(session, activity, w.enterprise)
        kept = serve(w, JANUARY)
        seal(w, 2026)
        for attempt in (
            lambda: serve(w, JANUARY - timedelta(days=1)),
            lambda: reviewed.withdraw(session, Subject.OFFLINE_SERVICE, kept.id, "录错了", w.owner, FEBRUARY),
            lambda: corrections.void(session, came.id, "未到场", w.reviewer, FEBRUARY),
        ):
            with pytest.raises(Refused, match="year_sealed"):
                attempt()
        serve(w, date(2027, 2, 1))
        assert [counted_pending(w, year) for year in (2026, 2027)] == [1, 1]
    assert scan(db, openid, "J-1", at(2027, 1, 10, 10)) is OutcomeKind.OVER


def test_a_verdict_undone_while_the_seal_counts_is_undone_before_it(emptied_postgres: Database, now: datetime) -> None:
    """On a January of the sealed period: the undoing holds the year of its day, so the seal waits and counts anew."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        assess(w, 2026, INTO_JANUARY)
        reviews.approve(session, Subject.OFFLINE_SERVICE, serve(w, JANUARY).id, w.reviewer, FEBRUARY)
        (step,) = session.scalars(sa.select(VerdictStep.id))
        tallies.fold(session, w.platform.id, 2026, FEBRUARY)
    meet(
        emptied_postgres,
        lambda session: verdict_steps.undo(session, step, w.reviewer, FEBRUARY),
        lambda session: seals.seal(session, w.platform.id, 2026, w.province, FEBRUARY),
    )
    with emptied_postgres.read() as session:
        assert years.is_sealed(session, w.platform.id, 2026)
        assert card_checks.check(session, [(w.platform.id, 2026)], lambda: None) == []


@pytest.mark.parametrize(("in_2026", "in_2027"), [(INTO_JANUARY, None), (None, None), (None, FROM_DECEMBER)])
def test_check_ins_that_nobody_submitted_are_told_of_the_year_that_would_count_them(
    db: Database, now: datetime, in_2026: AssessmentPeriod | None, in_2027: AssessmentPeriod | None
) -> None:
    """Of the seal that leaves them out, whatever their calendar year."""
    with db.transaction() as session:
        w = world(session, now)
        for year, period in ((2026, in_2026), (2027, in_2027)):
            if period is not None:
                assess(w, year, period)
        for day in (DECEMBER, JANUARY):
            activity, _ = hall(w, at(day.year, day.month, day.day, 9), at(day.year, day.month, day.day, 17))
            builders.check_in(session, activity, w.enterprise)
        told = [session.execute(unsubmitted.counted(year)).one() for year in (2026, 2027)]
        of_2026 = 2 if in_2026 else 0 if in_2027 else 1
        assert [each.check_ins for each in told] == [of_2026, 2 - of_2026]


def counted_pending(w: World, year: int, fact: Fact = Fact.OFFLINE_PARTICIPATIONS) -> int:
    return tallies.recount(w.session, w.platform, year, FEBRUARY).pending.get(fact, 0)


def test_an_activity_over_new_year_counts_whole_where_it_ends(db: Database, now: datetime) -> None:
    """Scans at 23:59:59 and after midnight are 家次 of one year; the seal of the other keeps nobody out."""
    with db.transaction() as session:
        w = world(session, now)
        _, first = hall(w, at(2026, 12, 31, 22), at(2027, 1, 1, 2), code="N-1")
        _, second = hall(w, at(2026, 12, 31, 22), at(2027, 1, 1, 2), code="N-2")
        seal(w, 2026)
        platform_id = w.platform.id
    assert scan(db, first, "N-1", at(2026, 12, 31, 23, 59, 59)) is OutcomeKind.CHECKED_IN
    assert scan(db, second, "N-1", datetime(2026, 12, 31, 16, 30, tzinfo=UTC)) is OutcomeKind.CHECKED_IN
    with db.transaction() as session:
        platform = session.get_one(Platform, platform_id)
        pending = [tallies.recount(session, platform, year, FEBRUARY).pending_participations for year in (2026, 2027)]
        assert (pending, tallies.waiting(session)) == ([0, 2], [(platform_id, 2027)])


@pytest.mark.parametrize(("ends_at", "year"), [((2027, 1, 1, 0), 2026), ((2027, 1, 1, 0, 0, 1), 2027)])
def test_the_last_second_of_the_year(db: Database, now: datetime, ends_at: tuple[int, ...], year: int) -> None:
    """What ends at 24:00 is of the year that is over, and is closed with it; one second later it is not."""
    with db.transaction() as session:
        w = world(session, now)
        activity, openid = hall(w, at(2026, 12, 31, 20), at(*ends_at), code="L-1")
        assert activity.year == year
    last_second = at(2026, 12, 31, 23, 59, 59)
    assert scan(db, openid, "L-1", last_second) is OutcomeKind.CHECKED_IN
    with db.transaction() as session:
        seals.seal(session, w.platform.id, 2026, w.province, FEBRUARY)
        late = builders.person(session)
        builders.contact(session, late, builders.enterprise(session))
        openid = str(late.openid)
    assert scan(db, openid, "L-1", last_second) is (OutcomeKind.OVER if year == 2026 else OutcomeKind.CHECKED_IN)


def test_a_record_is_corrected_into_another_year_with_its_papers(db: Database, now: datetime) -> None:
    """From 1 January to 31 December and back, until either year is sealed; both are counted anew."""
    with db.transaction() as session:
        w = world(session, now)
        new_year = date(2027, 1, 1)
        entry = bonus_claims.BonusClaimEntry(2027, BonusKind.HONOUR, "省级示范平台", "省工信厅", new_year)
        claim = bonus_claims.add(session, w.platform.id, entry, w.owner, FEBRUARY)
        paper = builders.proof(session, claim, EvidenceItem.HONOUR_PAPERS)

        def move(year: int, day: date) -> None:
            moved = bonus_claims.BonusClaimEntry(year, BonusKind.HONOUR, "省级示范平台", "省工信厅", day)
            bonus_claims.correct(session, claim.id, moved, claim.version, w.owner, FEBRUARY)
            session.refresh(paper)

        move(2026, DECEMBER)
        assert (claim.year, paper.year) == (2026, 2026)
        move(2027, new_year)
        seal(w, 2026)
        with pytest.raises(Refused, match="year_sealed"):
            move(2026, DECEMBER)
        assert (claim.year, session.get_one(Evidence, paper.id).year) == (2027, 2027)


def test_the_paper_of_a_record_is_added_and_taken_back_in_the_year_in_which_that_counts(
    db: Database, now: datetime
) -> None:
    """A claim of December in the next year's period, its calendar year sealed; then that period's year too."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        seal(w, 2026)
        entry = bonus_claims.BonusClaimEntry(2026, BonusKind.HONOUR, "省级示范平台", "省工信厅", DECEMBER)
        claim = bonus_claims.add(session, w.platform.id, entry, w.owner, FEBRUARY)
        told = evidence.EvidenceEntry(
            2026,
            EvidenceItem.HONOUR_PAPERS,
            "证书",
            link="https://example.cn/1",
            subject=Subject.BONUS_CLAIM,
            subject_id=claim.id,
        )
        paper = evidence.add(session, w.platform.id, told, w.owner, FEBRUARY)
        assert evidence.withdraw(session, paper.id, w.owner, FEBRUARY).withdrawn_at == FEBRUARY
        again = evidence.add(session, w.platform.id, told, w.owner, FEBRUARY)
        reviews.approve(session, Subject.BONUS_CLAIM, claim.id, w.reviewer, FEBRUARY)
        assert [tallies.recount(session, w.platform, year, FEBRUARY).scored.bonus for year in (2026, 2027)] == [0, 3]
        builders.seal(session, w.platform, 2027)
        with pytest.raises(Refused, match="year_sealed"):
            evidence.withdraw(session, again.id, w.owner, FEBRUARY)


def test_a_bundle_after_the_seal_is_taken_where_its_activity_counts(db: Database, now: datetime) -> None:
    """An activity of December for the next year's period; one of November is told as sealed."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        seal(w, 2026)

        def given(day: str) -> dict[str, Any]:
            times = {"starts_at": f"{day}T09:00:00+08:00", "ends_at": f"{day}T17:00:00+08:00"}
            held = ACTIVITY | {"code": day, "platform": w.platform.code, "scene": day, "stage": "approved"} | times
            came = {"activity": day, "enterprise": ENTERPRISE["uscc"], "at": f"{day}T10:00:00+08:00"}
            return {"enterprises": [ENTERPRISE], "activities": [held], "check_ins": [came]}

        load(session, parse(given("2026-12-31")), FEBRUARY, vault=VAULT)
        assert [counted(w, year, Fact.ACTIVITY_PARTICIPATIONS) for year in (2026, 2027)] == [0, 1]
        with pytest.raises(BadBundle) as refused:
            load(session, parse(given("2026-11-30")), FEBRUARY, vault=VAULT)
        assert {(each.code, each.facts["year"]) for each in refused.value.problems} == {("year_sealed", 2026)}


def test_a_year_unsealed_and_sealed_again_is_the_same_year(db: Database, now: datetime) -> None:
    """Nothing changed between: the same card, the same rows, and both papers of it can be given again."""
    with db.transaction() as session:
        w = world(session, now)
        other = builders.staff(session, role=Role.PROVINCE)
        reviews.approve(session, Subject.OFFLINE_SERVICE, serve(w, DECEMBER).id, w.reviewer, FEBRUARY)
        seal(w, 2026)
        first = card(session, w.platform, 2026)
        seals.ask_unseal(session, w.platform.id, 2026, "复核", w.province, FEBRUARY)
        seals.confirm_unseal(session, w.platform.id, 2026, other, FEBRUARY)
        seal(w, 2026)
        assert card(session, w.platform, 2026) == first
        assert card_checks.check(session, [(w.platform.id, 2026)], lambda: None) == []
        assert replays.of_year(session, 2026).differences == ()


def test_a_leap_day_ends_a_period(db: Database, now: datetime) -> None:
    """29 February 2028 counts in 2027, the day after in 2028, and each is frozen with its own."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, AssessmentPeriod(date(2027, 3, 1), date(2028, 2, 29)))
        later = at(2028, 3, 5, 10)
        for day in (date(2028, 2, 29), date(2028, 3, 1)):
            reviews.approve(session, Subject.OFFLINE_SERVICE, serve(w, day, later).id, w.reviewer, later)
        assert [counted(w, year) for year in (2027, 2028)] == [1, 1]
        with pytest.raises(Refused, match="year_not_over"):
            seals.seal(session, w.platform.id, 2027, w.province, at(2028, 2, 29, 23, 59, 59))
        seal(w, 2027, later)
        with pytest.raises(Refused, match="year_sealed"):
            serve(w, date(2028, 2, 28), later)
        serve(w, date(2028, 3, 2), later)


def test_a_need_carried_over_is_answered_in_the_next_year_and_counts_in_none_before(
    db: Database, now: datetime
) -> None:
    """Nobody took it up before the seal; the sealed period, which has its day, does not freeze it."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2026, INTO_JANUARY)
        needs = [
            Need(
                platform_id=w.platform.id,
                year=day.year,
                kind=NeedKind.APPEAL,
                enterprise_id=w.enterprise.id,
                region_code="430102",
                title="用电",
                content="报装",
                raised_on=day,
                state=NeedState.OPEN,
                is_from_enterprise=True,
                stage=Stage.DRAFT,
                created_at=now,
            )
            for day in (DECEMBER, JANUARY)
        ]
        session.add_all(needs)
        session.flush()
        seal(w, 2026)
        for need in needs:
            session.refresh(need)
            assert need.year == need.raised_on.year + 1
            raised_needs.take_up(session, need.id, w.owner, FEBRUARY)
            assert counting_years.year_of(session, w.platform.id, counting_years.when(need)) == need.year
        assert [counted_pending(w, year, Fact.NEEDS) for year in (2026, 2027, 2028)] == [0, 0, 0]


def test_what_is_learnt_of_an_enterprise_moves_the_open_year_in_which_it_counts(db: Database, now: datetime) -> None:
    """Its older licence is confirmed after the seal of the calendar year: 待核 becomes a 家次 of the next one."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        w.enterprise.uscc, w.enterprise.licence_number = None, "430100000012345"
        reviews.approve(session, Subject.OFFLINE_SERVICE, serve(w, DECEMBER).id, w.reviewer, FEBRUARY)
        seal(w, 2026)
        for year in (2026, 2027, 2028):
            tallies.fold(session, w.platform.id, year, FEBRUARY)
        assert tallies.waiting(session) == []
        enterprises.confirm_licence(session, w.enterprise.id, w.reviewer, FEBRUARY)
        assert tallies.waiting(session) == [(w.platform.id, 2027)]
        tallies.fold(session, w.platform.id, 2027, FEBRUARY)
        assert session.get_one(ScorecardRow, (w.platform.id, 2027)).tally["counted"]["offline_participations"] == 1


@pytest.mark.postgres
def test_who_writes_a_december_holds_the_year_in_which_it_counts(emptied_postgres: Database, now: datetime) -> None:
    """The seal of that year waits for the record, and has it; a fold of either calendar year waits too."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        owner, firm, platform_id = w.owner, w.enterprise.id, w.platform.id
    tried = sa.text("select pg_try_advisory_xact_lock(:platform, :year)")
    with emptied_postgres.transaction() as writing:
        entry = offline_services.OfflineServiceEntry(DECEMBER, "上门诊断", frozenset([firm]))
        offline_services.add(writing, platform_id, entry, owner, FEBRUARY)
        with emptied_postgres.transaction() as other:
            free = [other.scalar(tried, {"platform": platform_id, "year": year}) for year in (2025, 2026, 2027)]
        assert free == [True, False, False]
    assert years.day_of(FEBRUARY).year == 2027


@pytest.mark.postgres
def test_both_years_of_a_december_are_held_at_once(emptied_postgres: Database, now: datetime) -> None:
    """The one of its day and the one in which it counts, in their order: else two who write meet in the middle."""
    db = emptied_postgres
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        reviews.approve(session, Subject.OFFLINE_SERVICE, serve(w, DECEMBER).id, w.reviewer, FEBRUARY)
        (step,) = session.scalars(sa.select(VerdictStep.id))
        activity, _ = hall(w, at(2026, 12, 31, 9), at(2026, 12, 31, 17), code="D-1")
        came = builders.check_in(session, activity, w.enterprise)
        person = builders.person(session)
        builders.contact(session, person, w.enterprise)
        about = (w.enterprise.id, DisputeSubject.CHECK_IN, came.id, "当天我单位无人参加", Actor(person.id), FEBRUARY)
        dispute = disputes.raise_dispute(session, *about)
    assert scan(db, "o-new", "D-1", at(2026, 12, 31, 10)) is OutcomeKind.FIRST_VISIT
    with db.transaction() as session:
        newcomer = session.scalars(sa.select(Person.id).where(Person.openid == "o-new")).one()
        builders.contact(session, session.get_one(Person, newcomer), builders.enterprise(session))
    found: dict[str, Any] = {"is_upheld": True, "finding": "经核实，无人参加", "by": w.reviewer, "now": FEBRUARY}
    deeds: list[Callable[[Session], Any]] = [
        lambda session: verdict_steps.undo(session, step, w.reviewer, FEBRUARY),
        lambda session: disputes.decide(session, dispute.id, **found),
        lambda session: corrections.complete_pending(session, newcomer, at(2026, 12, 31, 11)),
    ]
    for deed in deeds:
        with db.transaction() as session, statements_of(db.engine) as asked:
            deed(session)
        assert sum("pg_advisory_xact_lock" in each for each in asked) == 1


@pytest.mark.postgres
def test_a_period_that_is_set_while_a_seal_waits_for_its_lock_is_not_passed_over(
    emptied_postgres: Database, now: datetime
) -> None:
    """The seal would not hold the January of which it counts: it begins anew."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        tallies.fold(session, w.platform.id, 2026, FEBRUARY)
    change = (w.platform.id, 2026, INTO_JANUARY, "会议决定", w.province, w.now)
    _, answer = meet(
        emptied_postgres,
        lambda session: assessment_periods.change(session, *change),
        lambda session: seals.seal(session, w.platform.id, 2026, w.province, FEBRUARY),
    )
    assert answer == "changes_waiting"


def test_a_filing_is_judged_while_the_year_that_takes_its_day_is_open(db: Database, now: datetime) -> None:
    """December's return counts in 2027: after the seal of 2026 its claimed day is confirmed, and November's not."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2027, FROM_DECEMBER)
        late = at(2026, 12, 20, 10)
        october, november = (
            filings.file(
                session,
                w.platform.id,
                FilingEntry(
                    2026, Obligation.DATA, period, claimed_on=date.fromisoformat(f"{period}-05"), note="见截图"
                ),
                w.owner,
                late,
            )
            for period in ("2026-11", "2026-12")
        )
        missed = [
            filings.missed_count(session, w.platform.id, year, FEBRUARY, DEFAULT_READINGS) for year in (2026, 2027)
        ]
        seal(w, 2026)
        with pytest.raises(Refused, match="year_sealed"):
            reviews.approve(session, Subject.FILING, october.id, w.reviewer, FEBRUARY)
        reviews.approve(session, Subject.FILING, november.id, w.reviewer, FEBRUARY)
        again = [
            filings.missed_count(session, w.platform.id, year, FEBRUARY, DEFAULT_READINGS) for year in (2026, 2027)
        ]
        assert again == [missed[0], missed[1] - 1]


def test_a_filing_of_the_sealed_period_is_sealed(db: Database, now: datetime) -> None:
    """January's plan counts in 2026, however open 2027 is; February's does not."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2026, INTO_JANUARY)
        seal(w, 2026)
        with pytest.raises(Refused, match="year_sealed"):
            filings.file(
                session, w.platform.id, FilingEntry(2027, Obligation.PLAN, "2027-01", note="计划"), w.owner, FEBRUARY
            )
        filings.file(
            session, w.platform.id, FilingEntry(2027, Obligation.PLAN, "2027-02", note="计划"), w.owner, FEBRUARY
        )


def reviews_open(session: Session, year: int) -> int:
    """待审 that stands between a year and its seal."""
    points = closing_steps.of_year(session, year, FEBRUARY).open[ClosingStep.REVIEWS]
    return sum(point.facts["count"] for point in points if point.code == "closing_reviews")


def test_what_waits_holds_up_the_seal_of_the_year_in_which_it_counts(db: Database, now: datetime) -> None:
    """A December that counts in 2027 waits for that year's verdicts, and 2026 may be closed without it."""
    with db.transaction() as session:
        w = world(session, now)
        before = [reviews_open(session, year) for year in (2026, 2027)]
        assess(w, 2027, FROM_DECEMBER)
        serve(w, DECEMBER)
        activity, _ = hall(w, at(2026, 12, 31, 9), at(2026, 12, 31, 17), stage=Stage.SUBMITTED)
        came = builders.check_in(session, activity, w.enterprise)
        person = builders.person(session)
        builders.contact(session, person, w.enterprise)
        about = (w.enterprise.id, DisputeSubject.CHECK_IN, came.id, "当天我单位无人参加", Actor(person.id), FEBRUARY)
        disputes.raise_dispute(session, *about)
        waiting = [reviews_open(session, year) for year in (2026, 2027)]
        assert (waiting[0] - before[0], waiting[1] - before[1]) == (0, 2)
        assert [dispute_lists.open_of_year(session, year) for year in (2026, 2027)] == [0, 1]


def test_a_response_is_looked_at_in_the_year_whose_period_has_its_day(db: Database, now: datetime) -> None:
    """重点工作 of January 2027, answered in the period of 2026: a ground of 协同 of 2026, and sealed with it."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2026, INTO_JANUARY)
        asked = assignments.AssignmentEntry(2027, AssignmentKind.CONFERENCE, "服务大会", "组织企业参加")
        asked_id = assignments.add(session, asked, w.province, FEBRUARY).id
        answer = assignments.respond(session, w.platform.id, asked_id, "组织二十家企业参加", w.owner, FEBRUARY, JANUARY)
        answers = [
            line_bases.of(session, w.platform.id, year, "coordination", FEBRUARY).answers for year in (2026, 2027)
        ]
        assert [[each.response for each in found] for found in answers] == [[answer], [None]]
        seal(w, 2026)
        with pytest.raises(Refused, match="year_sealed"):
            reviewed.withdraw(session, Subject.RESPONSE, answer.id, "录错了", w.owner, FEBRUARY)


def test_the_newest_posts_shown_are_those_of_the_period(db: Database, now: datetime) -> None:
    """However many came after its last day: ten and more of February do not hide the one of January."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, 2026, INTO_JANUARY)
        for day in (JANUARY, *(date(2027, 2, 1) + timedelta(days=n) for n in range(line_bases.LATEST))):
            entry = posts.PostEntry(PostKind.NOTICE, f"{day}通知", f"https://example.cn/{day}", day)
            posts.add(session, w.platform.id, entry, w.owner, at(2027, 3, 1))
        basis = line_bases.of(session, w.platform.id, 2026, "website", at(2027, 3, 1))
        assert ([each.posted_on for each in basis.latest_posts], basis.posts) == ([JANUARY], 1)
