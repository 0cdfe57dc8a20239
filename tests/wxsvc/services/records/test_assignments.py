"""Assignments of the province, and one response of each platform."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.collaboration import Assignment
from models.platform import Platform
from models.terms import AssignmentKind
from tests import builders
from tests.wxsvc.services.record_cases import World, nobody, world
from wxsvc.db import Database
from wxsvc.services.records import assignments
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.refusal import Refused

ENTRY = AssignmentEntry(2026, AssignmentKind.CASES, "典型案例征集", "每个平台报送一至三个案例")


def given(w: World) -> Assignment:
    """The assignment."""
    return assignments.add(w.session, ENTRY, w.province, w.now)


def test_the_province_gives_corrects_and_withdraws_an_assignment(db: Database, now: datetime) -> None:
    """Each once, however often it is sent; its year stays."""
    with db.transaction() as session:
        w = world(session, now)
        row = given(w)
        assert given(w) is row
        for _ in range(2):
            assignments.correct(session, row.id, replace(ENTRY, title="案例征集"), w.province, now)
        assert row.title == "案例征集"
        with pytest.raises(Refused, match="year_is_fixed"):
            assignments.correct(session, row.id, replace(ENTRY, year=2025), w.province, now)
        mistyped = replace(ENTRY, due_on=date(2025, 12, 31))
        with pytest.raises(Refused, match="day_too_early"):
            assignments.add(session, mistyped, w.province, now)
        with pytest.raises(Refused, match="day_too_early"):
            assignments.correct(session, row.id, mistyped, w.province, now)
        assert assignments.of_year(session, 2026) == [row]
        for _ in range(2):
            assignments.withdraw(session, row.id, w.province, now)
        assert (row.withdrawn_at, assignments.of_year(session, 2026)) == (now, [])


def test_a_year_that_is_sealed_for_all_asks_for_nothing_more(db: Database, now: datetime) -> None:
    """No platform could answer; what rulings rested on stays as it was. While one is open, all may be done."""
    with db.transaction() as session:
        w = world(session, now)
        row, more = given(w), replace(ENTRY, title="补充征集")
        platforms = session.scalars(sa.select(Platform).order_by(Platform.id)).all()
        for platform in platforms:
            assert assignments.add(session, replace(ENTRY, title=platform.code), w.province, now).id
            builders.seal(session, platform)
        with pytest.raises(Refused, match="year_is_sealed"):
            assignments.add(session, more, w.province, now)
        with pytest.raises(Refused, match="year_is_sealed"):
            assignments.correct(session, row.id, more, w.province, now)
        with pytest.raises(Refused, match="year_is_sealed"):
            assignments.withdraw(session, row.id, w.province, now)
        assert assignments.correct(session, row.id, ENTRY, w.province, now) is row, "the same again"


def test_only_the_province_gives_assignments(db: Database, now: datetime) -> None:
    """Reviewer, staff and nobody may not."""
    with db.transaction() as session:
        w = world(session, now)
        row = given(w)
        for other in (w.reviewer, w.owner, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                assignments.add(session, ENTRY, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                assignments.correct(session, row.id, ENTRY, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                assignments.withdraw(session, row.id, other, now)


def test_a_platform_responds_once(db: Database, now: datetime) -> None:
    """Repeated on a later day it is the same response; other content is corrected instead."""
    with db.transaction() as session:
        w = world(session, now)
        asked = given(w)
        row = assignments.respond(session, w.platform.id, asked.id, "报送两个案例", w.owner, now)
        assert (row.year, row.responded_on) == (2026, now.date())
        later = now + timedelta(days=2)
        assert assignments.respond(session, w.platform.id, asked.id, "报送两个案例", w.owner, later) is row
        with pytest.raises(Refused, match="already_recorded"):
            assignments.respond(session, w.platform.id, asked.id, "报送三个案例", w.owner, now)


def test_what_was_withdrawn_is_answered_no_more(db: Database, now: datetime) -> None:
    """An empty answer and one of tomorrow are refused, too."""
    with db.transaction() as session:
        w = world(session, now)
        asked = given(w)
        place = (session, w.platform.id, asked.id)
        with pytest.raises(Refused, match="text_needed"):
            assignments.respond(*place, " ", w.owner, now)
        with pytest.raises(Refused, match="day_in_future"):
            assignments.respond(*place, "报送", w.owner, now, now.date() + timedelta(days=1))
        assignments.withdraw(session, asked.id, w.province, now)
        with pytest.raises(Refused, match="assignment_withdrawn"):
            assignments.respond(*place, "报送", w.owner, now)
