"""Who counts for whom: the region of each kind of platform, who stands behind a need or a trade, who hosted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.platform import ClusterMember, Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.regulation import ReadingDecision
from models.terms import NeedKind, NeedState, Role, Stage, Subject
from scoring.terms import IndicatorCode, PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import submission
from wxsvc.services.counting import left_out, scorecards, tallies, told_apart
from wxsvc.services.counting.facts import CountStatus, FactRow, facts
from wxsvc.services.people import enterprise_names, institutions
from wxsvc.services.regulation import readings
from wxsvc.services.reports import period_figures, periods

pytestmark = pytest.mark.both_databases

APPROVED = {"stage": Stage.APPROVED, "created_at": builders.NOW, "submitted_at": builders.NOW, "year": 2026}
LIUYANG, YUELU, CHANGSHA, YUEYANG, PARK, BEIJING = "430181", "430104", "430100", "430602", "430171", "110105"


def told(session: Any, platform_id: int, code: IndicatorCode) -> told_apart.Apart | None:
    found = scorecards.line_behind(session, platform_id, 2026, code)
    return told_apart.behind(session, platform_id, found.rows, found.readings) if found else None


def need(session: Session, of: Platform, enterprise: Enterprise, **columns: Any) -> Need:
    """An approved appeal of the platform, of today."""
    row = Need(
        **{
            "platform_id": of.id,
            "kind": NeedKind.APPEAL,
            "enterprise_id": enterprise.id,
            "region_code": of.region_code,
            "title": f"{enterprise.name}的诉求",
            "content": "希望协调用电",
            "raised_on": date(2026, 5, 8),
            "state": NeedState.OPEN,
        }
        | APPROVED
        | columns
    )
    session.add(row)
    session.flush()
    return row


def trade(session: Session, of: Platform, enterprise: Enterprise, institution_id: int | None) -> OnlineTrade:
    row = OnlineTrade(
        platform_id=of.id,
        order_number=f"N-{enterprise.id}-{institution_id}",
        traded_on=date(2026, 5, 7),
        enterprise_id=enterprise.id,
        institution_id=institution_id,
        service="检测",
        amount_fen=100,
        **APPROVED,
    )
    session.add(row)
    session.flush()
    return row


def decide(session: Session, kind: PlatformKind, name: str, value: str) -> None:
    session.add(
        ReadingDecision(year=2026, kind=kind, name=name, value=value, decided_at=builders.NOW, reason="省里确认")
    )
    session.flush()


def rows(session: Session, platform: Platform, fact: str) -> list[FactRow]:
    by = readings.in_force(session, 2026, platform.kind)
    return [row for row in facts(session, platform, 2026, by) if row.fact == fact]


def reasons(session: Session, platform: Platform, fact: str) -> list[str | None]:
    """Why each row does not count, in the order of the records; None for one that counts."""
    found = sorted(rows(session, platform, fact), key=lambda row: row.subject_id)
    assert all((row.standing is CountStatus.NOT_COUNTED) == bool(row.reasons) for row in found)
    return [row.reasons[0] if row.reasons else None for row in found]


@pytest.mark.parametrize(
    ("kind", "code", "region", "inside", "outside"),
    [
        (PlatformKind.PREFECTURE, CHANGSHA, CHANGSHA, [LIUYANG, YUELU, CHANGSHA, PARK], [YUEYANG, BEIJING]),
        (PlatformKind.COUNTY, LIUYANG, LIUYANG, [LIUYANG], [YUELU, CHANGSHA, PARK, BEIJING]),
        (PlatformKind.COUNTY, "430182", "430182", ["430182", "430124"], [LIUYANG]),
        (PlatformKind.COUNTY, "LYYQ", LIUYANG, [LIUYANG], [YUELU, PARK, BEIJING]),
        (PlatformKind.COUNTY, PARK, PARK, [PARK], [YUELU, LIUYANG, BEIJING]),
        (PlatformKind.CLUSTER, "JQ1", LIUYANG, [LIUYANG], [YUELU, BEIJING]),
        (PlatformKind.CLUSTER, "JQ2", CHANGSHA, [LIUYANG, YUELU], [YUEYANG]),
    ],
)
def test_a_need_counts_for_the_region_alone(
    db: Database, kind: PlatformKind, code: str, region: str, inside: list[str], outside: list[str]
) -> None:
    """平台所属区域内企业: the registered region decides, whatever was typed on the need."""
    with db.transaction() as session:
        own = builders.platform(session, kind=kind, code=code, region_code=region)
        for each in [*inside, *outside]:
            need(session, own, builders.enterprise(session, region_code=each))
        assert reasons(session, own, "needs") == [None] * len(inside) + ["out_of_region"] * len(outside)


@pytest.mark.parametrize("kind", [PlatformKind.COUNTY, PlatformKind.CLUSTER])
def test_members_belong_to_a_park_and_make_the_region_of_a_cluster(db: Database, kind: PlatformKind) -> None:
    """Wherever they are registered; a cluster that lists members has no other region, a park keeps its county."""
    with db.transaction() as session:
        own = builders.platform(session, kind=kind, code="YQ", region_code=LIUYANG)
        member = builders.enterprise(session, region_code=BEIJING)
        unknown = builders.enterprise(session, region_code=None)
        for each in (member, unknown, builders.enterprise(session, region_code=LIUYANG)):
            need(session, own, each)
        session.add_all(ClusterMember(platform_id=own.id, enterprise_id=each.id) for each in (member, unknown))
        session.flush()
        at_home = "out_of_region" if kind is PlatformKind.CLUSTER else None
        assert reasons(session, own, "needs") == [None, None, at_home]


def test_a_real_county_and_a_city_have_no_members(db: Database) -> None:
    with db.transaction() as session:
        for kind, code in ((PlatformKind.COUNTY, LIUYANG), (PlatformKind.PREFECTURE, CHANGSHA)):
            own = builders.platform(session, kind=kind, code=code, region_code=code)
            far = builders.enterprise(session, region_code=BEIJING)
            session.add(ClusterMember(platform_id=own.id, enterprise_id=far.id))
            need(session, own, far)
            assert reasons(session, own, "needs") == ["out_of_region"]


def test_without_a_registered_region_the_needs_own_is_judged(db: Database) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        for region in (YUELU, YUEYANG):
            need(session, own, builders.enterprise(session, region_code=None), region_code=region)
        need(session, own, builders.enterprise(session, region_code=YUEYANG), region_code=YUELU)
        assert reasons(session, own, "needs") == [None, "out_of_region", "out_of_region"]


def unfit(session: Session, own: Platform) -> list[Enterprise]:
    """The operator's company, a public body, an association, an unconfirmed licence, a sole trader, one from afar."""
    return [
        builders.enterprise(session, uscc=own.operator_uscc),
        builders.enterprise(session, uscc=builders.uscc(start="12430100")),
        builders.enterprise(session, uscc=builders.uscc(start="51430100")),
        builders.enterprise(session, uscc=None, licence_number="430100000000001"),
        builders.enterprise(session, uscc=builders.uscc(start="92430100")),
        builders.enterprise(session, region_code=BEIJING),
    ]


def test_a_need_asks_who_raised_it(db: Database) -> None:
    with db.transaction() as session:
        own = builders.platform(session, operator_uscc=builders.uscc(9_999_998))
        for each in unfit(session, own):
            need(session, own, each)
        never = ["own_company", "no_enterprise", "no_enterprise", "unidentified"]
        assert reasons(session, own, "needs") == [*never, None, "out_of_region"]
        decide(session, own.kind, "sole_traders_count", "false")
        assert reasons(session, own, "needs") == [*never, "reading_sole_traders_count", "out_of_region"]


def test_an_online_trade_asks_who_traded(db: Database) -> None:
    """引导企业与服务机构通过线上交易完成服务过程: an enterprise on one side, an institution on the other."""
    with db.transaction() as session:
        own = builders.platform(session, operator_uscc=builders.uscc(9_999_997))
        institution = builders.institution(session)
        for each in unfit(session, own):
            trade(session, own, each, institution.id)
        itself = builders.enterprise(session)
        same = builders.institution(session, name=f"{itself.name}（服务部）", uscc=itself.uscc)
        trade(session, own, builders.enterprise(session), None)
        trade(session, own, itself, same.id)
        trade(session, own, itself, institution.id)
        never = ["own_company", "no_enterprise", "no_enterprise", "unidentified"]
        sides = ["no_institution", "trade_with_itself", None]
        assert reasons(session, own, "online_trades") == [*never, None, None, *sides]
        decide(session, own.kind, "sole_traders_count", "false")
        decide(session, own.kind, "out_of_region_counts", "false")
        left = ["reading_sole_traders_count", "reading_out_of_region_counts"]
        assert reasons(session, own, "online_trades") == [*never, *left, *sides]


@pytest.mark.parametrize(
    "spelt",
    [
        "长沙(中)ABC技术有限公司",
        "长沙（中） abc 技术有限公司",
        "长沙（中)Abc技术有限公司",
        "长沙（中）ABC技术有限责任公司",
        "长沙（中）·ABC技术　有限责任公司",
    ],
)
def test_a_company_trades_with_itself_in_whatever_spelling(db: Database, spelt: str) -> None:
    """Brackets, spaces and capitals make no other company of an institution that was entered by its name."""
    with db.transaction() as session:
        own = builders.platform(session)
        company = builders.enterprise(session, name="长沙（中）ABC技术有限公司")
        by = builders.staff(session, own)
        for name in (spelt, "长沙（中）ABC技术服务有限公司"):
            trade(session, own, company, institutions.named(session, name, by, builders.NOW).id)
        assert reasons(session, own, "online_trades") == ["trade_with_itself", None]


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("长沙（旧）ABC技术有限公司", None, "trade_with_itself"),
        ("长沙(旧)abc技术有限责任公司", None, "trade_with_itself"),
        ("长沙更早技术有限公司", None, "trade_with_itself"),
        ("长沙另一技术有限公司", None, None),
        ("长沙（旧）ABC技术有限公司", builders.uscc(), None),
    ],
)
def test_a_company_trades_with_itself_under_a_former_name(
    db: Database, name: str, code: str | None, reason: str | None
) -> None:
    """曾用名, however long ago; an institution with a code of its own is another company of that name."""
    with db.transaction() as session:
        own = builders.platform(session)
        company = builders.enterprise(session, name="长沙更早技术有限公司")
        by, hub = builders.staff(session, own), builders.staff(session, role=Role.REVIEWER)
        trade(session, own, company, institutions.named(session, name, by, builders.NOW, code).id)
        for later in ("长沙（旧）ABC技术有限公司", "长沙新技术有限公司"):
            enterprise_names.correct(session, company.id, later, "更名", hub, builders.NOW)
        assert reasons(session, own, "online_trades") == [reason]


def test_a_company_trades_with_itself_under_the_name_or_code_of_one_merged_into_it(db: Database) -> None:
    """The same firm registered twice: by the name of the other registration, or by its code."""
    with db.transaction() as session:
        own = builders.platform(session)
        company = builders.enterprise(session)
        builders.enterprise(
            session, name="长沙并入技术有限公司", uscc=(code := builders.uscc()), merged_into_id=company.id
        )
        by = builders.staff(session, own)
        for name, given in (("长沙并入技术有限公司", None), ("并入公司服务部", code), ("长沙旁人有限公司", None)):
            trade(session, own, company, institutions.named(session, name, by, builders.NOW, given).id)
        assert reasons(session, own, "online_trades") == ["trade_with_itself", "trade_with_itself", None]


def test_only_a_need_must_be_matched_never_an_appeal(db: Database) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        for kind in NeedKind:
            for state in (NeedState.OPEN, NeedState.MATCHED):
                need(session, own, builders.enterprise(session), kind=kind, state=state)
        decide(session, own.kind, "need_must_be_matched", "true")
        open_ones = {NeedKind.MATCHING: ["need_not_matched", None], NeedKind.APPEAL: [None, None]}
        assert reasons(session, own, "needs") == [each for kind in NeedKind for each in open_ones[kind]]


def test_a_need_of_county_and_city_counts_once_for_each(db: Database) -> None:
    """The same or nearly the same recorded by both is one for the city; other needs of the enterprise stay."""
    with db.transaction() as session:
        city, county = (
            builders.platform(session, kind=kind, code=code, region_code=code)
            for kind, code in ((PlatformKind.PREFECTURE, CHANGSHA), (PlatformKind.COUNTY, LIUYANG))
        )
        company = builders.enterprise(session, region_code=LIUYANG)
        text = "设备更新贷款办不下来，希望帮助协调银行，额度三百万元"
        need(session, county, company, content=text)
        need(session, city, company, content=text + "。", raised_on=date(2026, 5, 20))
        need(session, county, company, title="招工", content="需要二十名数控车工")
        need(session, county, company, content=text, raised_on=date(2026, 9, 1))
        need(session, county, builders.enterprise(session, region_code=LIUYANG), content=text)
        assert reasons(session, city, "needs") == [None]
        decide(session, city.kind, "county_need_counts_for_prefecture", "true")
        assert reasons(session, city, "needs") == ["need_recorded_twice", None, None, None, None]
        assert reasons(session, county, "needs") == [None] * 4


def test_of_a_need_recorded_twice_the_approved_one_counts(db: Database) -> None:
    with db.transaction() as session:
        city = builders.platform(session)
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code=LIUYANG)
        company = builders.enterprise(session, region_code=LIUYANG)
        need(session, county, company)
        need(session, city, company, stage=Stage.SUBMITTED)
        decide(session, city.kind, "county_need_counts_for_prefecture", "true")
        assert reasons(session, city, "needs") == [None, "need_recorded_twice"]


def test_a_need_recorded_before_the_period_takes_no_other_s_place(db: Database) -> None:
    """The city is assessed from April: what a county recorded in March is none of its year, its own of April is."""
    with db.transaction() as session:
        city = builders.platform(session, accepted_on=date(2026, 3, 1))
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code=LIUYANG)
        company = builders.enterprise(session, region_code=LIUYANG)
        need(session, county, company, raised_on=date(2026, 3, 25))
        need(session, city, company, raised_on=date(2026, 4, 5), stage=Stage.SUBMITTED)
        decide(session, city.kind, "county_need_counts_for_prefecture", "true")
        assert reasons(session, city, "needs") == ["outside_period", None]


def test_the_companies_of_all_hosts_count_for_no_part(db: Database, now: datetime) -> None:
    """主办、承办 of a joint activity: neither one's own company is an enterprise served, for either of them."""
    with db.transaction() as session:
        host = builders.platform(session, operator_uscc=builders.uscc(9_999_996))
        partner = builders.platform(session, operator_uscc=builders.uscc(9_999_995))
        asked = builders.platform(session, operator_uscc=builders.uscc(9_999_994))
        held = builders.activity(session, host, stage=Stage.APPROVED)
        builders.joined(session, held, partner)
        builders.joined(session, held, asked, is_confirmed=False)
        for each in (host, partner, asked):
            builders.check_in(session, held, builders.enterprise(session, uscc=each.operator_uscc))
        builders.check_in(session, held, builders.enterprise(session))
        for platform in (host, partner):  # whoever was asked and has not confirmed is no host
            assert [row.amount for row in rows(session, platform, "activity_participations")] == [2]
        by = readings.in_force(session, 2026, host.kind)
        told = {row.reasons: row.amount for row in left_out.of(session, partner, 2026, by) if row.amount}
        assert (told["own_company",], told["host_company",]) == (1, 1)
        assert submission.counted_enterprises(session, held) == 2


def test_sole_traders_and_the_share_from_outside_are_told_apart(db: Database, now: datetime) -> None:
    """单独标明、显示占比: of the very 家次 that the line counts, under its readings."""
    with db.transaction() as session:
        own = builders.platform(session)
        held = builders.activity(session, own, stage=Stage.APPROVED)
        for columns in ({}, {"uscc": builders.uscc(start="92430100")}, {"region_code": BEIJING}, {"region_code": None}):
            builders.check_in(session, held, builders.enterprise(session, **columns))
        builders.check_in(session, held, builders.enterprise(session, uscc=builders.uscc(start="11430100")))
        waiting = builders.activity(session, own, stage=Stage.SUBMITTED)
        builders.check_in(session, waiting, builders.enterprise(session, region_code=BEIJING))
        service = OfflineService(platform_id=own.id, content="诊断", served_on=date(2026, 3, 3), **APPROVED)
        session.add(service)
        session.flush()
        far = builders.enterprise(session, region_code=YUEYANG)
        session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=far.id))
        trade(session, own, builders.enterprise(session), builders.institution(session).id)
        tallies.fold(session, own.id, 2026, now)
    with db.read() as session:
        apart = told(session, own.id, IndicatorCode.PARTICIPATIONS)
        card = scorecards.detail(session, own.id, 2026)
        assert apart is not None
        assert card is not None
        line = next(each for each in card.lines if each.code == IndicatorCode.PARTICIPATIONS)
        assert apart.counted == line.confirmed == 6
        assert (apart.sole_traders, apart.outside, apart.undecided, apart.outside_share) == (1, 2, 1, "33.3%")
        assert [told_apart.Apart(4, outside=some).outside_share for some in (0, 4)] == ["0%", "100%"]
        assert told(session, own.id, IndicatorCode.NEEDS) is None
        assert told_apart.of_record(session, session.merge(waiting))[0].outside == 1
        assert told_apart.of_record(session, session.merge(held))[1] != {}
    with db.transaction() as session:
        decide(session, own.kind, "out_of_region_counts", "false")
        decide(session, own.kind, "sole_traders_count", "false")
        tallies.fold(session, own.id, 2026, now)
        apart = told(session, own.id, IndicatorCode.PARTICIPATIONS)
        assert apart == told_apart.Apart(2, 0, 0, 0)
        why = {row.reasons[0] for row in scorecards.not_counted(session, own.id, 2026)}
        assert {"region_unknown", "reading_out_of_region_counts", "reading_sole_traders_count"} <= why


@pytest.mark.parametrize("kind", list(PlatformKind))
def test_every_figure_says_the_same(db: Database, now: datetime, kind: PlatformKind) -> None:
    """The fold, the rows, what is left out, the year's figures and the live count speak of the same enterprises."""
    with db.transaction() as session:
        own = builders.platform(session, kind=kind, operator_uscc=builders.uscc(9_999_993))
        decide(session, kind, "out_of_region_counts", "false")
        held = builders.activity(session, own, stage=Stage.APPROVED)
        institution = builders.institution(session).id
        everybody = [*unfit(session, own), builders.enterprise(session), builders.enterprise(session, region_code=None)]
        for each in everybody:
            builders.check_in(session, held, each)
            need(session, own, each)
            trade(session, own, each, institution)
        counted = tallies.fold(session, own.id, 2026, now)
        assert counted is not None
        by = readings.in_force(session, 2026, kind)
        out = left_out.of(session, own, 2026, by)
        figures = period_figures.of_period(session, own.id, periods.whole_year(2026), now)
        approved = {each.code: each.approved for each in figures.figures}
        for fact, figure in (
            ("activity_participations", "activity_participations"),
            ("needs", "needs"),
            ("online_trades", "online_trades"),
        ):
            shown = counted.tally.count(fact)
            assert shown == approved[figure]
            if fact != "online_trades" or kind is not PlatformKind.COUNTY:
                assert shown + sum(row.amount for row in out if row.fact == fact) == len(everybody)
        assert approved["trade_amount"] == 100 * counted.tally.count("online_trades")
        assert counted.tally.count("activity_participations") == submission.counted_enterprises(session, held)
        assert told_apart.of_record(session, held)[0].counted == submission.counted_enterprises(session, held)
        assert len(told_apart.of_record(session, held)[1]) == len(everybody) - submission.counted_enterprises(
            session, held
        )
        assert Subject.NEED in {row.subject for row in out}
        assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == len(everybody)
