"""待审的记录: the table that triggers keep, against the rows that it is kept of."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.orm import Session

from models.activity import ActivityPlatform
from models.review_desk import WaitingRecord
from models.terms import Stage, Subject
from scoring.terms import Part
from tests import builders, waiting_rows
from tests.wxsvc.services.record_cases import ADD, world
from wxsvc.db import Database
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS

pytestmark = pytest.mark.both_databases

CHANGES = 400


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_to_a_record_the_table_has_what_waits(db: Database, now: datetime, seed: int) -> None:
    """Records of every kind are submitted, judged, mended, moved and removed, by statements as by objects."""
    chance = random.Random(seed)
    with db.transaction() as session:
        w = world(session, now)
        for subject in ADD:
            ADD[subject](w, w.owner)
        others = [builders.platform(session) for _ in range(3)]
        for _ in range(4):
            activity = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
            for other in others:
                builders.joined(session, activity, other, part=Part.ASSIST)
        session.flush()
        assert len(waiting_rows.of_records(session)) == len(ADD) + 4
        assert waiting_rows.kept(session) == waiting_rows.of_records(session)
        most = 0
        for number in range(CHANGES):
            _change(session, chance, number, now)
            if number % 10 == 0:
                assert waiting_rows.kept(session) == waiting_rows.of_records(session), number
                most = max(most, len(waiting_rows.kept(session)))
        assert waiting_rows.kept(session) == waiting_rows.of_records(session)
        assert most > 4, "hardly anything waited"
        for table in (ActivityPlatform, MODELS[Subject.FILING], MODELS[Subject.RESPONSE]):
            session.execute(sa.delete(table))
        assert waiting_rows.kept(session) == waiting_rows.of_records(session)


def _change(session: Session, chance: random.Random, number: int, now: datetime) -> None:
    if chance.random() < 0.25:
        part: Any = chance.choice(session.scalars(sa.select(ActivityPlatform)).all())
        if chance.random() < 0.1:
            session.delete(part)
        else:
            part.awaits_review = not part.awaits_review
        session.flush()
        return
    subject = Subject.ACTIVITY if chance.random() < 0.3 else chance.choice(list(MODELS))
    model: Any = MODELS[subject]
    column = KINDS[subject].titled_by[0]
    value: Any = {
        "stage": chance.choice([Stage.SUBMITTED, Stage.SUBMITTED, Stage.APPROVED, Stage.RETURNED, Stage.VOID]),
        "version": number,
        "submitted_at": now - timedelta(minutes=number),
        column: chance.choice(["plan", "data"]) if subject is Subject.FILING else f"第{number}件",
    }
    name = chance.choice(list(value))
    given = {name: value[name]}
    if name == "stage":  # what the tables ask of a row in some stage
        given |= {"return_reason": "请补充", "reviewed_at": now}
    chosen = chance.choice(session.scalars(sa.select(model.id)).all())
    session.execute(sa.update(model).where(model.id == chosen).values(given))


def test_hints_stay_while_the_version_does(db: Database, now: datetime) -> None:
    """What is written without another version keeps them; another version, or another submission, has none yet."""
    with db.transaction() as session:
        activity = builders.activity(session, builders.platform(session), stage=Stage.SUBMITTED)
        waiting = sa.select(WaitingRecord.hints).where(WaitingRecord.subject_id == activity.id)
        assert session.execute(waiting).all() == [(None,)]
        session.execute(sa.update(WaitingRecord).values(hints="no_photo"))
        activity.title = "另一个名称"
        session.flush()
        assert session.execute(waiting).all() == [("no_photo",)]
        activity.version += 1
        session.flush()
        assert session.execute(waiting).all() == [(None,)]
        session.execute(sa.update(WaitingRecord).values(hints=""))
        for stage in (Stage.PUBLISHED, Stage.SUBMITTED):
            activity.stage = stage
            session.flush()
        assert session.execute(waiting).all() == [(None,)]


def test_what_waited_before_the_table_was_there_stands_in_it(db: Database, now: datetime) -> None:
    """The migration fills it, with the hints that were kept of the same version."""
    with db.transaction() as session:
        w = world(session, now)
        for subject in ADD:
            ADD[subject](w, w.owner)
        late = builders.activity(session, w.platform, stage=Stage.APPROVED)
        builders.joined(session, late, builders.platform(session), part=Part.ASSIST).awaits_review = True
        builders.activity(session, w.platform, stage=Stage.APPROVED)
        session.flush()
        for kept in (
            "insert into kept_hints (subject, subject_id, version, hints) select 'need', id, version, '' from needs",
            "insert into kept_hints (subject, subject_id, version, hints) select 'filing', id, version + 1, ''"
            " from filings",
        ):
            session.execute(sa.text(kept))
    with db.engine.connect() as connection:
        former = MigrationContext.configure(connection)
        with former.begin_transaction(), Operations.context(former):
            for statement in waiting_rows.former_schema(connection):
                connection.exec_driver_sql(statement)
            import_module("models.migrations.versions.0038_waiting_records").upgrade()
            session = Session(connection)
            assert waiting_rows.kept(session) == waiting_rows.of_records(session)
            assert len(waiting_rows.kept(session)) == len(ADD) + 1
            hinted = sa.select(WaitingRecord.subject).where(WaitingRecord.hints.is_not(None))
            assert session.scalars(hinted).all() == [Subject.NEED]
            connection.rollback()
