"""校验链: whole however it was made, and broken by whoever changes, takes out or slips in an entry."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.journal import LogEntry, LogLink
from models.terms import Subject
from tests.builders import NOW
from wxsvc.checks import log
from wxsvc.checks.finding import FindingState
from wxsvc.db import Database
from wxsvc.services import journal, log_chain
from wxsvc.services.actor import MACHINE

pytestmark = pytest.mark.both_databases


def written(session: Session, count: int) -> None:
    for number in range(count):
        journal.record(session, "bundle.imported", Subject.IMPORT, None, by=MACHINE, now=NOW, left=number)
    session.flush()


def unguarded(session: Session) -> None:
    """What only the owner of the database can do."""
    for table in ("log_entries", "log_links"):
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text(f"alter table {table} disable trigger user"))
            continue
        for verb in ("update", "delete"):
            session.execute(sa.text(f"drop trigger tr_{table}_append_only_{verb}"))


def test_what_is_written_is_linked_once(db: Database) -> None:
    with db.transaction() as session:
        written(session, 7)
        assert [log_chain.extend(session, 3)[0] for _ in range(4)] == [3, 3, 1, 0]
        written(session, 2)
        linked, end = log_chain.extend(session)
        assert linked == 2
        found = log_chain.verify(session, NOW)
        assert (found.count, found.end, found.broken_at, found.loose) == (9, end, None, 0)
        assert log.chain(session, NOW).state is FindingState.GOOD


def test_an_entry_that_comes_late_is_linked_after_the_others(db: Database) -> None:
    """A transaction that began earlier may be seen later; its entry has the smaller key."""
    with db.transaction() as session:
        late = {"id": 5, "done_at": NOW, "deed": "bundle.imported", "subject": Subject.IMPORT, "details": {}}
        session.execute(sa.insert(LogEntry), [late | {"id": key} for key in (4, 6)])
        log_chain.extend(session)
        session.execute(sa.insert(LogEntry), [late])
        assert log_chain.extend(session)[0] == 1
        assert session.scalars(sa.select(LogLink.entry_id).order_by(LogLink.id)).all() == [4, 6, 5]
        assert log_chain.verify(session, NOW).broken_at is None


@pytest.mark.parametrize(
    "deed",
    [
        "update log_entries set deed = 'x.y' where id = {id}",
        "update log_entries set details = '{{\"left\": 100}}' where id = {id}",
        "update log_entries set done_at = '2020-01-01 00:00:00' where id = {id}",
        "update log_entries set after = '{{}}' where id = {id}",
        "update log_links set hash = '0' where entry_id = {id}",
        "delete from log_links where entry_id = {id}",
    ],
)
def test_whoever_changes_an_entry_is_found(db: Database, deed: str) -> None:
    with db.transaction() as session:
        written(session, 5)
        log_chain.extend(session)
        entries = session.scalars(sa.select(LogEntry.id).order_by(LogEntry.id)).all()
    with db.read() as session:  # never committed: the guards stay
        unguarded(session)
        session.execute(sa.text(deed.format(id=entries[2])))
        found = log_chain.verify(session, NOW)
        assert found.broken_at == entries[3 if deed.startswith("delete") else 2]
        told = log.chain(session, NOW)
        assert told.state is FindingState.BAD
        assert str(found.broken_at) in told.what


def test_an_entry_that_nobody_linked_is_told_after_an_hour(db: Database) -> None:
    with db.transaction() as session:
        written(session, 2)
        assert log_chain.verify(session, NOW).loose == 0
        assert log.chain(session, NOW + timedelta(minutes=61)).state is FindingState.NOTE


@pytest.mark.parametrize("deed", ["update log_links set hash = 'x'", "delete from log_links"])
def test_the_database_itself_refuses_to_change_a_link(db: Database, deed: str) -> None:
    with db.transaction() as session:
        written(session, 1)
        log_chain.extend(session)
    with pytest.raises(DatabaseError, match="append_only"), db.transaction() as session:
        session.execute(sa.text(deed))
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count(LogLink.id))) == 1
