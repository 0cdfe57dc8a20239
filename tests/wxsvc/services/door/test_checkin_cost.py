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
from wxsvc.vault import Vault

VAULT = Vault(["a secret of at least thirty-two characters"])


@pytest.fixture
def wire(emptied_postgres: Database) -> Iterator[Wire]:
    """The wire between us and the emptied database."""
    tapped = Wire(emptied_postgres.url)
    yield tapped
    tapped.close()


@pytest.mark.postgres
def test_a_scan_is_one_read_and_one_write(emptied_postgres: Database, wire: Wire, now: datetime) -> None:
    """A check-in is two statements, a repeat one; a pooled connection adds none. Only what came late costs more."""
    with emptied_postgres.transaction() as session:
        builders.activity(session, builders.platform(session), scene="1")
        long_ago = now - timedelta(days=1)
        for openid in ("o-warm", "o-one"):
            person = builders.person(session, openid=openid, created_at=long_ago)
            enterprise = builders.enterprise(session)
            builders.contact(session, person, enterprise)
        builders.contact(session, builders.person(session, openid="o-two", created_at=long_ago), enterprise)
    db = Database(wire.url.render_as_string(hide_password=False))

    def scan(openid: str, moment: datetime) -> tuple[OutcomeKind, int]:
        with wire.counted() as sent, db.check_in_connection() as connection:
            kind = check_in(connection, Scan(openid, "1", Door.CODE, moment, moment), VAULT).kind
        return kind, sent[0]

    scan("o-warm", now)
    assert scan("o-one", now) == (OutcomeKind.CHECKED_IN, 2)
    assert scan("o-one", now + timedelta(seconds=1)) == (OutcomeKind.ALREADY_IN, 1)
    assert scan("o-two", now + timedelta(seconds=1)) == (OutcomeKind.COLLEAGUE, 2)
    assert scan("o-two", now - timedelta(seconds=1)) == (OutcomeKind.CHECKED_IN, 7)
    assert scan("o-two", now - timedelta(seconds=1)) == (OutcomeKind.ALREADY_IN, 1)
    db.dispose()
