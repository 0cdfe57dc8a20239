"""A whole form of 发布活动, and what a use case left on the work list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from models.platform import Platform
from models.work_list import Change
from scoring.terms import ActivityCategory, Form
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity.activity_forms import ActivityForm


def whole_form(of: Platform, **fields: Any) -> ActivityForm:
    """Everything that publishing asks for; tomorrow for three hours."""
    defaults = {
        "platform_id": of.id,
        "title": "中小企业数字化转型对接会",
        "category": ActivityCategory.DIGITAL,
        "form": Form.ONSITE,
        "organisers": "主办：长沙市窗口平台",
        "starts_at": builders.NOW + timedelta(days=1),
        "ends_at": builders.NOW + timedelta(days=1, hours=3),
        "place": "麓谷大道668号",
    }
    return ActivityForm(**defaults | fields)


def touched(db: Database) -> set[tuple[int, int]]:
    """The platform-years on the work list."""
    with db.read() as session:
        return {(change.platform_id, change.year) for change in session.scalars(sa.select(Change))}
