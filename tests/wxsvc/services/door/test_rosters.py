"""名单补录: matched by code and name, mended by hand, and nothing counts until it is confirmed; then once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.journal import LogEntry
from models.platform import Platform
from models.roster import Roster, RosterRow
from models.terms import Door, Role, RosterMatch, Stage
from tests import builders
from tests.activity_forms import touched
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.activity import submission
from wxsvc.services.actor import Actor
from wxsvc.services.door import roster_lists, roster_matching, roster_rows, rosters
from wxsvc.services.door.roster_lists import RosterPlace
from wxsvc.services.door.rosters import RosterLine
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused
from wxsvc.texts import names

pytestmark = pytest.mark.both_databases


def known(session: Session, name: str, **columns: Any) -> Enterprise:
    """An enterprise with the name form that the product writes."""
    return builders.enterprise(session, name=name, name_form=names.normal_form(name), **columns)


def lines(*typed: tuple[str, str] | str) -> list[RosterLine]:
    """Names, or names with codes, line by line."""
    pairs = ((each, "") if isinstance(each, str) else each for each in typed)
    return [RosterLine(number, name, uscc) for number, (name, uscc) in enumerate(pairs, start=1)]


def scene(session: Session, **activity: Any) -> tuple[Platform, Activity, Actor]:
    platform = builders.platform(session)
    return platform, builders.activity(session, platform, **activity), builders.staff(session, platform)


def started(session: Session, at: Activity, by: Actor, now: datetime, *typed: tuple[str, str] | str) -> Roster:
    return rosters.start(session, at.id, lines(*typed), by, now).roster


def places(session: Session, roster: Roster) -> list[RosterPlace]:
    return [line.place for line in roster_lists.state(session, roster).lines]


def check_ins(session: Session) -> list[CheckIn]:
    return list(session.scalars(sa.select(CheckIn).order_by(CheckIn.id)))


def test_a_code_decides_and_a_name_is_found_in_any_spelling(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        one = known(session, "长沙精工（集团）有限责任公司")
        two = known(session, "湘潭电机股份有限公司")
        older = known(session, "株洲老厂", uscc=None, licence_number="430200000012345")
        roster = started(
            session,
            activity,
            by,
            now,
            ("早先的名称", f" {str(one.uscc).lower()} "),
            "长沙精工(集团)有限公司",
            "湘潭 电机股份有限公司",
            ("株洲老厂", "430200000012345"),
        )
        found = roster_lists.state(session, roster).lines
        assert [line.row.enterprise_id for line in found] == [one.id, one.id, two.id, older.id]
        assert [line.row.matching for line in found] == ["code", "name", "name", "code"]
        assert [line.place for line in found] == [
            RosterPlace.READY,
            RosterPlace.REPEATED,
            RosterPlace.READY,
            RosterPlace.READY,
        ]
        assert (found[0].is_renamed, found[1].twin) == (True, 1)


def test_a_doubt_is_no_match(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        first = known(session, "长沙精工有限公司")
        known(session, "长沙精工有限公司")
        roster = started(
            session,
            activity,
            by,
            now,
            "长沙精工有限公司",  # two of this name
            ("长沙精工有限公司", str(first.uscc)[:-1] + "?"),  # a wrong code is not made up for by a name
            ("长沙精工有限公司", builders.uscc(900_001)),  # a right code of somebody else
            "长沙精工",  # a short name means nobody for sure
            ("", "12345"),
        )
        found = roster_lists.state(session, roster).lines
        assert [line.row.matching for line in found] == ["several", "wrong_code", "unknown", "unknown", "wrong_code"]
        assert {line.place for line in found} == {RosterPlace.OPEN}


def test_a_code_that_excel_rounded_off_is_found_with_its_name(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        known(session, "深圳精工有限公司", uscc="914403001922038216")
        roster = started(
            session,
            activity,
            by,
            now,
            ("深圳精工公司", "914403001922038000"),
            ("深圳精工有限公司", "914403001922038000"),
        )
        found = roster_lists.state(session, roster).lines
        assert [line.row.matching for line in found] == [RosterMatch.WRONG_CODE, RosterMatch.NAME]


def test_nothing_counts_until_confirmed_and_then_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, activity, by = scene(session)
        names_in = [known(session, f"长沙第{n}厂").name for n in range(3)]
        roster = started(session, activity, by, now, *names_in)
        activity_id, roster_id, platform_id = activity.id, roster.id, platform.id
        assert submission.counted_enterprises(session, activity) == 0
    assert touched(db) == set()
    with db.transaction() as session:
        assert rosters.confirm(session, roster_id, by, now).counted == 3
    after = every_row(db)
    assert touched(db) == {(platform_id, 2026)}
    with db.transaction() as session:
        assert rosters.confirm(session, roster_id, by, now + timedelta(minutes=1)).counted == 3
        found = check_ins(session)
        assert {(row.door, row.evidence_grade, row.entered_by) for row in found} == {(Door.SHEET, 3, by.person_id)}
        assert {row.checked_in_at for row in found} == {builders.STARTS_AT}
        assert {row.received_at for row in found} == {now}
        assert submission.counted_enterprises(session, session.get_one(Activity, activity_id)) == 3
        ids = session.scalars(sa.select(RosterRow.check_in_id).order_by(RosterRow.line)).all()
        assert ids == [row.id for row in found]
        assert places(session, session.get_one(Roster, roster_id)) == [RosterPlace.COUNTED] * 3
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["activity.roster_started", "activity.roster_confirmed"]
    assert every_row(db) == after


def test_who_is_in_is_not_counted_again_and_who_was_taken_out_stays_out(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, activity, by = scene(session)
        platform.operator_uscc = builders.uscc(800_001)
        scanned, voided, undone, fresh = (known(session, f"长沙第{n}厂") for n in range(4))
        own = known(session, "平台运营公司", uscc=platform.operator_uscc)
        bureau = known(session, "长沙市某局", uscc=builders.uscc(800_002, start="11430100"))
        older = known(session, "长沙老厂", uscc=None, licence_number="430100000012345")
        builders.check_in(session, activity, scanned)
        builders.check_in(session, activity, voided, voided_at=now, void_reason="不是本活动", voided_by=by.person_id)
        builders.check_in(session, activity, undone, undone_at=now)
        everybody = (scanned, voided, undone, fresh, own, bureau, older)
        roster = started(session, activity, by, now, *(each.name for each in everybody), fresh.name)
        expected = [
            RosterPlace.ALREADY_IN,
            RosterPlace.VOIDED,
            RosterPlace.READY,
            RosterPlace.READY,
            RosterPlace.NOT_COUNTED,
            RosterPlace.NOT_COUNTED,
            RosterPlace.READY,
            RosterPlace.REPEATED,
        ]
        assert places(session, roster) == expected
        assert rosters.confirm(session, roster.id, by, now).counted == 3
        assert places(session, roster) == [
            RosterPlace.COUNTED if each is RosterPlace.READY else each for each in expected
        ]
        assert submission.counted_enterprises(session, activity) == 3  # scanned, undone, fresh; the licence is 待核


def test_a_scan_between_matching_and_confirming_is_no_second_check_in(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        one = known(session, "长沙精工有限公司")
        roster = started(session, activity, by, now, one.name)
        builders.check_in(session, activity, one)
        assert rosters.confirm(session, roster.id, by, now).counted == 0
        assert len(check_ins(session)) == 1


def test_open_lines_hold_the_list_back_until_each_is_settled(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        one, two = known(session, "长沙精工有限公司"), known(session, "长沙精工有限公司")
        roster = started(session, activity, by, now, one.name, ("湘潭新厂", ""), "某某", one.name)
        first, second, third, fourth = session.scalars(sa.select(RosterRow).order_by(RosterRow.line))
        with pytest.raises(Refused) as caught:
            rosters.confirm(session, roster.id, by, now)
        assert (caught.value.code, caught.value.values) == ("roster_unsettled", {"count": 4})
        for _ in range(2):
            roster_rows.choose(session, first.id, two.id, None, by, now)
            roster_rows.register(
                session, second.id, EnterpriseForm("湘潭新厂", builders.uscc(700_001), None, "430302"), None, by, now
            )
            roster_rows.skip(session, third.id, by, now)
            roster_rows.choose(session, fourth.id, two.id, None, by, now)
        assert places(session, roster) == [
            RosterPlace.READY,
            RosterPlace.READY,
            RosterPlace.SKIPPED,
            RosterPlace.REPEATED,
        ]
        assert rosters.confirm(session, roster.id, by, now).counted == 2
        new = session.scalars(sa.select(Enterprise).where(Enterprise.name == "湘潭新厂")).one()
        assert {row.enterprise_id for row in check_ins(session)} == {two.id, new.id}
        for deed in (
            lambda: roster_rows.skip(session, first.id, by, now),
            lambda: roster_rows.choose(session, third.id, one.id, None, by, now),
            lambda: rosters.discard(session, roster.id, by, now),
        ):
            with pytest.raises(Refused, match="roster_confirmed"):
                deed()


def test_two_people_on_one_list_are_told_of_each_other(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, activity, by = scene(session)
        colleague = builders.staff(session, platform)
        one, two = known(session, "长沙精工有限公司"), known(session, "长沙精工有限公司")
        started(session, activity, by, now, one.name)
        (row,) = session.scalars(sa.select(RosterRow))
        roster_rows.choose(session, row.id, one.id, None, by, now)
        roster_rows.choose(session, row.id, one.id, None, colleague, now)  # both mean the same: accepted
        with pytest.raises(Refused, match="edited_by_other"):
            roster_rows.choose(session, row.id, two.id, None, colleague, now)
        assert roster_rows.choose(session, row.id, two.id, one.id, colleague, now).enterprise_id == two.id
        roster_rows.skip(session, row.id, by, now)
        assert roster_rows.reopen(session, row.id, by, now).matching is RosterMatch.SEVERAL


def test_plain_lines_are_settled_all_at_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        one, meant = known(session, "长沙精工有限公司"), known(session, "湘潭电机厂", uscc="91350100M000100Y43")
        known(session, "株洲动力有限公司")
        known(session, "株洲动力股份有限公司")
        other, fresh = builders.uscc(700_002), builders.uscc(700_003)
        roster = started(
            session,
            activity,
            by,
            now,
            "长沙精工",  # one with this stem
            ("长沙精工有限公司", "9143"),  # a wrong code, one of this name
            ("", "9135O100M000100Y43"),  # O for 0
            "株洲动力",  # two with this stem: a choice
            ("长沙精工有限公司", other),  # a right code nobody has: whoever it is, it is not that one for sure
            ("全新的厂", fresh),
            ("", builders.uscc(700_004)),  # a code without a name
        )
        assert roster_rows.adopt(session, roster.id, by, now) == 3
        assert roster_rows.adopt(session, roster.id, by, now) == 0
        assert roster_rows.register_new(session, roster.id, "430102", by, now) == 1
        found = roster_lists.state(session, roster).lines
        assert [line.enterprise and line.enterprise.id for line in found[:4]] == [one.id, one.id, meant.id, None]
        assert found[5].enterprise is not None
        assert (found[5].enterprise.uscc, found[5].enterprise.region_code) == (fresh, "430102")
        assert [line.row.line for line in found if line.place is RosterPlace.OPEN] == [4, 5, 7]
        assert roster_rows.skip_rest(session, roster.id, by, now) == 3
        assert roster_rows.skip_rest(session, roster.id, by, now) == 0
        assert rosters.confirm(session, roster.id, by, now).counted == 3


def test_names_that_begin_alike_are_offered(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        scene(session)
        one = known(session, "湘潭电机股份有限公司")
        known(session, "湘潭钢铁集团有限公司")
        assert list(roster_matching.alike(session, "湘潭电机股份公司（总部）")) == [one]
        assert list(roster_matching.alike(session, "湘潭某厂")) == []
        assert list(roster_matching.alike(session, "")) == []


def test_new_enterprises_are_registered_in_portions(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        typed = [(f"全新的第{n}厂", builders.uscc(600_000 + n)) for n in range(5)]
        roster = started(session, activity, by, now, *typed)
        assert [roster_rows.register_new(session, roster.id, None, by, now, most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_the_same_list_twice_is_one_list(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        known(session, "长沙精工有限公司")
        first = rosters.start(session, activity.id, lines("长沙精工有限公司"), by, now)
        again = rosters.start(session, activity.id, lines("长沙精工有限公司"), by, now)
        assert (first.is_new, again.is_new, again.roster.id) == (True, False, first.roster.id)
        rosters.confirm(session, first.roster.id, by, now)
        after = rosters.start(session, activity.id, lines("长沙精工有限公司"), by, now)
        assert (after.is_new, after.roster.id) == (False, first.roster.id)
        other = rosters.start(session, activity.id, lines("长沙精工"), by, now)
        assert other.is_new
        for _ in range(2):
            rosters.discard(session, other.roster.id, by, now)
        assert rosters.start(session, activity.id, lines("长沙精工"), by, now).is_new
        with pytest.raises(Refused, match="roster_discarded"):
            rosters.confirm(session, other.roster.id, by, now)


def test_lists_of_one_activity_are_limited(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        for n in range(rosters.MOST_OPEN):
            started(session, activity, by, now, f"甲{n}")
        with pytest.raises(Refused, match="too_many_rosters"):
            started(session, activity, by, now, "乙")


@pytest.mark.parametrize(
    ("columns", "later", "code"),
    [
        ({"stage": Stage.APPROVED}, timedelta(), "activity_approved"),
        ({"stage": Stage.VOID}, timedelta(), "activity_void"),
        ({"stage": Stage.DRAFT}, timedelta(), "activity_not_published"),
        (
            {"starts_at": builders.NOW + timedelta(hours=2), "ends_at": builders.NOW + timedelta(hours=4)},
            timedelta(),
            "activity_not_begun",
        ),
    ],
)
def test_when_lists_are_taken(
    db: Database, now: datetime, columns: dict[str, Any], later: timedelta, code: str
) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session, **columns)
        with pytest.raises(Refused, match=code):
            rosters.start(session, activity.id, lines("甲"), by, now + later)


@pytest.mark.parametrize("stage", [Stage.PUBLISHED, Stage.RETURNED])
def test_a_list_may_come_late_and_a_reviewer_notices_it(db: Database, now: datetime, stage: Stage) -> None:
    """Thirty days after the end the activity is 补录 by it; within them it is not."""
    with db.transaction() as session:
        platform, activity, by = scene(session, stage=stage)
        known(session, "长沙精工有限公司")
        late = now + timedelta(days=40)
        assert (
            rosters.confirm(session, started(session, activity, by, late, "长沙精工有限公司").id, by, late).counted == 1
        )
        assert activity.is_backfilled
        submitted = builders.activity(session, platform, stage=Stage.SUBMITTED)
        version = submitted.version
        rosters.confirm(session, started(session, submitted, by, now, "长沙精工有限公司").id, by, now)
        assert (submitted.version, submitted.is_backfilled) == (version + 1, False)


def test_nobody_else_touches_a_list_and_a_sealed_year_takes_none(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform, activity, by = scene(session)
        roster = started(session, activity, by, now, "甲")
        (row,) = session.scalars(sa.select(RosterRow))
        others = (
            builders.staff(session, builders.platform(session)),
            builders.staff(session, role=Role.PROVINCE),
            Actor(builders.person(session).id),
        )
        for other in others:
            for deed in (
                lambda who=other: rosters.start(session, activity.id, lines("乙"), who, now),
                lambda who=other: rosters.confirm(session, roster.id, who, now),
                lambda who=other: rosters.discard(session, roster.id, who, now),
                lambda who=other: roster_rows.skip(session, row.id, who, now),
                lambda who=other: roster_rows.skip_rest(session, roster.id, who, now),
            ):
                with pytest.raises(Refused, match="not_allowed"):
                    deed()
        builders.seal(session, platform)
        for deed in (
            lambda: rosters.start(session, activity.id, lines("乙"), by, now),
            lambda: rosters.confirm(session, roster.id, by, now),
            lambda: roster_rows.skip(session, row.id, by, now),
        ):
            with pytest.raises(Refused, match="year_sealed"):
                deed()


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_hostile_names_come_out_as_they_went_in(db: Database, now: datetime, name: str) -> None:
    with db.transaction() as session:
        _, activity, by = scene(session)
        roster = started(session, activity, by, now, (name, builders.uscc(500_001)))
        assert roster_rows.register_new(session, roster.id, None, by, now) == 1
        assert rosters.confirm(session, roster.id, by, now).counted == 1
        (line,) = roster_lists.state(session, roster).lines
        assert line.enterprise is not None
        assert (line.row.name, line.enterprise.name) == (name, name)
