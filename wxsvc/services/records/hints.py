"""疑点 as words: what the reviewer is told to look at, and what a function that finds it looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session


class Hint(StrEnum):
    """One doubt about one record."""

    DISPUTED = "disputed"  # 企业已提出异议
    BACKFILLED = "backfilled"  # 事后补录
    NO_PHOTO = "no_photo"  # 无现场照片
    BLANK_PHOTO = "blank_photo"  # 有照片几乎没有画面
    MANY_BY_ONE_PERSON = "many_by_one_person"  # 同一人代多家签到
    QUICK_ARRIVALS = "quick_arrivals"  # 签到间隔过短
    AFTER_MIDNIGHT = "after_midnight"  # 凌晨签到
    OUTSIDE_REGION = "outside_region"  # 半数以上企业在区域外
    SAME_PHOTO = "same_photo"  # 照片与另一场活动相同或相近
    STAFF_ENTERED = "staff_entered"  # 半数以上由工作人员登记
    SAME_DAY_ACTIVITY = "same_day_activity"  # 同日同企业另有活动签到
    POSSIBLE_COPY = "possible_copy"  # 疑似重复
    SCORES_NOTHING = "scores_nothing"  # 县级平台线上交易不计分
    NO_PROOF = "no_proof"  # 缺佐证
    BACKDATED = "backdated"  # 报送日早于录入日
    SERVICE_AND_ORDER = "service_and_order"  # 同日该企业与该机构另有线上交易或线下服务
    SAME_EVENT = "same_event"  # 同日同地另有活动
    SAME_ENTERPRISES = "same_enterprises"  # 与另一场活动企业过半相同
    OFTEN_IN_A_MONTH = "often_in_a_month"  # 同一企业当月多次
    USED_BEFORE = "used_before"  # 佐证、链接或报告曾用于另一项申报
    UNLISTED_MEDIUM = "unlisted_medium"  # 媒体不在清单内
    LOCAL_ISSUER = "local_issuer"  # 授予单位似为市县单位
    ASSIST_UNDECIDED = "assist_undecided"  # 协办佐证待认定
    MANY_STANDINGS = "many_standings"  # 联系人代表多家单位
    PART_CONFIRMED_LATE = "part_confirmed_late"  # 审核通过后确认参与


class HintQuery(Struct, frozen=True):
    """Records of one kind that are asked about: a query of their ids, the first and the last day they speak of."""

    ids: sa.Select[tuple[int]]
    first: date | None = None
    last: date | None = None


Found: TypeAlias = Iterator[tuple[int, Hint]]
"""Which records, by their ids, are doubtful, and why."""
DoubtQuery: TypeAlias = sa.Select[Any]
"""A query of ids, each with the word of its hint."""
Doubt: TypeAlias = Callable[[HintQuery], Sequence[DoubtQuery]]
"""The queries of whom it concerns: all doubts of a kind are asked in one statement."""
Look: TypeAlias = Callable[[Session, Sequence[int]], Found]
"""A doubt that the database cannot tell alone: asked of many records of one kind by their ids."""


def said(record_id: Any, hint: Hint) -> DoubtQuery:
    """The beginning of a doubt: the column of the ids, and the hint of all that the query will leave."""
    return sa.select(record_id.label("record_id"), sa.literal(hint.value, sa.String(32)).label("hint"))
