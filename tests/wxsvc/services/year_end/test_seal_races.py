"""Two officials at once: whoever comes second finds it done, and nothing is sealed twice or by halves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.terms import Role
from models.year_end import Amendment, PlatformSnapshot, Publicity, YearSnapshot
from tests import builders
from tests.wxsvc.services.year_end.ending import AFTER, LATER, YEAR, published, sealed, seen, settled
from wxsvc.db import Database
from wxsvc.services.counting import amendments, seals
from wxsvc.services.refusal import Refused
from wxsvc.services.year_end import publicities, sealing

pytestmark = pytest.mark.both_databases


def at_once(db: Database, *calls: Any) -> list[str]:
    """Each call in a transaction and a thread of its own, begun together; the refusals that came of it."""
    barrier = Barrier(len(calls))

    def run(call: Any) -> str | None:
        barrier.wait()
        try:
            with db.transaction() as session:
                call(session)
        except Refused as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(code for code in pool.map(run, calls) if code is not None)


def test_two_confirm_at_once(db: Database) -> None:
    """Both are told that it is sealed; there is one document of each."""
    with db.transaction() as session:
        e = published(session)
        third = builders.staff(session, role=Role.PROVINCE)
        sealing.ask(session, YEAR, seen(session), e.first, LATER)
    both = [lambda session, by=by: sealing.confirm(session, YEAR, by, LATER) for by in (e.second, third)]
    assert at_once(db, *both) == []
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PlatformSnapshot)) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(YearSnapshot)) == 1
        deeds = sa.select(sa.func.count()).select_from(LogEntry).where(LogEntry.deed == "year.sealed")
        assert session.scalar(deeds) == 1


def test_two_ask_and_two_publish_at_once(db: Database) -> None:
    """One publicity; one of the two asked, and the other may confirm."""
    with db.transaction() as session:
        e = settled(session)
        digest = seen(session)
    people = (e.first, e.second)
    published_by = [lambda session, by=by: publicities.open_for(session, YEAR, 7, digest, by, AFTER) for by in people]
    assert at_once(db, *published_by) == []
    asked_by = [lambda session, by=by: sealing.ask(session, YEAR, digest, by, LATER) for by in people]
    assert at_once(db, *asked_by) == []
    with db.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Publicity)) == 1
        asker = sealing.ask(session, YEAR, digest, e.first, LATER).seal_asked_by
        other = e.second if asker == e.first.person_id else e.first
        assert sealing.confirm(session, YEAR, other, LATER).asked_by == asker


def test_an_amendment_is_confirmed_and_withdrawn_at_once(db: Database) -> None:
    """One of the two is refused with what the other did."""
    with db.transaction() as session:
        e = sealed(session)
        place = (session, e.own.id, YEAR, "website")
        row = amendments.propose(*place, Decimal(3), "检查记录录错平台", e.first, LATER)
    codes = at_once(
        db,
        lambda session: amendments.confirm(session, row.id, e.second, LATER),
        lambda session: amendments.withdraw(session, row.id, e.first, LATER),
    )
    assert codes in (["amendment_confirmed"], ["amendment_withdrawn"])
    with db.read() as session:
        kept = session.get_one(Amendment, row.id)
        assert (kept.confirmed_at is None) != (kept.withdrawn_at is None)


def test_two_unseal_at_once(db: Database) -> None:
    """Two colleagues of the one who asked confirm together: it is unsealed once."""
    with db.transaction() as session:
        e = sealed(session)
        third = builders.staff(session, role=Role.PROVINCE)
        seals.ask_unseal(session, e.own.id, YEAR, "复核", e.first, LATER)
    both = [lambda session, by=by: seals.confirm_unseal(session, e.own.id, YEAR, by, LATER) for by in (e.second, third)]
    assert at_once(db, *both) == []
    with db.read() as session:
        former = sa.select(sa.func.count()).where(PlatformSnapshot.former_at.is_not(None))
        assert session.scalar(former) == 1
