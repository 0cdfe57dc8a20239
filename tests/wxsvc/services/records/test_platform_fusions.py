"""Platform fusions: of cluster platforms alone, in the year they began."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from models.terms import FusionKind
from scoring.terms import PlatformKind
from tests.wxsvc.services.record_cases import FUSION, world
from wxsvc.db import Database
from wxsvc.services.records import platform_fusions
from wxsvc.services.refusal import Refused


@pytest.mark.parametrize("kind", [PlatformKind.PREFECTURE, PlatformKind.COUNTY])
def test_only_clusters_hand_in_fusions(db: Database, now: datetime, kind: PlatformKind) -> None:
    """The regulation asks nobody else for one."""
    with db.transaction() as session:
        w = world(session, now, kind)
        with pytest.raises(Refused, match="not_in_table"):
            platform_fusions.add(session, w.platform.id, FUSION, w.owner, now)


def test_introduced_and_built_are_two(db: Database, now: datetime) -> None:
    """The year is the one in which it began."""
    with db.transaction() as session:
        w = world(session, now)
        row = platform_fusions.add(session, w.platform.id, FUSION, w.owner, now)
        built = platform_fusions.add(session, w.platform.id, replace(FUSION, kind=FusionKind.BUILT), w.owner, now)
        assert (row.year, built.id != row.id) == (FUSION.started_on.year, True)


def test_a_fusion_is_described(db: Database, now: datetime) -> None:
    """Name, provider and effect in words, and a day that came."""
    with db.transaction() as session:
        w = world(session, now)
        for wrong, code in (
            (replace(FUSION, name=""), "text_needed"),
            (replace(FUSION, effect=" "), "text_needed"),
            (replace(FUSION, started_on=now.date() + timedelta(days=1)), "day_in_future"),
        ):
            with pytest.raises(Refused, match=code):
                platform_fusions.add(session, w.platform.id, wrong, w.owner, now)
