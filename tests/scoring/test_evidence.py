"""Annex 2: which proofs are asked of whom, and what rests on them."""

from __future__ import annotations

import pytest

from scoring.evidence import evidence_for, proof_of, summary_outline
from scoring.terms import BONUS_FACT, BonusFact, BonusKind, EvidenceItem, EvidenceNeed, IndicatorCode, PlatformKind


def item(kind: PlatformKind, wanted: EvidenceItem):
    return next((evidence for evidence in evidence_for(kind, 2026) if evidence.item is wanted), None)


def test_the_checklist_follows_the_annex():
    """Clusters are asked for seven items, the others for the first five, in the annex's order."""
    assert [evidence.number for evidence in evidence_for(PlatformKind.CLUSTER, 2026)] == [1, 2, 3, 4, 5, 6, 7]
    for kind in (PlatformKind.PREFECTURE, PlatformKind.COUNTY):
        assert [evidence.number for evidence in evidence_for(kind, 2026)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "code", "proof"),
    [
        ("prefecture", "online_service", "online_service_screenshots"),
        ("county", "online_service", "online_service_screenshots"),
        ("cluster", "research_report", "research_report"),
        ("cluster", "platform_fusion", "platform_fusion_papers"),
        ("prefecture", "brand", None),
        ("prefecture", "coordination", None),
    ],
)
def test_a_line_that_needs_a_proof_names_it(kind, code, proof):
    """Online service, report and fusion rest on papers of the annex; other lines do not."""
    found = proof_of(PlatformKind(kind), 2026, IndicatorCode(code))
    assert (found.item if found else None) == proof


@pytest.mark.parametrize("kind", PlatformKind)
@pytest.mark.parametrize("claim", BonusKind)
def test_claims_of_press_and_honours_need_their_papers(kind, claim):
    """Press and honours are proved by items 1 and 2; the annex names no papers for resources."""
    resources = BONUS_FACT[claim] is BonusFact.RESOURCES
    code = IndicatorCode.BONUS_RESOURCES if resources else IndicatorCode.BONUS_HONOURS
    wanted = {BonusKind.PRESS: EvidenceItem.PRESS_REPORTS, BonusKind.HONOUR: EvidenceItem.HONOUR_PAPERS}.get(claim)
    found = proof_of(kind, 2026, code, claim)
    assert (found.item if found else None) == wanted


def test_online_screenshots_are_optional_for_clusters():
    """Clusters have no 在线服务 line, so item 5 gates nothing and need not be handed in."""
    assert not item(PlatformKind.CLUSTER, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS).is_asked()
    assert proof_of(PlatformKind.CLUSTER, 2026, IndicatorCode.ONLINE_SERVICE) is None


@pytest.mark.parametrize("kind", PlatformKind)
def test_items_three_and_four_score_nothing(kind):
    """Leaders' remarks are asked only once switched on, statements only with market income; neither proves points."""
    remarks, statement = item(kind, EvidenceItem.LEADERS_REMARKS), item(kind, EvidenceItem.FINANCIAL_STATEMENT)
    assert remarks.proves is None
    assert statement.proves is None
    assert remarks.need is EvidenceNeed.SWITCHED_OFF
    assert not remarks.is_asked()
    assert remarks.is_asked(switched_on={EvidenceItem.LEADERS_REMARKS})
    assert not statement.is_asked()
    assert statement.is_asked(market_income=True)


def test_the_summary_has_four_parts():
    """The outline of the yearly summary is the annex's, in its order."""
    assert summary_outline(2026) == ("主要工作举措", "服务活动开展情况", "存在的问题", "明年工作重点措施")
