"""Tallies: recounted from the truth, the sum of their rows, folded once, checked against the truth."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import BonusClaim
from models.platform import ClusterMember, Platform
from models.recognition import ResearchReport, Ruling
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.regulation import ReadingDecision
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import NeedKind, NeedState, Stage
from models.work_list import Change
from scoring.terms import ActivityCategory, BonusKind, EvidenceItem, IndicatorCode, Part, PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import folding, scorecards, tallies
from wxsvc.services.counting.facts import CountStatus

pytestmark = pytest.mark.both_databases

CODES = list(IndicatorCode)
PAPER_OF = {BonusKind.PRESS: EvidenceItem.PRESS_REPORTS}


def approved_activity(session: Session, platform: Platform, enterprises: int = 2, **columns: Any) -> Activity:
    """A complete, approved activity with this many enterprises."""
    made = builders.activity(session, platform, stage=Stage.APPROVED, summary=builders.SUMMARY, **columns)
    builders.photo(session, made)
    for _ in range(enterprises):
        builders.check_in(session, made, builders.enterprise(session))
    return made


def record(session: Session, row: Any) -> Any:
    """Add a reviewed record as approved, unless it says otherwise."""
    row.stage = row.stage or Stage.APPROVED
    row.created_at = row.submitted_at = builders.NOW
    row.version = 1
    session.add(row)
    session.flush()
    return row


def furnish(session: Session, platform: Platform) -> None:
    """One of everything that counts, approved, and one of each still under review."""
    approved_activity(session, platform, 3)
    waiting = builders.activity(session, platform, stage=Stage.SUBMITTED, category=ActivityCategory.BRAND)
    builders.check_in(session, waiting, builders.enterprise(session))
    for stage in (Stage.APPROVED, Stage.SUBMITTED):
        enterprise = builders.enterprise(session)
        common: dict[str, Any] = {"platform_id": platform.id, "year": 2026, "stage": stage}
        service = record(
            session, OfflineService(**common, served_on=date(2026, 5, 6), content="上门诊断", is_backfilled=False)
        )
        session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=enterprise.id))
        record(
            session,
            OnlineTrade(
                **common,
                order_number=f"N-{stage.value}",
                traded_on=date(2026, 5, 7),
                enterprise_id=enterprise.id,
                institution_id=builders.institution(session).id,
                service="管理咨询",
            ),
        )
        record(
            session,
            Need(
                **common,
                kind=NeedKind.APPEAL,
                enterprise_id=enterprise.id,
                region_code=platform.region_code,
                title="融资",
                content="需要贷款",
                raised_on=date(2026, 5, 8),
                state=NeedState.OPEN,
            ),
        )
        report = ResearchReport(**common, title="报告", authors="专家", published_on=date(2026, 6, 1))
        record(session, report)
        claims = [
            BonusClaim(**common, kind=kind, title="项目", issuer="省工信厅", awarded_on=date(2026, 6, 2))
            for kind in BonusKind
        ]
        for claim in claims:
            record(session, claim)
        session.flush()
        builders.proof(session, report, EvidenceItem.RESEARCH_REPORT)
        for claim in claims:
            builders.proof(session, claim, PAPER_OF.get(claim.kind, EvidenceItem.HONOUR_PAPERS))
    session.flush()


@pytest.mark.parametrize("kind", list(PlatformKind))
def test_the_tally_is_what_was_approved(db: Database, now: datetime, kind: PlatformKind) -> None:
    """Approved records count, submitted ones are pending, for every fact and every kind."""
    with db.transaction() as session:
        platform = builders.platform(session, kind=kind)
        furnish(session, platform)
        counted = tallies.recount(session, platform, 2026, now)
    tally = counted.tally.as_dict()
    assert tally["counted"] == {
        "activity_participations": 3,
        "offline_participations": 1,
        "online_trades": 1,
        "needs": 1,
        "research_reports": 1,
        "activities": {"brand": 0, "innovation": 0, "digital": 1, "listing": 0, "startup": 0, "other": 0},
    }
    assert tally["bonus"] == {"resources": 3, "honours": 1, "press": 1}
    assert counted.pending["activity_participations"] == counted.pending_participations == 1
    assert counted.pending["activities.brand"] == counted.pending["needs"] == counted.pending["bonus.press"] == 1


@pytest.mark.parametrize("kind", list(PlatformKind))
def test_a_number_is_the_sum_of_its_rows(db: Database, now: datetime, kind: PlatformKind) -> None:
    """For every line that counts, the rows behind it add up to its confirmed and pending figures."""
    with db.transaction() as session:
        platform = builders.platform(session, kind=kind)
        furnish(session, platform)
        tallies.fold(session, platform.id, 2026, now)
    with db.read() as session:
        card = scorecards.detail(session, platform.id, 2026)
        assert card is not None
        for line in card.lines:
            rows = scorecards.rows_behind(session, platform.id, 2026, line.code)
            sums = {s: sum(row.amount for row in rows if row.standing is s) for s in CountStatus}
            assert (line.confirmed or 0, line.pending or 0) == (sums[CountStatus.COUNTED], sums[CountStatus.PENDING])
        assert sum(line.points for line in card.lines) == card.total


def test_only_live_check_ins_of_counted_enterprises_count(db: Database, now: datetime) -> None:
    """Undone, voided, 待核, public bodies and the operator's own company add nothing."""
    with db.transaction() as session:
        platform = builders.platform(session)
        made = approved_activity(session, platform, 1)
        builders.check_in(session, made, builders.enterprise(session), undone_at=now)
        builders.check_in(session, made, builders.enterprise(session), voided_at=now, void_reason="重复")
        builders.check_in(session, made, builders.enterprise(session, uscc=None, licence_number="4301001"))
        builders.check_in(session, made, builders.enterprise(session, uscc=builders.uscc(start="11430100")))
        own = builders.enterprise(session)
        builders.check_in(session, made, own)
        platform.operator_uscc = own.uscc
        session.flush()
        counted = tallies.recount(session, platform, 2026, now)
    assert counted.tally.count("activity_participations") == 1


@pytest.mark.parametrize(
    ("part", "category", "accepted", "expected"),
    [
        (Part.HOST, ActivityCategory.BRAND, False, 1),
        (Part.UNDERTAKE, ActivityCategory.BRAND, False, 1),
        (Part.ASSIST, ActivityCategory.BRAND, True, 0),
        (Part.ASSIST, ActivityCategory.OTHER, False, 0),
        (Part.ASSIST, ActivityCategory.OTHER, True, 1),
    ],
)
def test_the_part_decides(
    db: Database, now: datetime, part: Part, category: ActivityCategory, accepted: bool, expected: int
) -> None:
    """主办 or 承办 counts, with its 家次; 协办 for 其他 alone, once its evidence is accepted, without 家次."""
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        made = approved_activity(session, platform, category=category)
        joined = builders.joined(session, made, partner, part)
        joined.assist_accepted_at = now if accepted else None
        session.flush()
        counted = tallies.recount(session, partner, 2026, now)
    assert counted.tally.count(f"activities.{category.value}") == expected
    assert counted.tally.count("activity_participations") == (0 if part is Part.ASSIST else 2)


@pytest.mark.parametrize("lack", ["photo", "summary", "organisers", "place"])
def test_an_incomplete_activity_counts_its_participations_only(db: Database, now: datetime, lack: str) -> None:
    """Approved but not complete: its 家次 count, the activity itself does not, and the reason says what it lacks."""
    with db.transaction() as session:
        platform = builders.platform(session)
        columns: dict[str, Any] = {"stage": Stage.APPROVED, "summary": builders.SUMMARY}
        made = builders.activity(session, platform, **columns | ({lack: None} if lack != "photo" else {}))
        if lack != "photo":
            builders.photo(session, made)
        builders.check_in(session, made, builders.enterprise(session))
        tallies.fold(session, platform.id, 2026, now)
        rows = scorecards.not_counted(session, platform.id, 2026)
        card = session.get_one(ScorecardRow, (platform.id, 2026))
    assert card.tally["counted"]["activity_participations"] == 1
    assert card.tally["counted"]["activities"]["digital"] == 0
    assert [row.reasons for row in rows] == [(f"lacks_{'photos' if lack == 'photo' else lack}",)]


def test_readings_decide_which_facts_enter(db: Database, now: datetime) -> None:
    """Sole traders, enterprises from outside, unmatched needs and the counties' needs follow the readings."""

    def decide(session: Session, kind: PlatformKind, name: str, value: str) -> None:
        session.add(ReadingDecision(year=2026, kind=kind, name=name, value=value, decided_at=now, reason="省里确认"))
        session.flush()

    with db.transaction() as session:
        city = builders.platform(session)
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181")
        cluster = builders.platform(session, kind=PlatformKind.CLUSTER)
        for platform in (city, county, cluster):
            furnish(session, platform)
        made = approved_activity(session, city, 0)
        builders.check_in(session, made, builders.enterprise(session, uscc=builders.uscc(start="92430100")))
        builders.check_in(session, made, builders.enterprise(session, uscc=builders.uscc(start="93430100")))
        builders.check_in(session, made, builders.enterprise(session, region_code="430602"))

        def city_counts() -> tuple[int, int]:
            tally = tallies.recount(session, city, 2026, now).tally
            return tally.count("activity_participations"), tally.count("needs")

        assert city_counts() == (6, 1)
        decide(session, PlatformKind.PREFECTURE, "sole_traders_count", "false")
        assert city_counts() == (4, 1)
        decide(session, PlatformKind.PREFECTURE, "out_of_region_counts", "false")
        assert city_counts() == (3, 1)
        decide(session, PlatformKind.PREFECTURE, "county_need_counts_for_prefecture", "true")
        assert city_counts() == (3, 2)
        session.execute(sa.update(Need).where(Need.platform_id == county.id).values(kind=NeedKind.MATCHING))
        decide(session, PlatformKind.PREFECTURE, "need_must_be_matched", "true")
        assert city_counts() == (3, 1)  # the city's own is an appeal

        decide(session, PlatformKind.CLUSTER, "out_of_region_counts", "false")
        assert tallies.recount(session, cluster, 2026, now).tally.count("activity_participations") == 3
        session.add(ClusterMember(platform_id=cluster.id, enterprise_id=builders.enterprise(session).id))
        session.flush()
        assert tallies.recount(session, cluster, 2026, now).tally.count("activity_participations") == 0
        for enterprise_id in session.scalars(sa.text("select enterprise_id from check_ins")):
            session.add(ClusterMember(platform_id=cluster.id, enterprise_id=enterprise_id))
        session.flush()
        assert tallies.recount(session, cluster, 2026, now).tally.count("activity_participations") == 3


def test_a_ruling_scores_and_its_absence_is_awaited(db: Database, now: datetime) -> None:
    """A ruling in force gives its points; the others stay awaited, never a silent zero."""
    with db.transaction() as session:
        platform = builders.platform(session)
        session.add(
            Ruling(
                platform_id=platform.id,
                year=2026,
                indicator=IndicatorCode.WEBSITE,
                points=Decimal("4.5"),
                reason="更新及时",
                ruled_at=now,
            )
        )
        session.flush()
        scored = tallies.recount(session, platform, 2026, now).scored
    assert scored.line(IndicatorCode.WEBSITE).points == Decimal("4.5")
    assert scored.awaited == Decimal(30)


def test_folding_twice_changes_nothing_but_its_time(db: Database, now: datetime) -> None:
    """The work list is emptied, the rows are the same, and a check finds nothing."""
    with db.transaction() as session:
        platform = builders.platform(session)
        furnish(session, platform)
        session.add(Change(platform_id=platform.id, year=2026, made_at=now))

    def rows() -> tuple[Any, Any]:
        with db.read() as session:
            cards = session.execute(sa.select(*[c for c in ScorecardRow.__table__.c if c.name != "as_of"])).all()
            return cards, session.execute(sa.select(ScoreLineRow.__table__).order_by(ScoreLineRow.position)).all()

    assert folding.fold_waiting(db, lambda: now) == 1
    first = rows()
    folding.retally(db, lambda: now + timedelta(seconds=5))
    assert (rows(), folding.fold_waiting(db, lambda: now)) == (first, 0)
    assert folding.check(db, lambda: now) == ([], [])


def test_a_change_of_a_platform_that_is_not_there_is_taken_off_the_list(db: Database, now: datetime) -> None:
    """The list has no foreign key, so a scan locks no row of a platform; what nobody has is counted for nobody."""
    with db.transaction() as session:
        platform = builders.platform(session)
        session.add_all(Change(platform_id=each, year=2026, made_at=now) for each in (platform.id, platform.id + 1))
    assert folding.fold_waiting(db, lambda: now) == 2
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0
        assert session.scalars(sa.select(ScorecardRow.platform_id)).all() == [platform.id]


def test_a_reviewer_empties_the_score_tables_and_gets_them_back(db: Database, now: datetime) -> None:
    """Scores are derived: deleted, they come back the same by a recount."""
    with db.transaction() as session:
        platform = builders.platform(session)
        furnish(session, platform)
    folding.retally(db, lambda: now)
    with db.transaction() as session:
        before = session.execute(sa.select(ScoreLineRow.code, ScoreLineRow.points, ScoreLineRow.working)).all()
        session.execute(sa.delete(ScoreLineRow))
        session.execute(sa.delete(ScorecardRow))
    folding.retally(db, lambda: now)
    with db.read() as session:
        assert session.execute(sa.select(ScoreLineRow.code, ScoreLineRow.points, ScoreLineRow.working)).all() == before


def test_a_check_finds_what_was_tampered_with(db: Database, now: datetime) -> None:
    """A stored number that is not the truth is found and told; what waits is reported apart."""
    with db.transaction() as session:
        platform, other = builders.platform(session), builders.platform(session)
        furnish(session, platform)
    folding.retally(db, lambda: now)
    with db.transaction() as session:
        session.execute(
            sa.update(ScoreLineRow)
            .where(ScoreLineRow.platform_id == platform.id, ScoreLineRow.code == IndicatorCode.NEEDS)
            .values(points=Decimal(5))
        )
        session.add(Change(platform_id=other.id, year=2026, made_at=now))
    differences, waiting = folding.check(db, lambda: now)
    assert [difference.platform_code for difference in differences] == [platform.code]
    assert "needs" in differences[0].told()
    assert waiting == [(other.id, 2026)]


def test_a_sealed_year_stays_as_it_is(db: Database, now: datetime) -> None:
    """A fold of a sealed year empties its work list and touches nothing; a check uses the sealed readings."""
    with db.transaction() as session:
        platform = builders.platform(session)
        furnish(session, platform)
        tallies.fold(session, platform.id, 2026, now)
        builders.seal(session, platform)
    with db.transaction() as session:
        session.add(
            ReadingDecision(
                year=2026,
                kind=PlatformKind.PREFECTURE,
                name="press_bonus",
                value="false",
                decided_at=now,
                reason="省里确认",
            )
        )
        session.add(Change(platform_id=platform.id, year=2026, made_at=now))
    with db.transaction() as session:
        assert tallies.fold(session, platform.id, 2026, now + timedelta(days=1)) is None
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0
        assert session.get_one(ScorecardRow, (platform.id, 2026)).as_of == now
    assert folding.check(db, lambda: now) == ([], [])


def test_the_database_refuses_what_the_services_forgot(db: Database, now: datetime) -> None:
    """A sealed platform-year takes no record, no check-in and no score line, whoever asks."""
    with db.transaction() as session:
        platform = builders.platform(session)
        made = approved_activity(session, platform)
        enterprise = builders.enterprise(session)
        tallies.fold(session, platform.id, 2026, now)
        builders.seal(session, platform)
    attempts = [
        lambda s: builders.check_in(s, made, enterprise),
        lambda s: s.execute(sa.update(ScoreLineRow).values(points=Decimal(0))),
        lambda s: s.execute(sa.delete(ScorecardRow)),
        lambda s: s.execute(sa.update(Activity).values(title="x")),
        lambda s: builders.joined(s, made, builders.platform(s)),
    ]
    for attempt in attempts:
        with pytest.raises(sa.exc.IntegrityError, match="platform_year_sealed"), db.transaction() as session:
            attempt(session)
