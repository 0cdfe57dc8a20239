"""The guard of what belongs to an activity: whose year is sealed decides, at the moment of each row's own writing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import PlatformYear
from scoring.terms import Part
from tests import builders
from tests.builders import NOW
from tests.timing import until
from wxsvc.db import Database, violated

YEAR = 2026
INSERT = sa.insert(CheckIn).values(door="code", evidence_grade=1, checked_in_at=NOW, received_at=NOW)


@dataclass(frozen=True)
class Held:
    """An activity with a check-in and a photo, and the number of an enterprise that has not come."""

    activity: int
    check_in: int
    photo: int
    newcomer: int

    def ways(self) -> list[sa.sql.dml.UpdateBase]:
        """Every way to write what belongs to the activity, past all services."""
        return [
            INSERT.values(activity_id=self.activity, enterprise_id=self.newcomer),
            sa.insert(CheckIn).from_select(
                ["activity_id", "enterprise_id", "door", "evidence_grade", "checked_in_at", "received_at"],
                sa.select(
                    CheckIn.activity_id,
                    sa.literal(self.newcomer),
                    CheckIn.door,
                    CheckIn.evidence_grade,
                    CheckIn.checked_in_at,
                    CheckIn.received_at,
                ),
            ),
            sa.update(CheckIn).where(CheckIn.id == self.check_in).values(undone_at=NOW),
            sa.delete(CheckIn).where(CheckIn.id == self.check_in),
            sa.delete(ActivityPhoto).where(ActivityPhoto.id == self.photo),
            sa.update(ActivityPlatform).values(confirmed_at=None),
        ]


def _held(session: Session) -> tuple[Held, Activity]:
    activity = builders.activity(session, builders.platform(session))
    check_in = builders.check_in(session, activity, builders.enterprise(session))
    photo = builders.photo(session, activity)
    return Held(activity.id, check_in.id, photo.id, builders.enterprise(session).id), activity


def _refused(session: Session, held: Held) -> list[bool]:
    """Of each way, whether the guard refuses it; nothing of any is kept."""
    refused = []
    for way in held.ways():
        try:
            with session.begin_nested() as attempt:
                session.execute(way)
                attempt.rollback()
            refused.append(False)
        except sa.exc.IntegrityError as error:
            if not violated(error, "platform_year_sealed"):
                raise
            refused.append(True)
    return refused


def _own(session: Session, activity: Activity) -> None:
    builders.seal(session, session.get_one(builders.Platform, activity.platform_id), YEAR)


def _helpers(session: Session, activity: Activity) -> None:
    helper = builders.platform(session)
    builders.joined(session, activity, helper, Part.ASSIST)
    builders.seal(session, helper, YEAR)


def _strangers(session: Session, activity: Activity) -> None:
    builders.seal(session, builders.platform(session), YEAR)


def _asked_only(session: Session, activity: Activity) -> None:
    helper = builders.platform(session)
    builders.joined(session, activity, helper, Part.ASSIST, is_confirmed=False)
    builders.seal(session, helper, YEAR)


def _own_of_another_year(session: Session, activity: Activity) -> None:
    builders.seal(session, session.get_one(builders.Platform, activity.platform_id), YEAR - 1)


def _opened_again(session: Session, activity: Activity) -> None:
    _own(session, activity)
    session.execute(sa.update(PlatformYear).values(sealed_at=None, sealed_by=None))


def _held_in_another_year(session: Session, activity: Activity) -> None:
    activity.year = YEAR - 1
    session.flush()
    _own(session, activity)


def _moved_into_the_sealed_year(session: Session, activity: Activity) -> None:
    _held_in_another_year(session, activity)
    helper = builders.platform(session)
    builders.joined(session, activity, helper, Part.ASSIST)
    builders.seal(session, helper, YEAR)
    activity.platform_id = builders.platform(session).id  # whose year is open: its own guard lets it be moved
    session.flush()
    activity.year = YEAR
    session.flush()


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("given", "is_sealed"),
    [
        (_own, True),
        (_helpers, True),
        (_moved_into_the_sealed_year, True),
        (_strangers, False),
        (_asked_only, False),
        (_own_of_another_year, False),
        (_opened_again, False),
        (_held_in_another_year, False),
    ],
)
def test_the_years_of_an_activitys_platforms_decide(
    db: Database, given: Callable[[Session, Activity], None], is_sealed: bool
) -> None:
    """Every way to write a check-in, a photo or a part is refused, or none is."""
    with db.transaction() as session:
        held, activity = _held(session)
        given(session, activity)
        assert _refused(session, held) == [is_sealed] * len(held.ways())


def _ask(db: Database, query: sa.TextClause) -> int | None:
    """In a transaction of its own: PostgreSQL shows one transaction the same activity always."""
    with db.read() as session:
        return session.scalar(query)


@pytest.mark.postgres
def test_a_row_that_waited_is_asked_again_whether_the_year_is_sealed(emptied_postgres: Database) -> None:
    """It waits for somebody who merges its enterprise; meanwhile the year is sealed."""
    db = emptied_postgres
    with db.transaction() as session:
        held, activity = _held(session)
    refused = list[bool]()

    def write() -> None:
        try:
            with db.transaction() as session:
                session.execute(INSERT.values(activity_id=held.activity, enterprise_id=held.newcomer))
            refused.append(False)
        except sa.exc.IntegrityError as error:
            refused.append(violated(error, "platform_year_sealed"))

    writing = threading.Thread(target=write)
    waiting = sa.text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%check_ins%'"
    )
    with db.transaction() as merging:
        merging.execute(sa.select(Enterprise.id).where(Enterprise.id == held.newcomer).with_for_update())
        writing.start()
        until(lambda: _ask(db, waiting) != 0, 20, "the row does not wait")
        with db.transaction() as session:
            _own(session, session.get_one(Activity, activity.id))
    writing.join(20)
    assert refused == [True]
