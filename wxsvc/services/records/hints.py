"""疑点 as words: what the reviewer is told to look at, and what a function that finds it looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy.orm import Session


class Hint(StrEnum):
    """One doubt about one record."""

    DISPUTED = "disputed"  # 企业已提出异议
    BACKFILLED = "backfilled"  # 事后补录
    NO_PHOTO = "no_photo"  # 无现场照片
    MANY_BY_ONE_PERSON = "many_by_one_person"  # 同一人代多家签到
    QUICK_ARRIVALS = "quick_arrivals"  # 签到间隔过短
    STAFF_ENTERED = "staff_entered"  # 半数以上由工作人员登记
    SAME_DAY_ACTIVITY = "same_day_activity"  # 同日同企业另有活动签到
    POSSIBLE_COPY = "possible_copy"  # 疑似重复
    SCORES_NOTHING = "scores_nothing"  # 县级平台线上交易不计分
    NO_PROOF = "no_proof"  # 缺佐证
    BACKDATED = "backdated"  # 报送日早于录入日
    SAME_EVENT = "same_event"  # 同日同地另有活动
    SAME_ENTERPRISES = "same_enterprises"  # 与另一场活动企业过半相同
    OFTEN_IN_A_MONTH = "often_in_a_month"  # 同一企业当月多次
    USED_BEFORE = "used_before"  # 证书或链接曾用于另一项申报
    UNLISTED_MEDIUM = "unlisted_medium"  # 媒体不在清单内
    ASSIST_UNDECIDED = "assist_undecided"  # 协办佐证待认定
    PART_CONFIRMED_LATE = "part_confirmed_late"  # 审核通过后确认参与


Found: TypeAlias = Iterator[tuple[int, Hint]]
"""Which records, by their ids, are doubtful, and why."""
Doubt: TypeAlias = Callable[[Session, Sequence[int]], Found]
"""Asked of many records of one kind by their ids: those it concerns."""
