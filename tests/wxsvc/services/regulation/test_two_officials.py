"""Two officials at once, on PostgreSQL: one word stands, the other official is told what it is; nothing half-done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.regulation import HolidayNotice, ReadingDecision, Workday
from models.terms import Role
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.services.regulation.test_workdays import LABOUR, NEW_YEAR, REST, SHORT
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings, workdays
from wxsvc.services.regulation.workdays import Source

pytestmark = pytest.mark.postgres

Deed = Callable[[Session, Actor, datetime], object]


def at_once(db: Database, *deeds: Deed) -> list[str]:
    """Each deed by an official of its own, all at the same moment; the codes of those that were refused."""
    with db.transaction() as session:
        officials = [builders.staff(session, role=Role.PROVINCE) for _ in deeds]
    barrier, refused = threading.Barrier(len(deeds)), list[str]()

    def act(deed: Deed, by: Actor, at: datetime) -> None:
        try:
            with db.transaction() as session:
                barrier.wait(30)
                deed(session, by, at)
        except Refused as told:
            refused.append(told.code)

    running = [
        threading.Thread(target=act, args=(deed, by, builders.NOW + timedelta(seconds=place)))
        for place, (deed, by) in enumerate(zip(deeds, officials, strict=True))
    ]
    for each in running:
        each.start()
    for each in running:
        each.join(60)
    return refused


def test_two_decide_the_same_reading(emptied_postgres: Database) -> None:
    def deciding(value: str) -> Deed:
        return lambda session, by, at: readings.decide(
            session, 2026, PlatformKind.COUNTY, "partial_step", value, "会议", by, at, 0
        )

    assert at_once(emptied_postgres, deciding("linear"), deciding("started")) == ["reading_overtaken"]
    with emptied_postgres.read() as session:
        stands = session.scalars(sa.select(ReadingDecision)).one()
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.deed == "reading.decided")).one()
        assert entry.details["new"] == stands.value


def test_two_load_a_notice_of_the_same_year(emptied_postgres: Database) -> None:
    def loading(labour: int) -> Deed:
        days = [*NEW_YEAR, *(LABOUR if labour == len(LABOUR) else SHORT), *REST]
        source = Source(date(2026, 11, 4), f"{labour}号", 2027)
        return lambda session, by, at: workdays.load_notice(session, 2027, days, source, by, at, seen=0)

    assert at_once(emptied_postgres, loading(len(LABOUR)), loading(len(SHORT))) == ["notice_overtaken"]
    with emptied_postgres.read() as session:
        notice = session.scalars(sa.select(HolidayNotice)).one()
        labour = session.scalar(sa.select(sa.func.count()).select_from(Workday).where(Workday.name == "劳动节"))
        assert notice.number == f"{labour}号"
