"""A bundle (导入文件): platforms, staff, enterprises with their contacts, activities and check-ins, row by row.

These models are the file's closed schema: a key that they do not name is refused, and so is every value of another
type. In a row, ``null`` is the same as a key that is left out.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, Any, ClassVar, Final

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.json_schema import GenerateJsonSchema

from models.terms import Role, Stage
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from wxsvc.services.imports.bundle_objects import BundleRow, ClosedObject, RowPlace
from wxsvc.services.imports.bundle_values import (
    Code,
    CompanyName,
    Day,
    EnterpriseKey,
    Licence,
    Lines,
    Link,
    LongText,
    Moment,
    Name,
    Openid,
    Place,
    PlatformCode,
    Region,
    Scene,
    ShortCode,
    ShortText,
    Uscc,
    is_openid,
    word_of,
    wrong,
)

STAGES: Final = (Stage.DRAFT, Stage.PUBLISHED, Stage.SUBMITTED, Stage.APPROVED)
"""Stages that a bundle may give; an import neither sends back nor voids."""


class PlatformRow(BundleRow):
    """窗口平台; its code is its key."""

    code: PlatformCode
    """平台代码: letters, digits, ``_ . -``."""
    name: Name
    """平台名称."""
    kind: Annotated[PlatformKind, word_of(PlatformKind)]
    """平台类型."""
    region: Region
    """行政区划代码, 6 digits; a park's own code is one too."""
    phone: ShortText | None = None
    """咨询电话, as enterprises see it."""
    website: Link | None = None
    """网址, with http:// or https://."""
    operator_uscc: Uscc | None = None
    """运营单位统一社会信用代码: its own people are no 家次."""
    accepted_on: Day | None = None
    """验收日期, as in 2026-01-31."""
    members: Annotated[tuple[EnterpriseKey, ...], Field(strict=False)] = ()
    """成员企业 of a cluster or a park: codes, or numbers of older licences, that the file or the database knows."""

    @property
    def identity(self) -> str:
        """Its code."""
        return self.code


class StaffRow(BundleRow):
    """工作人员; openid, role and platform are the key."""

    openid: Openid
    """The person's openid at this account."""
    name: ShortText | None = None
    """姓名; it is stored encrypted."""
    role: Annotated[Role, word_of(Role)]
    """平台工作人员, 省枢纽平台审核员 or 省工信厅."""
    platform: Code | None = Field(None, validate_default=True)
    """The code of the platform where the person works; with the role ``platform`` only."""

    @field_validator("platform")
    @classmethod
    def _must_fit_the_role(cls, platform: str | None, info: ValidationInfo) -> str | None:
        role = info.data.get("role")
        if role is Role.PLATFORM and platform is None:
            raise wrong("platform_missing")
        if role in (Role.REVIEWER, Role.PROVINCE) and platform is not None:
            raise wrong("platform_not_wanted")
        return platform

    @property
    def identity(self) -> Hashable:
        """Who, as what, and where."""
        return self.openid, self.role, self.platform


class ContactRow(ClosedObject):
    """企业联系人: an openid, and whether the bundle says that it stands for this enterprise (上次代表)."""

    openid: Openid
    """The person's openid at this account."""
    is_current: bool = Field(False, alias="current")
    """Whether a scan of this person counts for this enterprise; with one enterprise only it always does."""


def _contact(content: object) -> object:
    """A bare openid is a contact, too."""
    if is_openid(content):
        return {"openid": content}
    if not isinstance(content, dict | ContactRow):
        raise wrong("wrong_openid")
    return content


class EnterpriseRow(BundleRow):
    """企业; its code is its key, or the older licence's number for one without."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["uscc"]}, {"required": ["licence"]}]})

    licence: Licence | None = None
    """营业执照注册号, for an enterprise without a code of 18 characters."""
    uscc: Uscc | None = Field(None, validate_default=True)
    """统一社会信用代码, 18 characters."""
    name: CompanyName
    """企业名称."""
    region: Region | None = None
    """行政区划代码, 6 digits."""
    contacts: Annotated[
        tuple[
            Annotated[ContactRow, BeforeValidator(_contact, json_schema_input_type=Openid | ContactRow)],
            ...,
        ],
        Field(strict=False),  # JSON has lists only
    ] = ()
    """联系人: openids, or objects that say more."""

    @field_validator("uscc")
    @classmethod
    def _must_have_a_key(cls, uscc: str | None, info: ValidationInfo) -> str | None:
        if uscc is None and info.data.get("licence", "wrong") is None:
            raise wrong("no_code")
        return uscc

    @field_validator("contacts")
    @classmethod
    def _each_once(cls, contacts: tuple[ContactRow, ...]) -> tuple[ContactRow, ...]:
        """The same openid twice is one contact."""
        found: dict[str, ContactRow] = {}
        for each in contacts:
            if each.is_current or each.openid not in found:
                found[each.openid] = each
        return tuple(found[openid] for openid in sorted(found))

    @property
    def key(self) -> str:
        """The code, or the licence's number."""
        return self.uscc or self.licence or ""

    @property
    def identity(self) -> str:
        """Its key."""
        return self.key


def _must_be_named_once(platform: str, info: ValidationInfo) -> str:
    """A platform takes one part in an activity: its own, or a partner's."""
    if isinstance(info.context, RowPlace):
        if platform in info.context.platforms:
            raise wrong("partner_again", value=platform)
        info.context.platforms.add(platform)
    return platform


class PartnerRow(ClosedObject):
    """Another platform's part in a joint activity."""

    platform: Code
    """The other platform's code."""
    part: Annotated[Part, word_of(Part)]
    """主办, 承办 or 协办."""
    is_confirmed: bool = Field(False, alias="confirmed")
    """Whether the other platform has agreed."""

    _once = field_validator("platform")(_must_be_named_once)


class ActivityRow(BundleRow):
    """服务活动; its code is its key."""

    code: Code
    """活动代码: letters, digits, ``_ . -``."""
    platform: Code
    """The code of the platform that publishes it."""
    title: Name
    """活动名称."""
    category: Annotated[ActivityCategory, word_of(ActivityCategory)]
    """活动类别."""
    part: Annotated[Part, word_of(Part)]
    """The platform's own part: 主办, 承办 or 协办."""
    starts_at: Moment
    """开始时间, with its zone."""
    ends_at: Moment
    """结束时间, with its zone; it decides the year."""
    opens_at: Moment | None = None
    """签到开始时间; one hour before the start when it is left out."""
    closes_at: Moment | None = None
    """签到结束时间; the end when it is left out."""
    place: Place | None = None
    """活动地点; a published activity has this or a meeting link."""
    meeting_link: Link | None = None
    """会议链接."""
    form: Annotated[Form, word_of(Form)] | None = None
    """活动形式."""
    organisers: Lines | None = None
    """主办单位; the platform's name when it is left out."""
    content: LongText | None = None
    """活动内容."""
    summary: LongText | None = None
    """活动总结."""
    stage: Annotated[Stage, word_of(Stage, STAGES), WithJsonSchema({"type": "string", "enum": [*STAGES]})] = (
        Stage.PUBLISHED
    )
    """草稿, 已发布, 待审核 or 已通过."""
    scene: Scene | None = None
    """The scene of its parametric code (场景值)."""
    short_code: ShortCode | None = None
    """活动短码, 5 digits."""
    partners: Annotated[tuple[PartnerRow, ...], Field(strict=False)] = ()
    """The other platforms of a joint activity."""

    _once = field_validator("platform")(_must_be_named_once)

    @field_validator("ends_at")
    @classmethod
    def _must_end_after_start(cls, ends_at: Any, info: ValidationInfo) -> Any:
        if (starts_at := info.data.get("starts_at")) and ends_at <= starts_at:
            raise wrong("ends_before_start")
        return ends_at

    @field_validator("closes_at")
    @classmethod
    def _must_close_after_opening(cls, closes_at: Any, info: ValidationInfo) -> Any:
        if closes_at and (opens_at := info.data.get("opens_at")) and closes_at <= opens_at:
            raise wrong("closes_before_opening")
        return closes_at

    @property
    def identity(self) -> str:
        """Its code."""
        return self.code


class CheckInRow(BundleRow):
    """签到 of a list; activity and enterprise are the key."""

    activity: Code
    """The activity's code."""
    enterprise: EnterpriseKey
    """The enterprise's code, or the number of its older licence."""
    at: Moment
    """签到时间, with its zone; while check-in was open."""
    openid: Openid | None = None
    """Who checked in, if it is known."""

    @property
    def identity(self) -> Hashable:
        """Where, and who."""
        return self.activity, self.enterprise


class Bundle(ClosedObject):
    """A bundle (导入文件) of ``wxsvc import``. Keys decide, so importing it twice changes nothing.

    Outer spaces of texts are dropped. In a row, null is the same as a key that is left out.
    """

    null_is_nothing: ClassVar[bool] = False

    platforms: list[PlatformRow] = Field(default_factory=list)
    """窗口平台."""
    staff: list[StaffRow] = Field(default_factory=list)
    """工作人员."""
    enterprises: list[EnterpriseRow] = Field(default_factory=list)
    """企业, with their contacts."""
    activities: list[ActivityRow] = Field(default_factory=list)
    """服务活动."""
    check_ins: list[CheckInRow] = Field(default_factory=list)
    """签到名单."""

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for _, rows in self)


def schema() -> dict[str, Any]:
    """The JSON schema of a bundle (draft 2020-12)."""
    return {"$schema": GenerateJsonSchema.schema_dialect, **Bundle.model_json_schema()}
