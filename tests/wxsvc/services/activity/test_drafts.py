"""草稿: kept while one types, one of it however often it is sent, and nobody's words are lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.terms import Stage
from scoring.terms import Part
from tests import builders
from tests.activity_forms import whole_form
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.activity import activities, drafts
from wxsvc.services.activity.activity_codes import new_code
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


def test_a_draft_needs_a_title_alone_and_becomes_the_activity_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, partner = builders.platform(session), builders.platform(session)
        by = builders.staff(session, platform)
        begun = ActivityForm(platform.id, "对接会", part=None, partners=(Partner(partner.id, Part.ASSIST),))
        draft = drafts.save(session, begun, by, now)
        assert (draft.stage, draft.scene, draft.year) == (Stage.DRAFT, None, None)
        again = drafts.save(session, whole_form(platform), by, now, draft_id=draft.id)
        assert (again.id, again.title, again.year) == (draft.id, "中小企业数字化转型对接会", 2026)
        assert session.scalars(sa.select(ActivityPlatform.confirmed_at)).all() == [None]
        for _ in range(2):
            row = activities.publish(session, whole_form(platform), by, now, draft_id=draft.id)
            assert (row.id, row.stage) == (draft.id, Stage.PUBLISHED)
        with pytest.raises(Refused, match="edited_by_other"):
            drafts.save(session, whole_form(platform, title="迟到的草稿"), by, now, draft_id=draft.id)
        assert len(session.scalars(sa.select(Activity)).all()) == 1


def test_a_draft_is_thrown_away_once_and_a_published_activity_never(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        draft = drafts.save(session, whole_form(platform), by, now)
        with pytest.raises(Refused, match="not_found"):
            drafts.discard(session, draft.id, builders.staff(session, builders.platform(session)))
        for _ in range(2):
            drafts.discard(session, draft.id, by)
        row = activities.publish(session, whole_form(platform), by, now)
        with pytest.raises(Refused, match="edited_by_other"):
            drafts.discard(session, row.id, by)
        assert session.scalars(sa.select(Activity.id)).all() == [row.id]


def test_a_key_is_one_draft_however_often_it_is_sent(db: Database, now: datetime) -> None:
    key = new_code()
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        first = drafts.save(session, ActivityForm(platform.id, "对"), by, now, key=key)
        again = drafts.save(session, ActivityForm(platform.id, "对接会"), by, now, key=key, version=first.version)
        assert (again.id, again.code, again.title) == (first.id, key, "对接会")
        made = activities.publish(session, whole_form(platform), by, now, key=key)
        assert (made.id, made.code, made.stage) == (first.id, key, Stage.PUBLISHED)
    before = every_row(db)
    with db.transaction() as session:
        activities.publish(session, whole_form(platform), by, now, key=key)
    assert every_row(db) == before


def test_two_tabs_that_say_the_same_are_one_draft(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by, colleague = builders.staff(session, platform), builders.staff(session, platform)
        one = drafts.save(session, whole_form(platform), by, now, key=new_code())
        other = drafts.save(session, whole_form(platform), by, now, key=new_code())
        assert one.id == other.id
        assert drafts.save(session, whole_form(platform, title="另一场"), by, now, key=new_code()).id != one.id
        assert drafts.save(session, whole_form(platform), colleague, now, key=new_code()).id != one.id
        assert drafts.of_platform(session, platform.id).count == 3


def test_what_another_page_saved_meanwhile_is_not_overwritten(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        draft = drafts.save(session, whole_form(platform), by, now)
        seen = draft.version
        drafts.save(session, whole_form(platform, place="甲处"), by, now, draft_id=draft.id, version=seen)
        for deed in (drafts.save, activities.publish):
            with pytest.raises(Refused, match="draft_saved_elsewhere"):
                deed(session, whole_form(platform, place="乙处"), by, now, draft_id=draft.id, version=seen)
        assert drafts.save(session, whole_form(platform, place="甲处"), by, now, draft_id=draft.id, version=seen)
        assert draft.place == "甲处"
        made = activities.publish(session, whole_form(platform, place="甲处"), by, now, draft_id=draft.id)
        with pytest.raises(Refused, match="published_meanwhile") as refused:
            activities.publish(session, whole_form(platform, place="乙处"), by, now, draft_id=draft.id)
        assert refused.value.values["activity"] == made.code
        activities.cancel(session, made.id, "场地原因", by, now)
        with pytest.raises(Refused, match="activity_void"):
            activities.publish(session, whole_form(platform, place="甲处"), by, now, draft_id=draft.id)


def test_another_platforms_key_and_a_key_of_no_ours(db: Database, now: datetime) -> None:
    key = new_code()
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        drafts.save(session, whole_form(own), builders.staff(session, own), now, key=key)
        with pytest.raises(Refused, match="not_allowed"):
            drafts.save(session, whole_form(other), builders.staff(session, other), now, key=key)
        made = drafts.save(session, whole_form(other), builders.staff(session, other), now, key="../x")
        assert made.code != "../x"


@pytest.mark.parametrize("is_published", [False, True], ids=["kept", "published"])
def test_one_form_sent_six_times_at_once_is_one_activity(db: Database, now: datetime, is_published: bool) -> None:
    key, ready = new_code(), threading.Barrier(6)
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)

    def send(_: int) -> int:
        ready.wait(30)
        with db.transaction() as session:
            deed = activities.publish if is_published else drafts.save
            return deed(session, whole_form(platform), by, now, key=key).id

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(send, range(6)))) == 1
    with db.read() as session:
        row = session.scalars(sa.select(Activity)).one()
        assert (row.code, row.stage) == (key, Stage.PUBLISHED if is_published else Stage.DRAFT)
