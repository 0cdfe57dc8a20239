"""保存期限 as the worker keeps it: two years on, nobody of then is known any more, and every count stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from models.checkin import CheckIn
from models.person import Contact, Person
from models.scorecard import ScorecardRow, ScoreLineRow
from tests.clock import SettableClock
from tests.wxsvc.pages.world import World
from wxsvc.checks import jobs as asked
from wxsvc.checks.finding import FindingState
from wxsvc.clock import BEIJING
from wxsvc.services.counting import folding
from wxsvc.services.people import persons
from wxsvc.worker import jobs


def test_two_years_on_the_row_is_empty_and_every_count_as_before(
    app: Flask, rows: Any, world: World, phone: Any, page_clock: SettableClock
) -> None:
    house = app.extensions["wxsvc"]
    visitor = phone(world.visitor)
    visitor.post("/me", name="王敏", phone="13812341234")
    with rows() as session:
        person_id = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
        assert persons.phone_of(session.get_one(Person, person_id), house.vault) == "13812341234"

    def counted() -> list[Any]:
        with house.database.read() as session:
            check_ins = sa.select(CheckIn.id, CheckIn.activity_id, CheckIn.enterprise_id, CheckIn.checked_in_at)
            lines = sa.select(sa.inspect(ScoreLineRow).local_table)
            totals = sa.select(ScorecardRow.platform_id, ScorecardRow.year, ScorecardRow.total)
            every = (check_ins, lines, totals)
            return [session.execute(query.order_by(*query.selected_columns)).all() for query in every]

    before = counted()
    page_clock.set(datetime(2029, 1, 4, 4, tzinfo=BEIJING))
    with house.database.read() as session:
        found = asked.retention(session, house.now())
    assert (found.state, "尚未清理过" in found.what) == (FindingState.BAD, True)
    jobs.expire_persons(house)
    with rows() as session:
        gone = session.get_one(Person, person_id)
        assert (gone.openid, gone.name_sealed, gone.phone_sealed, gone.consent_version) == (None, None, None, None)
        assert gone.erased_at == house.now()
        assert session.scalars(sa.select(Contact.enterprise_id).where(Contact.person_id == person_id)).all() == []
        assert asked.retention(session, house.now()).state is FindingState.GOOD
    assert counted() == before
    differences, _ = folding.check(house.database, house.now, lambda: None)
    assert differences == []
