"""Words of the memory that the regulation itself does not have: stages, roles, doors, reasons. Stored as words."""

from enum import StrEnum
from typing import Final, TypeAlias


class Stage(StrEnum):
    """草稿 已发布 待审核 已通过 已退回 已作废. What the clock decides (open, over) is computed, not stored."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    VOID = "void"


HANDED_IN: Final = (Stage.SUBMITTED, Stage.APPROVED)
"""已提交: waiting for the reviewer, or approved."""
EVER_HANDED_IN: Final = (*HANDED_IN, Stage.RETURNED)
"""Handed in once and not void; what was sent back is among them."""


class Role(StrEnum):
    """平台工作人员 · 省枢纽平台审核员 · 省工信厅."""

    PLATFORM = "platform"
    REVIEWER = "reviewer"
    PROVINCE = "province"


class Door(StrEnum):
    """By which way a check-in came; it decides the evidence grade, never whether it counts."""

    CODE = "code"
    MENU = "menu"
    SHORT_CODE = "short_code"
    PAGE = "page"
    SCREEN = "screen"
    STAFF = "staff"
    SHEET = "sheet"


class Absence(StrEnum):
    """Why an arrival (到场) is attendance and not a 家次."""

    COLLEAGUE = "colleague"
    NOT_AN_ENTERPRISE = "not_an_enterprise"
    PUBLIC_BODY = "public_body"
    OWN_PEOPLE = "own_people"


class Refusal(StrEnum):
    """Why a scan was not a check-in; kept with the scan, so that a platform can be told and help."""

    NOT_ENROLLED = "not_enrolled"
    CHOOSE = "choose"
    SECOND_ENTERPRISE = "second_enterprise"
    TOO_EARLY = "too_early"
    OVER = "over"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    UNKNOWN_CODE = "unknown_code"
    CODE_EXPIRED = "code_expired"
    TOO_MANY_TRIES = "too_many_tries"


class Grade(StrEnum):
    """满意 · 一般 · 不满意: what an enterprise says of an activity that it came to."""

    SATISFIED = "satisfied"
    FAIR = "fair"
    UNSATISFIED = "unsatisfied"


class PhotoKind(StrEnum):
    """现场照片 · 线上活动截图 · 纸质签到表."""

    PHOTO = "photo"
    SCREENSHOT = "screenshot"
    SIGN_IN_SHEET = "sign_in_sheet"


class NeedKind(StrEnum):
    """对接需求 · 诉求."""

    MATCHING = "matching"
    APPEAL = "appeal"


class NeedState(StrEnum):
    """待对接 · 已对接 · 已办结."""

    OPEN = "open"
    MATCHED = "matched"
    CLOSED = "closed"


class PostKind(StrEnum):
    """通知公告 · 优惠政策 · 原创新闻."""

    NOTICE = "notice"
    POLICY = "policy"
    NEWS = "news"


class Channel(StrEnum):
    """Where an online service is offered: 平台网站 · 微信公众号."""

    WEBSITE = "website"
    ACCOUNT = "account"


class VisitResult(StrEnum):
    """What the visit of a listed online service saw; evidence, never a recognition."""

    REACHABLE = "reachable"
    ERROR_STATUS = "error_status"
    UNREACHABLE = "unreachable"
    ADDRESS_REFUSED = "address_refused"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"


class FusionKind(StrEnum):
    """引入 · 自建 of a 工业互联网平台 or 技术创新服务平台."""

    INTRODUCED = "introduced"
    BUILT = "built"


class AssignmentKind(StrEnum):
    """服务大会 · 典型服务案例征集 · 其他重点工作."""

    CONFERENCE = "conference"
    CASES = "cases"
    OTHER = "other"


class Verdict(StrEnum):
    """What a reviewer did: 通过 · 退回 · 作废."""

    APPROVED = "approved"
    RETURNED = "returned"
    VOIDED = "voided"


class CallBackResult(StrEnum):
    """What a call found: 核实参加 · 否认参加 · 接通但不能确认 · 未接通."""

    CONFIRMS = "confirms"
    DENIES = "denies"
    UNSURE = "unsure"
    NOT_REACHED = "not_reached"


class NoticePurpose(StrEnum):
    """报送提醒 · 活动待完善 · 审核结果 · 评定结果 · 年度锁定 · 企业异议 · 公告 · 身份与登录 · 需求与诉求 · 报名."""

    FILING = "filing"
    UNFINISHED = "unfinished"
    REVIEW = "review"
    RULING = "ruling"
    SEALED = "sealed"
    DISPUTE = "dispute"
    ANNOUNCEMENT = "announcement"
    ROLE = "role"
    NEED = "need"
    SIGNUP = "signup"


class StandingProof(StrEnum):
    """How somebody's standing for an enterprise was confirmed: 现场核实 · 单位原联系人确认 · 营业执照核实."""

    STAFF = "staff"
    CONTACT = "contact"
    LICENCE = "licence"


class SubscriptionNews(StrEnum):
    """What WeChat tells of a 订阅: answered in the window, changed in the settings, a message sent."""

    POPUP = "popup"
    CHANGE = "change"
    SENT = "sent"


class DeliveryState(StrEnum):
    """What became of a template message. Whatever it is, the notice stands in the inbox."""

    WAITING = "waiting"
    SENT = "sent"
    """WeChat took it; its result event is still to come."""
    ARRIVED = "arrived"
    INBOX_ONLY = "inbox_only"
    """No template for this purpose, or the person has not subscribed to it."""
    NOT_FOLLOWING = "not_following"
    DECLINED = "declined"
    FAILED = "failed"
    """Template, values or permission are wrong, or WeChat could not deliver it: an operator may want to look."""
    UNCERTAIN = "uncertain"
    """The answer got lost and could not be asked for again in time."""


class DisputeState(StrEnum):
    """待处理 · 异议成立 · 异议不成立 · 企业撤回."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class ObjectionState(StrEnum):
    """待答复 · 成立 · 不成立 · 平台撤回: a platform's objection to a line of its own scorecard (得分异议)."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class DisputeSubject(StrEnum):
    """What an enterprise may object to having been counted in: 签到 · 线下服务 · 线上交易 · 需求."""

    CHECK_IN = "check_in"
    OFFLINE_SERVICE = "offline_service"
    ONLINE_TRADE = "online_trade"
    NEED = "need"


class RosterMatch(StrEnum):
    """How a line found its enterprise: 代码一致 · 名称一致 · 人工选定; or why not: 多家同名 · 代码有误 · 未找到."""

    CODE = "code"
    NAME = "name"
    HAND = "hand"
    SEVERAL = "several"
    WRONG_CODE = "wrong_code"
    UNKNOWN = "unknown"


class Subject(StrEnum):
    """Nouns that reviews, evidence and the log speak of; each word is the table's noun."""

    ACTIVITY = "activity"
    CHECK_IN = "check_in"
    ENTERPRISE = "enterprise"
    PERSON = "person"
    STAFF_ROLE = "staff_role"
    INVITATION = "invitation"
    PLATFORM = "platform"
    PLATFORM_YEAR = "platform_year"
    OFFLINE_SERVICE = "offline_service"
    ONLINE_TRADE = "online_trade"
    NEED = "need"
    POST = "post"
    SITE_INSPECTION = "site_inspection"
    SERVICE_ITEM = "service_item"
    ONLINE_SERVICE = "online_service"
    RESEARCH_REPORT = "research_report"
    PLATFORM_FUSION = "platform_fusion"
    ASSIGNMENT = "assignment"
    RESPONSE = "response"
    BONUS_CLAIM = "bonus_claim"
    FILING = "filing"
    EVIDENCE = "evidence"
    RULING = "ruling"
    READING = "reading"
    WORKDAY = "workday"
    IMPORT = "import"
    ANNOUNCEMENT = "announcement"
    API_KEY = "api_key"
    WEBHOOK = "webhook"


RecordKey: TypeAlias = tuple[Subject, int]
"""A record: its noun and its id."""


class ApiScope(StrEnum):
    """What a key lets another system read: 平台 · 活动 · 统计 · 得分."""

    PLATFORMS = "platforms"
    ACTIVITIES = "activities"
    TALLIES = "tallies"
    SCORECARDS = "scorecards"


class WebhookEvent(StrEnum):
    """What another system is told: 活动通过审核 · 得分变动."""

    ACTIVITY_APPROVED = "activity_approved"
    SCORECARD_CHANGED = "scorecard_changed"


class WebhookState(StrEnum):
    """待推送 · 已送达 · 已放弃."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
