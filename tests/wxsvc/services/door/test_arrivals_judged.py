"""What is doubtful about the check-ins of an activity: each stands once, and a page makes ready only what it shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.call_back import CallBack, CallBackSample
from models.terms import CallBackResult
from scoring.readings import DEFAULT_READINGS
from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import arrivals_judged

pytestmark = pytest.mark.both_databases


def test_a_company_that_was_called_twice_is_one_arrival(db: Database) -> None:
    """It came after nobody, and its person stands for two companies, not for three."""
    with db.transaction() as session:
        platform = builders.platform(session)
        activity, who = builders.activity(session, platform), builders.person(session)
        for minute in range(2):
            moment = builders.STARTS_AT + timedelta(minutes=minute)
            came = builders.check_in(session, activity, builders.enterprise(session), who, checked_in_at=moment)
        for day, result in enumerate((CallBackResult.DENIES, CallBackResult.CONFIRMS)):
            sample = CallBackSample(year=2026, seed=f"{day}", wanted=1, drawn_from=2, created_at=builders.NOW)
            session.add(sample)
            session.flush()
            called = {"result": result, "called_at": builders.NOW + timedelta(days=day)}
            session.add(CallBack(sample_id=sample.id, check_in_id=came.id, position=1, **called))
        session.flush()
        judged = arrivals_judged.of_activity(session, activity, platform, DEFAULT_READINGS)
        assert (len(judged.ranked), len(judged.live), judged.signs) == (2, 2, [])
        assert [each.call_back for each in judged.some(1, 5)] == [CallBackResult.CONFIRMS]
