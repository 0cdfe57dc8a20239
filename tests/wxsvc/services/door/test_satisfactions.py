"""What those who came say of an activity."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.checkin import Satisfaction
from models.terms import Grade
from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import satisfactions

pytestmark = pytest.mark.both_databases


def test_whoever_was_taken_out_is_neither_among_those_who_came_nor_among_the_answers(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        activity = builders.activity(session, builders.platform(session))
        official = builders.person(session)
        for words, is_out in (("很好", False), (None, False), ("不来了", True)):
            company = builders.enterprise(session)
            row = builders.check_in(session, activity, company, builders.person(session))
            if is_out:
                row.voided_at, row.voided_by, row.void_reason = now, official.id, "未参加"
            if words is not None:
                session.add(
                    Satisfaction(
                        activity_id=activity.id,
                        enterprise_id=company.id,
                        grade=next(iter(Grade)),
                        words=words,
                        rated_at=now,
                    )
                )
        session.flush()
        found = satisfactions.of_activity(session, activity.id)
        assert (found.came, found.answered, found.words) == (2, 1, ("很好",))
