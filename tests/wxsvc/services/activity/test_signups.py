"""报名: places and the waiting list, two at once, what those who signed up hear, and that it counts nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.enterprise import Enterprise
from models.journal import LogEntry
from models.notice import Delivery, Notice
from models.person import Person
from models.platform import Platform
from models.signup import Signup
from models.terms import DeliveryState, NoticePurpose, Role, Stage
from models.work_list import Change
from tests import builders
from tests.activity_forms import whole_form
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.activity import activities, activity_forms, signups, submission
from wxsvc.services.activity.activity_forms import ActivityForm
from wxsvc.services.actor import Actor
from wxsvc.services.counting import facts, scorecards, tallies
from wxsvc.services.people import enterprise_merges, own_information, persons
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault(["s" * 40])
TOMORROW = builders.NOW + timedelta(days=1)
EVE = builders.NOW
"""10:00 on the day before."""


def coming(session: Session, limit: int | None = None, **columns: Any) -> Activity:
    """Tomorrow's activity, open for signing up."""
    at = {"starts_at": TOMORROW, "ends_at": TOMORROW + timedelta(hours=3)}
    return builders.activity(
        session, builders.platform(session), takes_signups=True, signup_limit=limit, **at | columns
    )


def guest(session: Session) -> tuple[Actor, int]:
    """Somebody who stands for an enterprise, and the enterprise."""
    who, of = builders.person(session), builders.enterprise(session)
    builders.contact(session, who, of)
    return Actor(who.id), of.id


def guests(session: Session, row: Activity, now: datetime, number: int) -> list[tuple[Actor, int]]:
    """So many, signed up one after another."""
    found = [guest(session) for _ in range(number)]
    for place, (by, enterprise_id) in enumerate(found):
        signups.sign_up(session, row.id, enterprise_id, by, now + timedelta(minutes=place))
    return found


def waiting(session: Session, row: Activity) -> list[bool]:
    return [each.is_waiting for each in signups.of_activity(session, row.id)]


def told(session: Session) -> list[tuple[str, int | None]]:
    """What was told to whom, in order."""
    rows = session.scalars(sa.select(Notice).where(Notice.purpose == NoticePurpose.SIGNUP).order_by(Notice.id))
    return [(each.facts["deed"], each.person_id) for each in rows]


def test_one_tap_signs_up_and_the_same_again_is_the_same(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session)
        by, enterprise_id = guest(session)
        for _ in range(2):
            assert not signups.sign_up(session, row.id, enterprise_id, by, now).is_waiting
        offer = signups.offer(session, row, enterprise_id, now)
        assert (offer.is_open, offer.taken, offer.left) == (True, 1, None)
        signups.cancel(session, row.id, enterprise_id, by, now)
        signups.cancel(session, row.id, enterprise_id, by, now)
        assert signups.of_activity(session, row.id) == []
        deeds = list(session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)))
        assert deeds == ["activity.signed_up", "activity.signup_cancelled"]


def test_nobody_signs_up_for_a_company_of_others(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session)
        by, _ = guest(session)
        _, other_id = guest(session)
        for deed in (signups.sign_up, signups.cancel):
            with pytest.raises(Refused, match="not_your_enterprise"):
                deed(session, row.id, other_id, by, now)
            with pytest.raises(Refused, match="not_your_enterprise"):
                deed(session, row.id, other_id, Actor(None), now)


@pytest.mark.parametrize(
    "columns",
    [{"takes_signups": False}, {"stage": Stage.VOID}, {"opens_at": EVE}, {"stage": Stage.SUBMITTED}],
    ids=["closed", "cancelled", "checking in", "handed in"],
)
def test_where_signing_up_is_closed_it_is_refused(db: Database, now: datetime, columns: dict[str, Any]) -> None:
    with db.transaction() as session:
        row = coming(session)
        for name, value in columns.items():
            if value is Stage.VOID:
                row.return_reason = "场地停电"
            setattr(row, name, value)
        by, enterprise_id = guest(session)
        with pytest.raises(Refused, match="signups_closed"):
            signups.sign_up(session, row.id, enterprise_id, by, EVE)
        assert not signups.offer(session, row, enterprise_id, EVE).is_open


def test_whoever_waits_longest_moves_up_when_one_cancels_and_hears_of_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session, limit=2)
        found = guests(session, row, now, 4)
        assert waiting(session, row) == [False, False, True, True]
        assert signups.offer(session, row, found[3][1], now).ahead == 1
        by, enterprise_id = found[0]
        signups.cancel(session, row.id, enterprise_id, by, now)
        assert waiting(session, row) == [False, False, True]
        assert told(session) == [("moved_up", found[2][0].person_id)]
        by, enterprise_id = found[3]
        signups.cancel(session, row.id, enterprise_id, by, now)  # who waits frees no place
        assert len(told(session)) == 1


def test_a_larger_limit_lets_more_in_and_a_smaller_one_takes_nobodys_place(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        by = builders.staff(session, own)
        form = whole_form(own, takes_signups=True, signup_limit=1)
        row = activities.publish(session, form, by, now)
        found = guests(session, row, now, 3)
        form = whole_form(own, takes_signups=True, signup_limit=2)
        activities.edit(session, row.id, form, row.version, by, now)
        assert waiting(session, row) == [False, False, True]
        assert told(session) == [("moved_up", found[1][0].person_id)]
        form = whole_form(own, takes_signups=True, signup_limit=1)
        activities.edit(session, row.id, form, row.version, by, now)
        assert waiting(session, row) == [False, False, True]
        activities.edit(session, row.id, whole_form(own, takes_signups=True), row.version, by, now)
        assert waiting(session, row) == [False, False, False]


@pytest.mark.parametrize("limit", [0, -1, 10_000])
def test_a_limit_is_a_number_of_firms(db: Database, now: datetime, limit: int) -> None:
    with db.transaction() as session:
        form = whole_form(builders.platform(session), takes_signups=True, signup_limit=limit)
        with pytest.raises(Refused, match="signup_limit_wrong"):
            activity_forms.columns_of(session, form)


def test_two_at_once_for_the_last_place_one_gets_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity_id = coming(session, limit=3).id
        people = [guest(session) for _ in range(6)]
    ready = threading.Barrier(6)

    def tap(who: tuple[Actor, int]) -> bool:
        ready.wait(30)
        with db.transaction() as session:
            return signups.sign_up(session, activity_id, who[1], who[0], now).is_waiting

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(tap, people)) == [False, False, False, True, True, True]


def test_one_company_tapped_twice_at_once_is_one_row(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        activity_id = coming(session).id
        by, enterprise_id = guest(session)
    ready = threading.Barrier(4)

    def tap(_: int) -> None:
        ready.wait(30)
        with db.transaction() as session:
            signups.sign_up(session, activity_id, enterprise_id, by, now)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tap, range(4)))
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Signup)) == 1


def test_the_day_before_whoever_has_a_place_is_reminded_once_by_day(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session, limit=1)
        found = guests(session, row, now - timedelta(days=5), 2)
        too_soon, at_dawn, at_night = EVE - timedelta(days=1), EVE.replace(hour=8), EVE.replace(hour=20)
        assert [signups.follow_up(session, at) for at in (too_soon, at_dawn, at_night)] == [0, 0, 0]
        assert [signups.follow_up(session, EVE + timedelta(minutes=each)) for each in range(3)] == [1, 0, 0]
        assert told(session) == [("reminder", found[0][0].person_id)]
        notice = session.scalars(sa.select(Notice)).one()
        said = wording.notice(notice.purpose, notice.facts, notice.made_at, "person")
        assert "2026年11月24日 10:00" in said.text
        assert said.page == f"/c/{row.code}"


@pytest.mark.parametrize("minutes", [-1440, 0, 599, 600, 900])
def test_who_signs_up_is_promised_a_reminder_that_comes(db: Database, minutes: int) -> None:
    """Until 20:00 on the day before; who comes later is promised none, and gets none."""
    at = EVE + timedelta(minutes=minutes)
    with db.transaction() as session:
        row = coming(session)
        ((_, enterprise_id),) = guests(session, row, at, 1)
        offer = signups.offer(session, row, enterprise_id, at)
        comes = sum(signups.follow_up(session, later) for later in (at, max(at, EVE)))
        assert (offer.is_reminder_due, comes) == ((True, 1) if minutes < 600 else (False, 0))


def test_who_cancelled_is_not_reminded_and_a_reminder_that_waits_is_not_sent(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session)
        (first, first_id), (second, second_id) = guests(session, row, now - timedelta(days=5), 2)
        signups.cancel(session, row.id, first_id, first, now)
        assert signups.follow_up(session, EVE) == 1
        signups.cancel(session, row.id, second_id, second, EVE)
        states = list(session.scalars(sa.select(Delivery.state)))
        assert states == [DeliveryState.INBOX_ONLY]
        assert signups.follow_up(session, EVE) == 0


def test_a_cancelled_activity_tells_everybody_and_reminds_nobody(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session, limit=1)
        found = guests(session, row, now - timedelta(days=5), 2)
        by = builders.staff(session, _platform(session, row))
        activities.cancel(session, row.id, "场地停电", by, now)
        assert told(session) == [("cancelled", who.person_id) for who, _ in found]
        assert signups.follow_up(session, EVE) == 0
        notice = session.scalars(sa.select(Notice).limit(1)).one()
        assert "场地停电" in wording.notice(notice.purpose, notice.facts, notice.made_at, "person").text


def _platform(session: Session, row: Activity) -> Platform:
    return session.get_one(Platform, row.platform_id)


@pytest.mark.parametrize(
    ("changes", "deeds"),
    [
        ({"place": "潇湘中路1号"}, ["moved"]),
        (
            {"starts_at": builders.NOW + timedelta(days=2), "ends_at": builders.NOW + timedelta(days=2, hours=3)},
            ["moved"],
        ),
        ({"content": "新增一位专家"}, []),
    ],
    ids=["place", "time", "content"],
)
def test_another_time_or_place_is_told(db: Database, now: datetime, changes: dict[str, Any], deeds: list[str]) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        by = builders.staff(session, own)
        form: ActivityForm = whole_form(own, takes_signups=True)
        row = activities.publish(session, form, by, now)
        guests(session, row, now, 1)
        activities.edit(session, row.id, whole_form(own, takes_signups=True, **changes), row.version, by, now)
        assert [deed for deed, _ in told(session)] == deeds


def test_what_is_over_tells_nobody(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session)
        guests(session, row, now - timedelta(days=1), 1)
        later = TOMORROW + timedelta(days=1)
        activities.cancel(session, row.id, "重复发布", builders.staff(session, _platform(session, row)), later)
        assert told(session) == []


def test_the_list_tells_who_has_come(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session)
        found = guests(session, row, now, 3)
        first, second = (session.get_one(Enterprise, enterprise_id) for _, enterprise_id in found[:2])
        builders.check_in(session, row, first)
        builders.check_in(session, row, second, voided_at=now, void_reason="该企业未到场")
        assert [each.has_come for each in signups.of_activity(session, row.id)] == [True, False, False]


@pytest.mark.parametrize("goes", ["erased", "withdrawn"])
def test_the_row_goes_with_the_person_and_the_next_one_moves_up(db: Database, now: datetime, goes: str) -> None:
    with db.transaction() as session:
        row = coming(session, limit=1)
        (first, _), (second, _) = guests(session, row, now, 2)
        assert first.person_id is not None
        session.get_one(Person, first.person_id).consent_version = "2026-11"
        assert [each.is_waiting for each in own_information.kept(session, first.person_id, vault=VAULT).signups] == [
            False
        ]
        if goes == "erased":
            persons.erase(session, first.person_id, first, now)
        else:
            own_information.withdraw_consent(session, first.person_id, first, now)
        assert waiting(session, row) == [True]
        assert signups.follow_up(session, now.replace(hour=21)) == 1
        assert waiting(session, row) == [False]
        assert told(session) == [("moved_up", second.person_id)]


def test_it_counts_nothing(db: Database, now: datetime) -> None:
    """Signing up, moving up and cancelling leave every figure and the work list as they were; a check-in does not."""
    with db.transaction() as session:
        row = coming(session, limit=1)
        builders.check_in(session, row, builders.enterprise(session))
        row.stage = Stage.SUBMITTED
        before = figures(session, row)
        row.stage = Stage.PUBLISHED
        found = guests(session, row, now, 3)
        signups.cancel(session, row.id, found[0][1], found[0][0], now)
        signups.follow_up(session, EVE)
        assert session.scalars(sa.select(Change)).all() == []
        row.stage = Stage.SUBMITTED
        assert figures(session, row) == before
        builders.check_in(session, row, session.get_one(Enterprise, found[1][1]))
        assert figures(session, row) != before


def figures(session: Session, row: Activity) -> Any:
    """Everything that is counted of the activity and of its platform's year."""
    platform = _platform(session, row)
    tallies.fold(session, platform.id, 2026, builders.NOW)
    by = scorecards.readings_of(session, platform, 2026)
    counted = facts.facts(session, platform, 2026, by)
    card = scorecards.detail(session, platform.id, 2026)
    return submission.counted_enterprises(session, row), counted, card and card.lines


def test_a_merge_leaves_one_row_and_undoing_it_brings_both_back(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = coming(session, limit=1)
        (_, kept_id), (_, merged_id) = guests(session, row, now, 2)
        hub = Actor(None, Role.REVIEWER)
        for enterprise_id, name in ((kept_id, "长沙精工科技有限公司"), (merged_id, "长沙市精工科技公司")):
            session.get_one(Enterprise, enterprise_id).name = name
        merged = session.get_one(Enterprise, merged_id)
        merged.uscc, merged.licence_number = None, "430100000012345"
        made = enterprise_merges.merge(session, kept_id, merged_id, "换证前后是同一家", hub, now)
        assert [each.enterprise_id for each in signups.of_activity(session, row.id)] == [kept_id]
        enterprise_merges.undo(session, made.id, "核对后不是同一家", hub, now)
        assert [each.enterprise_id for each in signups.of_activity(session, row.id)] == [kept_id, merged_id]


@pytest.mark.parametrize("deed", ["reminder", "moved_up", "moved", "cancelled"])
@pytest.mark.parametrize("place", ["麓谷大道668号", None])
def test_every_notice_has_its_words(deed: str, place: str | None) -> None:
    """The sentence of the inbox and the four words of a template message."""
    facts = {
        "code": "A-1",
        "title": "上市融资路演",
        "starts_at": TOMORROW.isoformat(),
        "place": place,
        "deed": deed,
        "enterprises": ["长沙甲公司", "长沙乙公司"],
        "reason": None,
    }
    said = wording.notice("signup", facts, EVE, "person")
    assert "上市融资路演" in said.text
    assert "长沙甲公司、长沙乙公司" in said.text
    assert "None" not in said.text + "".join(said.values.values())
    assert all(said.values[word] for word in ("what", "result", "note", "when"))
    assert ("到场" in said.text) == (deed == "reminder" and place is not None)  # nobody comes to what is online
    assert len(said.values["result"]) <= 5  # what a phrase of a template takes
