"""Readings: the scheme's defaults, and over them what the province decided last."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.regulation import ReadingDecision
from models.terms import Role, Subject
from models.work_list import Change
from scoring.terms import PartialStep, PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

COUNTY = PlatformKind.COUNTY


def test_the_newest_decision_is_in_force_for_its_kind_and_year(db: Database, now: datetime) -> None:
    """Another kind and another year keep their defaults."""
    with db.transaction() as session:
        province = builders.staff(session, role=Role.PROVINCE)
        readings.decide(session, 2026, COUNTY, "partial_step", "linear", "按比例更公平", province, now)
        readings.decide(session, 2026, COUNTY, "partial_step", "started", "会议决定", province, now)
        readings.decide(session, 2026, COUNTY, "overflow_to_other", "true", "会议决定", province, now)
        found = readings.in_force(session, 2026, COUNTY)
        assert (found.partial_step, found.overflow_to_other) == (PartialStep.STARTED, True)
        assert readings.in_force(session, 2027, COUNTY).partial_step is PartialStep.WHOLE
        assert readings.in_force(session, 2026, PlatformKind.CLUSTER).partial_step is PartialStep.WHOLE
        assert [each.value for each in readings.decisions(session, 2026, COUNTY)] == ["linear", "started", "true"]


def test_a_decision_counts_every_open_platform_of_the_kind_anew(db: Database, now: datetime) -> None:
    """A sealed platform and one of another kind are left alone."""
    with db.transaction() as session:
        province = builders.staff(session, role=Role.PROVINCE)
        open_one = builders.platform(session, kind=COUNTY)
        sealed = builders.platform(session, kind=COUNTY)
        builders.platform(session)
        builders.seal(session, sealed)
        readings.decide(session, 2026, COUNTY, "sixth_rolls_on", "true", "顺延", province, now)
        touched = [(row.platform_id, row.year) for row in session.scalars(sa.select(Change))]
        assert touched == [(open_one.id, 2026)]


def test_deciding_the_same_again_is_calm(db: Database, now: datetime) -> None:
    """One row, one line of the log; confirming a default for the first time is a decision, too."""
    with db.transaction() as session:
        province = builders.staff(session, role=Role.PROVINCE)
        builders.platform(session, kind=COUNTY)
        for _ in range(2):
            readings.decide(session, 2026, COUNTY, "press_bonus", "true", "确认默认口径", province, now)
        for table in (ReadingDecision, LogEntry, Change):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1
        entry = session.scalars(sa.select(LogEntry)).one()
        assert (entry.deed, entry.subject, entry.details["old"], entry.details["new"]) == (
            "reading.decided",
            Subject.READING,
            None,
            "true",
        )


def test_only_the_province_decides(db: Database, now: datetime) -> None:
    """Reviewer, platform staff and nobody may not."""
    with db.transaction() as session:
        owner = builders.staff(session, builders.platform(session))
        for other in (builders.staff(session, role=Role.REVIEWER), owner, Actor(None)):
            with pytest.raises(Refused, match="not_allowed"):
                readings.decide(session, 2026, COUNTY, "partial_step", "linear", "理由", other, now)


@pytest.mark.parametrize(
    ("name", "value", "reason", "code"),
    [
        ("colour", "red", "理由", "unknown_reading"),
        ("partial_step", "half", "理由", "unknown_reading_value"),
        ("partial_step", "linear", " ", "reason_needed"),
    ],
)
def test_a_decision_is_one_of_the_known_readings_with_a_reason(
    db: Database, now: datetime, name: str, value: str, reason: str, code: str
) -> None:
    """Anything else is refused and nothing written."""
    with db.transaction() as session:
        province = builders.staff(session, role=Role.PROVINCE)
        with pytest.raises(Refused, match=code):
            readings.decide(session, 2026, COUNTY, name, value, reason, province, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(ReadingDecision)) == 0


def test_a_stale_page_overrules_no_decision(db: Database, now: datetime) -> None:
    """Who saw the default, or an older decision, is told what stands; what stands already changes nothing."""
    with db.transaction() as session:
        province = builders.staff(session, role=Role.PROVINCE)
        decide = (session, 2026, COUNTY, "partial_step")
        first = readings.decide(*decide, "linear", "按比例更公平", province, now, 0)
        for seen in (0, first.id + 1):
            with pytest.raises(Refused) as caught:
                readings.decide(*decide, "started", "会议决定", province, now, seen)
            assert caught.value.code == "reading_overtaken"
            assert caught.value.values == {
                "stands": "按比例",
                "at": now,
                "by": province.person_id,
                "typed": "不足按一档",
            }
        assert readings.decide(*decide, "linear", "按比例更公平", province, now, 0) is first
        assert readings.decide(*decide, "started", "会议决定", province, now, first.id).value == "started"
