"""修改、调整类别、取消: an activity changes until it is approved, and never in a sealed year."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.journal import LogEntry
from models.terms import Role, Stage
from models.work_list import Change
from scoring.terms import ActivityCategory
from tests import builders
from tests.activity_forms import touched
from tests.activity_forms import whole_form as form
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.activity import activities, drafts
from wxsvc.services.activity.activity_forms import form_of
from wxsvc.services.actor import MACHINE
from wxsvc.services.refusal import Refused


def test_an_edit_moves_window_and_year_and_touches_both_years(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        row = activities.publish(session, form(platform), by, now)
        session.execute(sa.delete(Change))
        later = datetime(2027, 1, 5, 9, 0, tzinfo=builders.BEIJING)
        moved = replace(form_of(session, row), starts_at=later, ends_at=later + timedelta(hours=2))
        activities.edit(session, row.id, moved, row.version, by, now)
        assert (row.year, row.opens_at) == (2027, later - timedelta(hours=1))
        assert row.closes_at == later + timedelta(hours=2)
    assert touched(db) == {(platform.id, 2026), (platform.id, 2027)}


def test_a_window_that_was_chosen_stays_when_the_title_changes(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        closes_at = now + timedelta(days=1, hours=4)
        row = activities.publish(session, form(platform, closes_at=closes_at), MACHINE, now)
        activities.edit(session, row.id, replace(form_of(session, row), title="新的"), row.version, MACHINE, now)
        assert (row.title, row.closes_at) == ("新的", closes_at)


def test_two_people_editing_one_activity_are_noticed_and_the_same_edit_twice_is_calm(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = activities.publish(session, form(platform), MACHINE, now)
        seen = row.version
        activities.edit(session, row.id, form(platform, title="甲的"), seen, MACHINE, now)
        activities.edit(session, row.id, form(platform, title="甲的"), seen, MACHINE, now)
        with pytest.raises(Refused, match="edited_by_other"):
            activities.edit(session, row.id, form(platform, title="乙的"), seen, MACHINE, now)
        assert (row.title, row.version) == ("甲的", seen + 1)


def test_an_activity_edited_back_is_marked_however_far(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = activities.publish(session, form(platform), MACHINE, now)
        for days in (1, 40):
            past = now - timedelta(days=days)
            earlier = form(platform, starts_at=past - timedelta(days=1), ends_at=past)
            assert activities.edit(session, row.id, earlier, row.version, MACHINE, now).is_backfilled
        later = form(platform, starts_at=now, ends_at=now + timedelta(days=1))
        assert not activities.edit(session, row.id, later, row.version, MACHINE, now).is_backfilled


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (Stage.DRAFT, "activity_not_published"),
        (Stage.APPROVED, "activity_approved"),
        (Stage.VOID, "activity_void"),
    ],
)
def test_what_is_approved_or_void_is_no_longer_edited(db: Database, now: datetime, stage: Stage, code: str) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform, stage=stage)
        with pytest.raises(Refused, match=code):
            activities.edit(session, row.id, form(platform, title="新的"), row.version, MACHINE, now)


def test_the_province_alone_changes_the_category_of_an_approved_activity_with_a_reason(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform, stage=Stage.APPROVED)
        official = builders.staff(session, role=Role.PROVINCE)
        other = ActivityCategory.OTHER
        refused = [
            (builders.staff(session, platform), "类别有误", "category_only_by_province"),
            (builders.staff(session, role=Role.REVIEWER), "类别有误", "not_allowed"),
            (official, " ", "reason_needed"),
        ]
        for by, reason, code in refused:
            with pytest.raises(Refused, match=code):
                activities.change_category(session, row.id, other, reason, by, now)
        for _ in range(2):
            activities.change_category(session, row.id, other, "应属其他类", official, now)
        assert (row.category, row.stage) == (other, Stage.APPROVED)
        logged = session.scalars(sa.select(LogEntry)).one()
        assert logged.details == {"former": "digital", "category": "other", "reason": "应属其他类"}
    assert touched(db) == {(platform.id, 2026)}


def test_a_cancelled_activity_keeps_its_reason_and_stays_cancelled(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        row = builders.activity(session, platform)
        builders.joined(session, row, partner)
        by = builders.staff(session, platform)
        with pytest.raises(Refused, match="reason_needed"):
            activities.cancel(session, row.id, "  ", by, now)
        for reason in ("场地停电", "另一个原因"):
            activities.cancel(session, row.id, reason, by, now)
        assert (row.stage, row.return_reason) == (Stage.VOID, "场地停电")
        approved = builders.activity(session, platform, stage=Stage.APPROVED)
        with pytest.raises(Refused, match="activity_approved"):
            activities.cancel(session, approved.id, "原因", by, now)
    assert touched(db) == {(platform.id, 2026), (partner.id, 2026)}


@pytest.mark.parametrize("sealed", ["own", "partner"])
def test_a_sealed_year_refuses_every_change_of_its_activities(db: Database, now: datetime, sealed: str) -> None:
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        row = builders.activity(session, platform)
        builders.joined(session, row, partner)
        builders.seal(session, platform if sealed == "own" else partner)
    before = every_row(db)
    with db.transaction() as session:
        attempts = [
            lambda: activities.edit(session, row.id, form(platform, title="新的"), row.version, MACHINE, now),
            lambda: activities.cancel(session, row.id, "原因", MACHINE, now),
            lambda: activities.change_category(session, row.id, ActivityCategory.OTHER, "原因", MACHINE, now),
        ]
        if sealed == "own":
            attempts += [
                lambda: activities.publish(session, form(platform), MACHINE, now),
                lambda: drafts.save(session, form(platform), MACHINE, now),
            ]
        for attempt in attempts:
            with pytest.raises(Refused, match="year_sealed"):
                attempt()
    assert every_row(db) == before


def test_an_activity_cannot_be_moved_into_a_sealed_year(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        start = datetime(2026, 1, 2, 9, 0, tzinfo=builders.BEIJING)
        row = activities.publish(
            session, form(platform, starts_at=start, ends_at=start + timedelta(hours=1)), MACHINE, start
        )
        builders.seal(session, platform, 2025)
        earlier = start - timedelta(days=5)
        with pytest.raises(Refused, match="year_sealed"):
            activities.edit(
                session,
                row.id,
                form(platform, starts_at=earlier, ends_at=earlier + timedelta(hours=1)),
                row.version,
                MACHINE,
                start,
            )
