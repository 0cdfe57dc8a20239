"""类别 of a platform put right while its year is open: the other table counts it, whatever was said by the first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import Ruling
from models.terms import Role
from models.year_end import ScoreObjection
from scoring.terms import IndicatorCode, PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.counting import card_checks, scorecards, tallies
from wxsvc.services.judging import rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.year_end import closing_steps, objections
from wxsvc.services.year_end.closing_steps import ClosingStep

pytestmark = pytest.mark.both_databases

YEAR, WHY = 2026, Stated("现场核实")


def ruled(session: Session, now: datetime) -> Platform:
    """A prefecture whose website is ruled and whose 在线服务 has an opinion and, by an official, other points."""
    own = builders.platform(session)
    reviewer, official = builders.staff(session, role=Role.REVIEWER), builders.staff(session, role=Role.PROVINCE)
    rulings.rule_on(session, own.id, YEAR, IndicatorCode.WEBSITE, Decimal(4), "更新及时", reviewer, now, stated=WHY)
    online = (session, own.id, YEAR, IndicatorCode.ONLINE_SERVICE)
    rulings.give_opinion(*online, Decimal(10), "可以办理", reviewer, now, stated=WHY)
    against = Stated("现场核实", "无法打开")
    rulings.rule_on(*online, Decimal(0), "无法打开", official, now, stated=against)
    tallies.fold(session, own.id, YEAR, now)
    return own


def waiting(session: Session, now: datetime) -> dict[str, Any]:
    """What 年终 needs of rulings."""
    return {each.code: each.facts for each in closing_steps.of_year(session, YEAR, now).open[ClosingStep.RULINGS]}


def test_what_was_ruled_on_a_line_of_the_former_table_stops_nothing(db: Database, now: datetime) -> None:
    """Not the fold, nor those of the platforms that are counted with it; and back again nothing was lost."""
    with db.transaction() as session:
        own, other = ruled(session, now), builders.platform(session)
        assert closing_steps.of_year(session, YEAR, now).open[closing_steps.ClosingStep.RULINGS][-1].facts == {
            "count": 1
        }
        own.kind = PlatformKind.CLUSTER
        session.flush()
        before = scorecards.detail(session, own.id, YEAR)
        assert before is not None
        assert IndicatorCode.ONLINE_SERVICE in [line.code for line in before.lines]
        assert set(tallies.fold_all(session, [own.id, other.id], YEAR, now)) == {own.id, other.id}
        card = scorecards.detail(session, own.id, YEAR)
        assert card is not None
        points = {line.code: line.points for line in card.lines}
        assert (points[IndicatorCode.WEBSITE], points[IndicatorCode.PLATFORM_FUSION]) == (4, 0)
        assert "closing_proposed" not in waiting(session, now)
        assert card_checks.check(session, [(own.id, YEAR)], lambda: None) == []
        own.kind = PlatformKind.PREFECTURE
        session.flush()
        assert tallies.recount(session, own, YEAR, now).tally.rulings.keys() >= {IndicatorCode.ONLINE_SERVICE}
        assert session.get_one(Ruling, _online(session, own)).opinion_points == 10


def _online(session: Session, own: Platform) -> int:
    row = rulings.of_line(session, own.id, YEAR, IndicatorCode.ONLINE_SERVICE)
    assert row is not None
    return row.id


def test_an_objection_to_such_a_line_is_still_read(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own = ruled(session, now)
        made = {"points": Decimal(0), "text": "已开通", "raised_at": now, "state": "open"}
        who = builders.person(session).id
        session.add(
            ScoreObjection(platform_id=own.id, year=YEAR, code=IndicatorCode.ONLINE_SERVICE, raised_by=who, **made)
        )
        own.kind = PlatformKind.CLUSTER
        session.flush()
        tallies.fold(session, own.id, YEAR, now)
        (case,) = objections.of_year(session, YEAR)
        assert (case.line.name, case.points) == ("在线服务", None)
