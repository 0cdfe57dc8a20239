"""每月数据: every figure of the return is the sum of recorded rows of the month that it covers, and of nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.recognition import ResearchReport
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade, Post
from models.terms import NeedKind, NeedState, PostKind, Stage
from scoring.terms import ActivityCategory, EvidenceItem, PlatformKind
from tests import builders
from tests.wxsvc.services.reports.test_month_plans import at
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.services.reports import period_figures, periods, year_accounts
from wxsvc.services.reports.period_figures import PeriodFigures

pytestmark = pytest.mark.both_databases

OCTOBER = periods.month("2026-10")


def held(session: Session, of: Any, day: str, enterprises: list[Any], **columns: Any) -> Any:
    """An activity of one day with its check-ins."""
    begins = at(f"{day}T09:00")
    row = builders.activity(session, of, starts_at=begins, ends_at=begins + timedelta(hours=3), **columns)
    for each in enterprises:
        builders.check_in(session, row, each)
    return row


def records(session: Session, of: Any, enterprise: Any) -> None:
    """One of each record in October, one beside it."""
    shared = {"platform_id": of.id, "year": 2026, "created_at": builders.NOW}
    reviewed = shared | {"submitted_at": builders.NOW}
    approved = reviewed | {"stage": Stage.APPROVED, "reviewed_at": builders.NOW}
    void = reviewed | {"stage": Stage.VOID, "return_reason": "误录"}
    need = {"enterprise_id": enterprise.id, "region_code": "430102", "title": "需求", "content": "检测"}
    institution = builders.institution(session)
    trade = {"enterprise_id": enterprise.id, "institution_id": institution.id, "service": "代理"}
    for day in (date(2026, 10, 1), date(2026, 10, 31)):
        service = OfflineService(served_on=day, content="走访", **approved)
        session.add(service)
        session.flush()
        session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=enterprise.id))
    report = ResearchReport(title="报告", authors="课题组", published_on=date(2026, 10, 9), **approved)
    session.add_all(
        [
            OfflineService(served_on=date(2026, 11, 1), content="走访", **approved),
            OnlineTrade(**trade, order_number="1", traded_on=date(2026, 10, 1), amount_fen=150, **approved),
            OnlineTrade(**trade, order_number="2", traded_on=date(2026, 10, 2), amount_fen=250, **reviewed),
            OnlineTrade(**trade, order_number="3", traded_on=date(2026, 10, 3), amount_fen=999, **void),
            OnlineTrade(**trade, order_number="4", traded_on=date(2026, 9, 30), amount_fen=999, **approved),
            Need(kind=NeedKind.MATCHING, raised_on=date(2026, 10, 5), state=NeedState.MATCHED, **need, **approved),
            Need(
                kind=NeedKind.APPEAL,
                raised_on=date(2026, 10, 6),
                state=NeedState.CLOSED,
                result="已答复",
                **need,
                **reviewed,
            ),
            Need(kind=NeedKind.APPEAL, raised_on=date(2026, 10, 6), **need, **shared, stage=Stage.DRAFT),
            Need(kind=NeedKind.APPEAL, raised_on=date(2026, 11, 6), **need, **approved),
            Post(kind=PostKind.POLICY, title="政策", link="https://x.cn/1", posted_on=date(2026, 10, 6), **shared),
            Post(
                kind=PostKind.POLICY,
                title="撤回",
                link="https://x.cn/2",
                posted_on=date(2026, 10, 6),
                withdrawn_at=builders.NOW,
                **shared,
            ),
            Post(kind=PostKind.NEWS, title="新闻", link="https://x.cn/3", posted_on=date(2026, 11, 6), **shared),
            report,
        ]
    )
    session.flush()
    builders.proof(session, report, EvidenceItem.RESEARCH_REPORT)


def settled(session: Session, kind: PlatformKind = PlatformKind.CLUSTER) -> Any:
    """A platform whose October has one of everything."""
    platform = builders.platform(session, kind=kind)
    firms = [builders.enterprise(session) for _ in range(3)]
    bureau = builders.enterprise(session, uscc=builders.uscc(910_001, start="11430100"))
    held(session, platform, "2026-10-10", [*firms, bureau], stage=Stage.APPROVED, category=ActivityCategory.BRAND)
    held(session, platform, "2026-10-31", firms[:2], stage=Stage.SUBMITTED, category=ActivityCategory.OTHER)
    held(session, platform, "2026-11-01", firms)
    held(session, platform, "2026-10-20", firms, stage=Stage.VOID)
    joint = held(session, builders.platform(session), "2026-10-12", firms[:1])
    builders.joined(session, joint, platform, is_confirmed=False)
    records(session, platform, firms[0])
    return platform


def shown(figures: PeriodFigures) -> dict[str, tuple[int, int | None]]:
    return {each.code: (each.amount, each.approved) for each in figures.figures}


def test_october_is_counted_and_nothing_else(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = settled(session)
        found = shown(period_figures.of_period(session, platform.id, OCTOBER, now))
        assert found == {
            "activities": (2, 0),  # the approved one has no photo and no summary: held, and not one of the 次
            "activities_brand": (1, 0),
            "activities_innovation": (0, 0),
            "activities_digital": (0, 0),
            "activities_listing": (0, 0),
            "activities_startup": (0, 0),
            "activities_other": (1, 0),
            "activity_participations": (5, 3),
            "offline_services": (2, 2),
            "offline_participations": (2, 2),
            "participations": (7, 5),
            "research_reports": (1, 1),
            "online_trades": (2, 1),
            "trade_amount": (400, 150),
            "needs": (2, 1),
            "needs_matching": (1, 1),
            "needs_appeal": (1, 0),
            "needs_open": (0, None),
            "needs_matched": (1, None),
            "needs_closed": (1, None),
            "posts": (1, None),
            "posts_notice": (0, None),
            "posts_policy": (1, None),
            "posts_news": (0, None),
        }


def test_an_empty_month_is_all_noughts_and_what_is_to_come_is_not_counted(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = settled(session)
        held(session, platform, "2026-11-30", [])
        assert {
            each.amount
            for each in period_figures.of_period(session, platform.id, periods.month("2026-03"), now).figures
        } == {0}
        assert period_figures.of_period(session, platform.id, periods.month("2026-11"), now).amount("activities") == 1


def test_the_year_adds_up_to_its_months_and_to_the_scorecard(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = settled(session)
        months = [
            period_figures.of_period(session, platform.id, periods.month(f"2026-{number:02}"), now)
            for number in range(1, 13)
        ]
        year = period_figures.of_period(session, platform.id, periods.whole_year(2026), now)
        for each in year.figures:
            assert each.amount == sum(month.amount(each.code) for month in months), each.code
        tally = tallies.fold(session, platform.id, 2026, now).tally
        counted = {each.code: each.approved for each in year.figures}
        assert counted["activity_participations"] == tally.count("activity_participations")
        assert counted["offline_participations"] == tally.count("offline_participations")
        assert counted["needs"] == tally.count("needs")


def test_the_years_account_holds_what_the_summary_speaks_of(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = settled(session)
        tallies.fold(session, platform.id, 2026, now)
        account = year_accounts.of_year(session, platform.id, 2026, now)
        assert account.outline == ("主要工作举措", "服务活动开展情况", "存在的问题", "明年工作重点措施")
        brand = account.categories[0]
        assert (brand.category, brand.held, brand.counted, brand.target) == (ActivityCategory.BRAND, 1, 0, 2)
        assert [row.amount for row in account.largest] == [3, 3, 2]
        assert account.reports == ("报告",)
        assert "participations" in {line.code for line in account.short}
        assert all(line.points < line.full for line in account.short)
        assert sum(account.filed.values()) == 25
        assert [each.asked.number for each in account.checklist] == [1, 2, 3, 4, 5, 6, 7]
