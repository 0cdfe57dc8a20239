"""Counted, waiting and left out are all there is: of check-ins, served enterprises and records of every kind."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.checkin import Attendance, CheckIn, RefusedScan
from models.collaboration import Assignment, BonusClaim, Filing, Response
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, ResearchReport, ServiceItem
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import (
    Absence,
    AssignmentKind,
    Channel,
    Door,
    FusionKind,
    NeedKind,
    NeedState,
    Refusal,
    Stage,
    Subject,
)
from scoring.terms import ActivityCategory, BonusKind, Fact, Obligation, Part, PlatformKind
from tests import builders
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.counting import scorecards, tallies
from wxsvc.services.counting.facts import CountStatus, FactRow
from wxsvc.services.records.kinds import KINDS

pytestmark = pytest.mark.both_databases

HANDED_IN = [Stage.SUBMITTED, Stage.APPROVED, Stage.RETURNED, Stage.VOID]


def province(session: Session, chance: Random) -> list[Platform]:
    """Platforms of each kind with a few of everything, in every state that it may be in."""
    operator = builders.uscc(8_000_000 + chance.randrange(10_000))
    own = [
        builders.platform(session, operator_uscc=operator),
        builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181"),
        builders.platform(session, kind=PlatformKind.CLUSTER, region_code="430100"),
    ]
    firms = [
        builders.enterprise(session, region_code=chance.choice(["430102", "430181", "430200", None])) for _ in range(12)
    ]
    firms += [builders.enterprise(session, uscc=None, licence_number=f"43010000{chance.randrange(10**7):07}")]
    firms += [builders.enterprise(session, uscc=builders.uscc(start=start)) for start in ("12430100", "93430100")]
    firms += [builders.enterprise(session, uscc=operator)]
    item = ServiceItem(year=2026, name="政策申报", created_at=builders.NOW)
    work = Assignment(year=2026, kind=AssignmentKind.CASES, title="案例征集", content="", created_at=builders.NOW)
    session.add_all([item, work])
    session.flush()
    for platform in own:
        for _ in range(chance.randint(3, 6)):
            event(session, chance, platform, own, firms)
        records(session, chance, platform, firms, item, work)
    return own


def judged(chance: Random, stages: list[Stage]) -> dict[str, Any]:
    """Any stage, with what the schema asks of it."""
    stage = chance.choice(stages)
    found: dict[str, Any] = {"stage": stage}
    if stage is not Stage.DRAFT:
        found["submitted_at"] = builders.NOW
    if stage in (Stage.APPROVED, Stage.RETURNED):
        found["reviewed_at"] = builders.NOW
    if stage in (Stage.RETURNED, Stage.VOID):
        found["return_reason"] = "请补充"
    return found


def event(session: Session, chance: Random, of: Platform, all_of_them: list[Platform], firms: list[Any]) -> None:
    columns = judged(chance, [Stage.DRAFT, Stage.PUBLISHED, Stage.PUBLISHED, *HANDED_IN])
    columns["category"] = chance.choice(list(ActivityCategory))
    columns["summary"] = chance.choice([None, builders.SUMMARY])
    activity = builders.activity(session, of, **columns)
    for other in all_of_them:
        if other is not of and chance.random() < 0.4:
            part = chance.choice([Part.UNDERTAKE, Part.ASSIST])
            builders.joined(session, activity, other, part, is_confirmed=chance.random() < 0.8)
    for number, firm in enumerate(chance.sample(firms, chance.randint(0, len(firms)))):
        at = builders.STARTS_AT + timedelta(minutes=number)
        row = builders.check_in(session, activity, firm, checked_in_at=at)
        match chance.randrange(8):
            case 0:
                row.voided_at, row.void_reason = builders.NOW, "未到场"
            case 1:
                row.undone_at = builders.NOW
            case 2:
                row.undone_at, row.set_aside_by = builders.NOW, 1
    for _ in range(chance.randrange(3)):
        moments = {"received_at": builders.NOW, "person_id": builders.person(session).id}
        absence, refusal = chance.choice(list(Absence)), chance.choice(list(Refusal))
        session.add(Attendance(activity_id=activity.id, absence=absence, attended_at=builders.NOW, **moments))
        scan = {"typed": "s1", "door": Door.CODE, "refusal": refusal, "scanned_at": builders.NOW}
        session.add(RefusedScan(activity_id=activity.id, **scan, **moments))
    session.flush()


def records(
    session: Session, chance: Random, of: Platform, firms: list[Any], item: ServiceItem, work: Assignment
) -> None:
    """Of every kind a few, proved or not."""
    day = builders.NOW.date()

    def shared() -> dict[str, Any]:
        return {"platform_id": of.id, "year": 2026, "created_at": builders.NOW, **judged(chance, HANDED_IN)}

    def firm() -> dict[str, Any]:
        return {"enterprise_id": chance.choice(firms).id}

    asked = {"region_code": "430102", "content": "需要材料检测", "state": NeedState.MATCHED}
    made: list[Any] = []
    for n in range(4):
        made += [
            OfflineService(served_on=day, content=f"走访{n}", **shared()),
            OnlineTrade(order_number=f"D-{n}", traded_on=day, service="商标代理", **firm(), **shared()),
            Need(raised_on=day, kind=NeedKind.MATCHING, title=f"需求{n}", **asked, **firm(), **shared()),
            BonusClaim(
                kind=chance.choice(list(BonusKind)),
                title=f"证书{n}",
                issuer="省工信厅",
                awarded_on=day,
                link="https://example.cn/1",
                **shared(),
            ),
        ]
    made += [
        ResearchReport(title="报告", authors="某院", published_on=day, **shared()),
        PlatformFusion(
            kind=FusionKind.BUILT, name="平台", provider="某公司", started_on=day, effect="上云", **shared()
        ),
        OnlineService(service_item_id=item.id, channel=Channel.WEBSITE, address="https://example.cn", **shared()),
        Response(assignment_id=work.id, content="报送案例", responded_on=day, **shared()),
        Filing(obligation=Obligation.PLAN, period="2026-10", claimed_on=day, **shared()),
    ]
    session.add_all(made)
    session.flush()
    for row in made:
        if isinstance(row, OfflineService):
            for served in chance.sample(firms, chance.randint(0, 5)):
                session.add(OfflineServiceEnterprise(offline_service_id=row.id, enterprise_id=served.id))
    session.flush()


def amounts(rows: list[FactRow], fact: Fact) -> tuple[int, int]:
    """What counts, and what waits for the reviewer or was not handed in."""
    own = [row for row in rows if row.fact == fact]
    counted = sum(row.amount for row in own if row.standing is CountStatus.COUNTED)
    waits = (row.amount for row in own if row.standing is CountStatus.PENDING and row.stage is not Stage.RETURNED)
    return counted, sum(waits)


def number(session: Session, query: sa.Select[Any]) -> int:
    return session.scalar(query.with_only_columns(sa.func.count())) or 0


@pytest.mark.parametrize("seed", range(4))
def test_counted_waiting_and_left_out_are_all_there_is(db: Database, now: datetime, seed: int) -> None:
    with db.transaction() as session:
        platforms = province(session, Random(seed))
        for platform in platforms:
            tallies.fold(session, platform.id, 2026, now)
        for platform in platforms:
            rows = scorecards.rows(session, platform.id, 2026)
            left = scorecards.not_counted(session, platform.id, 2026)
            assert all(wording.said(reason, "reason_") for row in left for reason in row.reasons)
            check_ins_add_up(session, platform, rows, left)
            services_add_up(session, platform, rows, left)
            every_record_is_somewhere(session, platform, rows, left)


def check_ins_add_up(session: Session, platform: Platform, rows: list[FactRow], left: list[FactRow]) -> None:
    """Each of them once, those undone and voided among them; arrivals and scans besides."""
    held = sa.select(ActivityPlatform.activity_id).where(
        ActivityPlatform.platform_id == platform.id, ActivityPlatform.confirmed_at.is_not(None)
    )
    of_year = sa.select(Activity.id).where(Activity.id.in_(held), Activity.stage != Stage.DRAFT)
    not_mine = [row for row in left if "part_unconfirmed" in row.reasons]
    own = [row for row in left if row.fact == Fact.ACTIVITY_PARTICIPATIONS and row not in not_mine]
    by_reason = Counter[str]()
    for row in own:
        by_reason[row.reasons[-1].partition("_")[0]] += row.amount
    total = number(session, sa.select(CheckIn).where(CheckIn.activity_id.in_(of_year)))
    came = number(session, sa.select(Attendance).where(Attendance.activity_id.in_(of_year)))
    scans = number(session, sa.select(RefusedScan).where(RefusedScan.activity_id.in_(of_year)))
    assert (by_reason.pop("present", 0), by_reason.pop("refused", 0)) == (came, scans)
    assert sum(amounts(rows, Fact.ACTIVITY_PARTICIPATIONS)) + by_reason.total() == total


def services_add_up(session: Session, platform: Platform, rows: list[FactRow], left: list[FactRow]) -> None:
    of_platform = sa.select(OfflineService.id).where(OfflineService.platform_id == platform.id)
    query = sa.select(OfflineServiceEnterprise).where(OfflineServiceEnterprise.offline_service_id.in_(of_platform))
    kept_out = sum(row.amount for row in left if row.fact == Fact.OFFLINE_PARTICIPATIONS)
    assert sum(amounts(rows, Fact.OFFLINE_PARTICIPATIONS)) + kept_out == number(session, query)


def every_record_is_somewhere(session: Session, platform: Platform, rows: list[FactRow], left: list[FactRow]) -> None:
    """And one that counts is left out only where it is said to bring nothing more."""
    told = {(row.subject, row.subject_id) for row in left}
    counted = {(row.subject, row.subject_id) for row in rows if row.standing is CountStatus.COUNTED}
    waiting = {
        (row.subject, row.subject_id)
        for row in rows
        if row.standing is CountStatus.PENDING and row.stage is not Stage.RETURNED
    }
    for kind in KINDS.values():
        table: Any = kind.model
        own = session.scalars(sa.select(table).where(table.platform_id == platform.id, table.stage != Stage.DRAFT))
        for record in own:
            key = (kind.subject, record.id)
            is_judged = not kind.facts and kind.subject is not Subject.ACTIVITY
            by_people = is_judged and record.stage in (Stage.APPROVED, Stage.SUBMITTED)
            assert key in told | counted | waiting or by_people, (key, record.stage)
            if record.stage in (Stage.VOID, Stage.RETURNED):
                assert key in told, (key, record.stage)
                assert key not in counted
    for row in left:
        if row.standing is CountStatus.COUNTED:
            assert row.reasons == ("beyond_cap",)
            assert (row.subject, row.subject_id) in counted
