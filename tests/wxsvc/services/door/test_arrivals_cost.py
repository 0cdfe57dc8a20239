"""What one activity's pages cost: they look at its own check-ins, however many there are elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.terms import Door, Stage
from tests import builders
from tests.wxsvc.services.record_cases import World, world
from wxsvc.db import Database
from wxsvc.services.door import arrivals_judged, checkin_lists
from wxsvc.services.door.checkin_lists import ArrivalFilter
from wxsvc.services.regulation import readings

READ = sa.text("select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables where relname = 'check_ins'")


def judged(w: World, activity: Any) -> int:
    """As the province sees them."""
    by = readings.in_force(w.session, 2026, w.platform.kind)
    return arrivals_judged.of_activity(w.session, activity, w.platform, by).count


def listed(w: World, activity: Any) -> int:
    """As its platform sees them."""
    return len(checkin_lists.of_activity(w.session, ArrivalFilter(activity.id))) + 1  # not the one that was undone


def polled(w: World, activity: Any) -> int:
    """As an open page asks whether anything changed."""
    return int(checkin_lists.state_of(w.session, activity.id).split("-")[0])


@pytest.mark.parametrize("look", [judged, listed, polled])
def test_only_its_own_check_ins_are_looked_at(
    emptied_postgres: Database, now: datetime, look: Callable[[World, Any], int]
) -> None:
    """Three and one that was undone, however many came elsewhere."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        own, *elsewhere = (builders.activity(session, w.platform, stage=Stage.SUBMITTED) for _ in range(21))
        firms = [builders.enterprise(session) for _ in range(50)]
        for number in range(4):
            builders.check_in(session, own, firms[number], undone_at=now if number == 3 else None)
        moment = {"checked_in_at": now, "received_at": now, "door": Door.CODE, "evidence_grade": 1}
        others = [{"activity_id": a.id, "enterprise_id": f.id, **moment} for a in elsewhere for f in firms]
        session.execute(sa.insert(CheckIn), others)
        session.execute(sa.text("set local enable_seqscan = off"))  # so small a table is read whole otherwise
        session.execute(sa.text("analyze check_ins"))
        before = session.execute(READ).scalar_one()
        assert look(w, own) == 4
        assert session.execute(READ).scalar_one() - before <= 4
