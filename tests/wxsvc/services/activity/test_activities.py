"""服务活动: drafted, published once, copied; its end decides its year."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from models.activity import Activity, ActivityPlatform
from models.terms import Role, Stage
from scoring.terms import Part
from tests import builders
from tests.activity_forms import touched
from tests.activity_forms import whole_form as form
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.activity import activities, drafts
from wxsvc.services.activity.activity_forms import ActivityForm, Partner, copy_of_last, form_of
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


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
    before = every_row(db)
    with db.transaction() as session:
        assert activities.publish(session, form(platform), by, now + timedelta(minutes=1)).id == first.id
    assert every_row(db) == before


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


def test_an_activity_published_after_its_end_is_marked_however_long_ago_it_was(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)

        def held(days: int) -> ActivityForm:
            ended = now - timedelta(days=days)
            return form(platform, starts_at=ended - timedelta(hours=1), ends_at=ended)

        for days in (1, 30, 31, 200):
            assert activities.publish(session, held(days), MACHINE, now).is_backfilled
        builders.seal(session, platform, 2025)
        with pytest.raises(Refused, match="year_sealed"):
            activities.publish(session, held(365), MACHINE, now)


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
    assert not any(every_row(db)[table] for table in ("activities", "activity_platforms", "changes", "log_entries"))


@pytest.mark.parametrize("title", builders.HOSTILE_NAMES)
def test_a_hostile_title_comes_out_as_it_went_in(db: Database, now: datetime, title: str) -> None:
    with db.transaction() as session:
        platform = builders.platform(session, name=title)
        hostile = form(platform, title=title, organisers=title, place=title, content=title)
        row = activities.publish(session, hostile, MACHINE, now)
    with db.read() as session:
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
                drafts.save(session, form(platform), by, now)
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


def test_the_last_activity_is_copied_without_its_times(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        assert copy_of_last(session, platform.id, MACHINE) is None
        activities.publish(session, form(platform, title="上一场"), MACHINE, now - timedelta(days=2))
        last = form(platform, title="最近一场", partners=(Partner(partner.id, Part.UNDERTAKE),))
        activities.publish(session, last, MACHINE, now)
        cancelled = activities.publish(session, form(platform, title="取消的"), MACHINE, now)
        activities.cancel(session, cancelled.id, "原因", MACHINE, now)
        drafts.save(session, form(platform, title="草稿"), MACHINE, now)
        copied = copy_of_last(session, platform.id, MACHINE)
        assert copied == replace(last, starts_at=None, ends_at=None)


def test_short_codes_are_free_again_once_an_activity_is_submitted(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        builders.activity(session, platform, short_code="12345", stage=Stage.SUBMITTED)
        builders.activity(session, platform, short_code="12345")
