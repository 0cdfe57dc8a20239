"""Rulings: who gives how many points on what, with a reason, and what remains of an earlier one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.recognition import Ruling, SiteInspection
from models.terms import Role, Subject
from models.work_list import Change
from scoring.terms import EvidenceItem, IndicatorCode, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import ADD, World, nobody, prove, world
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews, rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.records import site_inspections
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

WEBSITE, COORDINATION = IndicatorCode.WEBSITE, IndicatorCode.COORDINATION
SERVICE, FUSION = IndicatorCode.ONLINE_SERVICE, IndicatorCode.PLATFORM_FUSION
TEN = Decimal(10)
STATED = Stated("平台已书面说明，经现场核实", "已到现场复核")
"""What must be said apart: these tests are about other rules, and record nothing that a ruling rests on."""


def rule(
    w: World, indicator: IndicatorCode, points: str, by: Actor | None = None, reason: str | None = "检查情况良好"
) -> Ruling:
    """Rule for the world's platform; the province unless told otherwise."""
    place = (w.session, w.platform.id, 2026, indicator)
    return rulings.rule_on(*place, Decimal(points), reason, by or w.province, w.now, stated=STATED)


def advise(w: World, points: str = "10", by: Actor | None = None, indicator: IndicatorCode = SERVICE) -> Ruling:
    """The hub's opinion."""
    place = (w.session, w.platform.id, 2026, indicator)
    return rulings.give_opinion(*place, Decimal(points), "功能齐全", by or w.reviewer, w.now, stated=STATED)


def prefecture(session: Session, now: datetime) -> World:
    """A world whose platform has the line 在线服务."""
    return world(session, now, PlatformKind.PREFECTURE)


def test_the_website_is_ruled_by_the_hub_in_half_points(db: Database, now: datetime) -> None:
    """4.5 stands with its reason and moves the score; idempotent."""
    with db.transaction() as session:
        w = world(session, now)
        for _ in range(2):
            row = rule(w, WEBSITE, "4.5", w.reviewer)
        assert (row.points, row.reason, row.ruled_by, row.ruled_at) == (
            Decimal("4.5"),
            "检查情况良好",
            w.reviewer.person_id,
            now,
        )
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["ruling.given"]
        assert [(each.platform_id, each.year) for each in session.scalars(sa.select(Change))] == [(w.platform.id, 2026)]


@pytest.mark.parametrize(
    ("indicator", "points"),
    [(WEBSITE, "4.3"), (WEBSITE, "5.5"), (WEBSITE, "-1"), (COORDINATION, "20.5"), (COORDINATION, "12.345")],
)
def test_points_fit_the_regulations_table(db: Database, now: datetime, indicator: IndicatorCode, points: str) -> None:
    """Nothing below zero, above full or finer than the line allows."""
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(Refused, match="points_not_allowed"):
            rule(w, indicator, points)


def test_a_recognition_is_nothing_or_full(db: Database, now: datetime) -> None:
    """Half of 认定有效 does not exist."""
    with db.transaction() as session:
        w = prefecture(session, now)
        with pytest.raises(Refused, match="points_not_allowed"):
            advise(w, "5")
        assert advise(w, "0").opinion_points == 0


def test_who_may_rule_what(db: Database, now: datetime) -> None:
    """The hub rules the website; 协同 and recognitions are the province's; platforms and nobody rule nothing."""
    with db.transaction() as session:
        w = prefecture(session, now)
        assert rule(w, WEBSITE, "3", w.province).points == 3
        for other in (w.owner, w.colleague(), w.stranger(), nobody()):
            for indicator in (WEBSITE, COORDINATION, SERVICE):
                with pytest.raises(Refused, match="not_allowed"):
                    rule(w, indicator, "0", other)
            with pytest.raises(Refused, match="not_allowed"):
                advise(w, by=other)
        for indicator in (COORDINATION, SERVICE):
            with pytest.raises(Refused, match="not_allowed"):
                rule(w, indicator, "0", w.reviewer)
        with pytest.raises(Refused, match="not_allowed"):
            rulings.confirm(session, w.platform.id, 2026, SERVICE, w.reviewer, now)


def test_the_province_confirms_the_hubs_opinion(db: Database, now: datetime) -> None:
    """Without an opinion nothing is confirmed; confirming idempotent; the opinion's reason is the ruling's."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        with pytest.raises(Refused, match="opinion_first"):
            rulings.confirm(session, w.platform.id, 2026, SERVICE, w.province, now)
        advise(w)
        advise(w)
        for _ in range(2):
            row = rulings.confirm(session, w.platform.id, 2026, SERVICE, w.province, now)
        assert (row.points, row.reason, row.opinion_by) == (TEN, "功能齐全", w.reviewer.person_id)
        assert (row.ruled_by, row.ruled_with) == (w.province.person_id, w.reviewer.person_id)
        query = sa.select(LogEntry.deed).where(LogEntry.deed.like("ruling.%")).order_by(LogEntry.id)
        assert session.scalars(query).all() == ["ruling.opinion_given", "ruling.given"]


def second(w: World) -> Actor:
    """Another official."""
    return builders.staff(w.session, role=Role.PROVINCE)


def test_an_override_needs_another_official(db: Database, now: datetime) -> None:
    """Silently overruling the hub is refused; the official's word waits, and only somebody else puts it in force."""
    with db.transaction() as session:
        w = prefecture(session, now)
        advise(w)
        confirm = (session, w.platform.id, 2026, SERVICE, w.province, now)
        with pytest.raises(Refused, match="reason_needed"):
            rulings.confirm(*confirm, points=Decimal(0))
        for _ in range(2):
            row = rulings.confirm(*confirm, points=Decimal(0), reason="服务无法办理", stated=STATED)
        assert (row.points, row.proposed_points, row.proposed_by) == (None, 0, w.province.person_id)
        assert rule(w, SERVICE, "0", reason="仍无法办理").points is None
        other = second(w)
        row = rule(w, SERVICE, "0", other, "仍无法办理")
        assert (row.points, row.ruled_by, row.ruled_with) == (0, other.person_id, w.province.person_id)
        assert (row.proposed_points, row.proposed_by, row.opinion_points) == (None, None, TEN)
        with pytest.raises(Refused, match="opinion_after_ruling"):
            advise(w, "0")


@pytest.mark.parametrize(
    ("line", "role", "old", "new"), [(COORDINATION, Role.PROVINCE, "15", "8"), (WEBSITE, Role.REVIEWER, "4", "2.5")]
)
@pytest.mark.parametrize("takes_back", [False, True])
def test_whoever_overrides_a_ruling_needs_another(
    db: Database, now: datetime, line: IndicatorCode, role: Role, old: str, new: str, takes_back: bool
) -> None:
    """Also on a line that one person rules at first, and by way of a withdrawal; until then the old points count."""
    with db.transaction() as session:
        w = prefecture(session, now)
        one, other = (builders.staff(session, role=role) for _ in range(2))
        rule(w, line, old, one)
        if takes_back:
            rulings.withdraw(session, w.platform.id, 2026, line, "再核实", one, now)
        for reason in ("复核", "再次复核"):
            row = rule(w, line, new, one, reason)
        assert (row.points, row.proposed_points) == (None if takes_back else Decimal(old), Decimal(new))
        row = rule(w, line, new, other, "同意")
        assert (row.points, row.ruled_by, row.ruled_with) == (Decimal(new), other.person_id, one.person_id)
        assert (row.proposed_points, row.withdrawn_by) == (None, None)


@pytest.mark.parametrize("in_force", [False, True])
def test_without_an_opinion_two_officials_rule(db: Database, now: datetime, in_force: bool) -> None:
    """An official's ruling or opinion before the hub's is a proposal; a change of what is in force, too."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        other = second(w)
        if in_force:
            rule(w, SERVICE, "0", reason="无法办理")
            assert rule(w, SERVICE, "0", other, "无法办理").points == 0
        stood = Decimal(0) if in_force else None
        assert (rule(w, SERVICE, "10") if in_force else advise(w, by=w.province)).points == stood
        for reason in ("检查情况良好", "再次检查"):
            assert rule(w, SERVICE, "10", reason=reason).points == stood
        row = rule(w, SERVICE, "10", other)
        assert (row.points, row.ruled_by, row.ruled_with) == (TEN, other.person_id, w.province.person_id)
        assert (row.opinion_points, row.proposed_points) == (None, None)


@pytest.mark.parametrize("points", ["0", "10"])
def test_who_gave_the_opinion_confirms_it_in_no_role(db: Database, now: datetime, points: str) -> None:
    """One person is one person, though they hold both roles; somebody else confirms the same words."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        advise(w, points, by=w.reviewer)
        same = Actor(w.reviewer.person_id, Role.PROVINCE)
        with pytest.raises(Refused, match="opinion_by_self"):
            rule(w, SERVICE, points, same)
        with pytest.raises(Refused, match="opinion_by_self"):
            rulings.confirm(session, w.platform.id, 2026, SERVICE, same, now)
        assert rule(w, SERVICE, points).points == Decimal(points)


def test_a_proposal_is_dropped_by_another_ruling_or_taken_back(db: Database, now: datetime) -> None:
    """Confirming the hub's opinion after all leaves nothing waiting; so does a withdrawal."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        advise(w)
        rule(w, SERVICE, "0")
        row = rulings.withdraw(session, w.platform.id, 2026, SERVICE, "再议", w.province, now)
        assert (row.proposed_points, row.opinion_points) == (None, TEN)
        rule(w, SERVICE, "0")
        row = rule(w, SERVICE, "10")
        assert (row.points, row.ruled_with, row.proposed_points) == (TEN, w.reviewer.person_id, None)


STALE = {
    "website": lambda w, seen: rulings.rule_on(
        *_place(w, WEBSITE), Decimal(3), "栏目有缺", w.reviewer, w.now, seen, STATED
    ),
    "coordination": lambda w, seen: rulings.rule_on(
        *_place(w, COORDINATION), TEN, "迟报", w.province, w.now, seen, STATED
    ),
    "opinion": lambda w, seen: rulings.give_opinion(
        *_place(w, SERVICE), TEN, "可办理", w.reviewer, w.now, seen, STATED
    ),
    "proposal": lambda w, seen: rulings.rule_on(*_place(w, SERVICE), TEN, "可办理", w.province, w.now, seen, STATED),
    "withdrawal": lambda w, seen: rulings.withdraw(*_place(w, COORDINATION), "重评", w.province, w.now, seen),
}


def _place(w: World, line: IndicatorCode) -> tuple[Session, int, int, IndicatorCode]:
    return w.session, w.platform.id, 2026, line


@pytest.mark.parametrize("deed", STALE)
def test_a_stale_form_overwrites_nothing(db: Database, now: datetime, deed: str) -> None:
    """It is told what stands now, by whom and when, and what was typed; with the newest version it is a decision."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        other = second(w)
        match deed:
            case "website":
                row, stands, by = rule(w, WEBSITE, "4.5", other), Decimal("4.5"), other
            case "opinion":
                by = builders.staff(session, role=Role.REVIEWER)
                row, stands = advise(w, "0", by), Decimal(0)
            case "proposal":
                row, stands, by = rule(w, SERVICE, "0", other), Decimal(0), other
            case _:
                rule(w, COORDINATION, "12")
                rule(w, COORDINATION, "15")
                row, stands, by = rule(w, COORDINATION, "15", other), Decimal(15), other
        seen = row.version - 1
        before = (row.points, row.opinion_points, row.proposed_points, row.version)
        with pytest.raises(Refused) as caught:
            STALE[deed](w, seen)
        told = caught.value.values
        assert (caught.value.code, told["stands"], told["by"], told["at"]) == (
            "ruling_overtaken",
            stands,
            by.person_id,
            now,
        )
        assert told["typed"] == {"website": 3, "withdrawal": None}.get(deed, TEN)
        assert (row.points, row.opinion_points, row.proposed_points, row.version) == before
        assert STALE[deed](w, row.version).version == row.version
        assert (row.points, row.opinion_points, row.proposed_points) != before[:3]


def test_the_same_sent_twice_is_calm_whatever_was_seen(db: Database, now: datetime) -> None:
    """A double tap sends the same version twice."""
    with db.transaction() as session:
        w = prefecture(session, now)
        for deed in ("website", "coordination", "opinion", "proposal"):
            if deed == "proposal":
                session.execute(sa.update(Ruling).values(opinion_points=None, opinion_at=None))
                session.expire_all()
                prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
                STALE[deed](w, None)
            first = STALE[deed](w, None if deed == "proposal" else 0).version
            assert STALE[deed](w, 0).version == first
        assert STALE["withdrawal"](w, 1).points is None
        assert STALE["withdrawal"](w, 1).points is None


def test_points_need_the_annexs_paper_and_zero_needs_none(db: Database, now: datetime) -> None:
    """不按要求提供则视为无: the refusal names the paper."""
    with db.transaction() as session:
        w = prefecture(session, now)
        advise(w)
        with pytest.raises(Refused) as caught:
            rulings.confirm(session, w.platform.id, 2026, SERVICE, w.province, now)
        assert caught.value.values["item"] is EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        assert rulings.confirm(session, w.platform.id, 2026, SERVICE, w.province, now).points == TEN


def test_each_kind_has_its_own_lines(db: Database, now: datetime) -> None:
    """A cluster has no 在线服务, a prefecture no 产业平台融合; needs are counted; a website takes no opinion."""
    with db.transaction() as session:
        cluster, city = world(session, now), prefecture(session, now)
        with pytest.raises(Refused, match="not_ruled"):
            advise(cluster, indicator=SERVICE)
        with pytest.raises(Refused, match="not_ruled"):
            advise(city, indicator=FUSION)
        with pytest.raises(Refused, match="not_ruled"):
            rule(city, IndicatorCode.NEEDS, "5")
        with pytest.raises(Refused, match="no_opinion_asked"):
            advise(city, "5", indicator=WEBSITE)


def test_changing_and_withdrawing_keep_what_was(db: Database, now: datetime) -> None:
    """Both need a reason; the log holds old and new; withdrawn means awaited again."""
    with db.transaction() as session:
        w = world(session, now)
        rule(w, COORDINATION, "15.5")
        with pytest.raises(Refused, match="reason_needed"):
            rule(w, COORDINATION, "16", reason="")
        for who in (w.province, second(w)):
            rule(w, COORDINATION, "16", who, reason="复核")
        for _ in range(2):
            row = rulings.withdraw(session, w.platform.id, 2026, COORDINATION, "待核实", w.province, now)
        assert (row.points, row.reason, row.ruled_at, row.ruled_by) == (None, None, None, None)
        log = session.scalars(sa.select(LogEntry).order_by(LogEntry.id)).all()
        assert [(each.deed, each.details["old"], each.details["new"]) for each in log] == [
            ("ruling.given", None, "15.5"),
            ("ruling.proposed", None, "16"),
            ("ruling.changed", "15.5", "16"),
            ("ruling.withdrawn", "16", None),
        ]


def test_a_sealed_year_is_ruled_no_more(db: Database, now: datetime) -> None:
    """Opinion, ruling and withdrawal are refused."""
    with db.transaction() as session:
        w = prefecture(session, now)
        rule(w, WEBSITE, "4")
        builders.seal(session, w.platform)
        for attempt in (
            lambda: rule(w, WEBSITE, "5"),
            lambda: advise(w),
            lambda: rulings.withdraw(session, w.platform.id, 2026, WEBSITE, "理由", w.province, now),
        ):
            with pytest.raises(Refused, match="year_sealed"):
                attempt()


BARE = {
    "website": lambda w, stated: rulings.rule_on(
        *_place(w, WEBSITE), Decimal(3), "尚可", w.reviewer, w.now, None, stated
    ),
    "website 0": lambda w, stated: rulings.rule_on(
        *_place(w, WEBSITE), Decimal(0), "停更", w.reviewer, w.now, None, stated
    ),
    "coordination": lambda w, stated: rulings.rule_on(
        *_place(w, COORDINATION), Decimal(15), "尚可", w.province, w.now, None, stated
    ),
    "opinion": lambda w, stated: rulings.give_opinion(
        *_place(w, SERVICE), TEN, "可办理", w.reviewer, w.now, None, stated
    ),
    "proposal": lambda w, stated: rulings.rule_on(*_place(w, SERVICE), TEN, "可办理", w.province, w.now, None, stated),
    "proposal as opinion": lambda w, stated: rulings.give_opinion(
        *_place(w, SERVICE), TEN, "可办理", w.province, w.now, None, stated
    ),
}


@pytest.mark.parametrize("deed", BARE)
def test_what_rests_on_nothing_recorded_is_given_with_a_reason_stated_for_it(
    db: Database, now: datetime, deed: str
) -> None:
    """No inspection, no response, no approved service: the ordinary reason is not enough, a blank one is none."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        ADD[Subject.ONLINE_SERVICE](w, w.owner)  # submitted, not approved
        for nothing in (Stated(), Stated("  "), Stated(against_opinion="别的理由")):
            with pytest.raises(Refused, match="basis_needed") as caught:
                BARE[deed](w, nothing)
        assert caught.value.values["lacking"]
        row = BARE[deed](w, Stated(" 平台迁站，按平时掌握的情况 "))
        kept = {row.without_basis, row.opinion_without_basis, row.proposed_without_basis}
        assert kept == {None, "平台迁站，按平时掌握的情况"}
        log = session.scalars(sa.select(LogEntry).where(LogEntry.subject == Subject.RULING)).all()
        assert [each.details["without_basis"] for each in log] == ["平台迁站，按平时掌握的情况"]


def test_what_is_recorded_asks_for_no_further_reason(db: Database, now: datetime) -> None:
    """An inspection of the year, a response, an approved service; 不予认定 of nothing rests on nothing."""
    with db.transaction() as session:
        w = prefecture(session, now)
        unnamed = Stated()
        place = _place(w, SERVICE)
        assert rulings.give_opinion(*place, Decimal(0), "没有填报", w.reviewer, now).opinion_points == 0
        seen_on = SiteInspectionEntry(date(2026, 11, 20), "更新及时")
        site_inspections.add(session, w.platform.id, seen_on, w.reviewer, now)
        ADD[Subject.RESPONSE](w, w.owner)
        service = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        reviews.approve(session, Subject.ONLINE_SERVICE, service.id, w.reviewer, now)
        for deed in ("website", "coordination", "opinion"):
            row = BARE[deed](w, unnamed)
            assert (row.without_basis, row.opinion_without_basis) == (None, None)
        last_year = prefecture(session, now)
        session.add(
            SiteInspection(
                platform_id=last_year.platform.id,
                year=2025,
                inspected_on=date(2025, 11, 20),
                findings="去年的",
                created_at=now,
            )
        )
        session.flush()
        with pytest.raises(Refused, match="basis_needed"):
            BARE["website"](last_year, unnamed)


@pytest.mark.parametrize(("hub", "province"), [("0", "10"), ("10", "0")])
def test_against_the_hubs_opinion_the_province_says_why(db: Database, now: datetime, hub: str, province: str) -> None:
    """两家一致认定: proposal and confirmation; with 以省工信厅认定为准 nothing more is asked."""
    only_basis = Stated("现场看过")
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        place = _place(w, SERVICE)
        rulings.give_opinion(*place, Decimal(hub), "逐项看过", w.reviewer, now, stated=only_basis)
        with pytest.raises(Refused, match="against_opinion_needed") as caught:
            rulings.rule_on(*place, Decimal(province), "复核", w.province, now, stated=only_basis)
        assert caught.value.values["points"] == Decimal(hub)
        why = Stated("现场看过", "到现场复核，与意见所述不同")
        row = rulings.rule_on(*place, Decimal(province), "复核", w.province, now, stated=why)
        assert row.proposed_against_opinion == "到现场复核，与意见所述不同"
        row = rulings.rule_on(*place, Decimal(province), "复核", second(w), now)
        assert (row.points, row.against_opinion) == (Decimal(province), "到现场复核，与意见所述不同")
        assert (row.proposed_points, row.proposed_against_opinion) == (None, None)
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        readings.decide(session, 2026, w.platform.kind, "recognition_needs", "province", "按条文", w.province, now)
        place = _place(w, SERVICE)
        rulings.give_opinion(*place, Decimal(hub), "逐项看过", w.reviewer, now, stated=only_basis)
        row = rulings.rule_on(*place, Decimal(province), "复核", w.province, now, stated=only_basis)
        row = rulings.rule_on(*place, Decimal(province), "复核", second(w), now)
        assert (row.points, row.against_opinion) == (Decimal(province), None)
