"""A bundle (导入文件): platforms, staff, enterprises with their contacts, activities and check-ins, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from models.terms import Role, Stage
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from wxsvc.services.imports.bundle_fields import Problem

STAGES: Final = (Stage.DRAFT, Stage.PUBLISHED, Stage.SUBMITTED, Stage.APPROVED)
"""Stages that a bundle may give; an import neither sends back nor voids."""


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """窗口平台; its code is its key."""

    index: int = field(compare=False)
    code: str
    name: str
    kind: PlatformKind
    region: str
    phone: str | None
    website: str | None
    operator_uscc: str | None
    accepted_on: date | None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """工作人员; openid, role and platform are the key."""

    index: int = field(compare=False)
    openid: str
    name: str | None
    role: Role
    platform: str | None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """企业联系人: an openid, and whether the bundle says that it stands for this enterprise (上次代表)."""

    openid: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """企业; its code is its key, or the older licence's number for one without."""

    index: int = field(compare=False)
    uscc: str | None
    licence: str | None
    name: str
    region: str | None
    contacts: tuple[ContactRow, ...]

    @property
    def key(self) -> str:
        """The code, or the licence's number."""
        return self.uscc or self.licence or ""


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """Another platform's part in a joint activity."""

    platform: str
    part: Part
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """服务活动; its code is its key."""

    index: int = field(compare=False)
    code: str
    platform: str
    title: str
    category: ActivityCategory
    part: Part
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    place: str | None
    meeting_link: str | None
    form: Form | None
    organisers: str | None
    content: str | None
    summary: str | None
    stage: Stage
    scene: str | None
    short_code: str | None
    partners: tuple[PartnerRow, ...]


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """签到 of a list; activity and enterprise are the key."""

    index: int = field(compare=False)
    activity: str
    enterprise: str
    at: datetime
    openid: str | None


@dataclass(slots=True)
class Bundle:
    """What a file holds: the rows that are good in themselves, and everything that is wrong with the others."""

    platforms: list[PlatformRow] = field(default_factory=list)
    staff: list[StaffRow] = field(default_factory=list)
    enterprises: list[EnterpriseRow] = field(default_factory=list)
    activities: list[ActivityRow] = field(default_factory=list)
    check_ins: list[CheckInRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    named: dict[str, set[str]] = field(default_factory=dict)
    """Keys per section, those of bad rows too: who refers to a bad row makes no mistake of their own."""

    @property
    def size(self) -> int:
        """How many good rows there are."""
        people = len(self.platforms) + len(self.staff) + len(self.enterprises)
        return people + len(self.activities) + len(self.check_ins)
