"""Rulings: who gives how many points on what, with a reason, and what remains of an earlier one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.recognition import Ruling
from models.work_list import Change
from scoring.terms import EvidenceItem, IndicatorCode, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import World, nobody, prove, world
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.judging import rulings
from wxsvc.services.refusal import Refused

WEBSITE, COORDINATION = IndicatorCode.WEBSITE, IndicatorCode.COORDINATION
SERVICE, FUSION = IndicatorCode.ONLINE_SERVICE, IndicatorCode.PLATFORM_FUSION
TEN = Decimal(10)


def rule(
    w: World, indicator: IndicatorCode, points: str, by: Actor | None = None, reason: str | None = "检查情况良好"
) -> Ruling:
    """Rule for the world's platform; the province unless told otherwise."""
    return rulings.rule_on(w.session, w.platform.id, 2026, indicator, Decimal(points), reason, by or w.province, w.now)


def advise(w: World, points: str = "10", by: Actor | None = None, indicator: IndicatorCode = SERVICE) -> Ruling:
    """The hub's opinion."""
    return rulings.give_opinion(
        w.session, w.platform.id, 2026, indicator, Decimal(points), "功能齐全", by or w.reviewer, w.now
    )


def prefecture(session: Session, now: datetime) -> World:
    """A world whose platform has the line 在线服务."""
    return world(session, now, PlatformKind.PREFECTURE)


def test_the_website_is_ruled_by_the_hub_in_half_points(db: Database, now: datetime) -> None:
    """4.5 stands with its reason and moves the score; the same again is calm."""
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
    [(WEBSITE, "4.3"), (WEBSITE, "5.5"), (WEBSITE, "-1"), (COORDINATION, "20.5"), (COORDINATION, "1.0005")],
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
    """Without an opinion nothing is confirmed; confirming twice is calm; the opinion's reason is the ruling's."""
    with db.transaction() as session:
        w = prefecture(session, now)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        with pytest.raises(Refused, match="opinion_first"):
            rulings.confirm(session, w.platform.id, 2026, SERVICE, w.province, now)
        with pytest.raises(Refused, match="opinion_first"):
            rule(w, SERVICE, "10")
        advise(w)
        advise(w)
        for _ in range(2):
            row = rulings.confirm(session, w.platform.id, 2026, SERVICE, w.province, now)
        assert (row.points, row.reason, row.opinion_by) == (TEN, "功能齐全", w.reviewer.person_id)
        deeds = session.scalars(sa.select(LogEntry.deed).where(LogEntry.deed.like("ruling.%"))).all()
        assert deeds == ["ruling.opinion_given", "ruling.given"]


def test_the_province_may_decide_against_the_opinion_with_a_reason(db: Database, now: datetime) -> None:
    """Silently overruling the hub is refused; after the ruling the opinion stands."""
    with db.transaction() as session:
        w = prefecture(session, now)
        advise(w)
        confirm = (session, w.platform.id, 2026, SERVICE, w.province, now)
        with pytest.raises(Refused, match="reason_needed"):
            rulings.confirm(*confirm, points=Decimal(0))
        assert rulings.confirm(*confirm, points=Decimal(0), reason="服务无法办理").points == 0
        with pytest.raises(Refused, match="opinion_after_ruling"):
            advise(w, "0")


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
        rule(w, COORDINATION, "16", reason="复核")
        for _ in range(2):
            row = rulings.withdraw(session, w.platform.id, 2026, COORDINATION, "待核实", w.province, now)
        assert (row.points, row.reason, row.ruled_at, row.ruled_by) == (None, None, None, None)
        log = session.scalars(sa.select(LogEntry).order_by(LogEntry.id)).all()
        assert [(each.deed, each.details["old"], each.details["new"]) for each in log] == [
            ("ruling.given", None, "15.5"),
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
