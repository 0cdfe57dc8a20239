"""A province by chance: platforms of every kind with activities, services, trades, needs, claims and rulings.

The same seed is the same province. What is in it need not be sensible, only possible: names that look like formulas,
records in every stage, enterprises without a code.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from models.collaboration import BonusClaim
from models.enterprise import Enterprise
from models.platform import Platform
from models.recognition import Ruling
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.regulation import ReadingDecision
from models.terms import NeedKind, Stage
from scoring.rules import RulingRule
from scoring.scheme_files import scheme_for
from scoring.terms import READING_VALUES, ActivityCategory, BonusKind, EvidenceItem, PlatformKind
from tests import builders

YEAR = 2026
STAGES = (Stage.APPROVED, Stage.APPROVED, Stage.APPROVED, Stage.SUBMITTED, Stage.RETURNED, Stage.VOID)
NAMES = ("=1+1有限公司", "+湘江机械", "-负号材料厂", "@数控设备", "长沙<精工>&有限公司")
PLACES = {PlatformKind.PREFECTURE: "430100", PlatformKind.CLUSTER: "430200", PlatformKind.COUNTY: "430102"}


def settle(session: Session, seed: int) -> list[Platform]:
    """The platforms, with all that they did by ``builders.NOW``."""
    chance = Random(seed)
    platforms = [
        builders.platform(
            session,
            code=f"{PLACES[kind]}-{number}",
            name=f"{kind.value}第{number}平台",
            kind=kind,
            region_code=PLACES[kind],
        )
        for kind in PlatformKind
        for number in range(1, 4)
    ]
    firms = [_firm(session, chance, number) for number in range(25)]
    institution = builders.institution(session)
    for platform in platforms:
        for _ in range(chance.randint(1, 9)):
            _activity(session, chance, platform, firms)
        for _ in range(chance.randint(0, 5)):
            _service(session, chance, platform, firms)
        for number in range(chance.randint(0, 5)):
            shared = _shared(chance, platform) | {"enterprise_id": chance.choice(firms).id}
            order = {"order_number": f"D-{number}", "service": "商标注册代理", "amount_fen": chance.randint(1, 10**9)}
            institution_id = chance.choice([institution.id, None])
            session.add(OnlineTrade(traded_on=_day(chance), institution_id=institution_id, **order, **shared))
        for _ in range(chance.randint(0, 40)):
            shared = _shared(chance, platform) | {"enterprise_id": chance.choice(firms).id}
            asked = {"title": chance.choice(NAMES), "content": "需要检测", "region_code": platform.region_code}
            session.add(Need(kind=chance.choice(list(NeedKind)), raised_on=_day(chance), **asked, **shared))
        for _ in range(chance.randint(0, 4)):
            _claim(session, chance, platform)
        for line in scheme_for(platform.kind, YEAR).indicators:
            if isinstance(line.rule, RulingRule) and chance.random() < 0.7:
                points = line.rule.grain * chance.randint(0, int(line.full / line.rule.grain))
                given = {"points": points, "reason": "按检查情况评定", "ruled_at": builders.NOW}
                session.add(Ruling(platform_id=platform.id, year=YEAR, indicator=line.code, **given))
    for kind in PlatformKind:
        for name, values in READING_VALUES.items():
            if chance.random() < 0.3:
                made = {"name": name.value, "value": chance.choice(list(values)), "reason": "会议决定"}
                at = builders.NOW - timedelta(days=1)
                session.add(ReadingDecision(year=YEAR, kind=kind, decided_at=at, **made))
    session.flush()
    return platforms


def _firm(session: Session, chance: Random, number: int) -> Enterprise:
    columns: dict[str, Any] = {"region_code": chance.choice(["430102", "430100", "430203", None])}
    if number < len(NAMES):
        columns["name"] = NAMES[number]
    if chance.random() < 0.2:
        columns["uscc"] = builders.uscc(7000 + number, start="92430100")
    return builders.enterprise(session, **columns)


def _activity(session: Session, chance: Random, platform: Platform, firms: list[Enterprise]) -> None:
    starts_at = datetime(YEAR, chance.randint(1, 11), chance.randint(1, 20), 9, tzinfo=builders.BEIJING)
    stage = chance.choice([*STAGES, Stage.PUBLISHED])
    activity = builders.activity(
        session,
        platform,
        title=chance.choice(NAMES),
        category=chance.choice(list(ActivityCategory)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        stage=stage,
        summary=builders.SUMMARY,
    )
    if chance.random() < 0.8:
        builders.photo(session, activity)
    for firm in chance.sample(firms, chance.randint(0, len(firms))):
        builders.check_in(session, activity, firm, checked_in_at=starts_at, received_at=starts_at)


def _service(session: Session, chance: Random, platform: Platform, firms: list[Enterprise]) -> None:
    service = OfflineService(served_on=_day(chance), content=chance.choice(NAMES), **_shared(chance, platform))
    session.add(service)
    session.flush()
    for firm in chance.sample(firms, chance.randint(1, 6)):
        session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=firm.id))


def _claim(session: Session, chance: Random, platform: Platform) -> None:
    kind = chance.choice([BonusKind.HONOUR, BonusKind.PRESS, BonusKind.CASE_SELECTED])
    made = {"kind": kind, "title": "省级示范平台", "issuer": "省工信厅", "awarded_on": _day(chance)}
    claim = BonusClaim(**made, **_shared(chance, platform))
    session.add(claim)
    session.flush()
    if chance.random() < 0.7:
        builders.proof(session, claim, EvidenceItem.HONOUR_PAPERS)


def _shared(chance: Random, platform: Platform) -> dict[str, Any]:
    stage = chance.choice(STAGES)
    made: dict[str, Any] = {"platform_id": platform.id, "year": YEAR, "stage": stage, "created_at": builders.NOW}
    made["submitted_at"] = builders.NOW
    if stage is not Stage.SUBMITTED:
        made["reviewed_at"] = builders.NOW
    if stage in (Stage.RETURNED, Stage.VOID):
        made["return_reason"] = "请补充"
    return made


def _day(chance: Random) -> date:
    return date(YEAR, chance.randint(1, 11), chance.randint(1, 22))
