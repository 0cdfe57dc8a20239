"""One scan: what it comes to, what it writes, what it costs, and that it counts once whatever the network does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models import Base
from models.checkin import Attendance, CheckIn, RefusedScan
from models.person import Person
from models.terms import Absence, Door, Refusal, Stage
from models.work_list import Change
from scoring.terms import Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import corrections, enrolment
from wxsvc.services.door.checkins import Outcome, OutcomeKind, Scan, check_in
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


class Hall:
    """An activity that is running, an enterprise, and somebody who stands for it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.transaction() as session:
            self.platform = builders.platform(session)
            self.activity = builders.activity(session, self.platform, scene="1")
            self.enterprise = builders.enterprise(session)
            self.person = builders.person(session, openid="o-one")
            builders.contact(session, self.person, self.enterprise)

    def scan(self, now: datetime, openid: str = "o-one", typed: str = "1", door: Door = Door.CODE) -> Outcome:
        with self.db.check_in_connection() as connection:
            return check_in(connection, Scan(openid, typed, door, now, now + timedelta(seconds=1)))

    def set(self, row: Any, **values: Any) -> None:
        with self.db.transaction() as session:
            for name, value in values.items():
                setattr(session.get_one(type(row), row.id), name, value)

    def count(self, table: type[Base]) -> int:
        with self.db.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def hall(db: Database) -> Hall:
    return Hall(db)


def test_a_scan_checks_in(hall: Hall, now: datetime) -> None:
    """A scan in the window checks the person's enterprise in and puts the platform's year on the work list."""
    outcome = hall.scan(now)
    assert outcome.kind is OutcomeKind.CHECKED_IN
    assert (outcome.enterprise_name, outcome.activity_title) == (hall.enterprise.name, hall.activity.title)
    with hall.db.read() as session:
        row = session.scalars(sa.select(CheckIn)).one()
        change = session.scalars(sa.select(Change)).one()
    assert (row.checked_in_at, row.received_at) == (now, now + timedelta(seconds=1))
    assert (row.door, row.evidence_grade, row.person_id) == (Door.CODE, 1, hall.person.id)
    assert (change.platform_id, change.year) == (hall.platform.id, 2026)


def test_a_repeat_writes_nothing(hall: Hall, now: datetime) -> None:
    """Doing it again changes nothing and tells the first time."""
    first = hall.scan(now)
    again = hall.scan(now + timedelta(minutes=5))
    assert (again.kind, again.at, again.check_in_id) == (OutcomeKind.ALREADY_IN, now, first.check_in_id)
    assert (hall.count(CheckIn), hall.count(Change), hall.count(Attendance)) == (1, 1, 0)


def test_a_colleague_is_attendance(hall: Hall, now: datetime) -> None:
    """A second person of the same enterprise is noted as having come; the enterprise counts once."""
    hall.scan(now)
    with hall.db.transaction() as session:
        other = builders.person(session, openid="o-two")
        builders.contact(session, other, hall.enterprise)
    for _ in range(2):
        outcome = hall.scan(now + timedelta(minutes=1), "o-two")
        assert (outcome.kind, outcome.at) == (OutcomeKind.COLLEAGUE, now)
    assert (hall.count(CheckIn), hall.count(Attendance)) == (1, 1)


def test_a_stranger_is_asked_to_enrol(hall: Hall, now: datetime) -> None:
    """An unknown openid is met, its scan kept with the reason, and the same delivery twice is one row."""
    for _ in range(2):
        assert hall.scan(now, "o-new").kind is OutcomeKind.FIRST_VISIT
    with hall.db.read() as session:
        kept = session.scalars(sa.select(RefusedScan)).one()
        assert session.get_one(Person, kept.person_id).openid == "o-new"
    assert (kept.refusal, kept.scanned_at, hall.count(CheckIn)) == (Refusal.NOT_ENROLLED, now, 0)


@pytest.mark.parametrize(
    ("change", "minutes", "kind"),
    [
        ({}, -61, OutcomeKind.TOO_EARLY),
        ({}, -60, OutcomeKind.CHECKED_IN),
        ({}, 8 * 60, OutcomeKind.CHECKED_IN),
        ({}, 8 * 60 + 1, OutcomeKind.OVER),
        ({"stage": Stage.VOID, "return_reason": "天气原因"}, 0, OutcomeKind.CANCELLED),
        ({"stage": Stage.DRAFT}, 0, OutcomeKind.UNKNOWN_CODE),
        ({"scene": "2"}, 0, OutcomeKind.UNKNOWN_CODE),
    ],
)
def test_the_window_and_the_stage_decide(hall: Hall, change: dict[str, Any], minutes: int, kind: OutcomeKind) -> None:
    """One hour before the start until the end, both included, judged by the scan's own time."""
    hall.set(hall.activity, **change)
    assert hall.scan(builders.STARTS_AT + timedelta(minutes=minutes)).kind is kind


def test_who_is_no_enterprise_is_attendance(hall: Hall, now: datetime) -> None:
    """我不代表企业, a public body and the host's own people are welcome and add no 家次."""
    with hall.db.transaction() as session:
        builders.person(session, openid="o-none", is_no_enterprise=True)
        body = builders.enterprise(session, uscc=builders.uscc(start="11430100"))
        builders.contact(session, builders.person(session, openid="o-body"), body)
        own = builders.enterprise(session)
        builders.contact(session, builders.person(session, openid="o-own"), own)
    hall.set(hall.platform, operator_uscc=own.uscc)
    seen = {openid: hall.scan(now, openid) for openid in ("o-none", "o-body", "o-own")}
    assert {outcome.kind for outcome in seen.values()} == {OutcomeKind.ATTENDED}
    assert seen["o-none"].absence is Absence.NOT_AN_ENTERPRISE
    assert seen["o-body"].absence is Absence.PUBLIC_BODY
    assert seen["o-own"].absence is Absence.OWN_PEOPLE
    assert (hall.count(CheckIn), hall.count(Attendance)) == (0, 3)


def test_an_older_licence_waits(hall: Hall, now: datetime) -> None:
    """待核: the check-in is kept and will count once staff confirm the licence."""
    with hall.db.transaction() as session:
        old = builders.enterprise(session, uscc=None, licence_number="430100000012345")
        builders.contact(session, builders.person(session, openid="o-old"), old)
    assert hall.scan(now, "o-old").kind is OutcomeKind.CODE_PENDING
    assert hall.scan(now, "o-old").kind is OutcomeKind.CODE_PENDING
    assert hall.count(CheckIn) == 1


def test_several_enterprises_ask_and_a_second_one_needs_staff(hall: Hall, now: datetime) -> None:
    """With several and none used before one chooses; after one, another needs the staff's word."""
    with hall.db.transaction() as session:
        other = builders.enterprise(session)
        person = builders.person(session, openid="o-many")
        first = builders.contact(session, person, hall.enterprise, is_current=False)
        second = builders.contact(session, person, other, is_current=False)
    assert hall.scan(now, "o-many").kind is OutcomeKind.CHOOSE
    with hall.db.transaction() as session:
        session.merge(first).is_current = True
    assert hall.scan(now, "o-many").kind is OutcomeKind.CHECKED_IN
    with hall.db.transaction() as session:
        session.merge(first).is_current = False
        session.flush()
        session.merge(second).is_current = True
    outcome = hall.scan(now, "o-many")
    assert (outcome.kind, outcome.enterprise_name) == (OutcomeKind.SECOND_ENTERPRISE, hall.enterprise.name)
    with hall.db.transaction() as session:
        staff = builders.staff(session, hall.platform)
        corrections.enter_by_hand(session, hall.activity.id, other.id, staff, now, person_id=person.id)
    assert hall.count(CheckIn) == 2


def test_wrong_short_codes_have_to_wait(hall: Hall, now: datetime) -> None:
    """A few wrong codes a minute; then even the right one waits until the minute is over."""
    right = hall.activity.short_code or ""
    for second in range(5):
        moment = now + timedelta(seconds=second)
        assert hall.scan(moment, typed="99999", door=Door.SHORT_CODE).kind is OutcomeKind.UNKNOWN_CODE
    soon = now + timedelta(seconds=10)
    assert hall.scan(soon, typed=right, door=Door.SHORT_CODE).kind is OutcomeKind.TOO_MANY_TRIES
    later = now + timedelta(seconds=90)
    assert hall.scan(later, typed=right, door=Door.SHORT_CODE).kind is OutcomeKind.CHECKED_IN


def test_undo_reopens_and_a_void_blocks(hall: Hall, now: datetime) -> None:
    """One's own undo within ten minutes frees the place; a void by staff keeps it taken until revived."""
    first = hall.scan(now)
    with hall.db.transaction() as session:
        for _ in range(2):
            corrections.undo(session, first.check_in_id or 0, hall.person.id, now + timedelta(minutes=9))
    second = hall.scan(now + timedelta(minutes=10))
    assert second.kind is OutcomeKind.CHECKED_IN
    with hall.db.transaction() as session:
        staff = builders.staff(session, hall.platform)
        corrections.void(session, second.check_in_id or 0, "名单有误", staff, now)
    assert hall.scan(now + timedelta(minutes=11)).kind is OutcomeKind.VOIDED
    with hall.db.transaction() as session:
        corrections.revive(session, second.check_in_id or 0, "核实到场", staff, now)
    assert hall.scan(now + timedelta(minutes=12)).kind is OutcomeKind.ALREADY_IN
    with hall.db.transaction() as session, pytest.raises(Refused, match="undo_too_late"):
        corrections.undo(session, second.check_in_id or 0, hall.person.id, now + timedelta(minutes=30))


def test_only_own_staff_correct(hall: Hall, now: datetime) -> None:
    """A colleague of the platform may void; staff elsewhere, strangers and nobody may not."""
    outcome = hall.scan(now)
    with hall.db.transaction() as session:
        elsewhere = builders.staff(session, builders.platform(session))
        with pytest.raises(Refused, match="not_allowed"):
            corrections.void(session, outcome.check_in_id or 0, "x", elsewhere, now)
        with pytest.raises(Refused, match="not_allowed"):
            corrections.undo(session, outcome.check_in_id or 0, builders.person(session).id, now)
        with pytest.raises(Refused, match="reason_needed"):
            corrections.void(session, outcome.check_in_id or 0, " ", builders.staff(session, hall.platform), now)
    with hall.db.read() as session:
        assert session.scalars(sa.select(CheckIn)).one().voided_at is None


def test_a_joint_activity_moves_every_confirmed_platform(hall: Hall, now: datetime) -> None:
    """The scan puts each platform with a confirmed part on the work list, and no other."""
    with hall.db.transaction() as session:
        partner, asked = builders.platform(session), builders.platform(session)
        builders.joined(session, hall.activity, partner, Part.UNDERTAKE)
        builders.joined(session, hall.activity, asked, Part.ASSIST, is_confirmed=False)
    hall.scan(now)
    with hall.db.read() as session:
        assert set(session.scalars(sa.select(Change.platform_id))) == {hall.platform.id, partner.id}


def test_enrolment_completes_at_the_scans_time(hall: Hall, now: datetime) -> None:
    """The check-in of a first visit carries the scan's time, though the window has closed meanwhile."""
    assert hall.scan(now, "o-late").kind is OutcomeKind.FIRST_VISIT
    after = builders.ENDS_AT + timedelta(hours=1)
    with hall.db.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-late")).one()
        builders.contact(session, person, hall.enterprise)
        for _ in range(2):
            done = corrections.complete_pending(session, person.id, after)
    assert done == []
    with hall.db.read() as session:
        row = session.scalars(sa.select(CheckIn)).one()
        kept = session.scalars(sa.select(RefusedScan)).one()
    assert (row.checked_in_at, row.received_at, kept.completed_by) == (now, after, row.id)


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_name_comes_out_as_it_went_in(hall: Hall, now: datetime, name: str) -> None:
    """Braces, CDATA ends, tags, emoji and 200 characters are only a name."""
    hall.set(hall.enterprise, name=name)
    hall.set(hall.activity, title=name)
    outcome = hall.scan(now)
    assert (outcome.enterprise_name, outcome.activity_title) == (name, name)


def test_the_index_is_the_guarantee(hall: Hall, now: datetime) -> None:
    """Even somebody who forgets to ask cannot write the same enterprise into one activity twice."""
    hall.scan(now)
    with pytest.raises(sa.exc.IntegrityError, match=r"uq_check_ins_once|check_ins\.activity_id"):  # noqa: SIM117
        with hall.db.transaction() as session:
            builders.check_in(session, hall.activity, hall.enterprise)


@pytest.mark.parametrize(
    ("door", "typed", "grade"),
    [
        (Door.CODE, "1", 1),
        (Door.SHORT_CODE, "{short_code}", 1),
        (Door.MENU, "{code}", 1),
        (Door.SCREEN, "{code}", 1),
        (Door.PAGE, "{code}", 2),
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_door_is_worth_the_same_with_and_without_an_enrolment_on_the_way(
    hall: Hall, now: datetime, door: Door, typed: str, grade: int, is_known: bool
) -> None:
    """Door and evidence grade are the scan's, whether it counts at once or is completed by the enrolment."""
    typed = typed.format(code=hall.activity.code, short_code=hall.activity.short_code)
    openid = "o-one" if is_known else "o-new"
    hall.scan(now, openid=openid, typed=typed, door=door)
    if not is_known:
        with hall.db.transaction() as session:
            hall_activity = session.get_one(type(hall.activity), hall.activity.id)
            hall_activity.short_code = "99998"  # by the time of the enrolment, others have the five digits
            person = session.scalars(sa.select(Person).where(Person.openid == "o-new")).one()
            builders.contact(session, person, builders.enterprise(session))
            corrections.complete_pending(session, person.id, now + timedelta(minutes=5))
    with hall.db.read() as session:
        row = session.scalars(sa.select(CheckIn)).one()
    assert (row.door, row.evidence_grade, row.checked_in_at) == (door, grade, now)


def test_another_enterprise_in_its_place_keeps_door_and_grade(hall: Hall, now: datetime) -> None:
    """换一家 is a second thought about whom, not about where."""
    first = hall.scan(now)
    with hall.db.transaction() as session:
        other = builders.enterprise(session)
        builders.contact(session, hall.person, other, is_current=False)
        assert first.check_in_id is not None
        changed = corrections.change_enterprise(session, first.check_in_id, hall.person.id, other.id, now)
    with hall.db.read() as session:
        row = session.get_one(CheckIn, changed.check_in_id)
    assert (row.enterprise_id, row.door, row.evidence_grade, row.checked_in_at) == (other.id, Door.CODE, 1, now)


def test_an_expired_screen_code_is_refused_and_loses_nothing(hall: Hall, now: datetime) -> None:
    """It is kept with its reason, the next scan checks in, and who is in already hears so even with an old code."""

    def scan(moment: datetime, is_code_expired: bool) -> OutcomeKind:
        given = Scan("o-one", hall.activity.code, Door.MENU, moment, moment, is_code_expired=is_code_expired)
        with hall.db.check_in_connection() as connection:
            return check_in(connection, given).kind

    soon = now + timedelta(seconds=20)
    assert scan(now, True) is OutcomeKind.CODE_EXPIRED
    assert scan(now, True) is OutcomeKind.CODE_EXPIRED
    with hall.db.read() as session:
        assert session.scalars(sa.select(RefusedScan.refusal)).all() == [Refusal.CODE_EXPIRED]
    assert scan(soon, False) is OutcomeKind.CHECKED_IN
    assert scan(soon, True) is OutcomeKind.ALREADY_IN
    assert hall.count(CheckIn) == 1


def test_an_expired_code_before_and_after_the_window_hears_about_the_window(hall: Hall, now: datetime) -> None:
    """Scanning once more would not help."""
    hall.set(hall.activity, closes_at=now - timedelta(minutes=1))
    given = Scan("o-one", hall.activity.code, Door.MENU, now, now, is_code_expired=True)
    with hall.db.check_in_connection() as connection:
        assert check_in(connection, given).kind is OutcomeKind.OVER


@pytest.mark.parametrize("door", [Door.SHORT_CODE, Door.CODE])
def test_whoever_guesses_on_fills_no_table(hall: Hall, now: datetime, door: Door) -> None:
    """The first wrong codes of a minute are kept, by whichever way they came; the others are only counted."""
    told = [
        hall.scan(now + timedelta(milliseconds=900 * each), typed=f"{each:06}", door=door).kind for each in range(60)
    ]
    assert hall.count(RefusedScan) == 5
    assert told[0] is OutcomeKind.UNKNOWN_CODE
    typed = (hall.activity.short_code or "") if door is Door.SHORT_CODE else "1"
    right = hall.scan(now + timedelta(seconds=54), typed=typed, door=door)
    assert right.kind is (OutcomeKind.TOO_MANY_TRIES if door is Door.SHORT_CODE else OutcomeKind.CHECKED_IN)
    assert hall.count(RefusedScan) == 5
    hall.scan(now + timedelta(minutes=2), typed="000404", door=door)
    assert hall.count(RefusedScan) == 6


@pytest.mark.parametrize("others", [0, 2])
def test_who_left_the_enterprise_is_told_that_they_checked_it_in(hall: Hall, now: datetime, others: int) -> None:
    """Not to enrol or choose so that they are checked in, which would not be done for a second enterprise."""
    hall.scan(now)
    with hall.db.transaction() as session:
        for _ in range(others):
            builders.contact(session, hall.person, builders.enterprise(session), is_current=False)
        enrolment.leave_enterprise(session, hall.person.id, hall.enterprise.id, now)
    outcome = hall.scan(now + timedelta(minutes=20))
    assert (outcome.kind, outcome.enterprise_name) == (OutcomeKind.SECOND_ENTERPRISE, hall.enterprise.name)
    assert hall.count(CheckIn) == 1
    with hall.db.transaction() as session:
        elsewhere = builders.activity(session, hall.platform, scene="elsewhere")
    asked = hall.scan(now + timedelta(minutes=21), typed=elsewhere.scene or "")
    assert asked.kind is (OutcomeKind.CHOOSE if others else OutcomeKind.FIRST_VISIT)
