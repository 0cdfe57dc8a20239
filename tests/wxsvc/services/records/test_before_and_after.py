"""变更前后: whatever kind of record is added, corrected, judged or withdrawn, the log tells what it was and became."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.terms import Stage, Subject
from tests import builders
from tests.wxsvc.services.record_cases import ADD, CORRECT, add_proved, world
from wxsvc.db import Database
from wxsvc.services import changed_rows, journal
from wxsvc.services.actor import MACHINE
from wxsvc.services.judging import reviews
from wxsvc.services.records import reviewed

pytestmark = pytest.mark.both_databases


def last(session: Session, subject: Subject) -> LogEntry:
    newest = sa.select(LogEntry).where(LogEntry.subject == subject).order_by(LogEntry.id.desc())
    return session.scalars(newest.limit(1)).one()


@pytest.mark.parametrize("subject", ADD, ids=str)
def test_every_deed_tells_what_it_changed(db: Database, now: datetime, subject: Subject) -> None:
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, subject)
        added = last(session, subject)
        assert (added.before, (added.after or {})["platform_id"]) == (None, w.platform.id)
        assert not {"version", "openid"} & set(added.after or {})
        if subject in CORRECT:
            CORRECT[subject](w, row, 1, w.owner)
            corrected = last(session, subject)
            assert corrected.deed == f"{subject}.corrected"
            assert corrected.before
            assert corrected.after
            assert set(corrected.before) == set(corrected.after)
            assert all(corrected.before[name] != value for name, value in corrected.after.items())
        reviews.send_back(session, subject, row.id, "请补充，电话13812345678", w.reviewer, now)
        sent_back = last(session, subject)
        assert (sent_back.before or {})["stage"] == "submitted"
        assert (sent_back.after or {})["stage"] == "returned"
        assert (sent_back.after or {})["return_reason"] == "请补充，电话***"
        reviewed.withdraw(session, subject, row.id, "录错了", w.owner, now)
        withdrawn = last(session, subject)
        assert ((withdrawn.before or {})["stage"], (withdrawn.after or {})["stage"]) == ("returned", "void")


def test_a_row_that_changes_twice_tells_its_first_and_its_last(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = builders.activity(session, builders.platform(session))
        row_id = row.id
    with db.transaction() as session:
        held = session.get_one(type(row), row_id)
        former = held.title
        held.title = "第一次"
        session.flush()
        held.title, held.stage = "第二次", Stage.SUBMITTED
        journal.record(session, "activity.edited", Subject.ACTIVITY, row_id, by=MACHINE, now=now)
        entry = last(session, Subject.ACTIVITY)
        assert entry.before == {"title": former, "stage": "published"}
        assert entry.after == {"title": "第二次", "stage": "submitted"}
        journal.record(session, "activity.edited", Subject.ACTIVITY, row_id, by=MACHINE, now=now)
        again = last(session, Subject.ACTIVITY)
        assert (again.before, again.after) == (None, None)  # nothing changed since


def test_whom_a_person_is_never_gets_into_the_log(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = builders.person(session)
        person.name_sealed = "sealed"
        journal.record(session, "person.corrected", Subject.PERSON, person.id, by=MACHINE, now=now)
        told = str(last(session, Subject.PERSON).after)
        assert person.openid is not None
        assert person.openid not in told
        assert "sealed" not in told
        assert not {"openid", "name_sealed", "phone_sealed"} & set(changed_rows.columns(person))
