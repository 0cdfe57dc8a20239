"""What one scan costs on PostgreSQL's wire, BEGIN and COMMIT counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from models.terms import Door
from tests import builders
from tests.wire import Wire
from wxsvc.db import Database
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in


@pytest.fixture
def wire(emptied_postgres: Database) -> Iterator[Wire]:
    """The wire between us and the emptied database."""
    tapped = Wire(emptied_postgres.url)
    yield tapped
    tapped.close()


@pytest.mark.postgres
def test_a_scan_is_one_read_and_one_write(emptied_postgres: Database, wire: Wire, now: datetime) -> None:
    """A check-in is two statements, a repeat one; a connection from the pool adds none."""
    with emptied_postgres.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")
        for openid in ("o-warm", "o-one"):
            builders.contact(session, builders.person(session, openid=openid), builders.enterprise(session))
    db = Database(wire.url.render_as_string(hide_password=False))

    def scan(openid: str, moment: datetime) -> tuple[OutcomeKind, int]:
        with wire.counted() as sent, db.check_in_connection() as connection:
            kind = check_in(connection, Scan(openid, "1", Door.CODE, moment, moment)).kind
        return kind, sent[0]

    scan("o-warm", now)
    assert scan("o-one", now) == (OutcomeKind.CHECKED_IN, 2)
    assert scan("o-one", now + timedelta(seconds=1)) == (OutcomeKind.ALREADY_IN, 1)
    db.dispose()
