"""The JSON of the API (数据格式): what stands in each answer. The OpenAPI document is made of these models.

What answers are made of comes from ``services.reports.open_figures``; a test holds the two together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.terms import Stage
from scoring.terms import ActivityCategory, Form, Group, LineStatus, Part, PlatformKind


def _digits(typed: object) -> object:
    """Of an address, digits alone are a number."""
    if isinstance(typed, str) and not (typed.isascii() and typed.isdigit()):
        raise ValueError("digits are wanted")
    return typed


PublishedStage = Literal[Stage.PUBLISHED, Stage.SUBMITTED, Stage.APPROVED, Stage.RETURNED, Stage.VOID]
Points = Annotated[str, Field(pattern=r"^\d+(\.\d{1,3})?$", examples=["13.5"])]
"""分: exact, a decimal without trailing zeros."""
Year = Annotated[int, Field(ge=2001, le=2099), BeforeValidator(_digits)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern="^[^\\x00-\\x1f]+$")]


class Closed(BaseModel):
    """A JSON object with these keys and no others."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Platform(Closed):
    """窗口平台."""

    code: str
    """平台代码: its key, the same in every list."""
    name: str
    """平台名称."""
    kind: PlatformKind
    """平台类型."""
    region: str
    """行政区划代码, six digits."""
    website: str | None
    """网址."""
    accepted_on: date | None
    """验收日期."""
    closed_on: date | None
    """关停: the first day on which it works no more."""


class Host(Closed):
    """One platform's part in an activity."""

    code: str
    """平台代码."""
    part: Part
    """主办, 承办 or 协办."""
    confirmed: bool
    """Whether the platform has agreed; the part counts from then on."""


class Activity(Closed):
    """服务活动 that was published."""

    code: str
    """活动代码: its key."""
    year: int | None
    """考评年度, decided by the end of the activity."""
    title: str
    """活动名称."""
    category: ActivityCategory | None
    """活动类别."""
    form: Form | None
    """活动形式."""
    starts_at: datetime | None
    """开始时间."""
    ends_at: datetime | None
    """结束时间."""
    place: str | None
    """活动地点."""
    stage: PublishedStage
    """已发布, 待审核, 已通过, 已退回 or 已作废; only approved ones count."""
    reviewed_at: datetime | None
    """When it was last judged."""
    platforms: list[Host]
    """Every platform with a part; the first published it."""
    check_ins: int = Field(ge=0)
    """签到企业数: enterprises checked in that were not corrected away, whatever the stage and whether they count.

    It is not 家次: what counts as 参与家次 is decided by the rules of the year and stands in the tallies.
    """


class Totals(Closed):
    """What a scorecard comes to."""

    base: Points
    bonus: Points
    total: Points
    awaited: Points
    """Full points of the lines whose ruling is not given yet (待评定)."""
    as_of: datetime
    """The moment that was counted."""


class AmendedLine(Closed):
    """A line that was amended: its points as they were sealed, and as they hold now."""

    code: str
    before: Points
    after: Points


class Amended(Closed):
    """更正: what of a sealed card holds otherwise now. The scorecard itself stays as it was sealed."""

    lines: list[AmendedLine]
    base: Points
    bonus: Points
    total: Points


class Tally(Closed):
    """One platform's year, as ``wxsvc tallies --json`` has it."""

    code: str
    """平台代码."""
    name: str
    """平台名称."""
    kind: PlatformKind
    """平台类型."""
    tally: dict[str, Any]
    """The counted facts: input of ``wxsvc score``."""
    pending_participations: int = Field(ge=0)
    """家次 of activities not approved yet."""
    scorecard: Totals
    amended: Amended | None
    """更正 since the year was sealed; null where there is none."""


class Line(Closed):
    """得分 of one indicator."""

    code: str
    group: Group
    name: str
    points: Points
    full: Points
    status: LineStatus
    working: str
    """How it came to its points, in Chinese."""
    text: str
    """The regulation's sentence."""


class Scorecard(Closed):
    """评分表, as ``wxsvc score --json`` has it."""

    kind: PlatformKind
    year: int
    scheme: str
    lines: list[Line]
    base: Points
    bonus: Points
    total: Points
    awaited: Points
    readings: dict[str, str | bool | int]
    """口径 on which the points rest."""


class PlatformScorecard(Closed):
    """One platform's scorecard of a year."""

    code: str
    """平台代码."""
    name: str
    """平台名称."""
    as_of: datetime
    """The moment that was counted."""
    scorecard: Scorecard
    amended: Amended | None
    """更正 since the year was sealed; null where there is none."""


Entry = TypeVar("Entry", bound=Closed)


class Page(Closed, Generic[Entry]):
    """One page of a list."""

    data: list[Entry]
    """The entries, by code."""
    next: str | None
    """The ``cursor`` of the next page; null on the last."""


class Problem(Closed):
    """Why not (RFC 9457)."""

    type: str = "about:blank"
    title: str
    """The name of the status."""
    status: int
    code: str
    """A word for programs: ``no_key``, ``key_without_scope``, ``parameter_wrong`` …"""
    detail: str
    """A sentence for people, in Chinese."""
    parameter: str | None = None
    """The parameter that is wrong."""


class AskedPage(Closed):
    """Which page of a list."""

    cursor: Code | None = None
    """``next`` of the page before."""
    limit: Annotated[int, BeforeValidator(_digits)] = Field(50, ge=1, le=200)
    """Entries of a page."""


class AskedPlatforms(AskedPage):
    """Which platforms."""

    platform: Code | None = None
    """Only the platform of this code."""


class AskedActivities(AskedPlatforms):
    """Which activities."""

    year: Year | None = None
    """Only of this year."""
    stage: PublishedStage | None = None
    """Only of this stage."""


class AskedCards(AskedPlatforms):
    """Which platforms' year."""

    year: Year
    """考评年度."""
