"""联合活动: a joint activity counts for a platform once that platform has confirmed its part."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.journal import LogEntry
from models.terms import Role, Stage
from models.work_list import Change
from scoring.terms import ActivityCategory, Form, Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import activities, drafts, participation
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.refusal import Refused


def form(platform_id: int, *partners: Partner, **fields: object) -> ActivityForm:
    return ActivityForm(
        platform_id=platform_id,
        title="联合对接会",
        category=ActivityCategory.BRAND,
        form=Form.ONSITE,
        starts_at=builders.STARTS_AT,
        ends_at=builders.ENDS_AT,
        place="会场",
        partners=partners,
        **fields,  # type: ignore[arg-type]
    )


def test_a_partner_is_asked_and_confirms_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        row = activities.publish(session, form(own.id, Partner(partner.id, Part.UNDERTAKE)), MACHINE, now)
        session.execute(sa.delete(Change))
        asked = participation.parts_of(session, row.id)[partner.id]
        assert (asked.part, asked.confirmed_at) == (Part.UNDERTAKE, None)
        by = builders.staff(session, partner)
        for later in (0, 1):
            participation.confirm_part(session, row.id, partner.id, by, now + timedelta(hours=later))
        assert (asked.confirmed_at, asked.confirmed_by) == (now, by.person_id)
        changes = {(change.platform_id, change.year) for change in session.scalars(sa.select(Change))}
        assert (partner.id, 2026) in changes
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["activity.published", "activity.part_confirmed"]


def test_nobody_else_answers_for_a_partner(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        row = activities.publish(session, form(own.id, Partner(partner.id, Part.UNDERTAKE)), MACHINE, now)
        strangers = (
            builders.staff(session, own),
            builders.staff(session, role=Role.REVIEWER),
            Actor(builders.person(session).id),
            Actor(None),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                participation.confirm_part(session, row.id, partner.id, by, now)
            with pytest.raises(Refused, match="not_allowed"):
                participation.decline_part(session, row.id, partner.id, by, now)


def test_a_platform_that_was_not_asked_confirms_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        row = builders.activity(session, own)
        draft = drafts.save(session, form(own.id, Partner(other.id, Part.ASSIST)), MACHINE, now)
        by = builders.staff(session, other)
        for activity in (row, draft):
            with pytest.raises(Refused, match="part_not_asked"):
                participation.confirm_part(session, activity.id, other.id, by, now)


def test_a_partner_declines_or_leaves_until_approval_and_the_log_keeps_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        row = builders.activity(session, own)
        builders.joined(session, row, partner)
        by = builders.staff(session, partner)
        for _ in range(2):
            participation.decline_part(session, row.id, partner.id, by, now)
        assert list(participation.parts_of(session, row.id)) == [own.id]
        assert session.scalars(sa.select(LogEntry.details)).all() == [{"of": partner.id, "part": "undertake"}]
        assert (partner.id, 2026) in {(c.platform_id, c.year) for c in session.scalars(sa.select(Change))}
        with pytest.raises(Refused, match="part_not_asked"):
            participation.decline_part(session, row.id, own.id, builders.staff(session, own), now)
        approved = builders.activity(session, own, stage=Stage.APPROVED)
        builders.joined(session, approved, partner)
        with pytest.raises(Refused, match="activity_approved"):
            participation.decline_part(session, approved.id, partner.id, by, now)


def test_a_cancelled_activity_is_not_confirmed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        row = builders.activity(session, own, stage=Stage.VOID)
        builders.joined(session, row, partner, is_confirmed=False)
        with pytest.raises(Refused, match="activity_void"):
            participation.confirm_part(session, row.id, partner.id, builders.staff(session, partner), now)


def test_an_edit_asks_new_partners_and_lets_go_only_who_has_not_confirmed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, first, second = (builders.platform(session, name=name) for name in ("甲", "乙]]>", "丙"))
        row = activities.publish(session, form(own.id, Partner(first.id, Part.UNDERTAKE)), MACHINE, now)
        activities.edit(session, row.id, form(own.id, Partner(second.id, Part.ASSIST)), row.version, MACHINE, now)
        parts = participation.parts_of(session, row.id)
        assert {platform_id: part.part for platform_id, part in parts.items()} == {
            own.id: Part.HOST,
            second.id: Part.ASSIST,
        }
        both = form(own.id, Partner(first.id, Part.UNDERTAKE), Partner(second.id, Part.ASSIST))
        activities.edit(session, row.id, both, row.version, MACHINE, now)
        participation.confirm_part(session, row.id, first.id, MACHINE, now)
    for partners in ((), (Partner(first.id, Part.HOST), Partner(second.id, Part.ASSIST))):
        with pytest.raises(Refused, match="part_confirmed"), db.transaction() as session:
            activities.edit(session, row.id, form(own.id, *partners), row.version, MACHINE, now)


def test_the_own_part_changes_with_the_form_and_stays_confirmed(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        row = activities.publish(session, form(own.id), MACHINE, now)
        activities.edit(session, row.id, form(own.id, part=Part.UNDERTAKE), row.version, MACHINE, now)
        part = session.get_one(ActivityPlatform, (row.id, own.id))
        assert (part.part, part.confirmed_at) == (Part.UNDERTAKE, now)


@pytest.mark.parametrize("whom", ["itself", "twice"])
def test_a_platform_is_no_partner_of_itself_and_none_is_named_twice(db: Database, now: datetime, whom: str) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
    named = own if whom == "itself" else partner
    twice = form(own.id, Partner(named.id, Part.ASSIST), Partner(partner.id, Part.UNDERTAKE))
    with pytest.raises(Refused, match="partner_unknown"), db.transaction() as session:
        activities.publish(session, twice, MACHINE, now)
    with db.read() as session:
        assert session.scalars(sa.select(Activity)).all() == []


def test_a_platform_whose_year_is_sealed_is_not_asked(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        builders.seal(session, partner)
    with pytest.raises(Refused, match="year_sealed"), db.transaction() as session:
        activities.publish(session, form(own.id, Partner(partner.id, Part.ASSIST)), MACHINE, now)


def test_an_assist_in_other_counts_once_the_reviewer_accepted_its_evidence(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        row = builders.activity(session, own, category=ActivityCategory.OTHER)
        part = builders.joined(session, row, partner, Part.ASSIST, is_confirmed=False)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        with pytest.raises(Refused, match="not_allowed"):
            participation.accept_assist(session, row.id, partner.id, builders.staff(session, partner), now)
        with pytest.raises(Refused, match="assist_not_confirmed"):
            participation.accept_assist(session, row.id, partner.id, reviewer, now)
        participation.confirm_part(session, row.id, partner.id, MACHINE, now)
        for later in (0, 1):
            participation.accept_assist(session, row.id, partner.id, reviewer, now + timedelta(hours=later))
        assert (part.assist_accepted_at, part.assist_accepted_by) == (now, reviewer.person_id)
        for _ in range(2):
            participation.reject_assist(session, row.id, partner.id, "佐证不足", reviewer, now)
        assert part.assist_accepted_at is None
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["activity.part_confirmed", "activity.assist_accepted", "activity.assist_rejected"]


def test_an_assist_in_a_named_category_or_another_part_is_never_accepted(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, partner = builders.platform(session), builders.platform(session)
        named, other = (
            builders.activity(session, own, category=category)
            for category in (ActivityCategory.BRAND, ActivityCategory.OTHER)
        )
        builders.joined(session, named, partner, Part.ASSIST)
        for activity, platform in ((named, partner), (other, own), (other, partner)):
            with pytest.raises(Refused, match="assist_only_in_other"):
                participation.accept_assist(session, activity.id, platform.id, MACHINE, now)
