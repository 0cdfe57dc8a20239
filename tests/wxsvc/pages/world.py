"""A small province to walk through: two platforms with staff, officials, an enterprise, and an activity."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from models.activity import ActivityPhoto
from models.collaboration import Assignment, BonusClaim, Evidence, Response
from models.person import Person, StaffRole
from models.recognition import OnlineService, ServiceItem
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade, Post
from models.roster import Roster, RosterRow
from models.stored_file import FileName, StoredFile
from models.terms import AssignmentKind, Channel, NeedKind, PhotoKind, PostKind, Role, RosterMatch, Stage
from scoring.terms import BonusKind, EvidenceItem
from tests import builders
from wxsvc.files import Files

Rows = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class World:
    """Openids of everybody, and the keys of what is there."""

    staff: str
    other_staff: str
    reviewer: str
    province: str
    visitor: str
    stranger: str
    platform_id: int
    platform_code: str
    other_platform_id: int
    activity_id: int
    activity_code: str
    joint_id: int
    draft_id: int
    enterprise_id: int
    enterprise_name: str
    check_in_id: int
    photo_id: int
    evidence_id: int
    role_id: int
    records: dict[str, int] = field(default_factory=dict)
    """Keys of the own platform's records by the blueprint of their noun, once :func:`settle_records` made them."""


def picture(colour: str = "#336677") -> BytesIO:
    """A small photo."""
    drawn = BytesIO()
    Image.new("RGB", (64, 48), colour).save(drawn, "JPEG")
    drawn.seek(0)
    return drawn


def settle(rows: Rows, files: Files, **activity: Any) -> World:
    """Build it; ``activity`` overrides columns of the activity that is held today."""
    photo = files.store_photo(picture())
    with rows() as session:
        own = builders.platform(session, code="430100", name="长沙市窗口平台")
        other = builders.platform(session, code="430200", name="株洲市窗口平台", region_code="430200")
        staff, other_staff = builders.staff(session, own), builders.staff(session, other)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        province = builders.staff(session, role=Role.PROVINCE)
        visitor = builders.person(session, consent_version="2026-12", consented_at=builders.NOW)
        enterprise = builders.enterprise(session)
        builders.contact(session, visitor, enterprise)
        held = builders.activity(session, own, summary=builders.SUMMARY, **activity)
        joint = builders.activity(session, other)
        builders.joined(session, joint, own, is_confirmed=False)
        draft = builders.activity(session, own, stage=Stage.DRAFT, published_at=None)
        check_in = builders.check_in(
            session, held, enterprise, visitor, checked_in_at=builders.NOW, received_at=builders.NOW
        )
        session.add(
            StoredFile(
                sha256=photo.sha256,
                media_type=photo.media_type,
                size=photo.size,
                name="现场.jpg",
                stored_at=builders.NOW,
            )
        )
        session.flush()
        session.add(FileName(sha256=photo.sha256, owner_id=own.id, name="现场.jpg"))
        shown = ActivityPhoto(activity_id=held.id, sha256=photo.sha256, kind=PhotoKind.PHOTO, added_at=builders.NOW)
        paper = Evidence(
            platform_id=own.id,
            year=2026,
            item=EvidenceItem.HONOUR_PAPERS,
            title="证书",
            sha256=photo.sha256,
            created_at=builders.NOW,
        )
        session.add_all([shown, paper])
        session.flush()
        role = session.query(StaffRole).filter_by(person_id=staff.person_id).one()

        def openid(person_id: int | None) -> str:
            return str(session.get_one(Person, person_id).openid)

        return World(
            staff=openid(staff.person_id),
            other_staff=openid(other_staff.person_id),
            reviewer=openid(reviewer.person_id),
            province=openid(province.person_id),
            visitor=str(visitor.openid),
            stranger="o-stranger",
            platform_id=own.id,
            platform_code=own.code,
            other_platform_id=other.id,
            activity_id=held.id,
            activity_code=held.code,
            joint_id=joint.id,
            draft_id=draft.id,
            enterprise_id=enterprise.id,
            enterprise_name=enterprise.name,
            check_in_id=check_in.id,
            photo_id=shown.id,
            evidence_id=paper.id,
            role_id=role.id,
        )


def settle_records(rows: Rows, world: World) -> None:
    """One record of every noun that a platform enters."""
    shared = {"platform_id": world.platform_id, "year": 2026, "created_at": builders.NOW}
    reviewed = shared | {"submitted_at": builders.NOW}
    day = builders.NOW.date()
    of = {"enterprise_id": world.enterprise_id}
    asked = {"kind": NeedKind.MATCHING, "region_code": "430102", "title": "寻找检测机构", "content": "需要材料检测"}
    made: dict[str, Any] = {
        "offline_services": OfflineService(served_on=day, content="上门走访，梳理惠企政策", **reviewed),
        "online_trades": OnlineTrade(order_number="D-0", traded_on=day, service="商标注册代理", **of, **reviewed),
        "needs": Need(raised_on=day, **asked, **of, **reviewed),
        "posts": Post(kind=PostKind.NEWS, title="新闻", link="https://example.cn/0", posted_on=day, **shared),
        "bonus_claims": BonusClaim(
            kind=BonusKind.HONOUR, title="省级示范平台", issuer="省工信厅", awarded_on=day, **reviewed
        ),
        "waiting_needs": Need(raised_on=day, stage=Stage.DRAFT, is_from_enterprise=True, **asked, **of, **shared),
    }
    with rows() as session:
        listed = ServiceItem(year=2026, name="政策咨询", created_at=builders.NOW)
        wanted = Assignment(
            year=2026, kind=AssignmentKind.CASES, title="案例征集", content="请报送案例", created_at=builders.NOW
        )
        session.add_all([listed, wanted])
        session.flush()
        offered = {"service_item_id": listed.id, "channel": Channel.WEBSITE, "address": "https://example.cn/policy"}
        answered = {"assignment_id": wanted.id, "content": "报送案例三个", "responded_on": day}
        made |= {
            "online_services": OnlineService(**offered, **reviewed),
            "responses": Response(**answered, **reviewed),
        }
        session.add_all(made.values())
        session.flush()
        service_id = made["offline_services"].id
        session.add(OfflineServiceEnterprise(offline_service_id=service_id, enterprise_id=world.enterprise_id))
        world.records.update({name: row.id for name, row in made.items()})
        roster = Roster(activity_id=world.activity_id, created_at=builders.NOW)
        session.add(roster)
        session.flush()
        line = RosterRow(roster_id=roster.id, line=1, name="某企业", uscc="", matching=RosterMatch.UNKNOWN)
        session.add(line)
        session.flush()
        world.records.update(rosters=roster.id, roster_lines=line.id)
