"""附件2 before whoever reviews: item by item, what is missing, how papers were copied, and every filed paper."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import BonusClaim, Evidence, Filing
from models.platform import Platform, PlatformYear
from models.terms import Subject
from scoring.evidence import evidence_for
from scoring.terms import BonusKind, EvidenceItem, Obligation, PlatformKind
from tests import builders
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.services.actor import MACHINE
from wxsvc.services.regulation import readings

FILED = ((Obligation.PLAN, "2026-11"), (Obligation.DATA, "2026-11"), (Obligation.SUMMARY, "2026"))


@pytest.fixture
def filed(rows: Any, world: World) -> list[int]:
    """A plan, a data sheet and a summary, each with its paper; and papers of the year under items 3 and 4."""
    with rows() as session:
        sha256 = session.scalars(sa.select(Evidence.sha256)).one()
        shared = {"platform_id": world.platform_id, "year": 2026, "created_at": builders.NOW}
        made = [
            Filing(obligation=what, period=period, claimed_on=date(2026, 11, 3), sha256=sha256, **shared)
            for what, period in FILED
        ]
        papers = [
            Evidence(item=EvidenceItem.LEADERS_REMARKS, title="批示", sha256=sha256, is_scan=True, **shared),
            Evidence(item=EvidenceItem.FINANCIAL_STATEMENT, title="报表", sha256=sha256, is_scan=False, **shared),
        ]
        year = PlatformYear(
            platform_id=world.platform_id,
            year=2026,
            assessed_from=date(2026, 1, 1),
            assessed_until=date(2026, 12, 31),
            has_market_income=True,
        )
        session.add_all([*made, *papers, year])
        session.flush()
        return [row.id for row in made]


def section(page: Any, item: EvidenceItem) -> str:
    """What a reader sees of one item."""
    begins = page.text.index(f'id="{item.value}"')
    return seen(type("Part", (), {"text": page.text[begins : page.text.index("</section>", begins)]})())


@pytest.mark.parametrize("role", ["reviewer", "province"])
def test_whoever_reviews_sees_every_paper_of_the_annex(
    rows: Any, phone: Any, world: World, filed: list[int], role: str
) -> None:
    """Items 3 and 4 with the declaration of market income, scan or photo, and what is missing, with its points."""
    clerk = phone(getattr(world, role))
    page = clerk.get(f"/v/annex/{world.platform_code}?year=2026")
    assert "有10分暂不能计入" in section(page, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
    assert "没有相关申报，不用提供" in section(page, EvidenceItem.PRESS_REPORTS)
    assert "批示" in section(page, EvidenceItem.LEADERS_REMARKS)
    assert "原件扫描件" in section(page, EvidenceItem.LEADERS_REMARKS)
    statement = section(page, EvidenceItem.FINANCIAL_STATEMENT)
    assert "平台填报：有市场化服务业务收入" in statement
    assert "原件照片" in statement
    for evidence_id in (row.id for row in every(rows, Evidence)):
        assert clerk.get(f"/v/papers/{evidence_id}").status_code == 200
    for filing_id in filed:
        address = f"/v/filings/{filing_id}/paper"
        assert address in page.text
        got = clerk.get(address)
        assert (got.status_code, got.mimetype) == (200, "image/jpeg")
        assert address in clerk.get(f"/v/review/filing/{filing_id}").text


def every(rows: Any, model: Any) -> list[Any]:
    with rows() as session:
        return list(session.scalars(sa.select(model)))


def test_a_paper_names_the_record_that_it_proves(rows: Any, phone: Any, world: World) -> None:
    """With the record's stage, and a way to it."""
    with rows() as session:
        claim = BonusClaim(
            platform_id=world.platform_id,
            year=2026,
            kind=BonusKind.HONOUR,
            title="省级示范平台",
            issuer="省工信厅",
            awarded_on=builders.NOW.date(),
            created_at=builders.NOW,
        )
        session.add(claim)
        session.flush()
        builders.proof(session, claim, EvidenceItem.HONOUR_PAPERS)
        where = f"/v/review/{Subject.BONUS_CLAIM.value}/{claim.id}"
    page = phone(world.reviewer).get(f"/v/annex/{world.platform_code}?year=2026")
    part = section(page, EvidenceItem.HONOUR_PAPERS)
    assert "佐证省级示范平台" in part.replace(" ", "").replace("\n", "")
    assert "待审核" in part
    assert where in page.text


@pytest.mark.parametrize(
    ("kind", "reading", "item"),
    [
        (PlatformKind.PREFECTURE, "leaders_remarks_asked", EvidenceItem.LEADERS_REMARKS),
        (PlatformKind.COUNTY, "leaders_remarks_asked", EvidenceItem.LEADERS_REMARKS),
        (PlatformKind.CLUSTER, "leaders_remarks_asked", EvidenceItem.LEADERS_REMARKS),
        (PlatformKind.CLUSTER, "cluster_screenshots_asked", EvidenceItem.ONLINE_SERVICE_SCREENSHOTS),
    ],
)
def test_an_item_that_a_reading_asks_for_is_missing_on_every_page(
    rows: Any, phone: Any, world: World, kind: PlatformKind, reading: str, item: EvidenceItem
) -> None:
    """The platform's checklist, its count of missing items, its summary, and the province's page; no points."""
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = kind
    fold(rows)
    staff, clerk = phone(world.staff), phone(world.reviewer)
    text = next(each.text for each in evidence_for(kind, 2026) if each.item is item)
    annex = f"/v/annex/{world.platform_code}?year=2026"

    def shown() -> tuple[bool, bool, bool, str]:
        return (
            "按要求须提供，不影响得分" in section(staff.get("/p/evidence?year=2026"), item),
            "未提供，按要求须提供，不影响得分" in section(clerk.get(annex), item),
            text in seen(staff.get("/p/filings/summary/2026")),
            missing(staff),
        )

    before = shown()
    assert before[:3] == (False, False, False)
    with rows() as session:
        readings.decide(session, 2026, kind, reading, "true", "按附件2", MACHINE, builders.NOW)
    after = shown()
    assert after[:3] == (True, True, True)
    assert int(after[3]) == int(before[3]) + 1


def missing(staff: Any) -> str:
    """How many items the page of all functions says are missing."""
    text = seen(staff.get("/p/more"))
    before = text[: text.index("项缺材料")] if "项缺材料" in text else "0"
    return "".join(sign for sign in before.split()[-1] if sign.isdigit())


@pytest.mark.parametrize("path", ["/v/annex/nowhere", "/v/filings/999/paper"])
def test_what_is_not_there_is_404(phone: Any, world: World, path: str) -> None:
    assert phone(world.province).get(path).status_code == 404


def test_platforms_and_enterprises_see_none_of_it(phone: Any, world: World, filed: list[int]) -> None:
    """The page and the papers are for provincial staff alone."""
    for openid in (world.staff, world.other_staff, world.visitor, world.stranger):
        for path in (f"/v/annex/{world.platform_code}", f"/v/filings/{filed[0]}/paper"):
            assert phone(openid).get(path).status_code == 403


def test_the_way_to_it_stands_where_one_judges(phone: Any, world: World, filed: list[int]) -> None:
    """The score page, the rulings, and the review of a filing."""
    clerk, where = phone(world.reviewer), f"/v/annex/{world.platform_code}?year=2026"
    for path in (
        f"/v/score/{world.platform_code}?year=2026",
        "/v/rulings?year=2026",
        f"/v/rulings/{world.platform_code}/website?year=2026",
        f"/v/review/filing/{filed[0]}",
    ):
        assert where in clerk.get(path).text, path


def test_a_record_is_reviewed_with_the_years_papers_that_prove_it(rows: Any, phone: Any, world: World) -> None:
    """A screenshot for the whole year stands on the review page of each online service, not on that of a claim."""
    settle_records(rows, world)
    with rows() as session:
        shared = {"platform_id": world.platform_id, "year": 2026, "created_at": builders.NOW}
        link = "https://example.cn/all-shots"
        item = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
        session.add(Evidence(item=item, title="截图汇总", link=link, **shared))
    reviewer = phone(world.reviewer)
    page = reviewer.get(f"/v/review/online_service/{world.records['online_services']}")
    assert "截图汇总" in seen(page)
    assert f"/v/annex/{world.platform_code}?year=2026" in page.text
    claim = reviewer.get(f"/v/review/bonus_claim/{world.records['bonus_claims']}")
    assert "截图汇总" not in seen(claim)
