"""为什么没算: what adds nothing is told with its reason, and what counts is never among it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from models.collaboration import Assignment, BonusClaim, Filing, Response
from models.platform import Platform
from models.recognition import OnlineService, Ruling, ServiceItem, SiteInspection
from models.record import OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.terms import AssignmentKind, Channel, Stage, Subject
from scoring.terms import BonusKind, Fact, IndicatorCode, Obligation, Part, PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import scorecards, tallies
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.judging import line_bases
from wxsvc.services.regulation import readings

pytestmark = pytest.mark.both_databases

APPROVED = {"stage": Stage.APPROVED, "submitted_at": builders.NOW, "reviewed_at": builders.NOW}


@pytest.fixture
def own(db: Database) -> Platform:
    with db.transaction() as session:
        return builders.platform(session, operator_uscc=builders.uscc(9_999_999))


def told(db: Database, platform: Platform, now: datetime) -> dict[tuple[str, ...], list[tuple[str, int, str]]]:
    """Reasons → (fact, amount, title), after a fold."""
    with db.transaction() as session:
        tallies.fold(session, platform.id, 2026, now)
    found: dict[tuple[str, ...], list[tuple[str, int, str]]] = {}
    with db.read() as session:
        for row in scorecards.not_counted(session, platform.id, 2026):
            assert row.standing is CountStatus.NOT_COUNTED
            assert row.reasons
            found.setdefault(row.reasons, []).append((row.fact, row.amount, row.title))
    return found


def test_enterprises_that_do_not_count_are_told_by_activity_and_reason(
    db: Database, own: Platform, now: datetime
) -> None:
    with db.transaction() as session:
        held = builders.activity(session, own, title="对接会")
        builders.check_in(session, held, builders.enterprise(session))
        for number in range(2):
            licence = f"43010000000000{number}"
            builders.check_in(session, held, builders.enterprise(session, uscc=None, licence_number=licence))
        builders.check_in(session, held, builders.enterprise(session, uscc=builders.uscc(start="12430100")))
        builders.check_in(session, held, builders.enterprise(session, uscc=own.operator_uscc))
        builders.check_in(session, held, builders.enterprise(session, uscc=builders.uscc(start="93430100")))
        gone = builders.check_in(session, held, builders.enterprise(session))
        gone.voided_at, gone.void_reason = now, "未到场"
        service = OfflineService(
            platform_id=own.id, year=2026, content="上门诊断", served_on=date(2026, 3, 3), created_at=now, **APPROVED
        )
        session.add(service)
        session.flush()
        helped = builders.enterprise(session, uscc=None, licence_number="430100000000099")
        session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=helped.id))
    fact = Fact.ACTIVITY_PARTICIPATIONS.value
    expected = {
        ("unidentified",): [(fact, 2, "对接会"), (Fact.OFFLINE_PARTICIPATIONS.value, 1, "上门诊断")],
        ("no_enterprise",): [(fact, 1, "对接会")],
        ("own_company",): [(fact, 1, "对接会")],
        ("voided_check_in",): [(fact, 1, "对接会")],
    }
    assert told(db, own, now) == expected
    with db.transaction() as session:
        readings.decide(session, 2026, own.kind, "sole_traders_count", "false", "试行", MACHINE, now)
        readings.decide(session, 2026, own.kind, "out_of_region_counts", "false", "试行", MACHINE, now)
        far = builders.enterprise(session, region_code="430602")
        builders.check_in(session, held, far)
    assert told(db, own, now) == expected | {
        ("reading_sole_traders_count",): [(fact, 1, "对接会")],
        ("reading_out_of_region_counts",): [(fact, 1, "对接会")],
    }


def test_activities_say_what_keeps_them_out(db: Database, own: Platform, now: datetime) -> None:
    with db.transaction() as session:
        other = builders.platform(session)
        bare = builders.activity(session, own, title="没有照片", stage=Stage.APPROVED, summary=builders.SUMMARY)
        builders.check_in(session, bare, builders.enterprise(session))
        builders.joined(session, builders.activity(session, other, title="还没确认"), own, is_confirmed=False)
        builders.joined(session, builders.activity(session, other, title="协办一场"), own, Part.ASSIST)
        builders.activity(session, own, title="取消了的", stage=Stage.VOID)
        builders.activity(session, own, title="草稿", stage=Stage.DRAFT)
        new_year = {
            "starts_at": datetime(2026, 12, 31, 22, 0, tzinfo=builders.BEIJING),
            "ends_at": datetime(2027, 1, 1, 1, 0, tzinfo=builders.BEIJING),
        }
        builders.activity(session, own, title="跨年的", **new_year)
        builders.activity(session, own, title="还在审核", stage=Stage.SUBMITTED)
    digital = Fact.DIGITAL_ACTIVITIES.value
    found = told(db, own, now)
    assert found == {
        ("lacks_photos",): [(digital, 1, "没有照片")],
        ("part_unconfirmed",): [(Fact.ACTIVITY_PARTICIPATIONS.value, 0, "还没确认"), (digital, 1, "还没确认")],
        ("assist_in_named_category",): [(digital, 1, "协办一场")],
        ("reading_assist_counts",): [(Fact.ACTIVITY_PARTICIPATIONS.value, 0, "协办一场")],
        ("void",): [(digital, 1, "取消了的")],
        ("another_year",): [(digital, 1, "跨年的")],
    }


def test_records_without_proof_and_what_a_kind_does_not_count(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181")
        enterprise = builders.enterprise(session)
        common: dict[str, Any] = {"platform_id": county.id, "year": 2026, "created_at": now}
        trade = {"enterprise_id": enterprise.id, "traded_on": date(2026, 5, 5), **common}
        session.add(OnlineTrade(order_number="1", service="检测", **trade, **APPROVED))
        session.add(OnlineTrade(order_number="2", service="作废的", **trade, stage=Stage.VOID, return_reason="重复"))
        claim = {"issuer": "省工信厅", "awarded_on": date(2026, 6, 6), **common}
        session.add(BonusClaim(kind=BonusKind.HONOUR, title="荣誉证书", stage=Stage.SUBMITTED, **claim))
        press = BonusClaim(kind=BonusKind.PRESS, title="一篇报道", link="https://example.cn/1", **claim, **APPROVED)
        session.add(press)
        session.flush()
    assert told(db, county, now) == {
        ("not_for_this_kind",): [(Fact.ONLINE_TRADES.value, 1, "检测")],
        ("void",): [(Fact.ONLINE_TRADES.value, 1, "作废的")],
        ("no_proof",): [(Fact.BONUS_HONOURS.value, 1, "荣誉证书")],
    }
    with db.transaction() as session:
        readings.decide(session, 2026, county.kind, "press_bonus", "false", "减负", MACHINE, now)
    assert told(db, county, now)[("reading_press_bonus",)] == [(Fact.BONUS_PRESS.value, 1, "一篇报道")]


def test_what_is_judged_shows_what_it_rests_on(db: Database, own: Platform, now: datetime) -> None:
    with db.transaction() as session:
        common: dict[str, Any] = {"platform_id": own.id, "year": 2026, "created_at": now}
        item = ServiceItem(year=2026, name="政策申报", created_at=now)
        session.add(item)
        session.add(SiteInspection(inspected_on=date(2026, 3, 1), findings="栏目齐全", **common))
        session.flush()
        session.add(
            OnlineService(service_item_id=item.id, channel=Channel.WEBSITE, address="https://a.example", **common)
        )
        work = Assignment(year=2026, kind=AssignmentKind.CONFERENCE, title="服务大会", content="", created_at=now)
        session.add(work)
        session.flush()
        session.add(Response(assignment_id=work.id, content="已组织", responded_on=date(2026, 4, 1), **common))
        session.add(
            Ruling(
                platform_id=own.id,
                year=2026,
                indicator=IndicatorCode.WEBSITE,
                points=4,
                reason="更新及时",
                ruled_at=now,
            )
        )
        session.add(Filing(obligation=Obligation.PLAN, period="2026-01", claimed_on=date(2026, 1, 4), **common))
    with db.read() as session:

        def basis(code: IndicatorCode) -> line_bases.Basis:
            return line_bases.of(session, own.id, 2026, code, now)

        website = basis(IndicatorCode.WEBSITE)
        assert website.ruling is not None
        assert (website.ruling.reason, len(website.inspections)) == ("更新及时", 1)
        (offer,) = basis(IndicatorCode.ONLINE_SERVICE).offers
        assert (offer.subject, offer.name, offer.is_proved) == (Subject.ONLINE_SERVICE, "政策申报", False)
        (answer,) = basis(IndicatorCode.COORDINATION).answers
        assert (answer.assignment.title, answer.response is not None) == ("服务大会", True)
        dispatch = basis(IndicatorCode.DISPATCH)
        card = tallies.recount(session, own, 2026, now)
        assert (len(dispatch.filings), len(dispatch.missed)) == (25, card.tally.missed_filings)
        assert basis(IndicatorCode.BRAND) == line_bases.Basis()
