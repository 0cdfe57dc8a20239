"""考评期: which days a platform's year counts, by acceptance and by the province's word; every fact is bound by it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from models.collaboration import BonusClaim
from models.journal import LogEntry
from models.record import Need, OfflineService, OfflineServiceEnterprise
from models.scorecard import ScorecardRow
from models.terms import AssignmentKind, NeedKind, PostKind, Stage
from models.work_list import Change
from scoring.terms import BonusKind, EvidenceItem, Fact, Ground, IndicatorCode
from tests import builders
from tests.wxsvc.services.record_cases import World, nobody, world
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.counting import assessment_periods, scorecards, seals, tallies
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.judging import line_bases, ruling_sheet
from wxsvc.services.records import assignments, filings, posts, site_inspections
from wxsvc.services.refusal import Refused
from wxsvc.services.years import AssessmentPeriod

SECOND_HALF = AssessmentPeriod(date(2026, 7, 1), date(2026, 12, 31))
ACROSS = AssessmentPeriod(date(2026, 7, 1), date(2027, 6, 30))
JUNE, JULY, MARCH = date(2026, 6, 30), date(2026, 7, 1), date(2027, 3, 15)


def noon(day: date) -> datetime:
    """Twelve o'clock in Beijing."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=builders.BEIJING)


def one_of_each(w: World, day: date) -> None:
    """An approved activity with one enterprise, a service, a need and an honour, all of that day."""
    approved = {"stage": Stage.APPROVED, "reviewed_at": w.now, "created_at": w.now, "submitted_at": w.now}
    shared = {"platform_id": w.platform.id, "year": day.year, **approved}
    activity = builders.activity(
        w.session,
        w.platform,
        starts_at=noon(day),
        ends_at=noon(day) + timedelta(hours=2),
        stage=Stage.APPROVED,
        summary=builders.SUMMARY,
    )
    builders.photo(w.session, activity)
    builders.check_in(w.session, activity, w.enterprise)
    service = OfflineService(served_on=day, content="上门诊断", **shared)
    need = Need(
        raised_on=day,
        kind=NeedKind.APPEAL,
        region_code="430102",
        title="用电",
        content="报装",
        enterprise_id=w.enterprise.id,
        **shared,
    )
    claim = BonusClaim(kind=BonusKind.HONOUR, title="省级示范", issuer="省工信厅", awarded_on=day, **shared)
    w.session.add_all([service, need, claim])
    w.session.flush()
    w.session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=w.enterprise.id))
    builders.proof(w.session, claim, EvidenceItem.HONOUR_PAPERS)
    w.session.flush()


FACTS = (Fact.ACTIVITY_PARTICIPATIONS, Fact.OFFLINE_PARTICIPATIONS, "activities.digital", Fact.BONUS_HONOURS)


def counted(w: World, year: int = 2026) -> list[int]:
    """How often each kind of fact counts in the year."""
    tally = tallies.recount(w.session, w.platform, year, w.now).tally
    return [tally.count(fact) for fact in FACTS]


def assess(w: World, period: AssessmentPeriod, year: int = 2026, reason: str = "七月起纳入考评") -> None:
    """The province sets a period."""
    assessment_periods.change(w.session, w.platform.id, year, period, reason, w.province, w.now)


def test_the_period_bounds_every_fact(db: Database, now: datetime) -> None:
    """Assessed from July: what happened in June counts nowhere, and each row says why."""
    with db.transaction() as session:
        w = world(session, now)
        one_of_each(w, JUNE)
        one_of_each(w, JULY)
        assert counted(w) == [2, 2, 2, 2]
        assess(w, SECOND_HALF)
        assert counted(w) == [1, 1, 1, 1]
        out = [row for row in scorecards.not_counted(session, w.platform.id, 2026) if row.day == JUNE]
        assert {row.fact for row in out if "outside_period" in row.reasons} >= set(FACTS)
        assert all(row.standing is CountStatus.NOT_COUNTED for row in out)


def test_what_a_ruling_rests_on_lies_in_the_period(db: Database, now: datetime) -> None:
    """Inspections, posts and responses of other days are no basis."""
    with db.transaction() as session:
        w = world(session, now)
        asked = assignments.AssignmentEntry(2026, AssignmentKind.CONFERENCE, "服务大会", "请组织企业参会")
        assignment = assignments.add(session, asked, w.province, now)
        assignments.respond(session, w.platform.id, assignment.id, "组织20家企业参会", w.owner, now, JUNE)
        for day in (JUNE, JULY):
            seen = site_inspections.SiteInspectionEntry(day, "更新及时", None, None)
            site_inspections.add(session, w.platform.id, seen, w.reviewer, now)
            post = posts.PostEntry(PostKind.NEWS, "新闻", f"https://example.cn/{day}", day)
            posts.add(session, w.platform.id, post, w.owner, now)
        for period, number in ((years.whole_year(2026), 2), (SECOND_HALF, 1)):
            assess(w, period)
            website = line_bases.of(session, w.platform.id, 2026, IndicatorCode.WEBSITE, now)
            assert (len(website.inspections), website.posts) == (number, number)
            (answer,) = line_bases.of(session, w.platform.id, 2026, IndicatorCode.COORDINATION, now).answers
            assert (answer.response is not None) == (number == 2)
            assert on_sheet(w) == {Ground.SITE_INSPECTION: number, Ground.POST: number, Ground.RESPONSE: number == 2}


def test_the_sheet_and_the_ruling_count_what_lies_in_the_period(db: Database, now: datetime) -> None:
    """评定表 and the page of one ruling say the same, also of days of the next year and before the acceptance."""
    with db.transaction() as session:
        w = world(session, now)
        other = builders.platform(session, code="430200", name="株洲市窗口平台", region_code="430200")
        w.platform.accepted_on = date(2026, 5, 20)
        seen = site_inspections.SiteInspectionEntry
        for day in (date(2026, 5, 25), JULY, MARCH):
            site_inspections.add(session, w.platform.id, seen(day, "更新及时"), w.reviewer, noon(MARCH))
            post = posts.PostEntry(PostKind.NEWS, "新闻", f"https://example.cn/{day}", day)
            posts.add(session, w.platform.id, post, w.owner, noon(MARCH))
        site_inspections.add(session, other.id, seen(date(2026, 5, 25), "更新及时"), w.reviewer, now)
        for period, number in ((None, 1), (ACROSS, 2)):
            if period is not None:
                assess(w, period)
            website = line_bases.of(session, w.platform.id, 2026, IndicatorCode.WEBSITE, now)
            assert (len(website.inspections), website.posts) == (number, number)
            assert on_sheet(w) == {Ground.SITE_INSPECTION: number, Ground.POST: number, Ground.RESPONSE: 0}
        assert len(site_inspections.of_year(session, 2026)[w.platform.id]) == 3
        assert w.platform.id not in site_inspections.of_year(session, 2027)
        assert posts.count(session, w.platform.id, 2026) == 3


def on_sheet(w: World) -> dict[Ground, int]:
    """What 评定表 counts of the platform's year."""
    codes = {IndicatorCode.WEBSITE, IndicatorCode.COORDINATION}
    (found,) = ruling_sheet.rows(w.session, 2026, [w.platform.id], codes)
    return {each.ground: each.count for cell in found.cells.values() for each in cell.rests_on}


def test_a_period_may_cross_the_years_end(db: Database, now: datetime) -> None:
    """July to June counts as 2026; the year after begins when it is over, and no day counts twice."""
    with db.transaction() as session:
        w = world(session, now)
        for day in (JUNE, JULY, MARCH, date(2027, 7, 1)):
            one_of_each(w, day)
        assess(w, ACROSS)
        assert counted(w) == [2, 2, 2, 2]
        assert counted(w, 2027) == [1, 1, 1, 1]
        assert years.assessment_period(session, w.platform.id, 2027) == (date(2027, 7, 1), date(2027, 12, 31))
        owed = [each.deadline for each in filings.state(session, w.platform.id, 2026, now)]
        assert (len(owed), owed[0].nominal_on, owed[-1].nominal_on) == (25, date(2026, 7, 3), date(2027, 6, 6))


def test_a_change_in_the_next_year_is_folded_into_the_period_that_holds_it(db: Database, now: datetime) -> None:
    """A record of March 2027 puts 2027 on the work list; folding that counts 2026, too, whose period has its day."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, ACROSS)
        tallies.fold(session, w.platform.id, 2026, now)
        one_of_each(w, MARCH)
        tallies.fold(session, w.platform.id, 2027, now)
        card = session.get_one(ScorecardRow, (w.platform.id, 2026))
        assert card.tally["counted"]["activity_participations"] == 1
        assert (card.assessed_from, card.assessed_until) == ACROSS


def test_what_ends_at_midnight_ended_on_the_day_before(db: Database, now: datetime) -> None:
    """24:00 on 31 December belongs to the old year, whichever year an earlier release wrote down."""
    midnight = datetime(2027, 1, 1, tzinfo=builders.BEIJING)
    with db.transaction() as session:
        w = world(session, now)
        for year in (2026, 2027):
            activity = builders.activity(
                session, w.platform, starts_at=midnight - timedelta(hours=3), ends_at=midnight, year=year
            )
            builders.check_in(session, activity, w.enterprise)
        pending = tallies.recount(session, w.platform, 2026, now).pending
        assert pending["activity_participations"] == 2
        assert tallies.recount(session, w.platform, 2027, now).pending == {}


def test_what_crosses_midnight_into_the_next_year_is_told_in_the_period_that_has_its_evening(
    db: Database, now: datetime
) -> None:
    """From 23:00 to 01:00 it counts in 2027; the year whose period had that evening says so, and no other one."""
    evening = datetime(2026, 12, 31, 23, tzinfo=builders.BEIJING)

    def told(year: int) -> list[tuple[str, ...]]:
        rows = scorecards.not_counted(session, w.platform.id, year)
        return [row.reasons for row in rows if row.subject_id == activity.id]

    with db.transaction() as session:
        w = world(session, now)
        activity = builders.activity(session, w.platform, starts_at=evening, ends_at=evening + timedelta(hours=2))
        builders.check_in(session, activity, w.enterprise)
        assert (told(2025), told(2026)) == ([], [("another_year",)])
        assess(w, AssessmentPeriod(date(2025, 7, 1), date(2026, 6, 30)), 2025)
        assert (told(2025), told(2026)) == ([], [("another_year",)])
        assess(w, AssessmentPeriod(date(2026, 7, 1), date(2026, 11, 30)))
        assert (told(2025), told(2026)) == ([], [])
        assert tallies.recount(session, w.platform, 2027, now).pending["activity_participations"] == 1
        assess(w, AssessmentPeriod(date(2026, 7, 1), date(2027, 1, 1)))
        assert (told(2025), told(2026), told(2027)) == ([], [], [("outside_period",)] * 2)
        assert tallies.recount(session, w.platform, 2026, now).pending["activity_participations"] == 1


@pytest.mark.parametrize(
    ("accepted_on", "owed"),
    [
        (None, {2025: 25, 2026: 25, 2027: 25}),
        (date(2027, 3, 10), {2025: 0, 2026: 0, 2027: 19}),
        (date(2026, 12, 1), {2025: 0, 2026: 0, 2027: 25}),
        (date(2025, 1, 31), {2024: 0, 2025: 23, 2026: 25}),
    ],
)
def test_a_platform_owes_nothing_before_it_is_assessed(
    db: Database, now: datetime, accepted_on: date | None, owed: dict[int, int]
) -> None:
    """Accepted in March 2027, it is assessed from April 2027 and owes nothing of the years before."""
    with db.transaction() as session:
        w = world(session, now)
        w.platform.accepted_on = accepted_on
        session.flush()
        found = {year: len(filings.state(session, w.platform.id, year, now)) for year in owed}
        assert found == owed
        years.platform_year(session, w.platform.id, 2026)  # a row of the year does not change that
        assert len(filings.state(session, w.platform.id, 2026, now)) == owed[2026]


def test_setting_a_period_is_logged_and_counts_anew(db: Database, now: datetime) -> None:
    """One line of the log with before and after; the years beside it count anew, too; again is nothing."""
    with db.transaction() as session:
        w = world(session, now)
        for _ in range(2):
            assess(w, ACROSS)
        (line,) = session.scalars(sa.select(LogEntry)).all()
        assert (line.deed, line.details["reason"]) == ("platform_year.period_set", "七月起纳入考评")
        assert (line.details["before"], line.details["after"]) == (
            ["2026-01-01", "2026-12-31"],
            ["2026-07-01", "2027-06-30"],
        )
        assert sorted(change.year for change in session.scalars(sa.select(Change))) == [2025, 2026, 2027]
        assessment_periods.reset(session, w.platform.id, 2026, "恢复", w.province, now)
        assert years.assessment_period(session, w.platform.id, 2026) == years.whole_year(2026)


@pytest.mark.parametrize(
    ("period", "code"),
    [
        (AssessmentPeriod(date(2026, 7, 1), date(2026, 6, 30)), "period_backwards"),
        (AssessmentPeriod(date(2027, 1, 1), date(2027, 6, 30)), "period_not_of_year"),
        (AssessmentPeriod(date(2024, 12, 31), date(2026, 1, 5)), "period_not_of_year"),
        (AssessmentPeriod(date(2025, 7, 1), date(2027, 6, 30)), "period_too_long"),
        (AssessmentPeriod(date(1, 1, 1), date(9999, 12, 31)), "period_not_of_year"),
        (AssessmentPeriod(date(2026, 3, 1), date(2027, 2, 28)), "period_overlaps"),
    ],
)
def test_nonsense_is_refused(db: Database, now: datetime, period: AssessmentPeriod, code: str) -> None:
    """Backwards, of another year, longer than a year and a half, or over the period that the next year has."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, AssessmentPeriod(date(2027, 2, 1), date(2027, 12, 31)), 2027)
        with pytest.raises(Refused, match=code):
            assess(w, period)
        assert years.assessment_period(session, w.platform.id, 2026) == years.whole_year(2026)


@pytest.mark.parametrize("first_set", [2025, 2027])
def test_no_day_counts_in_years_two_apart(db: Database, now: datetime, first_set: int) -> None:
    """The periods of 2025 and 2027 may both have days of 2026: whichever is set first, the other begins behind it."""
    meeting = {
        2025: AssessmentPeriod(date(2025, 7, 1), date(2026, 12, 31)),
        2027: AssessmentPeriod(date(2026, 7, 1), date(2027, 12, 31)),
    }
    beside = {
        2025: AssessmentPeriod(date(2025, 7, 1), date(2026, 6, 30)),
        2027: AssessmentPeriod(date(2027, 1, 1), date(2027, 12, 31)),
    }
    second = 2025 + 2027 - first_set
    with db.transaction() as session:
        w = world(session, now)
        one_of_each(w, date(2026, 9, 1))
        assess(w, meeting[first_set], first_set)
        with pytest.raises(Refused, match="period_overlaps") as refused:
            assess(w, meeting[second], second)
        assert refused.value.values["other"] == first_set
        assess(w, beside[second], second)
        assert [sum(counted(w, year)) for year in (2025, 2026, 2027)] == [
            4 * (first_set == 2025),
            0,
            4 * (first_set == 2027),
        ]


def test_an_award_is_of_the_year_whose_period_has_its_day(db: Database, now: datetime) -> None:
    """Assessed as 2026 from December 2025: an honour of that month counts once, claimed for either year."""
    with db.transaction() as session:
        w = world(session, now)
        approved = {"stage": Stage.APPROVED, "reviewed_at": now, "created_at": now, "submitted_at": now}
        for year, day in ((2026, date(2025, 12, 15)), (2025, date(2025, 12, 16)), (2026, date(2025, 11, 30))):
            told = {"kind": BonusKind.HONOUR, "title": f"{day}的称号", "issuer": "省工信厅", "awarded_on": day}
            claim = BonusClaim(platform_id=w.platform.id, year=year, **told, **approved)
            session.add(claim)
            session.flush()
            builders.proof(session, claim, EvidenceItem.HONOUR_PAPERS)
        assert [counted(w, year)[-1] for year in (2025, 2026)] == [1, 0]
        assess(w, AssessmentPeriod(date(2025, 12, 1), date(2026, 12, 31)))
        assert [counted(w, year)[-1] for year in (2025, 2026)] == [0, 2]
        (out,) = scorecards.not_counted(session, w.platform.id, 2026)
        assert (out.day, out.reasons) == (date(2025, 11, 30), ("awarded_in_another_year",))


def test_only_the_province_sets_a_period_with_a_reason_in_an_open_year(db: Database, now: datetime) -> None:
    """Reviewer, staff and nobody may not; a sealed year keeps its period."""
    with db.transaction() as session:
        w = world(session, now)
        for other in (w.reviewer, w.owner, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                assessment_periods.change(session, w.platform.id, 2026, SECOND_HALF, "理由", other, now)
        with pytest.raises(Refused, match="reason_needed"):
            assess(w, SECOND_HALF, reason=" ")
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            assess(w, SECOND_HALF)
        with pytest.raises(Refused, match="period_overlaps"):
            assess(w, AssessmentPeriod(date(2026, 12, 1), date(2027, 12, 31)), 2027)


def test_a_year_is_sealed_once_its_period_is_over(db: Database, now: datetime) -> None:
    """One that ends in June 2027 is not over in February."""
    with db.transaction() as session:
        w = world(session, now)
        assess(w, ACROSS)
        with pytest.raises(Refused, match="year_not_over"):
            seals.seal(session, w.platform.id, 2026, w.province, noon(date(2027, 6, 30)))
        assert seals.seal(session, w.platform.id, 2026, w.province, noon(date(2027, 7, 1))).is_sealed


def test_no_other_years_period_moves_a_sealed_one(db: Database, now: datetime) -> None:
    """2026 gave way to a 2027 that begins in December, and was sealed: no day falls between them any more."""
    early, on_time = (AssessmentPeriod(first, date(2027, 12, 31)) for first in (date(2026, 12, 1), date(2027, 1, 1)))
    with db.transaction() as session:
        w = world(session, now)
        assess(w, early, 2027)
        seals.seal(session, w.platform.id, 2026, w.province, noon(date(2027, 1, 10)))
    until_november = (date(2026, 1, 1), date(2026, 11, 30))
    for deed in (
        lambda: assess(w, on_time, 2027),
        lambda: assessment_periods.reset(w.session, w.platform.id, 2027, "恢复", w.province, now),
    ):
        with pytest.raises(Refused, match="year_sealed") as refused, db.transaction() as w.session:
            deed()
        assert refused.value.values["year"] == 2026
    with db.transaction() as w.session:
        assess(w, AssessmentPeriod(early.first, date(2027, 11, 30)), 2027)
        assert years.assessment_period(w.session, w.platform.id, 2026) == until_november


@pytest.mark.parametrize("is_late", [False, True])
def test_an_ordinary_period_follows_what_it_gave_way_to(db: Database, now: datetime, *, is_late: bool) -> None:
    """Whenever the row was made: it has no days of its own, which would outlast a mistaken acceptance or period."""
    with db.transaction() as session:
        w = world(session, now)
        if not is_late:
            years.platform_year(session, w.platform.id, 2026)
        w.platform.accepted_on = date(2026, 6, 10)
        assess(w, AssessmentPeriod(date(2026, 12, 1), date(2027, 12, 31)), 2027)
        years.platform_year(session, w.platform.id, 2026)
        assert years.assessment_period(session, w.platform.id, 2026) == (date(2026, 7, 1), date(2026, 11, 30))
        w.platform.accepted_on = date(2026, 2, 10)
        assert years.assessment_period(session, w.platform.id, 2026) == (date(2026, 3, 1), date(2026, 11, 30))
        assessment_periods.reset(session, w.platform.id, 2027, "恢复", w.province, now)
        assert years.assessment_period(session, w.platform.id, 2026) == (date(2026, 3, 1), date(2026, 12, 31))
