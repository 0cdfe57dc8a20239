"""Builders: small functions that add one row with believable defaults and hand it back, flushed.

They write rows and nothing else; what a use case would refuse is up to the test. Keyword arguments override columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.checkin import CheckIn
from models.collaboration import Evidence
from models.enterprise import Enterprise, Institution
from models.person import Contact, Person, StaffRole
from models.platform import Platform
from models.stored_file import StoredFile
from models.terms import Door, PhotoKind, Role, Stage
from scoring.terms import ActivityCategory, EvidenceItem, Form, Part, PlatformKind
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.texts import names

BEIJING = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=BEIJING)
STARTS_AT = datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
ENDS_AT = datetime(2026, 11, 23, 17, 0, tzinfo=BEIJING)

SUMMARY = (
    "本次活动邀请专家现场讲解中小企业数字化转型路径，企业代表踊跃提问，"
    "会后由平台逐家对接需求并登记造册，约定下月回访落实情况。"
)
HOSTILE_NAMES = (
    "长沙{name}与{{ 7 * 7 }}有限公司",
    "湘潭]]>科技有限公司",
    "<script>alert(1)</script>有限公司",
    "株洲🚀动力有限公司",
    "企" * 196 + "有限公司",
)
"""Names that must come out of every path as they went in."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_numbers = count(1)


def number() -> int:
    """One that no row of this process has in its name or code."""
    return next(_numbers)


def pass_by(used: int) -> None:
    """Numbers up to this one are in rows that another process made."""
    while next(_numbers) < used:
        pass


Row = TypeVar("Row")


def uscc(number: int | None = None, start: str = "91430100") -> str:
    """A valid 统一社会信用代码: eight leading characters, a subject code of our own, the check character."""
    body = f"{start}{'MA' + str(number or next(_numbers)).zfill(7)}"
    total = sum(_ALPHABET.index(character) * 3**place for place, character in enumerate(body))
    return body + _ALPHABET[-total % 31]


def platform(session: Session, **columns: Any) -> Platform:
    """A prefecture platform of 长沙市, unless told otherwise."""
    defaults = {
        "code": f"P{next(_numbers):06}",  # in the order of being made, as lists go by code
        "name": "长沙市窗口平台",
        "kind": PlatformKind.PREFECTURE,
        "region_code": "430100",
        "phone": "0731-88668866",
        "created_at": NOW,
    }
    return _added(session, Platform(**defaults | columns))


def enterprise(session: Session, **columns: Any) -> Enterprise:
    """A company with a valid code; pass ``uscc=None, licence_number=…`` for an older licence."""
    return _added(session, _enterprise(**columns))


def enterprises(session: Session, called: Iterable[str]) -> dict[str, Enterprise]:
    """Companies by their names; a thousand take few statements."""
    made = {name: _enterprise(name=name) for name in called}
    session.add_all(made.values())
    session.flush()
    return made


def _enterprise(**columns: Any) -> Enterprise:
    number = next(_numbers)
    name = columns.setdefault("name", f"长沙第{number}制造有限公司")
    defaults = {"uscc": uscc(number), "name_form": names.normal_form(name), "region_code": "430102", "created_at": NOW}
    return Enterprise(**defaults | columns)


def institution(session: Session, **columns: Any) -> Institution:
    """A 服务机构 that works with platforms."""
    return _added(session, Institution(**{"name": f"湖南第{next(_numbers)}服务机构", "created_at": NOW} | columns))


def person(session: Session, **columns: Any) -> Person:
    """Somebody behind an openid."""
    return _added(session, Person(**{"openid": f"o-{next(_numbers)}", "created_at": NOW} | columns))


def contact(session: Session, who: Person, of: Enterprise, *, is_current: bool = True) -> Contact:
    """This person stands for this enterprise."""
    return _added(session, Contact(person_id=who.id, enterprise_id=of.id, is_current=is_current, created_at=NOW))


def crowd(session: Session, openids: Sequence[str], created_at: datetime = NOW) -> None:
    """A visitor behind each openid, who stands for an enterprise of their own; a thousand take few statements."""
    people = [Person(openid=openid, created_at=created_at) for openid in openids]
    enterprises = [
        Enterprise(
            uscc=uscc(),
            name=(name := f"第{number}号制造有限公司"),
            name_form=names.normal_form(name),
            region_code="430102",
            created_at=created_at,
        )
        for number in range(len(openids))
    ]
    session.add_all([*people, *enterprises])
    session.flush()
    session.add_all(
        Contact(person_id=who.id, enterprise_id=of.id, is_current=True, created_at=created_at)
        for who, of in zip(people, enterprises, strict=True)
    )
    session.flush()


def staff(session: Session, at: Platform | None = None, role: Role = Role.PLATFORM) -> Actor:
    """A new member of a platform's staff, or a reviewer or provincial official when no platform is given."""
    if at is None and role is Role.PLATFORM:
        raise ValueError("platform staff work at a platform")
    who = person(session)
    platform_id = at.id if at is not None else None
    _added(session, StaffRole(person_id=who.id, role=role, platform_id=platform_id, granted_at=NOW))
    return Actor(who.id, role, platform_id)


def activity(session: Session, of: Platform, *, part: Part = Part.HOST, **columns: Any) -> Activity:
    """A published activity of today (09:00 to 17:00), with this platform's own confirmed part."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"A-{number}",
        "platform_id": of.id,
        "title": "中小企业数字化转型对接会",
        "category": ActivityCategory.DIGITAL,
        "form": Form.ONSITE,
        "organisers": "主办：长沙市窗口平台",
        "starts_at": STARTS_AT,
        "ends_at": ENDS_AT,
        "place": "长沙市岳麓区麓谷大道668号",
        "scene": f"s{number}",
        "short_code": f"{number % 100_000:05}",
        "stage": Stage.PUBLISHED,
        "published_at": NOW - timedelta(days=3),
        "created_at": NOW - timedelta(days=3),
    } | columns
    defaults.setdefault("year", years.last_day_of(defaults["ends_at"]).year)
    defaults.setdefault("opens_at", defaults["starts_at"] - timedelta(hours=1))
    defaults.setdefault("closes_at", defaults["ends_at"])
    if defaults["stage"] in (Stage.SUBMITTED, Stage.APPROVED, Stage.RETURNED):
        defaults.setdefault("submitted_at", NOW)
    if defaults["stage"] in (Stage.APPROVED, Stage.RETURNED):
        defaults.setdefault("reviewed_at", NOW)
    if defaults["stage"] in (Stage.RETURNED, Stage.VOID):
        defaults.setdefault("return_reason", "照片不清晰，请补充")
    made = _added(session, Activity(**defaults))
    joined(session, made, of, part)
    return made


def proof(session: Session, of: Any, item: EvidenceItem, **columns: Any) -> Evidence:
    """A link under an item of annex 2 that proves one record."""
    place = {"platform_id": of.platform_id, "year": of.year, "subject": of.SUBJECT, "subject_id": of.id}
    given = {"item": item, "title": "佐证", "link": f"https://example.cn/{item.value}/{of.id}", "created_at": NOW}
    return _added(session, Evidence(**place | given | columns))


def joined(
    session: Session, to: Activity, who: Platform, part: Part = Part.UNDERTAKE, *, is_confirmed: bool = True
) -> ActivityPlatform:
    """A platform's part in an activity."""
    confirmed_at = NOW if is_confirmed else None
    return _added(
        session,
        ActivityPlatform(activity_id=to.id, platform_id=who.id, part=part, asked_at=NOW, confirmed_at=confirmed_at),
    )


def check_in(session: Session, at: Activity, of: Enterprise, who: Person | None = None, **columns: Any) -> CheckIn:
    """One enterprise at one activity, by its own scan."""
    defaults = {
        "activity_id": at.id,
        "enterprise_id": of.id,
        "person_id": who.id if who is not None else None,
        "door": Door.CODE,
        "evidence_grade": 1,
        "checked_in_at": STARTS_AT,
        "received_at": STARTS_AT,
    }
    return _added(session, CheckIn(**defaults | columns))


def photo(session: Session, of: Activity, kind: PhotoKind = PhotoKind.PHOTO, **columns: Any) -> ActivityPhoto:
    """A photo of an activity; its bytes are nowhere."""
    sha256 = f"{next(_numbers):064x}"
    _added(session, StoredFile(sha256=sha256, media_type="image/jpeg", size=1000, name="现场.jpg", stored_at=NOW))
    return _added(
        session, ActivityPhoto(**{"activity_id": of.id, "sha256": sha256, "kind": kind, "added_at": NOW} | columns)
    )


def seal(session: Session, who: Platform, year: int = 2026) -> None:
    """锁定: the platform's year takes no change from here on."""
    official = person(session)
    sealed = years.platform_year(session, who.id, year)
    sealed.sealed_at, sealed.sealed_by = NOW, official.id
    session.flush()


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
