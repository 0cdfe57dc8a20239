"""One row of everything: the small province with whatever an address can name, and links that are good and bad.

``Keys.of`` fills the arguments of any address. An address with a new argument gets its row and its key here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import openpyxl
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models.activity import Activity, ActivityMaterial, ActivityPlatform
from models.announcement import Announcement, AnnouncementPlatform
from models.api_key import ApiKey
from models.call_back import CallBack, CallBackSample
from models.checkin import RefusedScan
from models.collaboration import Assignment, BonusClaim, Filing, Medium, Response
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.notice import Notice
from models.person import Invitation, LinkClaim, Person, Rejoining, StaffRole, Standing
from models.platform import ClusterMember, Platform
from models.recognition import (
    OnlineService,
    OnlineServicePicture,
    PlatformFusion,
    ResearchReport,
    ServiceItem,
    SiteInspection,
)
from models.record import Need, OfflineService, OnlineTrade
from models.review_desk import SavedView
from models.roster import Roster
from models.signup import Signup
from models.stored_file import StoredFile
from models.terms import (
    AssignmentKind,
    DisputeSubject,
    Door,
    FusionKind,
    NoticePurpose,
    Refusal,
    Role,
    Stage,
    Subject,
)
from models.webhook import Webhook
from models.year_end import Publicity, ScoreObjection
from scoring.terms import BonusKind, Obligation, PlatformKind
from tests import builders
from tests.databases import put_sqlite
from tests.kept import once_in_a_run
from tests.wxsvc.pages.web import settled
from tests.wxsvc.pages.world import Rows, World, picture, settle_records
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import amendments, seals, snapshots, tallies
from wxsvc.services.counting.amendments import SealedLine
from wxsvc.services.judging import reviews, ruling_batches
from wxsvc.services.judging.ruling_batches import PointsCell
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.regulation import readings

SEALED_YEAR: Final = 2025
LINKS: Final = ("live", "used", "expired", "unknown")
"""The states of a link (invitation, rejoining, a desk's code): the word of the state is the link's token."""


@dataclass(frozen=True)
class Keys:
    """What stands for each argument of an address; ``by_endpoint`` goes before ``by_name``."""

    by_name: Mapping[str, Any]
    by_endpoint: Mapping[str, Mapping[str, Any]]
    openids: Mapping[str, str]
    """Of one person for each role of ``tests/house/permissions.toml`` that signs in."""

    def of(self, rule: Rule, **more: Any) -> str:
        """The rule's path, filled with the keys of the owner's things."""
        provincial = {"code": self.by_name["platform_code"]} if rule.rule.startswith("/v/") else {}
        known = {**self.by_name, **provincial}
        for place in (rule.endpoint.rpartition(".")[0], rule.endpoint):
            known |= self.by_endpoint.get(place, {})
        known |= more
        path = rule.rule
        for name in rule.arguments:
            assert name in known, f"{rule.rule}: tests/wxsvc/pages/whole_world.py knows no {name}"
            for converter in ("", "int:", "path:"):
                path = path.replace(f"<{converter}{name}>", str(known[name]))
        assert "<" not in path, path
        return path

    def having(self, **more: Any) -> Keys:
        """The same with further keys."""
        return replace(self, by_name={**self.by_name, **more})

    def filled(self, form: Mapping[str, str]) -> dict[str, Any]:
        """A form of the matrix, with ``{name}`` in its fields and values filled, and ``@name`` as a file."""
        return {field.format_map(self.by_name): self._value(value) for field, value in form.items()}

    def _value(self, value: str) -> Any:
        if value == "@picture":
            return picture("#993333"), "a.jpg"
        if value == "@orders":
            return orders(self.by_name["uscc"]), "订单.xlsx"
        known = self.by_name.get(value.strip("{}"))
        return known if isinstance(known, list) else value.format_map(self.by_name)


def orders(uscc: str) -> BytesIO:
    """A list of one order."""
    book, kept = openpyxl.Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (("订单号", "成交日期", "统一社会信用代码", "服务项目"), ("D-1", "2026-11-20", uscc, "商标注册代理")):
        sheet.append(row)
    book.save(kept)
    kept.seek(0)
    return kept


@once_in_a_run
def whole() -> tuple[bytes, Keys]:
    """The small province with one row of everything, as a database file, and its keys; made once per run."""
    content, world = settled()
    with TemporaryDirectory() as folder:
        put_sqlite(place := Path(folder, "wxsvc.db"), content)
        database = Database(f"sqlite:///{place}")
        keys = settle_everything(database.transaction, world)
        database.dispose()
        return place.read_bytes(), keys


def settle_everything(rows: Rows, world: World) -> Keys:
    """Put the rest of the rows into the small province."""
    world = replace(world, records={})
    settle_records(rows, world)
    with rows() as session:
        return _settled(session, world)


def _settled(session: Session, world: World) -> Keys:
    now, day = builders.NOW, builders.NOW.date()
    own = session.get_one(Platform, world.platform_id)
    enterprise = session.get_one(Enterprise, world.enterprise_id)
    activity = session.get_one(Activity, world.activity_id)
    people = {name: session.query(Person).filter_by(openid=getattr(world, name)).one() for name in _PEOPLE}
    province, reviewer = _actor(session, people["province"]), _actor(session, people["reviewer"])
    paper = session.query(StoredFile).first()
    assert paper is not None
    shared = {"platform_id": own.id, "year": 2026, "created_at": now}
    reviewed = shared | {"submitted_at": now}

    other_contact, former = builders.person(session), builders.person(session)
    other_enterprise = builders.enterprise(session, name="株洲另一制造有限公司")
    builders.contact(session, other_contact, other_enterprise)
    session.add(StaffRole(person_id=former.id, role=Role.PLATFORM, platform_id=own.id, granted_at=now, ended_at=now))
    guest = builders.person(session)
    builders.contact(session, guest, builders.enterprise(session, name="长沙来宾制造有限公司"))
    licence = {"licence_sha256": paper.sha256, "licence_sent_at": now}
    waiting = builders.person(session)
    builders.contact(session, waiting, enterprise)
    session.add(
        Standing(
            person_id=waiting.id,
            enterprise_id=enterprise.id,
            begun_at=now,
            **licence,
        )
    )
    second = builders.enterprise(session, name="长沙第二制造有限公司")  # nobody has confirmed the contact's word for it
    older = builders.enterprise(session, name="长沙老字号制造有限公司", uscc=None, licence_number="430100000012345")
    for each, sent in ((second, {}), (older, licence)):
        builders.contact(session, people["visitor"], each, is_current=False)
        session.add(Standing(person_id=people["visitor"].id, enterprise_id=each.id, begun_at=now, **sent))
    coming = {"takes_signups": True, "starts_at": now + timedelta(days=2), "opens_at": now + timedelta(days=2)}
    coming |= {"ends_at": now + timedelta(days=2, hours=2), "closes_at": now + timedelta(days=2, hours=2)}
    to_come, signed_up = (builders.activity(session, own, code=code, **coming) for code in ("A-031", "A-032"))
    session.add(
        Signup(
            activity_id=signed_up.id,
            person_id=people["visitor"].id,
            enterprise_id=enterprise.id,
            signed_up_at=now,
            is_waiting=False,
        )
    )
    held = {"starts_at": now - timedelta(days=13), "ends_at": now - timedelta(days=12), "stage": Stage.APPROVED}
    approved = builders.activity(session, own, code="A-033", **held)
    builders.check_in(session, approved, enterprise, people["visitor"], checked_in_at=held["starts_at"])
    session.get_one(Need, world.records["waiting_needs"]).created_by = people["visitor"].id
    colleague = session.get_one(Person, builders.staff(session, own).person_id)
    session.query(Roster).one().sha256 = paper.sha256
    other = session.get_one(Platform, world.other_platform_id)
    other.kind = PlatformKind.CLUSTER  # the kind that has members, reports and fusions
    session.flush()
    tallies.fold(session, other.id, 2026, now)
    of_cluster = reviewed | {"platform_id": other.id}

    opened = Invitation(
        role=Role.PLATFORM,
        platform_id=own.id,
        token_hash=hashlib.sha256(b"asked").hexdigest(),
        expires_at=now + timedelta(days=1),
        created_at=now,
    )
    session.add(opened)
    session.flush()
    announced = Announcement(key="k", title="公告", content="请按时报送", sha256=paper.sha256, created_at=now)
    sample = CallBackSample(year=2026, seed="1", wanted=1, drawn_from=1, created_at=now)
    made: dict[str, Any] = {
        "scan_id": RefusedScan(
            activity_id=activity.id,
            person_id=guest.id,
            typed=activity.scene,
            door=Door.CODE,
            refusal=Refusal.SECOND_ENTERPRISE,
            scanned_at=now,
            received_at=now,
        ),
        "dispute_id": Dispute(
            enterprise_id=enterprise.id,
            platform_id=own.id,
            subject=DisputeSubject.CHECK_IN,
            subject_id=world.check_in_id,
            reason="没有参加",
            raised_at=now,
            raised_by=people["visitor"].id,
        ),
        "announcement_id": announced,
        "sample_id": sample,
        "sheet": Roster(activity_id=activity.id, sha256=paper.sha256, confirmed_at=now, created_at=now),
        "key_id": ApiKey(token_hash="0" * 64, system="数据平台", scopes=["tallies"], made_at=now),
        "webhook_id": Webhook(
            system="数据平台", url="https://data.example.cn/", secret_sealed="sealed", events=[], made_at=now
        ),
        "medium": Medium(name="某日报", created_at=now),
        "merge": EnterpriseMerge(
            kept_id=enterprise.id, merged_id=other_enterprise.id, reason="同一家", created_at=now, platform_id=own.id
        ),
        "view_id": SavedView(person_id=people["reviewer"].id, name="待审", filters={}, made_at=now),
        "report": ResearchReport(title="产业报告", authors="某某", published_on=day, **of_cluster),
        "fusion": PlatformFusion(
            kind=FusionKind.BUILT, name="平台", provider="某公司", started_on=day, effect="提效", **of_cluster
        ),
        "member": ClusterMember(platform_id=other.id, enterprise_id=enterprise.id),
        "filing": Filing(obligation=Obligation.DATA, period="2026-11", claimed_on=day, sha256=paper.sha256, **reviewed),
        "objection": ScoreObjection(
            platform_id=own.id,
            year=2026,
            code="website",
            points=Decimal(0),
            text="有更新",
            sha256=paper.sha256,
            raised_at=now,
            raised_by=people["staff"].id,
        ),
        "material_id": ActivityMaterial(activity_id=activity.id, sha256=paper.sha256, added_at=now),
        "claim_id": LinkClaim(invitation_id=opened.id, person_id=guest.id, claimed_at=now),
        "new_item_id": ServiceItem(year=2026, name="融资服务", created_at=now),
        "third_item_id": ServiceItem(year=2026, name="人才服务", created_at=now),
        "new_assignment_id": Assignment(
            year=2026, kind=AssignmentKind.CONFERENCE, title="服务大会", content="请组织企业参会", created_at=now
        ),
        "third_assignment_id": Assignment(
            year=2026, kind=AssignmentKind.CASES, title="典型案例", content="请报送案例", created_at=now
        ),
        "inspection_id": SiteInspection(
            platform_id=own.id, year=2026, inspected_on=day, findings="两周没有更新", created_at=now
        ),
        "picture_id": OnlineServicePicture(
            online_service_id=world.records["online_services"], sha256=paper.sha256, taken_on=day, created_at=now
        ),
    }
    session.add_all(made.values())
    session.flush()
    sent_back = {
        noun: _sent_back(session, table, record_id, made)
        for noun, table, record_id in (
            *((noun, table, world.records[noun]) for noun, table in _OWN_RECORDS.items()),
            ("research_reports", ResearchReport, made["report"].id),
            ("platform_fusions", PlatformFusion, made["fusion"].id),
        )
    }
    press = {"kind": BonusKind.PRESS, "issuer": "某日报", "awarded_on": day, "medium_id": made["medium"].id}
    story, same_story = (BonusClaim(title=title, **press, **reviewed) for title in ("报道", "转载"))
    elsewhere = BonusClaim(title="荣誉", **(press | of_cluster | {"kind": BonusKind.HONOUR, "medium_id": None}))
    session.add_all([story, same_story, elsewhere])
    session.add(Publicity(year=2026, first_day=day, last_day=day, figures={}, opened_at=now))
    for told, person_id in (("visitor", people["visitor"].id), ("province", None)):
        facts = {"deed": "desk", "browser": "Chrome"}
        key = f"whole:{told}"
        session.add(Notice(person_id=person_id, purpose=NoticePurpose.ROLE, key=key, facts=facts, made_at=now))
    awaiting = session.get_one(ActivityPlatform, (world.joint_id, own.id))
    awaiting.awaits_review = True
    session.flush()
    called = CallBack(sample_id=sample.id, check_in_id=world.check_in_id, position=1)
    session.add_all([AnnouncementPlatform(announcement_id=announced.id, platform_id=own.id), called])
    batch = ruling_batches.propose(
        session, 2026, [PointsCell(own.id, "website", Decimal(1), 0)], "核查", Stated("现场核实"), reviewer, now
    )
    reviews.approve(session, Subject.NEED, world.records["needs"], reviewer, now)
    for state in LINKS[:-1]:
        _link(session, state, own, people["staff"], guest)
    seals.seal(session, own.id, SEALED_YEAR, province, now)
    snapshot = snapshots.current_of(session, own.id, SEALED_YEAR)
    assert snapshot is not None
    snapshots.keep_year(session, SEALED_YEAR, None, province, now)
    line, other_line = amendments.card_of(session, snapshot).lines[:2]
    amendment = amendments.propose(session, own.id, SEALED_YEAR, line.code, _other(line), "漏计", province, now)
    session.flush()

    undecided = readings.at_default(session, 2026, PlatformKind.PREFECTURE)
    by_name = {name: row.id for name, row in made.items() if hasattr(row, "id")} | {
        "code": world.activity_code,
        "platform_code": world.platform_code,
        "platform_id": own.id,
        "check_in_id": world.check_in_id,
        "photo_id": world.photo_id,
        "evidence_id": world.evidence_id,
        "activity_id": world.activity_id,
        "draft_id": world.draft_id,
        "enterprise_id": world.enterprise_id,
        "other_enterprise_id": other_enterprise.id,
        "role_id": world.role_id,
        "person_id": people["staff"].id,
        "waiting_id": waiting.id,
        "second_id": second.id,
        "session_id": 1,  # of the contact, who signs in first
        "call_id": called.id,
        "indicator": "participations",
        "line": other_line.code,
        "points": _other(other_line),
        "subject": "activity",
        "subject_id": world.activity_id,
        "need_id": world.records["waiting_needs"],
        "service_id": world.records["online_services"],
        "step": "match",
        "roster_id": world.records["rosters"],
        "row_id": world.records["roster_lines"],
        "obligation": "data",
        "period": "2026-11",
        "word": "unknown",
        "filename": "wxsvc.css",
        "assignment_id": 1,
        "batch_id": batch.id,
        "reading": "partial_step",
        "year": 2026,
        "what": "csv",
        "amendment_id": amendment.id,
        "snapshot_id": snapshot.id,
        "step_id": 1,
        "other_platform_id": world.other_platform_id,
        "consent": wording.sentence("pages", "consent_version"),
        "short_code": activity.short_code,
        "uscc": enterprise.uscc,
        "new_uscc": builders.uscc(),
        "offline_service_id": world.records["offline_services"],
        "online_trade_id": world.records["online_trades"],
        "undecided": [f"{name.value}={word}" for name, word in undecided.items()],
        "reviewer_id": people["reviewer"].id,
        "same_story_id": same_story.id,
        "batch_seen": ruling_batches.mark(ruling_batches.cells_of(session, batch)),
    }
    by_endpoint = {
        "platform.today": {"activity_id": world.joint_id},
        "enterprise.own_enterprises.licence": {"enterprise_id": second.id},
        "enterprise.own_enterprises.send_licence": {"enterprise_id": second.id},
        "enterprise.own_enterprises.stand": {"enterprise_id": second.id},
        "enterprise.door.sign_up": {"code": to_come.code},
        "enterprise.door.cancel_signup": {"code": signed_up.code},
        "platform.filings.word": {"obligation": "summary", "period": "2026"},
        "enterprise.mine": {"enterprise_id": older.id},
        "enterprise.own_information.licence": {"enterprise_id": older.id},
        "platform.needs.edit": {"record_id": sent_back["needs"]},
        "province.year_end.publish": {"year": SEALED_YEAR},
        "platform.objections.raise_one": {"indicator": "participations"},
        "province.review": {"subject": "offline_service", "subject_id": world.records["offline_services"]},
        "province.review_desk": {"subject": "offline_service", "subject_id": world.records["offline_services"]},
        "province.review_corrections.story": {"record_id": story.id},
        "province.review_corrections.year": {"record_id": elsewhere.id},
        "province.review_corrections.part": {"activity_id": world.joint_id},
        "platform.objections": {"record_id": made["objection"].id, "indicator": "website"},
        "platform.research_reports": {"record_id": made["report"].id},
        "platform.platform_fusions": {"record_id": made["fusion"].id},
        "province.year_end": {"record_id": made["objection"].id},
        "province.standings": {"person_id": waiting.id},
        "province.annex": {"record_id": made["filing"].id},
        "province.merges": {"record_id": made["merge"].id},
        "province.service_items": {"item_id": 1},
        "province.media_list": {"item_id": made["medium"].id},
        "province.sealed_years": {"year": SEALED_YEAR},
        "province.rulings": {"indicator": "coordination"},
        "province.members": {"code": other.code},
        "province.roster_copies": {"roster_id": made["sheet"].id},
        "enterprise.disputes": {"subject": "online_trade", "subject_id": world.records["online_trades"]},
    } | {
        f"platform.{noun}": {"record_id": world.records[noun]}
        for noun in (
            "offline_services", "online_trades", "needs", "posts", "bonus_claims", "online_services", "responses",
        )
    }  # fmt: skip
    by_endpoint |= {f"platform.{noun}.resubmit": {"record_id": record_id} for noun, record_id in sent_back.items()}
    openids = {
        "follower": world.stranger,
        "contact": world.visitor,
        "other_contact": str(other_contact.openid),
        "staff": world.staff,
        "other_staff": world.other_staff,
        "former_staff": str(former.openid),
        "colleague": str(colleague.openid),
        "reviewer": world.reviewer,
        "province": world.province,
    }
    return Keys(by_name, by_endpoint, openids)


_PEOPLE: Final = ("staff", "other_staff", "reviewer", "province", "visitor")


_OWN_RECORDS: Final[dict[str, Any]] = {
    "offline_services": OfflineService,
    "online_trades": OnlineTrade,
    "needs": Need,
    "bonus_claims": BonusClaim,
    "online_services": OnlineService,
    "responses": Response,
}


def _sent_back(session: Session, table: Any, record_id: int, made: Mapping[str, Any]) -> int:
    """Another record like this one, but that it was sent back; of what there is one alone for each thing, another."""
    other = {
        OnlineTrade: {"order_number": "D-00"},
        OnlineService: {"service_item_id": made["third_item_id"].id},
        Response: {"assignment_id": made["third_assignment_id"].id},
    }
    like = session.get_one(table, record_id)
    columns = {each.key: getattr(like, each.key) for each in sa.inspect(table).column_attrs if each.key != "id"}
    returned = {"stage": Stage.RETURNED, "reviewed_at": builders.NOW, "return_reason": "请补充"}
    row = table(**(columns | other.get(table, {}) | returned))
    session.add(row)
    session.flush()
    return int(row.id)


def _actor(session: Session, who: Person) -> Actor:
    role = session.query(StaffRole).filter_by(person_id=who.id).one()
    return Actor(who.id, role.role, role.platform_id)


def _link(session: Session, state: str, at: Platform, who: Person, opened_by: Person) -> None:
    """An invitation to the platform, and a link by which ``who`` comes back; a used one was opened by somebody else."""
    now = builders.NOW
    shared = {
        "token_hash": hashlib.sha256(state.encode()).hexdigest(),
        "expires_at": now + timedelta(days=-1 if state == "expired" else 1),
        "used_at": now if state == "used" else None,
        "created_at": now,
    }
    used_by = opened_by.id if state == "used" else None
    session.add(Invitation(role=Role.PLATFORM, platform_id=at.id, used_by=used_by, **shared))
    session.add(Rejoining(person_id=who.id, **shared))
    session.flush()


def _other(line: SealedLine) -> Decimal:
    """Points that the line could have, and has not."""
    return line.full if line.holds == 0 else Decimal(0)
