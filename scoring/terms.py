"""The regulation's words (术语) as enums: one word for one concept, shared by schemes, tables, URLs and tests.

Every value is the word that is stored and shown in data; its Chinese name stands in ``words.toml`` under the same word.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class PlatformKind(StrEnum):
    """窗口平台类型: which of the three indicator tables judges a platform."""

    PREFECTURE = "prefecture"  # 市州
    CLUSTER = "cluster"  # 产业集群
    COUNTY = "county"  # 县（市、区）、工业园区


class ActivityCategory(StrEnum):
    """重点服务活动的类别: one activity has exactly one."""

    BRAND = "brand"  # “湖湘精品”中小企业品牌能力提升
    INNOVATION = "innovation"  # 中小企业技术创新“破零倍增”
    DIGITAL = "digital"  # 中小企业“两上三化”
    LISTING = "listing"  # 上市融资服务
    STARTUP = "startup"  # 创业创新服务
    OTHER = "other"  # 其他类服务活动


class Part(StrEnum):
    """The part one platform has in one activity: 主办, 承办, 协办."""

    HOST = "host"
    UNDERTAKE = "undertake"
    ASSIST = "assist"


class Form(StrEnum):
    """活动形式: 线下, 线上, 线上线下结合."""

    ONSITE = "onsite"
    ONLINE = "online"
    HYBRID = "hybrid"


class Group(StrEnum):
    """指标体系表的类别: full points 35, 40, 25, and a bonus of at most 15."""

    ACTIVENESS = "activeness"  # 平台活跃度
    KEY_ACTIVITIES = "key_activities"  # 重点服务活动
    COLLABORATION = "collaboration"  # 服务协同
    BONUS = "bonus"  # 资源品牌培育（加分项）


class IndicatorCode(StrEnum):
    """指标代码 that this programme knows by name. A code is a plain word of its scheme: a later year may bring others.

    Codes are the interface of the score: they are added, never changed. Compare them with ``==``.
    """

    PARTICIPATIONS = "participations"
    WEBSITE = "website"
    NEEDS = "needs"
    ONLINE_SERVICE = "online_service"
    RESEARCH_REPORT = "research_report"
    PLATFORM_FUSION = "platform_fusion"
    BRAND = "brand"
    INNOVATION = "innovation"
    DIGITAL = "digital"
    LISTING = "listing"
    STARTUP = "startup"
    OTHER = "other"
    DISPATCH = "dispatch"
    COORDINATION = "coordination"
    BONUS_RESOURCES = "bonus_resources"
    BONUS_HONOURS = "bonus_honours"


class Rule(StrEnum):
    """The four rules that cover every line of the three tables."""

    SHORTFALL = "shortfall"  # 达…得…，每少…减…
    RULING = "ruling"  # 评定、认定
    FILINGS = "filings"  # 每缺报或晚报1次减…
    BONUS = "bonus"  # 每项（次）加…


class LineStatus(StrEnum):
    """How a line came to its points: 已计入, 已评定, 待评定 (0 points so far, never a silent zero)."""

    COUNTED = "counted"
    RULED = "ruled"
    AWAITED = "awaited"


class RuledBy(StrEnum):
    """Who decides a ruling (评定、认定): 省枢纽平台, or 省工信厅 (which also confirms recognitions)."""

    REVIEWER = "reviewer"
    PROVINCE = "province"


class Ground(StrEnum):
    """评定的依据: what an official looks at before ruling a line (``rests_on`` of a scheme)."""

    SITE_INSPECTION = "site_inspection"  # 网站检查
    POST = "post"  # 信息发布
    ONLINE_SERVICE = "online_service"  # 在线服务
    PLATFORM_FUSION = "platform_fusion"  # 平台融合
    RESPONSE = "response"  # 重点工作响应


class BonusKind(StrEnum):
    """加分申报的种类: the five kinds of claim that the two bonus rows name."""

    CASE_SELECTED = "case_selected"  # 服务案例获省工信厅选登
    RECOMMENDED_RECOGNISED = "recommended_recognised"  # 推荐的服务机构、企业获评选认定
    PLATFORM_TITLE = "platform_title"  # 最受欢迎窗口平台、服务之星、优秀服务专家（机构、产品）
    HONOUR = "honour"  # 国家、省级荣誉资质
    PRESS = "press"  # 权威主流媒体报道


class PlatformTitle(StrEnum):
    """全省平台网络评选的五种称号, as the resources row names them."""

    MOST_WELCOME = "most_welcome"  # 最受欢迎窗口平台
    SERVICE_STAR = "service_star"  # 服务之星
    EXPERT = "expert"  # 优秀服务专家
    INSTITUTION = "institution"  # 优秀服务机构
    PRODUCT = "product"  # 优秀服务产品


class BonusFact(StrEnum):
    """What a tally counts for the two bonus rows; ``press`` is apart because a reading may leave it out."""

    RESOURCES = "resources"
    HONOURS = "honours"
    PRESS = "press"


class Fact(StrEnum):
    """Counts that the tables of today name in ``counts``: the keys of a tally, joined by a dot.

    A fact is a plain word, as a code is: a later scheme may count others, each by one query.
    """

    ACTIVITY_PARTICIPATIONS = "activity_participations"
    OFFLINE_PARTICIPATIONS = "offline_participations"
    ONLINE_TRADES = "online_trades"
    NEEDS = "needs"
    RESEARCH_REPORTS = "research_reports"
    BRAND_ACTIVITIES = "activities.brand"
    INNOVATION_ACTIVITIES = "activities.innovation"
    DIGITAL_ACTIVITIES = "activities.digital"
    LISTING_ACTIVITIES = "activities.listing"
    STARTUP_ACTIVITIES = "activities.startup"
    OTHER_ACTIVITIES = "activities.other"
    BONUS_RESOURCES = "bonus.resources"
    BONUS_HONOURS = "bonus.honours"
    BONUS_PRESS = "bonus.press"


BONUS_FACT: Final[Mapping[BonusKind, BonusFact]] = MappingProxyType(
    {
        BonusKind.CASE_SELECTED: BonusFact.RESOURCES,
        BonusKind.RECOMMENDED_RECOGNISED: BonusFact.RESOURCES,
        BonusKind.PLATFORM_TITLE: BonusFact.RESOURCES,
        BonusKind.HONOUR: BonusFact.HONOURS,
        BonusKind.PRESS: BonusFact.PRESS,
    }
)
"""The fact of the tally that an accepted claim of each kind adds one to."""


class EvidenceItem(StrEnum):
    """附件2的附件内容, in the order of the annex (items 1 to 7); the last is of records for which it asks none."""

    PRESS_REPORTS = "press_reports"
    HONOUR_PAPERS = "honour_papers"
    LEADERS_REMARKS = "leaders_remarks"
    FINANCIAL_STATEMENT = "financial_statement"
    ONLINE_SERVICE_SCREENSHOTS = "online_service_screenshots"
    RESEARCH_REPORT = "research_report"
    PLATFORM_FUSION_PAPERS = "platform_fusion_papers"
    RECORD_PAPERS = "record_papers"  # 服务过程材料: shows that a record is true, proves no line of the table


class EvidenceNeed(StrEnum):
    """附件2的“打勾”: how an item is asked of one kind of platform."""

    REQUIRED = "required"
    WITH_MARKET_INCOME = "with_market_income"  # 有市场化服务业务收入平台提供
    OPTIONAL = "optional"
    SWITCHED_OFF = "switched_off"  # until the province switches it on


class Obligation(StrEnum):
    """日常调度的报送义务: 活动计划表 (3rd), 国家大数据平台数据 (6th), 年度总结 (15 December)."""

    PLAN = "plan"
    DATA = "data"
    SUMMARY = "summary"


class FilingState(StrEnum):
    """Where one obligation stands: 按时, 晚报, 缺报, 未到期, 口径待定 (between the literal 6th and the rolled day).

    暂定 is one that the notice of the year, once it is loaded, may still judge to be in time.
    """

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"
    NOT_DUE = "not_due"
    OPEN_READING = "open_reading"
    PROVISIONAL = "provisional"


class DaySource(StrEnum):
    """Who says that a day is worked: 国务院办公厅放假通知, a package that copies it, or our own rule (暂定)."""

    NOTICE = "notice"
    PACKAGE = "package"
    RULE = "rule"


class UsccKind(StrEnum):
    """登记主体类别, told from the first two characters of a 统一社会信用代码."""

    ENTERPRISE = "enterprise"  # 91 企业
    SOLE_TRADER = "sole_trader"  # 92 个体工商户
    COOPERATIVE = "cooperative"  # 93 农民专业合作社
    RURAL_COLLECTIVE = "rural_collective"  # N… 农村集体经济组织
    PUBLIC_BODY = "public_body"  # 1… 机关、事业单位
    SOCIAL_ORGANISATION = "social_organisation"  # 5… 社会组织
    TRADE_UNION = "trade_union"  # 8… 工会
    OTHER = "other"


class PartialStep(StrEnum):
    """每少100家次减1分: what part of a step costs: only whole steps, every started step, or in proportion."""

    WHOLE = "whole"
    STARTED = "started"
    LINEAR = "linear"


class ReadingName(StrEnum):
    """口径: the places where the text is open. ``README.md`` explains each under its name."""

    PARTIAL_STEP = "partial_step"
    OVERFLOW_TO_OTHER = "overflow_to_other"
    SIXTH_ROLLS_ON = "sixth_rolls_on"
    PRESS_BONUS = "press_bonus"
    COUNTY_NEED_COUNTS_FOR_PREFECTURE = "county_need_counts_for_prefecture"
    NEED_MUST_BE_MATCHED = "need_must_be_matched"
    SOLE_TRADERS_COUNT = "sole_traders_count"
    OUT_OF_REGION_COUNTS = "out_of_region_counts"
    ASSIST_COUNTS = "assist_counts"
    DAY_ITSELF_IN_TIME = "day_itself_in_time"
    REFILED_LATE = "refiled_late"
    ONE_STORY = "one_story"
    RECOGNITION_NEEDS = "recognition_needs"
    LEADERS_REMARKS_ASKED = "leaders_remarks_asked"
    CLUSTER_SCREENSHOTS_ASKED = "cluster_screenshots_asked"
    COMPLETE_ENTERPRISES = "complete_enterprises"
    COMPLETE_PHOTOS = "complete_photos"
    COMPLETE_SUMMARY = "complete_summary"


class Refiled(StrEnum):
    """按质: when a filing that was sent back and filed again after its day was filed: as first, or as last."""

    IN_TIME = "in_time"
    LATE = "late"


class OneStory(StrEnum):
    """每次: one story in several media is one report for each, or one report."""

    EACH = "each"
    ONCE = "once"


class RecognitionNeeds(StrEnum):
    """经省工信厅、省枢纽平台认定: both must recognise, or the province alone decides."""

    BOTH = "both"
    PROVINCE = "province"


READING_VALUES: Final[Mapping[ReadingName, tuple[str, ...]]] = MappingProxyType(
    {
        ReadingName.PARTIAL_STEP: tuple(step.value for step in PartialStep),
        ReadingName.OVERFLOW_TO_OTHER: ("false", "true"),
        ReadingName.SIXTH_ROLLS_ON: ("false", "true"),
        ReadingName.PRESS_BONUS: ("true", "false"),
        ReadingName.COUNTY_NEED_COUNTS_FOR_PREFECTURE: ("false", "true"),
        ReadingName.NEED_MUST_BE_MATCHED: ("false", "true"),
        ReadingName.SOLE_TRADERS_COUNT: ("true", "false"),
        ReadingName.OUT_OF_REGION_COUNTS: ("true", "false"),
        ReadingName.ASSIST_COUNTS: ("false", "true"),
        ReadingName.DAY_ITSELF_IN_TIME: ("true", "false"),
        ReadingName.REFILED_LATE: tuple(word.value for word in Refiled),
        ReadingName.ONE_STORY: tuple(word.value for word in OneStory),
        ReadingName.RECOGNITION_NEEDS: tuple(word.value for word in RecognitionNeeds),
        ReadingName.LEADERS_REMARKS_ASKED: ("false", "true"),
        ReadingName.CLUSTER_SCREENSHOTS_ASKED: ("false", "true"),
        ReadingName.COMPLETE_ENTERPRISES: ("1", "5", "10"),
        ReadingName.COMPLETE_PHOTOS: ("1", "0", "2", "3"),
        ReadingName.COMPLETE_SUMMARY: ("50", "0", "100", "200"),
    }
)
"""The words each reading may take, the default first."""
ARITHMETIC_READINGS: Final = (ReadingName.PARTIAL_STEP, ReadingName.OVERFLOW_TO_OTHER, ReadingName.PRESS_BONUS)
"""Readings that change how a tally is scored; the others decide which facts enter it."""
