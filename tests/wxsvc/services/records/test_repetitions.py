"""重复: one event published twice, one firm again and again, one certificate for two claims, one need entered twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.terms import Channel, NeedKind, Stage, Subject
from scoring.terms import ActivityCategory, BonusKind, EvidenceItem, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import ADD, CLAIM, DAY, REPORT, World, paper, prove, world
from wxsvc.db import Database
from wxsvc.services.judging import review_hints, reviews
from wxsvc.services.records import (
    bonus_claims,
    evidence,
    needs,
    offline_services,
    online_services,
    online_trades,
    research_reports,
    reviewed,
)
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.records.online_services import ServiceItemEntry
from wxsvc.services.records.online_trades import OnlineTradeEntry

pytestmark = pytest.mark.both_databases


def hints(w: World, row: Any) -> tuple[Hint, ...]:
    """The hints of one record."""
    return review_hints.of(w.session, [(row.SUBJECT, row.id)]).get((row.SUBJECT, row.id), ())


def held(w: World, *, of: Any = None, firms: list[Enterprise] | None = None, **columns: Any) -> Any:
    """A submitted activity with a photo."""
    activity = builders.activity(w.session, of or w.platform, **{"stage": Stage.SUBMITTED} | columns)
    builders.photo(w.session, activity)
    for number, firm in enumerate(firms or []):
        at = activity.starts_at + timedelta(minutes=number)
        builders.check_in(w.session, activity, firm, builders.person(w.session), checked_in_at=at)
    return activity


@pytest.mark.parametrize(
    "twice", ["two categories", "two activities", "two platforms", "a space in the place", "a comma in it"]
)
def test_an_event_on_the_same_day_at_the_same_place_is_doubtful(db: Database, now: datetime, twice: str) -> None:
    """However it was published twice, both that wait say so."""
    with db.transaction() as session:
        w = world(session, now)
        first = held(w)
        other = {
            "two categories": {"category": ActivityCategory.BRAND},
            "two activities": {"title": "另一场对接会", "starts_at": builders.STARTS_AT + timedelta(hours=3)},
            "two platforms": {"of": builders.platform(session)},
            "a space in the place": {"place": "长沙市岳麓区 麓谷大道668号"},
            "a comma in it": {"place": "长沙市岳麓区，麓谷大道668号"},
        }[twice]
        second = held(w, **other)
        assert hints(w, first) == hints(w, second) == (Hint.SAME_EVENT,)


def test_another_day_another_place_and_what_was_not_handed_in_are_no_double(db: Database, now: datetime) -> None:
    """Just before midnight in Beijing is another day; a void one and one that is only published are none."""
    with db.transaction() as session:
        w = world(session, now)
        night = datetime(2026, 11, 22, 23, 0, tzinfo=builders.BEIJING)
        one = held(w)
        held(w, starts_at=night, ends_at=night + timedelta(minutes=30))
        held(w, place="另一会场")
        held(w, stage=Stage.VOID)
        held(w, stage=Stage.PUBLISHED)
        assert hints(w, one) == ()


def test_an_online_event_is_known_by_its_link(db: Database, now: datetime) -> None:
    """The meeting's address is its place."""
    with db.transaction() as session:
        w = world(session, now)
        link = "https://meeting.example.cn/1"
        first, second = (held(w, place=None, meeting_link=link) for _ in range(2))
        assert hints(w, first) == hints(w, second) == (Hint.SAME_EVENT,)


@pytest.mark.parametrize(("shared", "days", "expected"), [(3, 1, True), (2, 1, False), (4, 0, True), (4, 10, False)])
def test_over_half_of_the_enterprises_in_common_is_doubtful(
    db: Database, now: datetime, shared: int, days: int, expected: bool
) -> None:
    """Of four: three are over a half, two are not; a series that meets again days later is none."""
    with db.transaction() as session:
        w = world(session, now)
        firms = [builders.enterprise(session) for _ in range(8)]
        one = held(w, firms=firms[:4], place="甲会场")
        day = {
            "starts_at": builders.STARTS_AT - timedelta(days=days),
            "ends_at": builders.ENDS_AT - timedelta(days=days),
        }
        other = held(w, of=builders.platform(session), firms=firms[4 - shared : 8 - shared], place="乙会场", **day)
        wanted = (Hint.SAME_ENTERPRISES,) if expected else ()
        assert (hints(w, one), hints(w, other)) == (wanted, wanted)


def test_what_one_activity_is_compared_with_does_not_grow_with_the_province(
    emptied_postgres: Database, now: datetime
) -> None:
    """The database looks at no more rows of check-ins and activities for its hints in a busier week."""
    read = sa.text(
        "select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables"
        " where relname in ('check_ins', 'activities')"
    )
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        one = held(w, firms=[builders.enterprise(session) for _ in range(4)], place="甲会场")
        session.execute(sa.text("set local enable_seqscan = off"))  # so small a table is read whole otherwise
        session.execute(sa.text("set local enable_hashjoin = off"))  # and joined whole
        session.execute(sa.text("set local enable_mergejoin = off"))

        def looked_at(others: int) -> int:
            day = {"starts_at": builders.STARTS_AT + timedelta(days=1), "ends_at": builders.ENDS_AT + timedelta(days=1)}
            for _ in range(others):
                firms = [builders.enterprise(session) for _ in range(4)]
                held(w, of=builders.platform(session), firms=firms, place="乙会场", **day)
            session.execute(sa.text("analyze check_ins, activities"))
            before = session.execute(read).scalar_one()
            assert review_hints.of_record(session, one) == ()
            return int(session.execute(read).scalar_one() - before)

        few = looked_at(20)
        assert looked_at(60) <= few


def check_ins_read(session: Session, record: Any) -> int:
    """Rows of check-ins that PostgreSQL looks at to find that the record has no hint."""
    read = sa.text("select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables where relname = 'check_ins'")
    before = session.execute(read).scalar_one()
    assert review_hints.of_record(session, record) == ()
    return int(session.execute(read).scalar_one() - before)


def test_what_its_enterprises_did_long_ago_is_not_looked_at(emptied_postgres: Database, now: datetime) -> None:
    """For a large event the database begins with what was held in these days, not with all that its enterprises did."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        firms = [builders.enterprise(session) for _ in range(30)]
        large = held(w, firms=firms, place="甲会场")
        held(w, of=builders.platform(session), firms=[builders.enterprise(session)], place="乙会场")
        session.execute(sa.text("set local enable_seqscan = off"))  # so small a table is read whole otherwise

        def looked_at(weeks: range) -> int:
            for week in weeks:
                begun = builders.STARTS_AT - timedelta(weeks=week)
                of = builders.platform(session)
                held(w, of=of, firms=firms, starts_at=begun, ends_at=begun + timedelta(hours=2))
            session.execute(sa.text("analyze check_ins, activities"))
            return check_ins_read(session, large)

        few = looked_at(range(2, 12))
        assert looked_at(range(12, 36)) < few + len(firms)  # one of the former events more would be as many


def test_who_came_is_not_counted_again_for_each_activity_near_by(emptied_postgres: Database, now: datetime) -> None:
    """A large event of a busy week shares some enterprises with every other one."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        firms = [builders.enterprise(session) for _ in range(60)]
        large = held(w, firms=firms, place="甲会场")
        session.execute(sa.text("set local enable_seqscan = off"))  # so small a table is read whole otherwise

        def looked_at(others: range) -> int:
            for number in others:
                few = [*firms[2 * number : 2 * number + 2], *(builders.enterprise(session) for _ in range(3))]
                held(w, of=builders.platform(session), firms=few, place=f"第{number}会场")
            return check_ins_read(session, large)

        few = looked_at(range(5))
        assert looked_at(range(5, 25)) < few + 20 * len(firms) / 2


def test_a_small_copy_within_a_large_event_is_doubtful(db: Database, now: datetime) -> None:
    """Three of the thirty who came to the large event are all who came to the small one."""
    with db.transaction() as session:
        w = world(session, now)
        firms = [builders.enterprise(session) for _ in range(30)]
        large, small = held(w, firms=firms, place="甲会场"), held(w, firms=firms[:3], place="乙会场")
        assert hints(w, small) == hints(w, large) == (Hint.SAME_ENTERPRISES,)


def test_the_same_firm_many_times_in_a_month_is_doubtful(db: Database, now: datetime) -> None:
    """Activity, services and orders of one platform and month are added up; the month is Beijing's."""
    with db.transaction() as session:
        w = world(session, now)

        def served(day: date, of: World = w) -> Any:
            entry = offline_services.OfflineServiceEntry(day, f"{day}上门诊断", frozenset([w.enterprise.id]))
            return offline_services.add(session, of.platform.id, entry, of.owner, now)

        def ordered(number: int) -> Any:
            entry = online_trades.OnlineTradeEntry(f"D-{number}", date(2026, 11, 5), w.enterprise.id, "代理")
            return online_trades.add(session, w.platform.id, entry, w.owner, now)

        elsewhere, october = world(session, now), served(date(2026, 10, 31))
        services = [served(date(2026, 11, day)) for day in (1, 2)]
        orders = [ordered(1)]
        last = datetime(2026, 11, 1, 0, 30, tzinfo=builders.BEIJING)
        activity = held(w, firms=[w.enterprise], starts_at=last - timedelta(hours=2), ends_at=last)
        served(date(2026, 11, 3), elsewhere)
        assert [hints(w, row) for row in (*services, *orders, activity)] == [()] * 4
        services.append(served(date(2026, 11, 4)))
        often = (Hint.OFTEN_IN_A_MONTH,)
        assert [hints(w, row) for row in (*services, *orders, activity)] == [often] * 5
        assert Hint.OFTEN_IN_A_MONTH not in hints(w, october)


def test_a_certificate_or_link_that_was_used_before_is_doubtful(db: Database, now: datetime) -> None:
    """The very file or the same address, at any platform and in any year; not what a void claim used."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        first = ADD[Subject.BONUS_CLAIM](w, w.owner)
        prove(w, EvidenceItem.HONOUR_PAPERS, first, Subject.BONUS_CLAIM)
        second = bonus_claims.add(session, other.platform.id, replace(CLAIM, title="另一荣誉"), other.owner, now)
        prove(other, EvidenceItem.HONOUR_PAPERS, second, Subject.BONUS_CLAIM)
        assert (hints(w, first), hints(w, second)) == ((), (Hint.USED_BEFORE,))
        linked = replace(CLAIM, title="甲", link="https://news.example.cn/1")
        third = bonus_claims.add(session, w.platform.id, linked, w.owner, now)
        again = replace(linked, title="乙", link="http://news.example.cn/1/?from=timeline&isappinstalled=0#rd")
        fourth = bonus_claims.add(session, other.platform.id, again, other.owner, now)
        assert Hint.USED_BEFORE not in hints(w, third)
        assert Hint.USED_BEFORE in hints(w, fourth)
        for row in (first, third):
            reviewed.withdraw(session, Subject.BONUS_CLAIM, row.id, "录错了", w.owner, now)
        assert Hint.USED_BEFORE not in (*hints(w, second), *hints(w, fourth))


def test_a_report_that_was_handed_in_before_is_doubtful(db: Database, now: datetime) -> None:
    """原创产业研究报告: the same title, page or file, of another cluster or of the year before."""
    with db.transaction() as session:
        w, other = world(session, now, PlatformKind.CLUSTER), world(session, now, PlatformKind.CLUSTER)

        def add(where: World, title: str, **changed: Any) -> Any:
            entry = replace(REPORT, title=title, **changed)
            return research_reports.add(session, where.platform.id, entry, where.owner, now)

        first = add(w, "先进装备产业研究报告", published_on=date(2025, 12, 1), link="https://report.example.cn/1")
        again = add(w, "先进装备产业 研究报告")
        linked = add(other, "另一报告", link="http://report.example.cn/1/")
        own = add(other, "自己的报告")

        def prove_by(number: int, row: Any) -> None:
            builders.proof(session, row, EvidenceItem.RESEARCH_REPORT, sha256=paper(session, number), link=None)

        for number, row in enumerate((first, again, linked), 1):
            prove_by(number, row)
        used = [Hint.USED_BEFORE in hints(w, row) for row in (first, again, linked, own)]
        assert used == [False, True, True, False]
        prove_by(1, own)
        assert hints(w, own) == (Hint.USED_BEFORE,)


def test_one_page_is_the_online_service_of_one_platform(db: Database, now: datetime) -> None:
    """自行在各自平台网站、微信公众号开设; a page of the own site may show several items."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        items = [online_services.add_item(session, ServiceItemEntry(2026, each), w.province, now) for each in "甲乙"]

        def offer(where: World, item: Any, address: str) -> Any:
            return online_services.add(session, where.platform.id, item.id, Channel.WEBSITE, address, where.owner, now)

        own = [offer(w, item, "https://example.cn/services") for item in items]
        theirs = offer(other, items[0], "http://example.cn/services/")
        used = [Hint.USED_BEFORE in hints(w, row) for row in (*own, theirs)]
        assert used == [False, False, True]
        for where in (w, other):
            menu = (Channel.ACCOUNT, "公众号菜单：服务—政策咨询", where.owner, now)
            row = online_services.add(session, where.platform.id, items[1].id, *menu)
            assert Hint.USED_BEFORE not in hints(w, row)


def test_the_paper_of_a_service_proves_no_other_day(db: Database, now: datetime) -> None:
    """A list that was signed on one day may hold several services of that day."""
    with db.transaction() as session:
        w = world(session, now)
        firms = [builders.enterprise(session) for _ in range(3)]
        days = (DAY - timedelta(days=1), DAY - timedelta(days=1), DAY)
        rows = [
            offline_services.add(
                session, w.platform.id, OfflineServiceEntry(day, f"诊断{firm.id}", frozenset({firm.id})), w.owner, now
            )
            for firm, day in zip(firms, days, strict=True)
        ]
        for row in rows:
            builders.proof(session, row, EvidenceItem.RECORD_PAPERS, sha256=paper(session))
        assert [Hint.USED_BEFORE in hints(w, row) for row in rows] == [False, False, True]


def test_a_paper_under_another_file_is_no_repetition(db: Database, now: datetime) -> None:
    """Two certificates are two claims, and one claim may have two papers."""
    with db.transaction() as session:
        w = world(session, now)
        rows = [bonus_claims.add(session, w.platform.id, replace(CLAIM, title=each), w.owner, now) for each in "甲乙"]
        for number, row in enumerate((*rows, rows[0]), start=1):
            entry = evidence.EvidenceEntry(2026, EvidenceItem.HONOUR_PAPERS, "证书", paper(session, number))
            entry = replace(entry, subject=Subject.BONUS_CLAIM, subject_id=row.id)
            evidence.add(session, w.platform.id, entry, w.owner, now)
        assert [hints(w, row) for row in rows] == [(), ()]


def test_a_need_entered_again_is_doubtful_at_another_platform_and_in_another_month(db: Database, now: datetime) -> None:
    """Spaces and punctuation make no other need; another enterprise's is one."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        entry = needs.NeedEntry(NeedKind.MATCHING, w.enterprise.id, "430102", "寻找检测机构", "需要材料检测服务", DAY)
        first = needs.add(session, w.platform.id, replace(entry, raised_on=date(2026, 3, 2)), w.owner, now)
        other_words = replace(entry, title="寻找 检测机构。", raised_on=date(2026, 11, 2))
        second = needs.add(session, other.platform.id, other_words, other.owner, now)
        third = needs.add(session, w.platform.id, replace(entry, enterprise_id=other.enterprise.id), w.owner, now)
        assert Hint.POSSIBLE_COPY not in hints(w, first)
        assert Hint.POSSIBLE_COPY in hints(w, second)
        assert Hint.POSSIBLE_COPY not in hints(w, third)
        reviews.void(session, Subject.NEED, first.id, "重复", w.reviewer, now)
        assert Hint.POSSIBLE_COPY not in hints(w, second)


@pytest.mark.parametrize(
    ("changed", "is_doubtful"),
    [
        ({}, True),
        ({"traded_on": DAY - timedelta(days=1)}, False),
        ({"institution": "another"}, False),
        ({"institution": None}, False),
        ({"enterprise": "another"}, False),
        ({"stage": Stage.VOID}, False),
    ],
)
def test_one_service_written_down_twice_is_doubtful(
    db: Database, now: datetime, changed: dict[str, Any], is_doubtful: bool
) -> None:
    """As an offline service and as an order it would be two 家次."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        institutions = [builders.institution(session, name=each).id for each in ("甲代理有限公司", "乙代理有限公司")]
        served = OfflineServiceEntry(DAY, "商标代理", frozenset({w.enterprise.id}), institutions[0])
        service = offline_services.add(session, w.platform.id, served, w.owner, now)
        told = {"same": institutions[0], "another": institutions[1], None: None}
        order = OnlineTradeEntry(
            "D-1",
            changed.get("traded_on", DAY),
            other.enterprise.id if "enterprise" in changed else w.enterprise.id,
            "商标注册",
            told[changed.get("institution", "same")],
        )
        row = online_trades.add(session, other.platform.id, order, other.owner, now)
        if "stage" in changed:
            reviewed.withdraw(session, Subject.ONLINE_TRADE, row.id, "录错了", other.owner, now)
        assert (Hint.SERVICE_AND_ORDER in hints(w, service)) is is_doubtful
        assert (Hint.SERVICE_AND_ORDER in hints(w, row)) is (is_doubtful or "stage" in changed)


@pytest.mark.parametrize(
    ("issuer", "is_doubtful"),
    [
        ("长沙市工业和信息化局", True),
        ("浏阳科技局", True),
        ("湖南省长沙市人民政府", True),
        ("宁乡市工信局、宁乡市科技局", True),
        ("省工信厅", False),
        ("省工信厅、长沙市人民政府", False),
        ("省工信厅和长沙市人民政府", False),
        ("工业和信息化部", False),
        ("湖南省委", False),
        ("湘潭大学", False),
    ],
)
def test_an_honour_of_a_city_is_doubtful(db: Database, now: datetime, issuer: str, is_doubtful: bool) -> None:
    """国家、省级相关的荣誉资质: who gave it says of which level it is."""
    with db.transaction() as session:
        w = world(session, now)
        row = bonus_claims.add(session, w.platform.id, replace(CLAIM, issuer=issuer), w.owner, now)
        assert (Hint.LOCAL_ISSUER in hints(w, row)) is is_doubtful


def test_a_medium_that_is_not_listed_is_doubtful(db: Database, now: datetime) -> None:
    """Whether it is 权威主流 is for the reviewer to say."""
    with db.transaction() as session:
        w = world(session, now)
        press = replace(
            CLAIM, kind=BonusKind.PRESS, issuer="某日报", link="https://example.cn/1", medium_reason="省级党报"
        )
        row = bonus_claims.add(session, w.platform.id, press, w.owner, now)
        assert hints(w, row) == (Hint.UNLISTED_MEDIUM,)


def test_an_enterprise_served_twice_on_one_day_is_doubtful(db: Database, now: datetime) -> None:
    """In other words, among others, or by another platform; what was sent back or void, and another day, are none."""
    with db.transaction() as session:
        w = world(session, now)
        other, colleague = world(session, now), builders.enterprise(session)
        entry = OfflineServiceEntry(DAY, "上门走访，梳理惠企政策", frozenset({w.enterprise.id}))

        def add(where: World, **changed: Any) -> Any:
            return offline_services.add(session, where.platform.id, replace(entry, **changed), where.owner, now)

        first = add(w)
        assert hints(w, first) == hints(w, add(w, served_on=DAY - timedelta(days=1))) == ()
        again = add(w, content="走访服务")
        both = add(w, content="诊断", enterprise_ids=frozenset({w.enterprise.id, colleague.id}))
        elsewhere = add(other, content="咨询")
        for row in (again, both, elsewhere):
            assert hints(w, row) == (Hint.POSSIBLE_COPY,)
        assert hints(w, first) == ()
        reviewed.withdraw(session, Subject.OFFLINE_SERVICE, first.id, "重复录入", w.owner, now)
        assert hints(w, again) == ()


def test_an_order_told_twice_is_doubtful(db: Database, now: datetime) -> None:
    """Its number at two platforms, in capitals or not; or another number for the same day, service and amount."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        entry = OnlineTradeEntry("d-1", DAY, w.enterprise.id, "知识产权代理", amount_fen=120_000)

        def add(where: World, **changed: Any) -> Any:
            return online_trades.add(session, where.platform.id, replace(entry, **changed), where.owner, now)

        first = add(w)
        elsewhere = add(other, service="商标注册", amount_fen=1, order_number="D-1")
        renumbered = add(w, order_number="D-2", service="知识产权 代理")
        assert hints(w, elsewhere) == hints(w, renumbered) == (Hint.POSSIBLE_COPY,)
        apart: tuple[dict[str, Any], ...] = (
            {"amount_fen": 120_001},
            {"traded_on": DAY - timedelta(days=31)},
            {"service": "培训"},
        )
        for place, changed in enumerate(apart):
            assert Hint.POSSIBLE_COPY not in hints(w, add(w, order_number=f"E-{place}", **changed))
        for row in (first, add(other, enterprise_id=builders.enterprise(session).id)):
            assert Hint.POSSIBLE_COPY not in hints(w, row)
