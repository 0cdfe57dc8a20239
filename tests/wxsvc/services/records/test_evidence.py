"""Evidence: papers under annex 2's items, the checklist of a year, and the gate "no proof, no points"."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.collaboration import Evidence
from models.journal import LogEntry
from models.recognition import Ruling
from models.terms import Stage, Subject
from scoring.terms import BonusKind, EvidenceItem, EvidenceNeed, IndicatorCode, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import ADD, CLAIM, World, nobody, prove, world
from wxsvc.db import Database
from wxsvc.services import years
from wxsvc.services.judging import reviews
from wxsvc.services.records import bonus_claims, evidence
from wxsvc.services.records.evidence import CheckedItem, EvidenceEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

REPORT, HONOUR = EvidenceItem.RESEARCH_REPORT, EvidenceItem.HONOUR_PAPERS
ENTRY = EvidenceEntry(2026, HONOUR, "获奖证书", link="https://example.cn/honour")


def add(w: World, entry: EvidenceEntry) -> Evidence:
    """Add for the world's platform."""
    return evidence.add(w.session, w.platform.id, entry, w.owner, w.now)


def line(w: World, item: EvidenceItem) -> CheckedItem:
    """One item of the world's checklist."""
    found = evidence.checklist(w.session, w.platform.id, 2026)
    return next(each for each in found if each.asked.item is item)


def test_a_paper_is_added_once_and_withdrawn_once(db: Database, now: datetime) -> None:
    """The same again is the same row; it stays visible after it is withdrawn."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, ENTRY)
        assert add(w, ENTRY) is row
        for _ in range(2):
            evidence.withdraw(session, row.id, w.colleague(), now)
        assert row.withdrawn_at == now
        assert add(w, ENTRY).id != row.id
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["evidence.added", "evidence.withdrawn", "evidence.added"]


def test_only_the_platforms_own_staff_hand_in_papers(db: Database, now: datetime) -> None:
    """A stranger, a reviewer, the province and nobody are refused, and so is proving another platform's record."""
    with db.transaction() as session:
        w, other = world(session, now), world(session, now)
        row = add(w, ENTRY)
        for person in (w.stranger(), w.reviewer, w.province, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                evidence.add(session, w.platform.id, ENTRY, person, now)
            with pytest.raises(Refused, match="not_allowed"):
                evidence.withdraw(session, row.id, person, now)
        claim = ADD[Subject.BONUS_CLAIM](other, other.owner)
        with pytest.raises(Refused, match="not_allowed"):
            add(w, replace(ENTRY, subject=Subject.BONUS_CLAIM, subject_id=claim.id))


def test_a_sealed_year_takes_no_paper(db: Database, now: datetime) -> None:
    """Neither in nor out."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, ENTRY)
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            add(w, replace(ENTRY, title="另一份"))
        with pytest.raises(Refused, match="year_sealed"):
            evidence.withdraw(session, row.id, w.owner, now)


def test_a_paper_is_a_stored_file_or_a_link_under_an_item_of_the_kind(db: Database, now: datetime) -> None:
    """Anything else is refused by name."""
    with db.transaction() as session:
        w, city = world(session, now), world(session, now, PlatformKind.PREFECTURE)
        claim = ADD[Subject.BONUS_CLAIM](w, w.owner)
        need = ADD[Subject.NEED](w, w.owner)
        for entry, code in (
            (replace(ENTRY, link=None), "evidence_empty"),
            (replace(ENTRY, link="javascript:alert(1)"), "bad_link"),
            (replace(ENTRY, sha256="f" * 64), "unknown_file"),
            (replace(ENTRY, year=2025, subject=Subject.BONUS_CLAIM, subject_id=claim.id), "evidence_of_other_year"),
            (replace(ENTRY, subject=Subject.NEED, subject_id=need.id), "not_allowed"),
        ):
            with pytest.raises(Refused, match=code):
                add(w, entry)
        with pytest.raises(Refused, match="item_not_asked"):
            add(city, replace(ENTRY, item=REPORT))


def test_the_checklist_says_what_is_asked_and_what_is_missing(db: Database, now: datetime) -> None:
    """A cluster: 7 items; the report holds back 5 points, the fusion 10, screenshots are optional, remarks are off."""
    with db.transaction() as session:
        w = world(session, now)
        assert len(evidence.checklist(session, w.platform.id, 2026)) == 7
        report = line(w, REPORT)
        assert (report.is_required, report.is_present, report.costs) == (True, False, Decimal(5))
        assert line(w, EvidenceItem.PLATFORM_FUSION_PAPERS).costs == 10
        screenshots = line(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        assert (screenshots.asked.need, screenshots.is_required) == (EvidenceNeed.OPTIONAL, False)
        assert screenshots.costs == 0
        assert not line(w, EvidenceItem.LEADERS_REMARKS).is_required
        prove(w, REPORT)
        report = line(w, REPORT)
        assert (report.is_present, report.costs, len(report.papers)) == (True, Decimal(0), 1)


@pytest.mark.parametrize("points", [Decimal("6.5"), Decimal(0)])
def test_a_missing_item_holds_back_what_was_ruled(db: Database, now: datetime, points: Decimal) -> None:
    """在线服务 has 10 points: an opinion leaves them open, a ruling says how many; the item is missing all the same."""
    with db.transaction() as session:
        w = world(session, now, PlatformKind.COUNTY)
        ruling = Ruling(platform_id=w.platform.id, year=2026, indicator=IndicatorCode.ONLINE_SERVICE)
        ruling.opinion_points, ruling.opinion_at = Decimal(3), now
        session.add(ruling)
        assert line(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS).costs == 10
        ruling.points, ruling.reason, ruling.ruled_at = points, "功能不全", now
        screenshots = line(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        assert (screenshots.costs, screenshots.is_missing) == (points, True)
        prove(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        screenshots = line(w, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        assert (screenshots.costs, screenshots.is_missing) == (Decimal(0), False)


def test_the_financial_statement_is_asked_with_market_income_only(db: Database, now: datetime) -> None:
    """有市场化服务业务收入平台提供; it scores nothing either way."""
    with db.transaction() as session:
        w = world(session, now)
        statement = EvidenceItem.FINANCIAL_STATEMENT
        assert not line(w, statement).is_required
        years.platform_year(session, w.platform.id, 2026).has_market_income = True
        assert (line(w, statement).is_required, line(w, statement).costs) == (True, Decimal(0))


def test_each_unproved_claim_holds_back_its_own_points(db: Database, now: datetime) -> None:
    """Two honours without papers hold back 6 points; a paper for the year proves neither, its own proves one."""
    with db.transaction() as session:
        w = world(session, now)
        claim = ADD[Subject.BONUS_CLAIM](w, w.owner)
        bonus_claims.add(session, w.platform.id, replace(CLAIM, title="国家级称号"), w.owner, now)
        assert line(w, HONOUR).costs == 6
        prove(w, HONOUR)
        assert line(w, HONOUR).costs == 6
        prove(w, HONOUR, claim, Subject.BONUS_CLAIM)
        assert line(w, HONOUR).costs == 3


def test_a_press_report_is_proved_by_its_link(db: Database, now: datetime) -> None:
    """Without a link it needs the annex's first item; resources need no paper that the annex names."""
    with db.transaction() as session:
        w = world(session, now)
        press = replace(CLAIM, kind=BonusKind.PRESS, issuer="某日报", medium_reason="国家级报刊")
        linked = replace(press, title="报道二", link="https://example.cn/news")
        bare = bonus_claims.add(session, w.platform.id, press, w.owner, now)
        for entry in (linked, replace(CLAIM, kind=BonusKind.CASE_SELECTED)):
            row = bonus_claims.add(session, w.platform.id, entry, w.owner, now)
            assert evidence.lacking(session, row) is None
            assert reviews.approve(session, Subject.BONUS_CLAIM, row.id, w.reviewer, now).stage is Stage.APPROVED
        assert evidence.lacking(session, bare) is not None
        prove(w, EvidenceItem.PRESS_REPORTS, bare, Subject.BONUS_CLAIM)
        assert evidence.lacking(session, bare) is None


def test_screenshots_gate_online_services_where_they_score(db: Database, now: datetime) -> None:
    """A county's online service needs item 5, a cluster's does not; a need never needs a paper."""
    with db.transaction() as session:
        cluster, county = world(session, now), world(session, now, PlatformKind.COUNTY)
        row = ADD[Subject.ONLINE_SERVICE](cluster, cluster.owner)
        assert evidence.lacking(session, row) is None
        own = ADD[Subject.ONLINE_SERVICE](county, county.owner)
        assert evidence.lacking(session, own) is not None
        prove(county, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
        assert evidence.lacking(session, own) is None
        need = ADD[Subject.NEED](county, county.owner)
        assert evidence.lacking(session, need) is None


@pytest.mark.parametrize(
    ("reading", "item"),
    [
        ("leaders_remarks_asked", EvidenceItem.LEADERS_REMARKS),
        ("cluster_screenshots_asked", EvidenceItem.ONLINE_SERVICE_SCREENSHOTS),
    ],
)
def test_a_ticked_item_that_no_indicator_rests_on_is_asked_for_by_a_reading(
    db: Database, now: datetime, reading: str, item: EvidenceItem
) -> None:
    """The province switches it on for a year; it is missing then, and costs nothing, there or not."""
    with db.transaction() as session:
        w = world(session, now)
        assert (line(w, item).is_required, line(w, item).is_missing) == (False, False)
        readings.decide(session, 2026, PlatformKind.CLUSTER, reading, "true", "按附件2", w.province, now)
        asked = line(w, item)
        assert (asked.is_required, asked.is_missing, asked.costs) == (True, True, Decimal(0))
        session.expire_all()
        prove(w, item)
        assert (line(w, item).is_required, line(w, item).is_missing) == (True, False)


def test_how_a_paper_was_copied_is_kept(db: Database, now: datetime) -> None:
    """附件有原件的，要用扫描件，不用打印件: a scan, a photo, or not said; the same paper sent again may say it."""
    with db.transaction() as session:
        w = world(session, now)
        assert add(w, ENTRY).is_scan is None
        assert add(w, replace(ENTRY, is_scan=False)).is_scan is False
        row = add(w, replace(ENTRY, is_scan=True))
        assert (row.is_scan, add(w, ENTRY).is_scan) == (True, True)
        assert session.scalar(sa.select(sa.func.count()).select_from(Evidence)) == 1
