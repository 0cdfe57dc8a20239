"""服务活动: drafted, published, edited until approval, cancelled; its end decides its year."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models import Base
from models.activity import Activity, ActivityPlatform
from models.journal import LogEntry
from models.platform import Platform
from models.scorecard import Change
from models.terms import Role, Stage
from scoring.terms import ActivityCategory, Form, Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services import activities
from wxsvc.services.activity_forms import ActivityForm, Partner, copy_of_last, form_of
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.refusal import Refused


def form(of: Platform, **fields: Any) -> ActivityForm:
    defaults = {
        "platform_id": of.id,
        "title": "中小企业数字化转型对接会",
        "category": ActivityCategory.DIGITAL,
        "form": Form.ONSITE,
        "organisers": "主办：长沙市窗口平台",
        "starts_at": builders.NOW + timedelta(days=1),
        "ends_at": builders.NOW + timedelta(days=1, hours=3),
        "place": "麓谷大道668号",
    }
    return ActivityForm(**defaults | fields)


def rows(db: Database) -> dict[str, list[Any]]:
    with db.reading() as session:
        return {table.name: session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables}


def touched(db: Database) -> set[tuple[int, int]]:
    with db.reading() as session:
        return {(change.platform_id, change.year) for change in session.scalars(sa.select(Change))}


def test_a_published_activity_can_be_scanned_from_one_hour_before_until_its_end(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = activities.publish(session, form(platform), builders.staff(session, platform), now)
        assert (row.stage, row.year, row.published_at, row.is_backfilled) == (Stage.PUBLISHED, 2026, now, False)
        assert row.opens_at == now + timedelta(hours=23)
        assert row.closes_at == row.ends_at
        assert re.fullmatch(r"[A-Za-z0-9]{20,64}", row.scene or "")
        assert re.fullmatch(r"[0-9]{5}", row.short_code or "")
        assert re.fullmatch(r"[a-z0-9]{8}", row.code)
        own = session.get_one(ActivityPlatform, (row.id, platform.id))
        assert (own.part, own.confirmed_at) == (Part.HOST, now)
    assert touched(db) == {(platform.id, 2026)}


def test_publishing_twice_is_one_activity(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        first = activities.publish(session, form(platform), by, now)
    before = rows(db)
    with db.transaction() as session:
        assert activities.publish(session, form(platform), by, now + timedelta(minutes=1)).id == first.id
    assert rows(db) == before


def test_a_parallel_session_at_another_place_is_an_activity_of_its_own(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        one = activities.publish(session, form(platform), by, now)
        other = activities.publish(session, form(platform, place="另一会场"), by, now)
        assert one.id != other.id
        assert len({one.scene, other.scene}) == len({one.short_code, other.short_code}) == 2


def test_the_end_in_beijing_decides_the_year(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        new_year = datetime(2027, 1, 1, 0, 30, tzinfo=builders.BEIJING)
        fields = {"starts_at": new_year - timedelta(hours=2)}
        one = activities.publish(session, form(platform, ends_at=new_year, **fields), MACHINE, now)
        other = activities.publish(
            session, form(platform, ends_at=new_year - timedelta(hours=1), **fields), MACHINE, now
        )
        assert (one.year, other.year) == (2027, 2026)


def test_an_activity_published_after_its_end_is_marked_and_reaches_back_thirty_days(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)

        def held(days: int) -> ActivityForm:
            ended = now - timedelta(days=days)
            return form(platform, starts_at=ended - timedelta(hours=1), ends_at=ended)

        assert activities.publish(session, held(30), MACHINE, now).is_backfilled
        with pytest.raises(Refused, match="too_late_to_publish") as refused:
            activities.publish(session, held(31), MACHINE, now)
        assert refused.value.values == {"days": 30}
        assert activities.publish(session, held(31), MACHINE, now, backfill_days=60).is_backfilled


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": " \n"}, "title_needed"),
        ({"title": "活" * 201}, "title_too_long"),
        ({"category": None}, "category_needed"),
        ({"form": None}, "form_needed"),
        ({"part": None}, "part_needed"),
        ({"starts_at": None}, "time_needed"),
        ({"ends_at": None}, "time_needed"),
        ({"ends_at": builders.NOW + timedelta(days=1)}, "times_out_of_order"),
        ({"opens_at": builders.NOW + timedelta(days=9)}, "window_out_of_order"),
        ({"place": " "}, "place_needed"),
        ({"meeting_link": "javascript:alert(1)"}, "bad_link"),
        ({"partners": (Partner(999_999, Part.UNDERTAKE),)}, "partner_unknown"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_published(
    db: Database, now: datetime, fields: dict[str, Any], code: str
) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
    with pytest.raises(Refused, match=code), db.transaction() as session:
        activities.publish(session, form(platform, **fields), MACHINE, now)
    assert not any(rows(db)[table] for table in ("activities", "activity_platforms", "changes", "log_entries"))


@pytest.mark.parametrize("title", builders.HOSTILE_NAMES)
def test_a_hostile_title_comes_out_as_it_went_in(db: Database, now: datetime, title: str) -> None:
    with db.transaction() as session:
        platform = builders.platform(session, name=title)
        hostile = form(platform, title=title, organisers=title, place=title, content=title)
        row = activities.publish(session, hostile, MACHINE, now)
    with db.reading() as session:
        row = session.get_one(Activity, row.id)
        assert (row.title, row.organisers, row.place, row.content) == (title, title, title, title)
        assert form_of(session, row) == hostile


def test_a_pasted_invitation_gives_its_link_and_no_organisers_mean_the_platform(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        pasted = "点击链接入会：\nhttps://meeting.tencent.com/dm/AbC-123，会议号 123"
        row = activities.publish(session, form(platform, place="", meeting_link=pasted, organisers=""), MACHINE, now)
        assert row.meeting_link == "https://meeting.tencent.com/dm/AbC-123"
        assert row.organisers == platform.name


def test_only_the_platforms_own_staff_publish_edit_and_cancel(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, other = builders.platform(session), builders.platform(session)
        row = activities.publish(session, form(platform), builders.staff(session, platform), now)
        colleague = builders.staff(session, platform)
        strangers = (
            builders.staff(session, other),
            builders.staff(session, role=Role.REVIEWER),
            builders.staff(session, role=Role.PROVINCE),
            Actor(builders.person(session).id),
            Actor(None),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                activities.publish(session, form(platform), by, now)
            with pytest.raises(Refused, match="not_allowed"):
                activities.save_draft(session, form(platform), by, now)
            with pytest.raises(Refused, match="not_allowed"):
                activities.edit(session, row.id, form(platform, title="别的"), row.version, by, now)
            with pytest.raises(Refused, match="not_allowed"):
                activities.cancel(session, row.id, "原因", by, now)
            with pytest.raises(Refused, match="not_allowed"):
                copy_of_last(session, platform.id, by)
        assert activities.edit(session, row.id, form(platform, title="新的"), row.version, colleague, now)
        stolen = replace(form(platform), platform_id=other.id)
        with pytest.raises(Refused, match="not_allowed"):
            activities.edit(session, row.id, stolen, row.version, colleague, now)


def test_a_draft_needs_a_title_alone_and_becomes_the_activity_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        by = builders.staff(session, platform)
        begun = ActivityForm(platform.id, "对接会", part=None, partners=(Partner(partner.id, Part.ASSIST),))
        draft = activities.save_draft(session, begun, by, now)
        assert (draft.stage, draft.scene, draft.year) == (Stage.DRAFT, None, None)
        again = activities.save_draft(session, form(platform), by, now, draft_id=draft.id)
        assert (again.id, again.title, again.year) == (draft.id, "中小企业数字化转型对接会", 2026)
        assert session.scalars(sa.select(ActivityPlatform.confirmed_at)).all() == [None]
        for _ in range(2):
            row = activities.publish(session, form(platform), by, now, draft_id=draft.id)
            assert (row.id, row.stage) == (draft.id, Stage.PUBLISHED)
        with pytest.raises(Refused, match="edited_by_other"):
            activities.save_draft(session, form(platform, title="迟到的草稿"), by, now, draft_id=draft.id)
        assert len(session.scalars(sa.select(Activity)).all()) == 1


def test_a_draft_is_thrown_away_once_and_a_published_activity_never(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        draft = activities.save_draft(session, form(platform), by, now)
        with pytest.raises(Refused, match="not_allowed"):
            activities.discard_draft(session, draft.id, builders.staff(session, builders.platform(session)))
        for _ in range(2):
            activities.discard_draft(session, draft.id, by)
        row = activities.publish(session, form(platform), by, now)
        with pytest.raises(Refused, match="edited_by_other"):
            activities.discard_draft(session, row.id, by)
        assert session.scalars(sa.select(Activity.id)).all() == [row.id]


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


def test_an_activity_cannot_be_edited_back_beyond_the_limit(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = activities.publish(session, form(platform), MACHINE, now)
        old = form(platform, starts_at=now - timedelta(days=41), ends_at=now - timedelta(days=40))
        with pytest.raises(Refused, match="too_late_to_publish"):
            activities.edit(session, row.id, old, row.version, MACHINE, now)
        recent = form(platform, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
        assert activities.edit(session, row.id, recent, row.version, MACHINE, now).is_backfilled


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
    before = rows(db)
    with db.transaction() as session:
        attempts = [
            lambda: activities.edit(session, row.id, form(platform, title="新的"), row.version, MACHINE, now),
            lambda: activities.cancel(session, row.id, "原因", MACHINE, now),
            lambda: activities.change_category(session, row.id, ActivityCategory.OTHER, "原因", MACHINE, now),
        ]
        if sealed == "own":
            attempts += [
                lambda: activities.publish(session, form(platform), MACHINE, now),
                lambda: activities.save_draft(session, form(platform), MACHINE, now),
            ]
        for attempt in attempts:
            with pytest.raises(Refused, match="year_sealed"):
                attempt()
    assert rows(db) == before


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


def test_the_last_activity_is_copied_without_its_times(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        assert copy_of_last(session, platform.id, MACHINE) is None
        activities.publish(session, form(platform, title="上一场"), MACHINE, now - timedelta(days=2))
        last = form(platform, title="最近一场", partners=(Partner(partner.id, Part.UNDERTAKE),))
        activities.publish(session, last, MACHINE, now)
        cancelled = activities.publish(session, form(platform, title="取消的"), MACHINE, now)
        activities.cancel(session, cancelled.id, "原因", MACHINE, now)
        activities.save_draft(session, form(platform, title="草稿"), MACHINE, now)
        copied = copy_of_last(session, platform.id, MACHINE)
        assert copied == replace(last, starts_at=None, ends_at=None)


def test_short_codes_are_free_again_once_an_activity_is_submitted(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        builders.activity(session, platform, short_code="12345", stage=Stage.SUBMITTED)
        builders.activity(session, platform, short_code="12345")
