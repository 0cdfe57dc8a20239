"""活动总结与提交: what is lacking is said, never a reason to hold an activity back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.activity import Activity
from models.journal import LogEntry
from models.terms import PhotoKind, Role, Stage
from models.work_list import Change
from scoring.readings import Readings
from scoring.terms import ActivityCategory, Form, Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import submission
from wxsvc.services.actor import Actor
from wxsvc.services.counting import activity_rows
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import completeness, readings
from wxsvc.services.regulation.completeness import LACKS, missing

WHOLE = {
    "title": "对接会",
    "category": ActivityCategory.DIGITAL,
    "part": Part.HOST,
    "form": Form.ONSITE,
    "organisers": "某平台",
    "starts_at": builders.STARTS_AT,
    "place": "会场",
    "meeting_link": None,
    "enterprises": 1,
    "photos": 1,
    "summary_length": 50,
}


def test_an_activity_with_everything_lacks_nothing() -> None:
    assert missing(**WHOLE) == ()
    assert missing(**WHOLE | {"place": None, "meeting_link": "https://meeting.example"}) == ()


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [
        ("title", "", "title"),
        ("category", None, "category"),
        ("part", None, "part"),
        ("form", None, "form"),
        ("organisers", None, "organisers"),
        ("starts_at", None, "time"),
        ("place", None, "place"),
        ("enterprises", 0, "enterprises"),
        ("photos", 0, "photos"),
        ("summary_length", 49, "summary"),
    ],
)
def test_each_thing_that_is_lacking_has_its_code(fact: str, value: object, code: str) -> None:
    assert missing(**WHOLE | {fact: value}) == (code,)


def test_everything_that_is_lacking_comes_in_the_order_of_the_form() -> None:
    nothing = dict.fromkeys(WHOLE) | {"enterprises": 0, "photos": 0, "summary_length": 0}
    assert missing(**nothing) == LACKS


def test_the_province_may_ask_for_more_or_less() -> None:
    more = {"complete_enterprises": "10", "complete_photos": "2", "complete_summary": "200"}
    less = {"complete_photos": "0", "complete_summary": "0"}
    assert missing(**WHOLE, readings=Readings.from_words(more)) == ("enterprises", "photos", "summary")
    assert missing(**WHOLE | {"photos": 0, "summary_length": 0}, readings=Readings.from_words(less)) == ()


def test_an_activity_is_submitted_after_its_end_and_told_what_it_lacks(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        by = builders.staff(session, platform)
        with pytest.raises(Refused, match="activity_not_over") as refused:
            submission.submit(session, row.id, by, now)
        assert refused.value.values == {"ends_at": row.ends_at}
        done = submission.submit(session, row.id, by, builders.ENDS_AT)
        assert (done.activity.stage, done.lacks) == (Stage.SUBMITTED, ("enterprises", "photos", "summary"))
        assert row.submitted_at == builders.ENDS_AT


def test_submitting_twice_is_calm_and_logged_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        by = builders.staff(session, platform)
        for hours in (0, 1):
            submission.submit(session, row.id, by, builders.ENDS_AT + timedelta(hours=hours))
        assert row.submitted_at == builders.ENDS_AT
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["activity.submitted"]
        assert len(session.scalars(sa.select(Change)).all()) == 1


def test_a_returned_activity_is_mended_and_submitted_again(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform, stage=Stage.RETURNED)
        by = builders.staff(session, platform)
        submission.write_summary(session, row.id, builders.SUMMARY, row.version, by, now)
        done = submission.submit(session, row.id, by, builders.ENDS_AT)
        assert (done.activity.stage, done.activity.return_reason) == (Stage.SUBMITTED, None)
        assert "summary" not in done.lacks


@pytest.mark.both_databases
@pytest.mark.parametrize("blank", [" ", "\u3000", "\n", "\r\n", "\t", "\u00a0"])
def test_blanks_are_no_characters_of_a_summary(db: Database, now: datetime, blank: str) -> None:
    """不少于50字: the page, the page of the reviewer and the count say the same."""
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform, summary=f"好{blank * 60}" + "的" * 48)
        assert completeness.characters(row.summary) == 49
        assert "summary" in activity_rows.own_lacks(session, row)
    with db.transaction() as session:
        row = builders.activity(session, platform, summary=f"好{blank * 60}" + "的" * 49)
        assert "summary" not in activity_rows.own_lacks(session, row)


@pytest.mark.parametrize(("stage", "code"), [(Stage.DRAFT, "activity_not_published"), (Stage.VOID, "activity_void")])
def test_a_draft_and_a_cancelled_activity_are_not_submitted(
    db: Database, now: datetime, stage: Stage, code: str
) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform, stage=stage)
        with pytest.raises(Refused, match=code):
            submission.submit(session, row.id, builders.staff(session, platform), builders.ENDS_AT)


def test_only_counted_enterprises_and_real_photos_are_enough(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own_code = builders.uscc()
        platform = builders.platform(session, operator_uscc=own_code)
        row = builders.activity(session, platform, summary=builders.SUMMARY)
        builders.photo(session, row, PhotoKind.SIGN_IN_SHEET)
        builders.photo(session, row, removed_at=now)
        for enterprise in (
            builders.enterprise(session, uscc=None, licence_number="430100000012345"),
            builders.enterprise(session, uscc=builders.uscc(start="11430100")),
            builders.enterprise(session, uscc=own_code),
        ):
            builders.check_in(session, row, enterprise)
        company = builders.enterprise(session)
        builders.check_in(session, row, company, undone_at=now)
        assert submission.lacks(session, row) == ("enterprises", "photos")
        builders.check_in(session, row, company)
        builders.photo(session, row, PhotoKind.SCREENSHOT)
        assert submission.lacks(session, row) == ()


@pytest.mark.parametrize("text", [*builders.HOSTILE_NAMES, " 前后有空格\n"])
def test_a_summary_comes_out_as_it_went_in(db: Database, now: datetime, text: str) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        by = builders.staff(session, platform)
        seen = row.version
        for _ in range(2):
            submission.write_summary(session, row.id, text, seen, by, now)
        assert (row.summary, row.version) == (text.strip(), seen + 1)
        with pytest.raises(Refused, match="edited_by_other"):
            submission.write_summary(session, row.id, "别的", seen, by, now)
        submission.write_summary(session, row.id, " ", row.version, by, now)
        assert row.summary is None


def test_a_summary_is_refused_when_it_is_endless_approved_or_sealed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        row = builders.activity(session, platform)
        approved = builders.activity(session, platform, stage=Stage.APPROVED)

        def write(activity: Activity, text: str) -> None:
            submission.write_summary(session, activity.id, text, activity.version, by, now)

        with pytest.raises(Refused, match="summary_too_long"):
            write(row, "字" * 10_001)
        with pytest.raises(Refused, match="activity_approved"):
            write(approved, "总结")
        builders.seal(session, platform)
        with pytest.raises(Refused, match="year_sealed"):
            write(row, "总结")
        with pytest.raises(Refused, match="year_sealed"):
            submission.submit(session, row.id, by, builders.ENDS_AT)


def test_only_the_platforms_own_staff_sum_up_and_submit(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        strangers = (
            builders.staff(session, builders.platform(session)),
            builders.staff(session, role=Role.PROVINCE),
            Actor(builders.person(session).id),
            Actor(None),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                submission.write_summary(session, row.id, "总结", row.version, by, now)
            with pytest.raises(Refused, match="not_allowed"):
                submission.submit(session, row.id, by, builders.ENDS_AT)


def test_the_count_shown_follows_the_readings_in_force(db: Database, now: datetime) -> None:
    """A sole trader counts by default, and not once the province decided otherwise, on the page as in the score."""
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        builders.check_in(session, row, builders.enterprise(session))
        builders.check_in(session, row, builders.enterprise(session, uscc=builders.uscc(start="92430100")))
        assert submission.counted_enterprises(session, row) == 2
        province = builders.staff(session, role=Role.PROVINCE)
        readings.decide(session, 2026, platform.kind, "sole_traders_count", "false", "试行", province, now)
        assert submission.counted_enterprises(session, row) == 1
