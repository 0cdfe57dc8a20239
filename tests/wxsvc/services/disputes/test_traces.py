"""How a disputed check-in came about, as the reviewer reads it."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.dispute import Dispute
from models.terms import DisputeState, DisputeSubject
from tests import builders
from tests.wxsvc.services.disputes.test_disputes import case, object_to
from wxsvc.db import Database
from wxsvc.services.disputes import traces

pytestmark = pytest.mark.both_databases


def test_staff_who_entered_it_and_a_contact_of_many_are_told_apart(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        c = case(session)
        by_hand = traces.of(session, object_to(c, now).id)
        assert by_hand is not None
        assert (by_hand.check_in, by_hand.raised_by, by_hand.scanned_by) == (c.check_in, c.person, None)
        assert by_hand.entered_by is not None
        assert by_hand.entered_by.id == c.staff.person_id
        assert (by_hand.is_contact, by_hand.by_same_person) == (False, 0)
        activity, merged, kept = (
            builders.activity(session, c.platform),
            builders.enterprise(session),
            builders.enterprise(session),
        )
        scanned = builders.check_in(session, activity, merged, c.person)
        voided, undone = (builders.check_in(session, activity, builders.enterprise(session), c.person) for _ in "12")
        voided.voided_at, voided.voided_by, voided.void_reason = now, c.staff.person_id, "未参加"
        undone.undone_at = now
        builders.contact(session, c.person, kept, is_current=False)
        row = Dispute(
            enterprise_id=merged.id,
            platform_id=c.platform.id,
            subject=DisputeSubject.CHECK_IN,
            subject_id=scanned.id,
            reason="不是我们单位",
            raised_at=now,
            raised_by=c.person.id,
            state=DisputeState.OPEN,
        )
        session.add(row)
        session.flush()
        own = traces.of(session, row.id)
        assert own is not None
        assert (own.scanned_by, own.entered_by, own.is_contact, own.by_same_person) == (c.person, None, False, 2)
        merged.merged_into_id = kept.id
        session.flush()
        led = traces.of(session, row.id)
        assert led is not None
        assert led.is_contact
        row.subject = DisputeSubject.NEED
        session.flush()
        assert traces.of(session, row.id) is None
