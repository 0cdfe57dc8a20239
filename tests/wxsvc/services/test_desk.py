"""What the pages of a platform begin with."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.scorecard import ScorecardRow
from models.terms import NoticePurpose
from tests import builders
from tests.wxsvc.services.disputes.test_disputes import case, object_to
from wxsvc.db import Database
from wxsvc.services import desk, notices, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies


@pytest.mark.both_databases
def test_a_desk_says_what_each_question_alone_says(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        other = builders.platform(session)
        object_to(c, now)
        notices.tell(session, NoticePurpose.DISPUTE, "more", {"deed": "raised"}, now, platform_id=c.platform.id)
        tallies.fold(session, c.platform.id, 2026, now)
        builders.seal(session, c.platform, 2025)
        builders.seal(session, c.platform, 2026)
        own, staff, beside = c.platform.id, c.staff, other.id
    with db.read() as session:
        found = desk.of(session, own, staff, now)
        assert (found.platform.id, found.unread, found.disputed) == (own, 2, 1)
        assert [year for year in (2024, 2025, 2026) if years.is_sealed(session, own, year)] == [2025, 2026]
        empty = desk.of(session, beside, Actor(None), now)
        assert (empty.platform.id, empty.card, empty.unread, empty.disputed) == (beside, None, 0, 0)
        assert found.card is not None
        assert found.card is session.get(ScorecardRow, (own, 2026))
