"""A province of a busy year: every list of it is long, every name as long and as awkward as its form lets it be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.announcement import Announcement, AnnouncementPlatform
from models.call_back import CallBack, CallBackSample
from models.checkin import RefusedScan
from models.collaboration import Assignment, BonusClaim, Evidence, Medium, Response
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.journal import LogEntry
from models.notice import Notice
from models.person import Person
from models.platform import ClusterMember, Platform
from models.recognition import OnlineService, ServiceItem, SiteInspection
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade, Post
from models.review_desk import SavedView
from models.roster import RosterRow
from models.terms import (
    AssignmentKind,
    Channel,
    DisputeSubject,
    Door,
    NeedKind,
    NoticePurpose,
    PostKind,
    Refusal,
    RosterMatch,
    Stage,
    Subject,
)
from scoring.terms import BonusKind, EvidenceItem, PlatformKind
from tests import builders
from tests.databases import put_sqlite
from tests.kept import once_in_a_run
from tests.wxsvc.pages.web import fold, settled
from tests.wxsvc.pages.world import Rows, World, settle_records
from wxsvc.db import Database

MANY: Final = 30
"""Rows of each list."""
LONG: Final = "湖南湘江新区国际先进储能材料与新能源智能装备制造产业链协同创新（长沙）" + "Anyuan" * 8
"""The beginning of every name: some of it breaks nowhere."""
LAST: Final = date(2026, 11, 22)


def settle_crowd(rows: Rows, world: World) -> None:
    """Fill the small province; ``world`` knows one record of every noun afterwards."""
    settle_records(rows, world)
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        own.name = f"{LONG[:40]}窗口平台"
        firms = [builders.enterprise(session, name=f"{LONG}第{number}有限公司") for number in range(MANY)]
        for fill in (_activities, _door, _records, _raised, _told, _province, _visitor, _desk):
            fill(session, world, own, firms)
            session.flush()


@once_in_a_run
def crowded() -> tuple[bytes, World]:
    """It as a database file, its cards folded, and what stands in it; made once per run."""
    content, small = settled()
    world = replace(small, records={})
    with TemporaryDirectory() as folder:
        put_sqlite(Path(folder, "wxsvc.db"), content)
        database = Database(f"sqlite:///{folder}/wxsvc.db")
        settle_crowd(database.transaction, world)
        fold(database.transaction)
        database.dispose()
        return Path(folder, "wxsvc.db").read_bytes(), world


def _days() -> Iterator[date]:
    yield from (LAST - timedelta(days=3 * number) for number in range(MANY))


def _shared(world: World, number: int) -> dict[str, Any]:
    stage = (Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED, Stage.VOID)[number % 4]
    made = {"platform_id": world.platform_id, "year": 2026, "stage": stage, "created_at": builders.NOW}
    made |= {"submitted_at": builders.NOW}
    if stage is not Stage.SUBMITTED:
        made["reviewed_at"] = builders.NOW
    if stage in (Stage.RETURNED, Stage.VOID):
        made["return_reason"] = f"{LONG}的材料请补充盖章页"
    return made


def _activities(session: Session, _world: World, own: Platform, firms: list[Enterprise]) -> None:
    stages = (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED, Stage.VOID, Stage.DRAFT)
    other = builders.platform(session, name=f"{LONG[:40]}第二窗口平台")
    for number, day in enumerate(_days()):
        begins = builders.STARTS_AT.replace(year=day.year, month=day.month, day=day.day)
        columns: dict[str, Any] = {
            "title": f"{LONG}第{number}场对接会",
            "place": f"{LONG}会议中心",
            "starts_at": begins,
            "ends_at": begins + timedelta(hours=3),
            "stage": stages[number % len(stages)],
        }
        held = builders.activity(session, own, **columns)
        builders.check_in(session, held, firms[number % len(firms)])
        if number < 6:
            asked = builders.activity(session, other, **columns | {"stage": Stage.PUBLISHED})
            builders.joined(session, asked, own, is_confirmed=False)
            soon = begins + timedelta(days=10 + number)
            times = {"starts_at": soon, "ends_at": soon + timedelta(hours=2)}
            builders.activity(session, own, **columns | times | {"stage": Stage.PUBLISHED})


def _door(session: Session, world: World, _own: Platform, firms: list[Enterprise]) -> None:
    today = session.get_one(Activity, world.activity_id)
    today.title = f"{LONG}现场对接会"
    for number, firm in enumerate(firms):
        voided = {"voided_at": builders.NOW, "void_reason": f"{LONG}未到场"} if number % 5 == 0 else {}
        builders.check_in(session, today, firm, **voided)
        who = builders.person(session)
        late = builders.enterprise(session, name=f"{LONG}迟到第{number}有限公司")
        builders.contact(session, who, late)
        scan = {"activity_id": today.id, "person_id": who.id, "typed": "s1", "door": Door.CODE}
        times = {"scanned_at": builders.NOW, "received_at": builders.NOW}
        session.add(RefusedScan(refusal=(Refusal.TOO_EARLY, Refusal.OVER)[number % 2], **scan, **times))
        roster = world.records["rosters"]
        line = {"roster_id": roster, "line": number + 2, "name": f"{LONG}名单第{number}行", "uscc": ""}
        session.add(RosterRow(matching=RosterMatch.UNKNOWN, **line))


def _records(session: Session, world: World, own: Platform, firms: list[Enterprise]) -> None:
    asked = {"kind": NeedKind.MATCHING, "region_code": "430102", "content": f"{LONG}需要材料检测"}
    for number, day in enumerate(_days()):
        firm, shared = firms[number], _shared(world, number)
        service = OfflineService(served_on=day, content=f"{LONG}上门走访第{number}次", **shared)
        session.add(service)
        session.flush()
        for served in firms[:5]:
            session.add(OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=served.id))
        order = {"order_number": f"D{'0' * 40}{number}", "traded_on": day, "service": f"{LONG}商标注册代理"}
        session.add(OnlineTrade(enterprise_id=firm.id, **order, **shared))
        session.add(Need(raised_on=day, title=f"{LONG}寻找第{number}家", enterprise_id=firm.id, **asked, **shared))
        link = f"https://example.cn/{'a' * 200}/{number}"
        posted = {"platform_id": own.id, "year": 2026, "posted_on": day, "created_at": builders.NOW}
        session.add(Post(kind=PostKind.NEWS, title=f"{LONG}新闻{number}", link=link, **posted))
        claim = {"kind": BonusKind.PRESS, "title": f"{LONG}报道{number}", "issuer": LONG, "awarded_on": day}
        session.add(BonusClaim(link=link, **claim, **shared))
        item = ServiceItem(year=2026, name=f"{LONG}政策咨询{number}", created_at=builders.NOW)
        work = {"kind": AssignmentKind.CASES, "title": f"{LONG}案例征集{number}", "content": f"{LONG}请报送案例"}
        wanted = Assignment(year=2026, created_at=builders.NOW, **work)
        session.add_all([item, wanted])
        session.flush()
        offered = {"service_item_id": item.id, "channel": Channel.WEBSITE, "address": link}
        session.add(OnlineService(**offered, **shared))
        if number % 2:
            session.add(Response(assignment_id=wanted.id, content=f"{LONG}报送案例", responded_on=day, **shared))
        paper = {"item": EvidenceItem.HONOUR_PAPERS, "title": f"{LONG}证书{number}.pdf", "link": link}
        session.add(Evidence(platform_id=own.id, year=2026, created_at=builders.NOW, **paper))


def _raised(session: Session, world: World, own: Platform, firms: list[Enterprise]) -> None:
    visitor = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
    for number, day in enumerate(_days()):
        asked = {"kind": NeedKind.APPEAL, "region_code": "430102", "title": f"{LONG}求助{number}", "content": LONG}
        of = {"platform_id": own.id, "enterprise_id": world.enterprise_id, "year": 2026, "raised_on": day}
        moment = {"created_at": builders.NOW, "created_by": visitor.id}
        session.add(Need(stage=Stage.DRAFT, is_from_enterprise=True, **asked, **of, **moment))
        objection = {"enterprise_id": firms[number].id, "platform_id": own.id, "subject_id": number + 1}
        said = {"reason": f"{LONG}当天无人参加", "raised_at": builders.NOW, "raised_by": visitor.id}
        session.add(Dispute(subject=DisputeSubject.CHECK_IN, **objection, **said))


def _told(session: Session, world: World, own: Platform, _firms: list[Enterprise]) -> None:
    for number in range(MANY):
        facts = {"verdict": "returned", "count": 1, "id": 1, "code": "A-1", "subject": "offline_service"}
        facts |= {"subjects": [["offline_service", 1]], "title": LONG, "day_on": None, "reason": LONG}
        raised = {"deed": "raised", "platform": LONG, "day": "2026-11-20", "title": LONG, "enterprise": LONG}
        raised |= {"subject": "check_in"}
        for purpose, said, owner in (
            (NoticePurpose.REVIEW, facts, {"platform_id": own.id}),
            (NoticePurpose.DISPUTE, raised, {}),
        ):
            key = f"crowd-{purpose}-{number}"
            session.add(Notice(purpose=purpose, key=key, facts=said, made_at=builders.NOW, **owner))
        letter = {"key": f"crowd-{number}", "title": f"{LONG}公告{number}", "content": f"{LONG}\n" * 4}
        announcement = Announcement(created_at=builders.NOW, **letter)
        session.add(announcement)
        session.flush()
        session.add(AnnouncementPlatform(announcement_id=announcement.id, platform_id=own.id))


def _province(session: Session, world: World, own: Platform, firms: list[Enterprise]) -> None:
    for number, day in enumerate(_days()):
        kind = tuple(PlatformKind)[number % 3]
        at = builders.platform(session, name=f"{LONG[:36]}第{number}窗口平台", kind=kind, region_code="430102")
        builders.staff(session, at)
        session.add(ClusterMember(platform_id=at.id, enterprise_id=firms[number].id))
        looked = {"platform_id": own.id, "year": 2026, "inspected_on": day, "created_at": builders.NOW}
        session.add(SiteInspection(findings=f"{LONG}栏目齐全", **looked))
        session.add(Medium(name=f"{LONG}日报{number}", created_at=builders.NOW))
        entry = {"deed": "enterprise.registered", "subject": Subject.ENTERPRISE, "subject_id": firms[number].id}
        session.add(LogEntry(done_at=builders.NOW, platform_id=own.id, details={"reason": LONG}, **entry))
        twin = builders.enterprise(
            session, name=f"{LONG}原第{number}公司", uscc=None, licence_number=f"4301000{number:08}"
        )
        pair = {"kept_id": firms[number].id, "merged_id": twin.id, "reason": f"{LONG}已换新照"}
        session.add(EnterpriseMerge(platform_id=own.id, created_at=builders.NOW, **pair))


def _visitor(session: Session, world: World, own: Platform, firms: list[Enterprise]) -> None:
    visitor = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
    for firm in firms[:4]:
        builders.contact(session, visitor, firm, is_current=False)
    for number, day in enumerate(_days()):
        begins = builders.STARTS_AT.replace(year=day.year, month=day.month, day=day.day)
        soon = builders.STARTS_AT + timedelta(days=number + 1)
        columns = {"title": f"{LONG}培训{number}", "place": LONG, "starts_at": begins, "stage": Stage.APPROVED}
        held = builders.activity(session, own, ends_at=begins + timedelta(hours=2), **columns)
        builders.check_in(session, held, session.get_one(Enterprise, world.enterprise_id), visitor)
        columns |= {"starts_at": soon, "ends_at": soon + timedelta(hours=2), "stage": Stage.PUBLISHED}
        builders.activity(session, own, **columns)
        facts = {"former": LONG, "platform": LONG, "reason": LONG}
        told = {"purpose": NoticePurpose.ROLE, "key": f"crowd-person-{number}", "facts": facts}
        session.add(Notice(person_id=visitor.id, made_at=builders.NOW, **told))


def _desk(session: Session, world: World, _own: Platform, _firms: list[Enterprise]) -> None:
    reviewer = session.scalars(sa.select(Person).where(Person.openid == world.reviewer)).one()
    for number in range(8):
        view = {"name": f"{LONG[:14]}{number}", "filters": {"kind": "county"}, "made_at": builders.NOW}
        session.add(SavedView(person_id=reviewer.id, **view))
    sample = CallBackSample(year=2026, seed=LONG[:60], wanted=MANY, drawn_from=500, created_at=builders.NOW)
    session.add(sample)
    session.flush()
    drawn = session.scalars(sa.text("select id from check_ins order by id")).all()[:MANY]
    for place, check_in_id in enumerate(drawn, start=1):
        session.add(CallBack(sample_id=sample.id, check_in_id=check_in_id, position=place))
