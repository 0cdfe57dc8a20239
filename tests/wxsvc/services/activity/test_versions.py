"""提交版本: each submission is kept, and what was mended since is told field by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityVersion
from models.terms import Role, Subject
from scoring.terms import ActivityCategory, Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import participation, photos, submission, versions
from wxsvc.services.actor import Actor
from wxsvc.services.door import checkin_lists
from wxsvc.services.judging import reviews

OVER = builders.ENDS_AT + timedelta(hours=1)


@pytest.fixture
def submitted(db: Database) -> tuple[int, Actor, Actor]:
    """An activity handed in for the first time, its staff, and a reviewer."""
    with db.transaction() as session:
        own = builders.platform(session)
        staff, reviewer = builders.staff(session, own), builders.staff(session, role=Role.REVIEWER)
        row = builders.activity(session, own, summary=builders.SUMMARY)
        builders.check_in(session, row, builders.enterprise(session))
        builders.photo(session, row)
        submission.submit(session, row.id, staff, OVER)
        return row.id, staff, reviewer


def differences(session: Session, activity_id: int) -> tuple[versions.FieldDifference, ...]:
    hosted = participation.with_hosts(session, activity_id)
    assert hosted is not None
    return versions.differences(
        hosted[0],
        versions.of(session, activity_id),
        reviews.of(session, Subject.ACTIVITY, activity_id),
        hosted[2],
        photos.of(session, activity_id),
        checkin_lists.enterprises_in(session, activity_id),
    )


def told(db: Database, activity_id: int) -> dict[str, Any]:
    """The fields that differ, with their values before and after."""
    with db.read() as session:
        found = differences(session, activity_id)
        return {each.field: (each.before, each.after) for each in found}


def test_every_submission_is_kept_once(db: Database, submitted: tuple[int, Actor, Actor]) -> None:
    activity_id, staff, reviewer = submitted
    with db.transaction() as session:
        submission.submit(session, activity_id, staff, OVER)  # the same tap again
    with db.transaction() as session:
        reviews.send_back(session, Subject.ACTIVITY, activity_id, "照片看不清", reviewer, OVER)
    with db.transaction() as session:
        submission.submit(session, activity_id, staff, OVER + timedelta(hours=1))
    with db.read() as session:
        kept = versions.of(session, activity_id)
        assert [(each.number, each.submitted_by) for each in kept] == [(1, staff.person_id), (2, staff.person_id)]
        assert kept[0].content["summary"] == builders.SUMMARY
        assert kept[1].submitted_at == OVER + timedelta(hours=1)


def test_what_was_mended_is_told_from_what_was_sent_back(
    db: Database, submitted: tuple[int, Actor, Actor], now: datetime
) -> None:
    activity_id, staff, reviewer = submitted
    assert told(db, activity_id) == {}
    with db.transaction() as session:
        reviews.send_back(session, Subject.ACTIVITY, activity_id, "类别不符", reviewer, OVER)
    with db.transaction() as session:
        row = session.get_one(Activity, activity_id)
        row.category, row.ends_at = ActivityCategory.BRAND, builders.ENDS_AT - timedelta(hours=1)
        new = builders.enterprise(session)
        builders.check_in(session, row, new)
        builders.joined(session, row, builders.platform(session, name="株洲市窗口平台"), Part.ASSIST)
        added = new.id
    expected = {
        "category": (ActivityCategory.DIGITAL, ActivityCategory.BRAND),
        "ends_at": (builders.ENDS_AT, builders.ENDS_AT - timedelta(hours=1)),
    }
    for later in (None, 1):  # the same while it is mended and after it was handed in again
        if later:
            with db.transaction() as session:
                submission.submit(session, activity_id, staff, OVER + timedelta(hours=later))
        found = told(db, activity_id)
        assert {name: found[name] for name in ("category", "ends_at")} == expected
        assert set(found) == {"category", "ends_at", "parts", "enterprises"}
        with db.read() as session:
            differ = {each.field: each for each in differences(session, activity_id)}
            assert (differ["enterprises"].gone, differ["enterprises"].new) == ([], [added])
            assert differ["parts"].new == [("株洲市窗口平台", Part.ASSIST)]


def test_edits_after_the_submission_are_told_too(db: Database, submitted: tuple[int, Actor, Actor]) -> None:
    activity_id, _, _ = submitted
    with db.transaction() as session:
        session.get_one(Activity, activity_id).place = "新会场"
    assert told(db, activity_id) == {"place": ("长沙市岳麓区麓谷大道668号", "新会场")}


def test_an_imported_activity_without_versions_has_no_differences(db: Database) -> None:
    with db.transaction() as session:
        activity_id = builders.activity(session, builders.platform(session)).id
    assert told(db, activity_id) == {}
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ActivityVersion)) == 0


@pytest.mark.parametrize(
    ("before", "after", "passage"),
    [
        ("甲乙丙", "甲丁丙", ("甲", "乙", "丁", "丙")),
        ("甲", "甲乙", ("甲", "", "乙", "")),
        ("", "甲", ("", "", "甲", "")),
        ("甲甲", "甲", ("甲", "甲", "", "")),
        ("头" * 30 + "甲" + "尾" * 30, "头" * 30 + "尾" * 30, ("…" + "头" * 24, "甲", "", "尾" * 24 + "…")),
    ],
)
def test_a_passage_shows_the_change_and_a_little_around_it(
    before: str, after: str, passage: tuple[str, str, str, str]
) -> None:
    found = versions.passage(before, after)
    assert (found.head, found.was, found.now, found.tail) == passage
