"""迟到的推送: whoever scanned first holds the check-in, whenever WeChat says so; what staff decided stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import Attendance, CheckIn, RefusedScan
from models.person import Contact, Person
from models.terms import Absence, Door, Refusal, Stage
from models.work_list import Change
from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import Outcome, OutcomeKind, Scan, check_in
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["a secret of at least thirty-two characters"])
LATER = timedelta(minutes=4)


class Hall:
    """An activity that is running, and three colleagues of one enterprise."""

    def __init__(self, db: Database, now: datetime) -> None:
        self.db, self.now = db, now
        with db.transaction() as session:
            self.platform = builders.platform(session)
            self.activity = builders.activity(session, self.platform, scene="1", short_code="12345")
            enterprise = builders.enterprise(session)
            for name in "abc":
                builders.contact(session, builders.person(session, openid=f"o-{name}"), enterprise)

    def scan(self, name: str, second: int, door: Door = Door.CODE) -> Outcome:
        at = self.now + timedelta(seconds=second)
        typed = "12345" if door is Door.SHORT_CODE else "1"
        with self.db.check_in_connection() as connection:
            return check_in(connection, Scan(f"o-{name}", typed, door, at, self.now + LATER), VAULT)

    def rows(self) -> tuple[list[Any], list[Any]]:
        """Who holds the check-in since which second by which door, and who came beside."""
        with self.db.read() as session:
            held = sa.select(Person.openid, CheckIn.checked_in_at, CheckIn.door).join(
                Person, Person.id == CheckIn.person_id
            )
            came = sa.select(Person.openid, Attendance.attended_at, Attendance.absence).join(
                Person, Person.id == Attendance.person_id
            )
            return self._said(session, held.where(CheckIn.undone_at.is_(None))), self._said(session, came)

    def _said(self, session: Session, query: Any) -> list[Any]:
        rows = session.execute(query).all()
        return sorted((openid[2:], (at - self.now).total_seconds(), str(how)) for openid, at, how in rows)


@pytest.fixture
def hall(db: Database, now: datetime) -> Hall:
    return Hall(db, now)


def test_an_earlier_scan_that_arrives_later_is_the_check_in(hall: Hall) -> None:
    first = hall.scan("a", 20)
    outcome = hall.scan("b", 10)
    assert (outcome.kind, outcome.check_in_id) == (OutcomeKind.CHECKED_IN, first.check_in_id)
    assert hall.rows() == ([("b", 10, "code")], [("a", 20, "colleague")])
    assert hall.scan("a", 20).kind is OutcomeKind.COLLEAGUE
    with hall.db.read() as session:
        assert len(session.scalars(sa.select(Change)).all()) == 1


def test_the_example_in_the_docstring(hall: Hall) -> None:
    """The four moments that ``checkins`` tells of: Li is a, Wang is b."""
    came = [("a", 20, "colleague")]
    for name, second, reply, rows in (
        ("a", 20, OutcomeKind.CHECKED_IN, ([("a", 20, "code")], [])),
        ("a", 20, OutcomeKind.ALREADY_IN, ([("a", 20, "code")], [])),
        ("b", 10, OutcomeKind.CHECKED_IN, ([("b", 10, "code")], came)),
        ("a", 120, OutcomeKind.COLLEAGUE, ([("b", 10, "code")], came)),
    ):
        assert hall.scan(name, second).kind is reply
        assert hall.rows() == rows


def test_any_order_leaves_the_same(db: Database, now: datetime) -> None:
    """Three colleagues, one of them twice, two in the same second: twenty-four orders, one result."""
    scans = [("a", 20, Door.CODE), ("b", 10, Door.CODE), ("a", 5, Door.SHORT_CODE), ("c", 5, Door.CODE)]
    seen, hall = set(), Hall(db, now)
    for order in permutations(scans):
        for scan in order:
            hall.scan(*scan)
        seen.add(str(hall.rows()))
        with db.transaction() as session:
            session.execute(sa.delete(CheckIn))
            session.execute(sa.delete(Attendance))
    assert len(seen) == 1
    assert "5.0" in seen.pop()


def test_one_person_s_earlier_scan_counts(hall: Hall) -> None:
    hall.scan("a", 20)
    assert hall.scan("a", 10, Door.SHORT_CODE).kind is OutcomeKind.CHECKED_IN
    assert hall.scan("a", 15).kind is OutcomeKind.ALREADY_IN
    assert hall.rows() == ([("a", 10, "short_code")], [])


def test_whoever_held_it_alone_and_came_beside_is_once_there(hall: Hall) -> None:
    """Whose earlier scan becomes the check-in was a colleague until then; nobody has both rows."""
    hall.scan("a", 20)
    hall.scan("b", 30)
    hall.scan("b", 10)
    assert hall.rows() == ([("b", 10, "code")], [("a", 20, "colleague")])


def _voided(hall: Hall, check_in_id: int) -> None:
    with hall.db.transaction() as session:
        corrections.void(session, check_in_id, "x", builders.staff(session, hall.platform), hall.now + LATER)


def _revived(hall: Hall, check_in_id: int) -> None:
    _voided(hall, check_in_id)
    with hall.db.transaction() as session:
        corrections.revive(session, check_in_id, "x", builders.staff(session, hall.platform), hall.now + LATER)


def _submitted(hall: Hall, check_in_id: int) -> None:
    with hall.db.transaction() as session:
        row = session.get_one(type(hall.activity), hall.activity.id)
        row.stage, row.submitted_at = Stage.SUBMITTED, hall.now


def _sealed(hall: Hall, check_in_id: int) -> None:
    with hall.db.transaction() as session:
        builders.seal(session, hall.platform)


@pytest.mark.parametrize("decided", [_voided, _revived, _submitted, _sealed])
def test_what_was_decided_stays(hall: Hall, decided: Callable[[Hall, int], None]) -> None:
    """A colleague's earlier scan is an arrival beside it; one's own changes nothing. Both hear what staff took out."""
    first = hall.scan("a", 20)
    decided(hall, first.check_in_id or 0)
    said = (OutcomeKind.VOIDED,) * 2 if decided is _voided else (OutcomeKind.ALREADY_IN, OutcomeKind.COLLEAGUE)
    assert (hall.scan("a", 10).kind, hall.scan("b", 10).kind) == said
    assert hall.rows() == ([("a", 20, "code")], [("b", 10, "colleague")])


def test_what_staff_entered_stays(hall: Hall) -> None:
    with hall.db.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-a")).one()
        enterprise_id = session.scalars(sa.select(Contact.enterprise_id)).first() or 0
        staff = builders.staff(session, hall.platform)
        corrections.enter_by_hand(session, hall.activity.id, enterprise_id, staff, hall.now, person_id=person.id)
    hall.scan("b", -10)
    assert hall.rows() == ([("a", 0, "staff")], [("b", -10, "colleague")])


def test_a_repeat_after_the_visitor_s_own_undo_stays_undone(hall: Hall) -> None:
    """The same push again is no new wish; a later scan is."""
    first = hall.scan("a", 10)
    with hall.db.transaction() as session:
        corrections.undo(session, first.check_in_id or 0, _id(session, "o-a"), hall.now + timedelta(seconds=60))
    assert hall.scan("a", 10).kind is OutcomeKind.UNDONE
    assert hall.rows() == ([], [])
    assert hall.scan("a", 61).kind is OutcomeKind.CHECKED_IN


def test_a_sealed_year_takes_no_new_scan(hall: Hall) -> None:
    _sealed(hall, 0)
    assert hall.scan("a", 10).kind is OutcomeKind.OVER
    assert hall.rows() == ([], [])


@pytest.mark.parametrize("is_in_first", [True, False])
def test_a_scan_outside_the_window_is_kept_as_one_whoever_is_in(hall: Hall, is_in_first: bool) -> None:
    early, late = -3 * 3600, 9 * 3600
    for name, second in (
        [("a", 10), ("a", early), ("b", late)] if is_in_first else [("b", late), ("a", early), ("a", 10)]
    ):
        hall.scan(name, second)
    assert hall.rows() == ([("a", 10, "code")], [])
    with hall.db.read() as session:
        kept = session.execute(sa.select(RefusedScan.refusal, RefusedScan.scanned_at)).all()
    assert sorted((refusal, (at - hall.now).total_seconds()) for refusal, at in kept) == [
        (Refusal.OVER, late),
        (Refusal.TOO_EARLY, early),
    ]


def test_the_earliest_arrival_of_who_does_not_count_stands(hall: Hall) -> None:
    with hall.db.transaction() as session:
        builders.person(session, openid="o-n", is_no_enterprise=True)
    for second in (20, 10, 30):
        assert hall.scan("n", second).absence is Absence.NOT_AN_ENTERPRISE
    assert hall.rows() == ([], [("n", 10, "not_an_enterprise")])


def _id(session: Session, openid: str) -> int:
    found: int = session.scalars(sa.select(Person.id).where(Person.openid == openid)).one()
    return found
