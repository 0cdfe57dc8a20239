"""平台变更: added, renamed, moved, closed and opened again; with reason, version, log and every score that may move."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.journal import LogEntry
from models.person import Invitation, StaffRole
from models.platform import Platform, PlatformYear
from models.terms import NoticePurpose, Role
from models.work_list import Change
from scoring.terms import PlatformKind
from tests import builders
from tests.builders import NOW
from wxsvc.db import Database
from wxsvc.services import inbox, platforms, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting import card_checks, tallies
from wxsvc.services.people import platform_changes, staff, staff_lists
from wxsvc.services.people.platform_changes import PlatformEntry
from wxsvc.services.records import filings
from wxsvc.services.refusal import Refused
from wxsvc.services.reports import score_tables

ENTRY = PlatformEntry("湘潭市窗口平台", "430300", date(2025, 6, 3), " 0731-55550000 ")


@pytest.fixture
def official(db: Database) -> Actor:
    with db.transaction() as session:
        return builders.staff(session, role=Role.PROVINCE)


def refused(code: str, deed: Any, *given: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as caught:
        deed(*given)
    assert caught.value.code == code
    return dict(caught.value.values)


def test_a_platform_is_added_once(db: Database, official: Actor) -> None:
    for _ in range(2):
        with db.transaction() as session:
            added = platform_changes.add(session, "430300", PlatformKind.PREFECTURE, ENTRY, "批复", official, NOW)
    with db.read() as session:
        assert session.scalars(sa.select(Platform.phone)).all() == ["0731-55550000"]
        entry = session.scalars(sa.select(LogEntry)).one()
        assert (entry.deed, entry.details, entry.before) == ("platform.added", {"reason": "批复"}, None)
        assert entry.after is not None
        assert entry.after["accepted_on"] == "2025-06-03"
        assert session.scalars(sa.select(Change.platform_id)).all() == [added.id]
        other = replace(ENTRY, name="另一个平台")
        add = platform_changes.add
        assert refused(
            "platform_code_taken", add, session, "430300", PlatformKind.PREFECTURE, other, "批复", official, NOW
        ) == {"name": "湘潭市窗口平台"}


@pytest.mark.parametrize(
    ("code", "kind", "values", "refusal"),
    [
        (" ", PlatformKind.PREFECTURE, {}, "platform_code_needed"),
        ("a/b", PlatformKind.PREFECTURE, {}, "platform_code_needed"),
        ("..", PlatformKind.PREFECTURE, {}, "platform_code_needed"),
        ("长沙 1", PlatformKind.PREFECTURE, {}, "platform_code_needed"),
        ("4" * 33, PlatformKind.PREFECTURE, {}, "platform_code_needed"),
        ("430300", PlatformKind.PREFECTURE, {"name": " "}, "text_needed"),
        ("430300", PlatformKind.PREFECTURE, {"region_code": "440300"}, "region_unknown"),
        ("430300", PlatformKind.PREFECTURE, {"region_code": "430302"}, "region_not_of_kind"),
        ("430302", PlatformKind.COUNTY, {"region_code": "430300"}, "region_not_of_kind"),
        ("430300", PlatformKind.PREFECTURE, {"website": "javascript:alert(1)"}, "bad_link"),
        ("430300", PlatformKind.PREFECTURE, {"operator_uscc": "91430100MA4L00000X"}, "platform_operator"),
        ("430300", PlatformKind.PREFECTURE, {"accepted_on": date(2030, 1, 1)}, "day_in_future"),
        ("430300", PlatformKind.PREFECTURE, {"accepted_on": date(1, 1, 1)}, "day_too_early"),
    ],
)
def test_what_makes_no_sense_is_refused(
    db: Database, official: Actor, code: str, kind: PlatformKind, values: dict[str, Any], refusal: str
) -> None:
    with db.transaction() as session:
        entry = replace(ENTRY, **values)
        refused(refusal, platform_changes.add, session, code, kind, entry, "批复", official, NOW)


def test_a_park_is_a_region_of_a_county_platform(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        for code in ("430371", "430378"):  # one of the statistics bureau's list, and a newer one
            entry = PlatformEntry(f"园区{code}", code)
            assert platform_changes.add(session, code, PlatformKind.COUNTY, entry, "批复", official, NOW).id


def test_renaming_keeps_the_former_name(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        row = builders.platform(session)
    with db.transaction() as session:
        entry = replace(platform_changes.entry_of(row), name="长沙市中小企业窗口平台")
        platform_changes.change(session, row.id, entry, "机构改革", 0, official, NOW)
        platform_changes.change(session, row.id, entry, "机构改革", 0, official, NOW)  # the same form once more
        assert platform_changes.former_names(session, row.id) == [("长沙市窗口平台", NOW)]
        entry_of_log = session.scalars(sa.select(LogEntry)).one()
        assert (entry_of_log.deed, entry_of_log.before) == ("platform.renamed", {"name": "长沙市窗口平台"})
        assert entry_of_log.after == {"name": "长沙市中小企业窗口平台"}
        assert session.scalars(sa.select(Change)).all() == []  # no score depends on a name
        other = replace(entry, name="第三个名称")
        refused("edited_by_other", platform_changes.change, session, row.id, other, "更名", 0, official, NOW)


def test_another_region_moves_its_scores_and_its_citys(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430102")
        cities = [builders.platform(session, region_code=code) for code in ("430100", "430300")]
        elsewhere = builders.platform(session, region_code="430500")
        entry = replace(platform_changes.entry_of(county), region_code="430302")
        platform_changes.change(session, county.id, entry, "划转", 0, official, NOW)
        touched = set(session.scalars(sa.select(Change.platform_id)))
        assert touched == {county.id, *(city.id for city in cities)}
        assert elsewhere.id not in touched


def test_whose_company_it_is_moves_the_score_of_all_that_hosted_with_it(db: Database, official: Actor) -> None:
    """The company of one host counts for no part of a joint activity: each host's card follows, in each open year."""
    with db.transaction() as session:
        own, partner, asked, sealed = (builders.platform(session) for _ in range(4))
        company = builders.enterprise(session)
        for year in (2025, 2026):
            ends_at = NOW.replace(year=year)
            held = builders.activity(session, partner, starts_at=ends_at - timedelta(hours=2), ends_at=ends_at)
            for who, is_confirmed in ((own, True), (asked, False), (sealed, True)):
                builders.joined(session, held, who, is_confirmed=is_confirmed)
            builders.check_in(session, held, company)
        hosts = (own, partner, asked, sealed)
        for host in hosts:
            for year in (2025, 2026):
                tallies.fold(session, host.id, year, NOW)
        builders.seal(session, sealed, 2025)
        session.execute(sa.delete(Change))
        entry = replace(platform_changes.entry_of(own), operator_uscc=company.uscc)
        platform_changes.change(session, own.id, entry, "运营单位变更", own.version, official, NOW)
        touched = {(each.platform_id, each.year) for each in session.scalars(sa.select(Change))}
        assert touched == {(own.id, 2025), (own.id, 2026), (partner.id, 2025), (partner.id, 2026), (sealed.id, 2026)}
        for platform_id, year in touched:
            tallies.fold(session, platform_id, year, NOW)
        every = [(host.id, year) for year in (2025, 2026) for host in hosts if host is not sealed]
        assert card_checks.check(session, every, lambda: None) == []


def test_a_sealed_period_does_not_move(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        row = builders.platform(session)
        sealed = years.platform_year(session, row.id, 2025)
        sealed.sealed_at, sealed.sealed_by = NOW, official.person_id
        session.flush()
        for accepted_on, year in ((date(2025, 3, 1), 2025), (date(2026, 3, 1), 2025)):
            with session.begin_nested() as undone:
                entry = replace(platform_changes.entry_of(row), accepted_on=accepted_on)
                assert refused(
                    "year_sealed", platform_changes.change, session, row.id, entry, "验收", 0, official, NOW
                ) == {"year": year}
                undone.rollback()
        with session.begin_nested() as undone:
            refused("year_sealed", platform_changes.close, session, row.id, date(2025, 7, 1), "撤并", 0, official, NOW)
            undone.rollback()
        earlier = replace(platform_changes.entry_of(row), accepted_on=date(2024, 5, 1))  # moves no day of 2025
        assert platform_changes.change(session, row.id, earlier, "验收", 0, official, NOW).version == 1


def test_a_closed_platform_owes_nothing_and_lets_nobody_in(db: Database, official: Actor) -> None:
    """Its staff are out at once, links open nothing, filings end with the day, and it is compared with nobody."""
    with db.transaction() as session:
        row, other = builders.platform(session), builders.platform(session)
        worker = builders.staff(session, row)
        token = staff.invite(session, Role.PLATFORM, row.id, official, NOW)
        owed = {each.deadline.due_on for each in filings.state(session, row.id, 2026, NOW)}
        for each in (row, other):
            tallies.fold(session, each.id, 2026, NOW)
        closed_on = years.day_of(NOW) - timedelta(days=40)
        platform_changes.close(session, row.id, closed_on, "撤并", 0, official, NOW)
        platform_changes.close(session, row.id, closed_on, "撤并", 0, official, NOW)
        assert session.scalars(sa.select(StaffRole.ended_at).where(StaffRole.person_id == worker.person_id)).one()
        assert session.scalars(sa.select(Invitation.expires_at)).one() <= NOW
        assert {each.deadline.due_on for each in filings.state(session, row.id, 2026, NOW)} < owed
        assert years.assessment_period(session, row.id, 2026).last == closed_on - timedelta(days=1)
        assert years.assessment_period(session, row.id, 2027).is_empty
        assert row.id not in years.open_platforms(session, 2027)
        assert [each.id for each in platforms.in_use(session)] == [other.id]
        assert [each.id for each in platforms.of_city(session, "430100")] == [other.id]
        table = score_tables.of(session, 2026, PlatformKind.PREFECTURE, NOW, sort="rank")
        assert [(each.platform.id, each.rank) for each in table.rows] == [(other.id, 1), (row.id, 0)]
        assert table.of_all == 2
        assert {each.platform_id for each in session.scalars(sa.select(Change))} == {row.id}
        refused("platform_closed", staff.invite, session, Role.PLATFORM, row.id, official, NOW)
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["invitation.made", "platform.closed", "staff_role.ended"]
    with db.transaction() as session:
        refused("invitation_expired", _accept, session, token)
        session.execute(sa.delete(Change))
        platform_changes.reopen(session, row.id, "恢复", 1, official, NOW)
        assert {each.platform_id for each in session.scalars(sa.select(Change))} == {row.id}
        assert years.assessment_period(session, row.id, 2026) == years.whole_year(2026)


def _accept(session: Any, token: str) -> None:
    staff.accept(session, token, "o-new", "", NOW, vault=None)  # type: ignore[arg-type]


def test_closing_needs_a_day_that_has_come(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        row = builders.platform(session, accepted_on=date(2026, 3, 5))
        close = platform_changes.close
        refused("day_in_future", close, session, row.id, date(2099, 1, 1), "撤并", 0, official, NOW)
        refused("day_too_early", close, session, row.id, date(1, 1, 1), "撤并", 0, official, NOW)
        refused("closed_before_accepted", close, session, row.id, date(2026, 3, 5), "撤并", 0, official, NOW)
        refused("reason_needed", close, session, row.id, years.day_of(NOW), " ", 0, official, NOW)
        refused("edited_by_other", close, session, row.id, years.day_of(NOW), "撤并", 5, official, NOW)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        refused("not_allowed", close, session, row.id, years.day_of(NOW), "撤并", 0, reviewer, NOW)


def test_a_person_is_transferred(db: Database, official: Actor) -> None:
    """The role goes on elsewhere, records stay, the person is told, and the former role is part of the history."""
    with db.transaction() as session:
        here, there = builders.platform(session), builders.platform(session, name="株洲市窗口平台")
        worker = builders.staff(session, here)
        held = builders.activity(session, here)
    with db.transaction() as session:
        role_id = session.scalars(sa.select(StaffRole.id).where(StaffRole.person_id == worker.person_id)).one()
        for _ in range(2):
            role = staff.transfer(session, role_id, there.id, "轮岗", official, NOW)
        assert worker.person_id is not None
        history = [(each.platform_id, each.is_held) for each, _ in staff_lists.history_of(session, worker.person_id)]
        assert history == [(there.id, True), (here.id, False)]
        assert held.platform_id == here.id
        now_there = Actor(worker.person_id, Role.PLATFORM, there.id)
        letters = inbox.letters(session, now_there, NOW).rows
        assert [each.notice.purpose for each in letters] == [NoticePurpose.ROLE]
        ended, granted = session.scalars(sa.select(LogEntry).order_by(LogEntry.id)).all()
        assert (ended.deed, list(ended.after or {})) == ("staff_role.ended", ["ended_at"])
        assert (granted.deed, (granted.after or {})["platform_id"]) == ("staff_role.transferred", there.id)
        assert staff.transfer(session, role.id, there.id, "轮岗", official, NOW) is role


def test_only_staff_of_a_platform_are_transferred(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        there = builders.platform(session)
        worker = builders.staff(session, builders.platform(session))
        of = {row.person_id: row.id for row in session.scalars(sa.select(StaffRole))}
        refused(
            "role_not_at_platform", staff.transfer, session, of[official.person_id or 0], there.id, "x", official, NOW
        )
        own = of[worker.person_id or 0]
        refused("platform_needed", staff.transfer, session, own, 999, "轮岗", official, NOW)
        there.closed_on, there.closed_reason = years.day_of(NOW), "撤并"
        refused("platform_closed", staff.transfer, session, own, there.id, "轮岗", official, NOW)
        staff.end_role(session, own, official, NOW)
        there.closed_on = there.closed_reason = None
        refused("role_ended", staff.transfer, session, own, there.id, "轮岗", official, NOW)


def test_a_special_period_ends_with_the_platform(db: Database, official: Actor) -> None:
    with db.transaction() as session:
        row = builders.platform(session)
        session.add(
            PlatformYear(
                platform_id=row.id,
                year=2026,
                assessed_from=date(2026, 2, 1),
                assessed_until=date(2026, 12, 31),
                period_reason="新址",
            )
        )
        session.flush()
        platform_changes.close(session, row.id, date(2026, 4, 1), "撤并", 0, official, NOW)
        assert years.assessment_period(session, row.id, 2026) == (date(2026, 2, 1), date(2026, 3, 31))
