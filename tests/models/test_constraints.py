"""What the schema refuses, by the constraint's own name, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.collaboration import Evidence
from models.journal import LogEntry, Review
from models.person import Contact, Invitation, Person, StaffRole
from models.platform import PlatformYear
from models.recognition import Ruling
from models.record import Need
from models.scorecard import ScoreLineRow
from models.terms import NeedKind, NeedState, Role, Stage, Subject, Verdict
from scoring.terms import EvidenceItem, IndicatorCode
from tests import builders
from tests.builders import NOW
from wxsvc.db import Database, violated

pytestmark = pytest.mark.both_databases


def _need(session: Session, **columns: Any) -> None:
    platform = builders.platform(session)
    session.add(
        Need(
            platform_id=platform.id,
            year=2026,
            kind=NeedKind.APPEAL,
            enterprise_id=builders.enterprise(session).id,
            title="t",
            content="c",
            raised_on=NOW.date(),
            created_at=NOW,
            **{"region_code": "430100", "state": NeedState.OPEN} | columns,
        )
    )


def _ruling(session: Session, **columns: Any) -> None:
    platform = builders.platform(session)
    session.add(Ruling(platform_id=platform.id, year=2026, **{"indicator": IndicatorCode.WEBSITE} | columns))


def _year(session: Session, **columns: Any) -> None:
    first, last = NOW.date(), NOW.date() + timedelta(days=1)
    platform = builders.platform(session)
    session.add(
        PlatformYear(platform_id=platform.id, year=2026, **{"assessed_from": first, "assessed_until": last} | columns)
    )


def _checked_in(session: Session, **columns: Any) -> None:
    activity = builders.activity(session, builders.platform(session))
    builders.check_in(session, activity, builders.enterprise(session), **columns)


def _two_current(session: Session) -> None:
    person = builders.person(session)
    for _ in range(2):
        builders.contact(session, person, builders.enterprise(session))


def _two_roles(session: Session) -> None:
    actor = builders.staff(session, role=Role.REVIEWER)
    session.add(StaffRole(person_id=actor.person_id or 0, role=Role.REVIEWER, granted_at=NOW))


REFUSED: list[tuple[str, Callable[[Session], Any]]] = [
    ("ck_platforms_kind", lambda s: (builders.platform(s), s.execute(sa.text("update platforms set kind = 'town'")))),
    ("ck_platforms_region_code", lambda s: builders.platform(s, region_code="4301")),
    ("ck_platform_years_period", lambda s: _year(s, assessed_until=NOW.date() - timedelta(days=9))),
    ("ck_platform_years_sealed", lambda s: _year(s, sealed_at=NOW)),
    ("ck_enterprises_identity", lambda s: builders.enterprise(s, uscc=None)),
    ("ck_enterprises_uscc", lambda s: builders.enterprise(s, uscc="9143")),
    ("ck_enterprises_name", lambda s: builders.enterprise(s, name="企" * 201)),
    ("ck_persons_erased", lambda s: builders.person(s, erased_at=NOW)),
    ("uq_contacts_current", _two_current),
    ("uq_staff_roles_of_province", _two_roles),
    (
        "ck_staff_roles_platform",
        lambda s: s.add(StaffRole(person_id=builders.person(s).id, role=Role.PLATFORM, granted_at=NOW)),
    ),
    (
        "ck_invitations_used",
        lambda s: s.add(Invitation(token_hash="x", role=Role.REVIEWER, expires_at=NOW, used_at=NOW, created_at=NOW)),
    ),
    ("ck_activities_time", lambda s: builders.activity(s, builders.platform(s), ends_at=NOW - timedelta(days=9))),
    ("ck_activities_published", lambda s: builders.activity(s, builders.platform(s), scene=None)),
    ("ck_activities_published", lambda s: builders.activity(s, builders.platform(s), category=None)),
    (
        "ck_activities_reason",
        lambda s: builders.activity(s, builders.platform(s), stage=Stage.VOID, return_reason=None),
    ),
    (
        "ck_activities_approved",
        lambda s: builders.activity(s, builders.platform(s), stage=Stage.APPROVED, reviewed_at=None),
    ),
    ("ck_check_ins_door", lambda s: (_checked_in(s), s.execute(sa.text("update check_ins set door = 'window'")))),
    ("ck_check_ins_void_reason", lambda s: _checked_in(s, voided_at=NOW)),
    ("ck_check_ins_one_end", lambda s: _checked_in(s, voided_at=NOW, void_reason="x", undone_at=NOW)),
    ("ck_check_ins_evidence_grade", lambda s: _checked_in(s, evidence_grade=4)),
    ("ck_needs_result", lambda s: _need(s, state=NeedState.CLOSED)),
    ("ck_needs_region_code", lambda s: _need(s, region_code="43")),
    ("ck_rulings_points", lambda s: _ruling(s, points=Decimal(-1), reason="r", ruled_at=NOW)),
    ("ck_rulings_proposed_points", lambda s: _ruling(s, proposed_points=Decimal(-1), proposed_at=NOW)),
    ("ck_rulings_reasoned", lambda s: _ruling(s, points=Decimal(5), ruled_at=NOW)),
    (
        "ck_evidence_something",
        lambda s: s.add(
            Evidence(
                platform_id=builders.platform(s).id,
                year=2026,
                item=EvidenceItem.PRESS_REPORTS,
                title="t",
                created_at=NOW,
            )
        ),
    ),
]


@pytest.mark.parametrize(("name", "attempt"), REFUSED, ids=[f"{n}-{name}" for n, (name, _) in enumerate(REFUSED)])
def test_the_schema_refuses(db: Database, name: str, attempt: Callable[[Session], Any]) -> None:
    """A named constraint stands behind every rule of the domain."""
    with pytest.raises(sa.exc.IntegrityError) as refused, db.transaction() as session:
        attempt(session)  # flushed at the latest by the commit
    told = str(refused.value.orig)
    assert violated(refused.value, name) or name.split("_", 1)[1].split("_")[0] in told, told
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_later_years_line_and_its_points_are_kept(db: Database) -> None:
    """The schema lists no lines of a scheme and knows no full points: those are a year's own."""
    with db.transaction() as session:
        given = {
            "points": Decimal(25),
            "reason": "r",
            "ruled_at": NOW,
            "opinion_points": Decimal(25),
            "opinion_at": NOW,
        }
        _ruling(session, indicator="a_later_line", proposed_points=Decimal(25), proposed_at=NOW, **given)
    with db.read() as session:
        assert session.scalars(sa.select(Ruling.proposed_points)).one() == Decimal(25)


@pytest.mark.parametrize(
    "verb", ["update log_entries set deed = 'x'", "delete from log_entries", "delete from reviews"]
)
def test_the_log_only_grows(db: Database, verb: str) -> None:
    """Nobody rewrites or removes what was done."""
    with db.transaction() as session:
        session.add(LogEntry(done_at=NOW, deed="d", subject=Subject.ACTIVITY, subject_id=1, details={}))
        session.add(Review(subject=Subject.ACTIVITY, subject_id=1, verdict=Verdict.APPROVED, given_at=NOW))
    with pytest.raises(sa.exc.IntegrityError, match="append_only"), db.transaction() as session:
        session.execute(sa.text(verb))


def test_instants_keep_their_moment_and_points_their_thousandths(db: Database) -> None:
    """An instant comes back in UTC, the same moment; points come back exact; finer ones are refused."""
    with db.transaction() as session:
        activity = builders.activity(session, builders.platform(session))
        session.add(
            ScoreLineRow(
                platform_id=activity.platform_id,
                year=2026,
                code=IndicatorCode.NEEDS,
                position=0,
                group="activeness",
                points=Decimal("13.515"),
                full=Decimal(15),
                status="counted",
                working="w",
            )
        )
    with db.read() as session:
        kept = session.scalars(sa.select(Activity)).one().starts_at
        assert session.scalars(sa.select(ScoreLineRow.points)).one() == Decimal("13.515")
    assert (kept, kept.tzinfo if kept else None) == (builders.STARTS_AT, UTC)
    for wrong in (Decimal("1.0005"), datetime(2026, 1, 1)):  # noqa: DTZ001 - the naive time is what is refused
        column = ScoreLineRow.points if isinstance(wrong, Decimal) else CheckIn.received_at
        with pytest.raises(sa.exc.StatementError), db.read() as session:
            session.execute(sa.select(column).where(column == wrong))


def test_a_contact_may_be_current_once(db: Database) -> None:
    """Several enterprises, one of them current: that is the rule's other side."""
    with db.transaction() as session:
        person = builders.person(session)
        builders.contact(session, person, builders.enterprise(session))
        builders.contact(session, person, builders.enterprise(session), is_current=False)
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 2
