"""Two people and one list in the same moment: one check-in each, one answer each, nothing twice."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.journal import LogEntry
from models.roster import Roster, RosterRow
from models.terms import Door
from tests import builders
from tests.wxsvc.services.door.test_rosters import known, lines, scene, started
from tests.wxsvc.services.records.test_record_races import at_once, count
from wxsvc.db import Database
from wxsvc.services.door import roster_rows, rosters
from wxsvc.services.door.checkins import Scan, check_in

pytestmark = pytest.mark.both_databases

AT_ONCE = 6


def test_a_list_confirmed_six_times_at_once_counts_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        roster_id = started(session, activity, by, now, *[known(session, f"长沙第{n}厂").name for n in range(20)]).id
    answers = at_once(db, *[lambda session: rosters.confirm(session, roster_id, by, now).counted] * AT_ONCE)
    assert answers == [20] * AT_ONCE
    assert count(db, CheckIn) == 20
    with db.read() as session:
        deeds = list(session.scalars(sa.select(LogEntry.deed)))
        assert deeds.count("activity.roster_confirmed") == 1
        became = session.scalars(sa.select(RosterRow.check_in_id)).all()
        assert None not in became


def test_a_list_sent_six_times_at_once_is_one_list(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
    sent = [lambda session: rosters.start(session, activity.id, lines("甲", "乙"), by, now).is_new] * AT_ONCE
    assert sorted(at_once(db, *sent)) == [False] * (AT_ONCE - 1) + [True]
    assert (count(db, Roster), count(db, RosterRow)) == (1, 2)


def test_scans_while_a_list_is_confirmed_are_one_check_in_each(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        firms = [known(session, f"长沙第{n}厂") for n in range(10)]
        people = []
        for firm in firms[:5]:
            person = builders.person(session)
            builders.contact(session, person, firm)
            people.append(str(person.openid))
        roster_id = started(session, activity, by, now, *[firm.name for firm in firms]).id
        scene_of_activity = str(activity.scene)
    scans = [
        lambda session, openid=openid: (
            check_in(session.connection(), Scan(openid, scene_of_activity, Door.CODE, now, now)).is_in
        )
        for openid in people
    ]
    at_once(db, lambda session: rosters.confirm(session, roster_id, by, now).counted, *scans)
    with db.read() as session:
        found = session.execute(sa.select(CheckIn.enterprise_id, sa.func.count()).group_by(CheckIn.enterprise_id)).all()
    assert sorted(row[1] for row in found) == [1] * 10


def test_one_line_is_settled_by_whoever_came_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        twins = [known(session, "长沙精工有限公司").id for _ in range(2)]
        started(session, activity, by, now, "长沙精工有限公司")
        (row,) = session.scalars(sa.select(RosterRow))
        row_id = row.id
    answers = at_once(
        db,
        *[
            lambda session, twin=twin: roster_rows.choose(session, row_id, twin, None, by, now).enterprise_id
            for twin in twins
        ],
    )
    assert sorted(map(str, answers))[-1] == "edited_by_other"
    (won,) = (answer for answer in answers if answer in twins)
    with db.read() as session:
        assert session.get_one(RosterRow, row_id).enterprise_id == won
        assert session.get_one(Activity, activity.id).title
        assert session.scalar(sa.select(sa.func.count()).select_from(Enterprise)) == 2
