"""One ordinary record of every noun, for the tests that hold of all of them: how to add it, how to correct it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.platform import Platform
from models.stored_file import StoredFile
from models.terms import AssignmentKind, Channel, FusionKind, NeedKind, Role, Subject
from scoring.terms import BonusKind, EvidenceItem, Obligation, PlatformKind
from tests import builders
from wxsvc.services.actor import Actor
from wxsvc.services.records import (
    assignments,
    bonus_claims,
    evidence,
    filings,
    needs,
    offline_services,
    online_services,
    online_trades,
    platform_fusions,
    research_reports,
)

DAY = date(2026, 11, 20)


@dataclass
class World:
    """A cluster platform (the kind that records every noun) with the people and things around it."""

    session: Session
    now: datetime
    platform: Platform
    enterprise: Enterprise
    owner: Actor
    reviewer: Actor
    province: Actor

    def stranger(self) -> Actor:
        """Staff of another platform."""
        return builders.staff(self.session, builders.platform(self.session))

    def colleague(self) -> Actor:
        """Another member of the platform's staff."""
        return builders.staff(self.session, self.platform)


def world(session: Session, now: datetime, kind: PlatformKind = PlatformKind.CLUSTER) -> World:
    """A fresh world."""
    platform = builders.platform(session, kind=kind)
    return World(
        session,
        now,
        platform,
        builders.enterprise(session),
        builders.staff(session, platform),
        builders.staff(session, role=Role.REVIEWER),
        builders.staff(session, role=Role.PROVINCE),
    )


def nobody() -> Actor:
    """Somebody without any role."""
    return Actor(None)


def paper(session: Session, number: int = 1) -> str:
    """The sha256 of a stored paper; its bytes are nowhere."""
    sha256 = f"{number:064x}"
    if session.get(StoredFile, sha256) is None:
        session.add(
            StoredFile(sha256=sha256, media_type="application/pdf", size=9, name="证明.pdf", stored_at=builders.NOW)
        )
        session.flush()
    return sha256


def prove(w: World, item: EvidenceItem, record: Any = None, subject: Subject | None = None) -> Any:
    """Put a paper under an item, for the record if one is given."""
    entry = evidence.EvidenceEntry(2026, item, "佐证", sha256=paper(w.session))
    if record is not None:
        entry = replace(entry, subject=subject, subject_id=record.id)
    return evidence.add(w.session, w.platform.id, entry, w.owner, w.now)


Adder = Callable[[World, Actor], Any]
Corrector = Callable[[World, Any, int, Actor], Any]


def _offline(w: World) -> offline_services.OfflineServiceEntry:
    return offline_services.OfflineServiceEntry(DAY, "上门诊断", frozenset([w.enterprise.id]))


def _trade(w: World) -> online_trades.OnlineTradeEntry:
    return online_trades.OnlineTradeEntry("D-1", DAY, w.enterprise.id, "知识产权代理", amount_fen=120_000)


def _need(w: World) -> needs.NeedEntry:
    return needs.NeedEntry(NeedKind.MATCHING, w.enterprise.id, "430102", "寻找检测机构", "需要材料检测服务", DAY)


REPORT = research_reports.ResearchReportEntry("产业发展报告", "课题组", DAY)
FUSION = platform_fusions.PlatformFusionEntry(FusionKind.INTRODUCED, "工业互联网平台", "某公司", DAY, "设备上云")
CLAIM = bonus_claims.BonusClaimEntry(2026, BonusKind.HONOUR, "省级示范平台", "省工信厅", DAY)
FILING = filings.FilingEntry(2026, Obligation.DATA, "2026-11", claimed_on=date(2026, 11, 5), note="当日已填报")


def _online_service(w: World, by: Actor) -> Any:
    item = online_services.add_item(w.session, online_services.ServiceItemEntry(2026, "政策咨询"), w.province, w.now)
    address = "https://example.cn/policy"
    return online_services.add(w.session, w.platform.id, item.id, Channel.WEBSITE, address, by, w.now)


def _response(w: World, by: Actor) -> Any:
    asked = assignments.AssignmentEntry(2026, AssignmentKind.CONFERENCE, "服务大会", "请组织企业参会")
    assignment = assignments.add(w.session, asked, w.province, w.now)
    return assignments.respond(w.session, w.platform.id, assignment.id, "组织20家企业参会", by, w.now)


ADD: dict[Subject, Adder] = {
    Subject.OFFLINE_SERVICE: lambda w, by: offline_services.add(w.session, w.platform.id, _offline(w), by, w.now),
    Subject.ONLINE_TRADE: lambda w, by: online_trades.add(w.session, w.platform.id, _trade(w), by, w.now),
    Subject.NEED: lambda w, by: needs.add(w.session, w.platform.id, _need(w), by, w.now),
    Subject.ONLINE_SERVICE: _online_service,
    Subject.RESEARCH_REPORT: lambda w, by: research_reports.add(w.session, w.platform.id, REPORT, by, w.now),
    Subject.PLATFORM_FUSION: lambda w, by: platform_fusions.add(w.session, w.platform.id, FUSION, by, w.now),
    Subject.RESPONSE: _response,
    Subject.BONUS_CLAIM: lambda w, by: bonus_claims.add(w.session, w.platform.id, CLAIM, by, w.now),
    Subject.FILING: lambda w, by: filings.file(w.session, w.platform.id, FILING, by, w.now),
}

CORRECT: dict[Subject, Corrector] = {
    Subject.OFFLINE_SERVICE: lambda w, row, version, by: offline_services.correct(
        w.session, row.id, replace(_offline(w), content="上门辅导"), version, by, w.now
    ),
    Subject.ONLINE_TRADE: lambda w, row, version, by: online_trades.correct(
        w.session, row.id, replace(_trade(w), amount_fen=0), version, by, w.now
    ),
    Subject.NEED: lambda w, row, version, by: needs.correct(
        w.session, row.id, replace(_need(w), title="寻找检验机构"), version, by, w.now
    ),
    Subject.ONLINE_SERVICE: lambda w, row, version, by: online_services.correct(
        w.session, row.id, "https://example.cn/new", version, by, w.now
    ),
    Subject.RESEARCH_REPORT: lambda w, row, version, by: research_reports.correct(
        w.session, row.id, replace(REPORT, authors="专家组"), version, by, w.now
    ),
    Subject.PLATFORM_FUSION: lambda w, row, version, by: platform_fusions.correct(
        w.session, row.id, replace(FUSION, effect="协同排产"), version, by, w.now
    ),
    Subject.RESPONSE: lambda w, row, version, by: assignments.correct_response(
        w.session, row.id, "组织30家企业参会", DAY, version, by, w.now
    ),
    Subject.BONUS_CLAIM: lambda w, row, version, by: bonus_claims.correct(
        w.session, row.id, replace(CLAIM, issuer="工业和信息化部"), version, by, w.now
    ),
}
"""How to change it; filings are filed again instead."""

PROOF: dict[Subject, EvidenceItem] = {
    Subject.RESEARCH_REPORT: EvidenceItem.RESEARCH_REPORT,
    Subject.PLATFORM_FUSION: EvidenceItem.PLATFORM_FUSION_PAPERS,
    Subject.BONUS_CLAIM: EvidenceItem.HONOUR_PAPERS,
}
"""What each needs before it can be approved at a cluster platform."""


def add_proved(w: World, subject: Subject) -> Any:
    """An ordinary record with whatever it needs to be approved."""
    row = ADD[subject](w, w.owner)
    if subject in PROOF:
        prove(w, PROOF[subject], row, subject)
    return row
