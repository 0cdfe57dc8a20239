"""What waits for the platforms (已退回, 未提交), as a number beside 待审事项: none of it can be judged yet."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.terms import Stage
from wxsvc.plain_rows import plain_rows
from wxsvc.services import counting_years
from wxsvc.services.actor import Actor
from wxsvc.services.reviewables import MODELS


class Elsewhere(Struct, frozen=True):
    """What waits for the platforms: 已退回 to be mended, 未提交 of what is drafted or held."""

    returned: int
    unsubmitted: int


def of(session: Session, by: Actor) -> Elsewhere:
    """How many records of all kinds wait for their platforms, not for us; in a sealed year (已锁定) nothing does."""
    by.must_review()
    counted = {row.stage: row.number for row in plain_rows(session, _by_stage())}
    returned = counted.pop(Stage.RETURNED.value, 0)
    return Elsewhere(returned, sum(counted.values()))


@cache
def _by_stage() -> sa.Select[Any]:
    """How many records that wait for their platforms stand in each stage."""
    stages = [Stage.RETURNED, Stage.DRAFT, Stage.PUBLISHED]
    of_each: list[sa.Select[Any]] = [
        sa.select(sa.type_coerce(model.stage, sa.String).label("stage")).where(
            model.stage.in_(stages), ~counting_years.is_sealed_of(model)
        )
        for model in MODELS.values()
    ]
    found = sa.union_all(*of_each).subquery()
    return sa.select(found.c.stage, sa.func.count().label("number")).group_by(found.c.stage)
