"""What is done to the whole world before one deed of the matrix of permissions: a name, and a small function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.person import Person
from models.platform import Platform
from models.scorecard import ScoreLineRow
from models.terms import Role
from models.work_list import Change
from scoring.terms import LineStatus
from tests import builders
from tests.wxsvc.pages.whole_world import SEALED_YEAR, Keys
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.regulation import readings
from wxsvc.services.year_end import figures


def _year_is_over(session: Session, keys: Keys) -> dict[str, Any]:
    """The year that is sealed for one platform waits for nothing but its publicity for the other one."""
    province = session.scalars(sa.select(Person).where(Person.openid == keys.openids["province"])).one()
    for kind in session.scalars(sa.select(Platform.kind).distinct().order_by(Platform.kind)).all():
        shown = {name.value: word for name, word in readings.at_default(session, SEALED_YEAR, kind).items()}
        by = Actor(province.id, Role.PROVINCE)
        readings.confirm_defaults(session, SEALED_YEAR, kind, shown, "会议决定", by, builders.NOW)
    open_id = keys.by_name["other_platform_id"]
    tallies.fold(session, open_id, SEALED_YEAR, builders.NOW)
    its_lines = (ScoreLineRow.platform_id == open_id, ScoreLineRow.year == SEALED_YEAR)
    session.execute(sa.update(ScoreLineRow).where(*its_lines).values(status=LineStatus.RULED))
    session.execute(sa.delete(Change))
    return {"figures_seen": figures.seen(figures.of_year(session, SEALED_YEAR))}


_PREPARATIONS: Final[Mapping[str, Callable[[Session, Keys], dict[str, Any]]]] = {"year_is_over": _year_is_over}


def prepare(database: Database, keys: Keys, name: str) -> Keys:
    """Do it; the keys with those that it adds."""
    with database.transaction() as session:
        return keys.having(**_PREPARATIONS[name](session, keys))
