"""年度: what was judged years ago is reached from each page of a year, not by its address alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.scorecard import ScorecardRow
from tests.wxsvc.pages.web import fold
from tests.wxsvc.pages.world import World


@pytest.fixture
def former(rows: Any, world: World) -> World:
    """The platform has a scorecard of 2024, too."""
    fold(rows)
    with rows() as session:
        card = session.scalars(sa.select(ScorecardRow).where(ScorecardRow.platform_id == world.platform_id)).one()
        columns = {each.name: getattr(card, each.name) for each in ScorecardRow.__table__.columns}
        session.add(ScorecardRow(**columns | {"year": 2024}))
    return world


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("province", "/v/scores"),
        ("province", "/v/score/430100"),
        ("province", "/v/owed"),
        ("province", "/v/dashboard"),
        ("province", "/v/rulings"),
        ("province", "/v/year/2026/documents"),
        ("staff", "/p/score"),
        ("staff", "/p/offline-services"),
        ("staff", "/p/evidence"),
        ("visitor", "/disputes"),
    ],
)
def test_years_that_were_counted_are_offered(phone: Any, former: World, who: str, address: str) -> None:
    """2024 has a scorecard and is offered; 2023 has none and is not."""
    text = phone(getattr(former, who)).get(address).text
    offered = {int(year) for year in re.findall(r'(?:<option value="|year=|/year/)(20\d\d)\b', text)}
    assert {2026, 2025, 2024} <= offered
    assert 2023 not in offered
