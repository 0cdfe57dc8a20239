"""企业合并: one firm is one enterprise, whatever it was registered as; undo gives back the very same rows."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from models.activity import Activity
from models.checkin import Attendance, CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.journal import LogEntry
from models.person import Contact, Person
from models.platform import ClusterMember, Platform
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.roster import Roster, RosterRow
from models.scorecard import ScorecardRow
from models.terms import Absence, DisputeSubject, Door, NeedKind, Role, RosterMatch, Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.activity_forms import touched
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.counting import folding, seals
from wxsvc.services.demands import must_exist
from wxsvc.services.disputes import countings, disputes
from wxsvc.services.door import corrections, enrolment, roster_matching
from wxsvc.services.door.checkins import OutcomeKind, check_in
from wxsvc.services.door.scans import Scan
from wxsvc.services.people import enterprise_merges, enterprises, merge_cases, merge_plans, near_names
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.records import online_trades, trade_lists
from wxsvc.services.records.online_trades import OnlineTradeEntry
from wxsvc.services.refusal import Refused
from wxsvc.texts.order_lines import OrderLine

pytestmark = pytest.mark.both_databases

HUB = Actor(None, Role.REVIEWER)
DAY = date(2026, 11, 23)


@dataclass
class Firm:
    """One firm that was registered twice: by its code (kept) and by its older licence (merged)."""

    kept: int
    merged: int
    platform: int
    other: int
    activity: int
    """Both are checked in here, the merged one five minutes earlier."""
    person: int
    """Who checked the kept one in, its contact."""
    guest: int
    """Who checked the merged one in, its contact."""


@pytest.fixture
def firm(db: Database) -> Firm:
    with db.transaction() as session:
        return settle(session)


def settle(session: Session) -> Firm:
    """A row of every kind on both sides."""
    own = builders.platform(session, code="430100", name="长沙市窗口平台")
    other = builders.platform(session, code="430200", name="株洲市窗口平台", region_code="430200")
    cluster = builders.platform(session, code="J-1", name="集群窗口平台", kind=PlatformKind.CLUSTER)
    kept = builders.enterprise(session, name="长沙精工科技有限公司")
    merged = builders.enterprise(
        session,
        name="长沙市精工科技公司",
        uscc=None,
        licence_number="430100000012345",
        licence_confirmed_at=builders.NOW,
    )
    person, guest, both = builders.person(session), builders.person(session), builders.person(session)
    builders.contact(session, person, kept)
    builders.contact(session, guest, merged)
    builders.contact(session, both, merged)
    session.add(Contact(person_id=both.id, enterprise_id=kept.id, created_at=builders.NOW))
    held = builders.activity(session, own)
    later = builders.STARTS_AT + timedelta(minutes=5)
    builders.check_in(session, held, merged, guest)
    builders.check_in(session, held, kept, person, checked_in_at=later, received_at=later)
    alone = builders.activity(session, other)
    builders.check_in(session, alone, merged, guest)
    shared = {"platform_id": own.id, "year": 2026, "created_at": builders.NOW, "stage": Stage.APPROVED}
    service = OfflineService(served_on=DAY, content="上门诊断", **shared)
    roster = Roster(activity_id=held.id, created_at=builders.NOW)
    session.add_all([service, roster])
    session.flush()
    asked = {"kind": NeedKind.MATCHING, "region_code": "430102", "title": "寻找检测机构", "content": "需要材料检测"}
    session.add_all(
        [
            *(
                OfflineServiceEnterprise(offline_service_id=service.id, enterprise_id=each.id)
                for each in (kept, merged)
            ),
            OnlineTrade(order_number="D-1", traded_on=DAY, service="商标注册", enterprise_id=merged.id, **shared),
            Need(raised_on=DAY, enterprise_id=merged.id, **asked, **shared),
            *(ClusterMember(platform_id=cluster.id, enterprise_id=each.id) for each in (kept, merged)),
            RosterRow(
                roster_id=roster.id,
                line=1,
                name="长沙市精工",
                uscc="",
                matching=RosterMatch.HAND,
                enterprise_id=merged.id,
                is_skipped=False,
            ),
            Attendance(
                activity_id=alone.id,
                person_id=both.id,
                enterprise_id=merged.id,
                absence=Absence.COLLEAGUE,
                attended_at=builders.NOW,
                received_at=builders.NOW,
            ),
        ]
    )
    session.flush()
    return Firm(kept.id, merged.id, own.id, other.id, held.id, person.id, guest.id)


def merge(db: Database, firm: Firm, now: datetime, **other: Any) -> int:
    with db.transaction() as session:
        kept, merged = other.get("kept", firm.kept), other.get("merged", firm.merged)
        return enterprise_merges.merge(session, kept, merged, "同一家企业，已换证", HUB, now).id


def undo(db: Database, merge_id: int, now: datetime) -> None:
    with db.transaction() as session:
        enterprise_merges.undo(session, merge_id, "核对后不是同一家", HUB, now)


def fold(db: Database, now: datetime) -> dict[int, Any]:
    """Fold what waits; the tallies by platform, and nothing that ``retally --check`` would find."""
    folding.fold_waiting(db, lambda: now)
    assert folding.check(db, lambda: now) == ([], [])
    with db.read() as session:
        return {card.platform_id: card.tally for card in session.scalars(sa.select(ScorecardRow))}


def recounted(db: Database, now: datetime) -> dict[int, Any]:
    folding.retally(db, lambda: now)
    return fold(db, now)


def facts(db: Database) -> dict[str, list[Any]]:
    """Every row, without the log, the work list, the merges and the scores."""
    apart = {"log_entries", "changes", "enterprise_merges", "scorecards", "score_lines", "score_changes"}
    return {name: sorted(found, key=repr) for name, found in every_row(db).items() if name not in apart}


def of_enterprise(db: Database, enterprise_id: int) -> set[str]:
    """The tables that have a row of the enterprise."""
    with db.read() as session:
        of_it = {each.name: sa.exists().where(each.c.enterprise_id == enterprise_id) for each in merge_plans.tables()}
        return {name for name, has_rows in of_it.items() if session.scalar(sa.select(has_rows))}


def test_every_row_moves_and_the_merged_enterprise_stays_as_a_pointer(db: Database, firm: Firm, now: datetime) -> None:
    """Nothing is left at the merged one, whatever table it is in."""
    assert of_enterprise(db, firm.merged) == {
        "attendances", "check_ins", "cluster_members", "contacts", "needs", "offline_service_enterprises",
        "online_trades", "roster_rows",
    }  # fmt: skip
    merge(db, firm, now)
    assert of_enterprise(db, firm.merged) == set()
    with db.read() as session:
        row = session.get_one(Enterprise, firm.merged)
        assert (row.name, row.licence_number, row.merged_into_id) == (
            "长沙市精工科技公司",
            "430100000012345",
            firm.kept,
        )


def test_both_at_one_activity_are_one_check_in_the_earliest(db: Database, firm: Firm, now: datetime) -> None:
    """The later one is set aside, and whoever made it was there as a colleague."""
    merge(db, firm, now)
    with db.read() as session:
        here = sa.select(CheckIn).where(CheckIn.activity_id == firm.activity)
        found = session.scalars(here.order_by(CheckIn.checked_in_at)).all()
        assert [(row.person_id, row.is_live) for row in found] == [(firm.guest, True), (firm.person, False)]
        came = session.scalars(sa.select(Attendance.person_id).where(Attendance.activity_id == firm.activity)).all()
        assert came == [firm.person]


def test_merged_and_undone_are_the_same_rows_and_the_same_tallies(db: Database, firm: Firm, now: datetime) -> None:
    """Every row of every table is as it was, and so is every count; in between the firm counts once."""
    before, counted = facts(db), recounted(db, now)
    merge_id = merge(db, firm, now)
    assert touched(db) == {(firm.platform, 2026), (firm.other, 2026)}
    between = fold(db, now)
    assert between != counted
    assert (counted[firm.platform]["counted"]["offline_participations"], between[firm.platform]["counted"]) == (
        2,
        counted[firm.platform]["counted"] | {"offline_participations": 1},
    )
    undo(db, merge_id, now)
    assert touched(db) == {(firm.platform, 2026), (firm.other, 2026)}
    assert fold(db, now) == counted
    assert facts(db) == before


def test_the_preview_tells_what_the_merge_then_does(db: Database, firm: Firm, now: datetime) -> None:
    """家次 that fall away per platform are the difference between two recounts, and looking writes nothing."""
    before = every_row(db)
    with db.read() as session:
        shown = merge_cases.compare(session, firm.kept, firm.merged, HUB)
    assert every_row(db) == before
    effects = {platform.id: effect for platform, effect in shown.effects}
    own = effects[firm.platform]
    assert (own.participations, effects[firm.other].participations) == (-2, 0)
    assert (own.moved["check_ins"], own.moved["online_trades"], own.moved["needs"]) == (1, 1, 1)
    assert (shown.contacts, shown.shared_contacts, shown.has_two_codes) == (2, 1, False)


def test_a_person_of_both_is_contact_of_one_and_a_choice_stays(db: Database, firm: Firm, now: datetime) -> None:
    """Whoever last stood for the merged one stands for the kept one now."""
    merge(db, firm, now)
    with db.read() as session:
        found = session.execute(sa.select(Contact.person_id, Contact.enterprise_id, Contact.is_current)).all()
    assert {enterprise_id for _, enterprise_id, _ in found} == {firm.kept}
    assert (len(found), all(is_current for *_, is_current in found)) == (3, True)


def test_every_look_up_finds_the_kept_one(db: Database, firm: Firm, now: datetime) -> None:
    """Code, licence, both spellings: search, register, rosters, order lists, enrolment, records by id."""
    merge(db, firm, now)
    licence, name = "430100000012345", "长沙市精工科技公司"
    with db.transaction() as session:
        assert [each.id for each in enterprises.search(session, "长沙市精工")] == [firm.kept]
        assert [each.id for each in enterprises.search(session, "精工科技")] == [firm.kept]
        assert [each.id for each in enterprises.search(session, licence)] == [firm.kept]
        assert [each.id for each in near_names.near(session, "长沙市精工科枝公司")] == [firm.kept]
        form = EnterpriseForm("随便什么名字", licence_number=licence)
        assert enterprises.register(session, form, MACHINE, now).id == firm.kept
        lines = [
            OrderLine(1, "D-7", "2026-11-20", "", name, "商标注册"),
            OrderLine(2, "D-8", "2026-11-20", licence, "", "商标注册"),
        ]
        matched = roster_matching.match(session, [Line(name, ""), Line("", licence), Line("长沙精工科技有限公司", "")])
        assert {each.enterprise_id for each in matched} == {firm.kept}
        assert {order.enterprise for order in trade_lists.judged(session, lines, now)} == {firm.kept}
        chosen = enrolment.add_enterprise(session, consenting(session).id, firm.merged, now)
        assert chosen.enterprise is session.get_one(Enterprise, firm.kept)
        assert enterprises.is_contact(session, firm.guest, firm.merged)
        with pytest.raises(Refused, match="enterprise_merged"):
            must_exist(session, [firm.merged])


@dataclass(frozen=True)
class Line:
    name: str
    uscc: str


def consenting(session: Session) -> Person:
    return builders.person(session, consent_version="2026-11", consented_at=builders.NOW)


def test_who_stood_for_the_merged_one_is_in_already(db: Database, firm: Firm, now: datetime) -> None:
    """Their next scan finds the firm's check-in; no second 家次."""
    merge(db, firm, now)
    with db.transaction() as session:
        guest, held = session.get_one(Person, firm.guest), session.get_one(Activity, firm.activity)
        scan = Scan(str(guest.openid), held.scene, Door.CODE, now, now)
        assert check_in(session.connection(), scan).kind is OutcomeKind.ALREADY_IN
        outcome = corrections.enter_by_hand(session, held.id, firm.merged, Actor(None, Role.PROVINCE), now)
        assert outcome.kind is OutcomeKind.ALREADY_IN


@pytest.mark.parametrize(("voided", "live"), [("merged", "kept"), ("kept", "merged")])
def test_a_check_in_that_counts_stays_before_one_that_staff_voided(
    db: Database, firm: Firm, now: datetime, voided: str, live: str
) -> None:
    """Whichever is the earlier; undo gives back both, the reason too."""
    with db.transaction() as session:
        row = session.scalars(at(firm.activity, getattr(firm, voided))).one()
        row.voided_at, row.void_reason = now, "该企业未到场"
        survivor = session.scalars(at(firm.activity, getattr(firm, live))).one().id
    before = facts(db)
    merge_id = merge(db, firm, now)
    with db.read() as session:
        held = session.scalars(at(firm.activity, firm.kept).where(CheckIn.holds_place)).one()
        assert (held.id, held.is_live) == (survivor, True)
    undo(db, merge_id, now)
    assert facts(db) == before


def at(activity_id: int, enterprise_id: int) -> sa.Select[Any]:
    return sa.select(CheckIn).where(CheckIn.activity_id == activity_id, CheckIn.enterprise_id == enterprise_id)


def test_a_sealed_year_keeps_its_rows_its_score_and_its_check(db: Database, firm: Firm, now: datetime) -> None:
    """The preview says how many rows stay, nothing of the sealed year changes, and the rows are found as before."""
    later = datetime(2027, 1, 5, tzinfo=now.tzinfo)
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        seals.seal(session, firm.platform, 2026, official, later)
    fold(db, later)
    cards = every_row(db)["scorecards"]
    with db.read() as session:
        effects = {p.id: e for p, e in merge_cases.compare(session, firm.kept, firm.merged, HUB).effects}
    own = effects[firm.platform]
    assert (own.is_sealed, own.moved, own.participations) == (True, {}, 0)
    assert own.left == 5  # check-in, service, trade, need, line of a list
    before = facts(db)
    merge_id = merge(db, firm, later)
    assert of_enterprise(db, firm.merged) == {
        "check_ins", "needs", "offline_service_enterprises", "online_trades", "roster_rows"
    }  # fmt: skip
    assert touched(db) == {(firm.other, 2026)}
    fold(db, later)
    assert [card for card in every_row(db)["scorecards"] if card.platform_id == firm.platform] == [
        card for card in cards if card.platform_id == firm.platform
    ]
    with db.read() as session:
        counted = countings.of_person(session, firm.guest, 2026)
    assert {each.enterprise.id for each in counted} == {firm.kept, firm.merged}
    undo(db, merge_id, later)
    assert facts(db) == before


def test_a_year_sealed_since_keeps_the_rows_where_they_are_when_undone(db: Database, firm: Firm, now: datetime) -> None:
    """Undo touches nothing of it and gives back the rest."""
    later = datetime(2027, 1, 5, tzinfo=now.tzinfo)
    merge_id = merge(db, firm, later)
    with db.transaction() as session:
        seals.seal(session, firm.platform, 2026, builders.staff(session, role=Role.PROVINCE), later)
    undo(db, merge_id, later)
    fold(db, later)
    assert of_enterprise(db, firm.merged) == {"attendances", "check_ins", "cluster_members", "contacts"}
    with db.read() as session:
        assert session.scalars(at(firm.activity, firm.merged)).all() == []


def test_chains_lead_to_the_last_and_are_undone_from_the_newest(db: Database, firm: Firm, now: datetime) -> None:
    """A into B, B into C: A is found as C; the older merge is undone only after the newer one."""
    with db.transaction() as session:
        last = builders.enterprise(session, name="长沙精工集团有限公司").id
    before = facts(db)
    first = merge(db, firm, now)
    second = merge(db, firm, now + timedelta(minutes=1), kept=last, merged=firm.kept)
    with db.transaction() as session:
        assert enterprises.by_code(session, "430100000012345") is session.get_one(Enterprise, last)
        with pytest.raises(Refused) as refused:
            enterprise_merges.undo(session, first, "误并", HUB, now)
        assert (refused.value.code, refused.value.values) == ("newer_merge_first", {"name": "长沙精工科技有限公司"})
    undo(db, second, now)
    with db.read() as session:
        assert enterprises.by_code(session, "430100000012345") is session.get_one(Enterprise, firm.kept)
    undo(db, first, now)
    assert facts(db) == before


def test_a_third_spelling_joins_the_kept_one_even_if_the_former_is_named(
    db: Database, firm: Firm, now: datetime
) -> None:
    """Whoever merges into a merged enterprise merges into the one that is kept."""
    with db.transaction() as session:
        third = builders.enterprise(session, name="精工长沙").id
    with db.transaction() as session:
        row = session.get_one(Enterprise, third)
        row.uscc, row.licence_number = None, "430100000099999"
    merge(db, firm, now)
    merge(db, firm, now, kept=firm.merged, merged=third)
    with db.read() as session:
        assert session.get_one(Enterprise, third).merged_into_id == firm.kept


def test_what_came_after_the_merge_stays_with_the_kept_one(db: Database, firm: Firm, now: datetime) -> None:
    """New rows, contacts who left and choices made since are not turned back."""
    merge_id = merge(db, firm, now)
    with db.transaction() as session:
        own, kept = session.get_one(Platform, firm.platform), session.get_one(Enterprise, firm.kept)
        new = builders.check_in(session, builders.activity(session, own), kept).id
        enrolment.leave_enterprise(session, firm.guest, firm.kept, now)
    undo(db, merge_id, now)
    with db.read() as session:
        assert session.get_one(CheckIn, new).enterprise_id == firm.kept
        assert session.scalars(sa.select(Contact).where(Contact.person_id == firm.guest)).all() == []


def test_a_set_aside_check_in_stays_so_if_its_place_is_taken_since(db: Database, firm: Firm, now: datetime) -> None:
    """The visitor undid the one that stayed, another came for the firm: undo breaks nothing."""
    merge_id = merge(db, firm, now)
    with db.transaction() as session:
        session.scalars(at(firm.activity, firm.kept).where(CheckIn.holds_place)).one().undone_at = now
        held, kept = session.get_one(Activity, firm.activity), session.get_one(Enterprise, firm.kept)
        new = builders.check_in(session, held, kept, checked_in_at=now).id
    undo(db, merge_id, now)
    with db.read() as session:
        assert session.scalars(at(firm.activity, firm.kept).where(CheckIn.holds_place)).one().id == new


def test_an_objection_to_the_check_in_set_aside_is_one_to_the_other(db: Database, firm: Firm, now: datetime) -> None:
    """Upheld, the firm's 家次 falls away, as it was asked for."""
    with db.transaction() as session:
        mine = session.scalars(at(firm.activity, firm.kept)).one().id
        by = Actor(firm.person)
        row = disputes.raise_dispute(session, firm.kept, DisputeSubject.CHECK_IN, mine, "未参加", by, now).id
    before = facts(db)
    merge_id = merge(db, firm, now)
    with db.read() as session:
        stays = session.scalars(at(firm.activity, firm.kept).where(CheckIn.is_live)).one().id
        assert session.get_one(Dispute, row).subject_id == stays
    undo(db, merge_id, now)
    assert facts(db) == before


def test_a_region_that_the_kept_one_lacks_comes_along_and_goes_again(db: Database, firm: Firm, now: datetime) -> None:
    """Where a firm is decides what counts: it is not lost with the spelling."""
    with db.transaction() as session:
        session.get_one(Enterprise, firm.kept).region_code = None
        session.get_one(Enterprise, firm.merged).region_code = "430102"
    merge_id = merge(db, firm, now)
    with db.read() as session:
        assert session.get_one(Enterprise, firm.kept).region_code == "430102"
    undo(db, merge_id, now)
    with db.read() as session:
        assert session.get_one(Enterprise, firm.kept).region_code is None


REFUSED = [
    ("merge_with_itself", {"merged": "kept"}),
    ("merge_keeps_the_code", {"kept": "merged", "merged": "kept"}),
]


@pytest.mark.parametrize(("code", "pair"), REFUSED)
def test_what_makes_no_sense_is_refused(
    db: Database, firm: Firm, now: datetime, code: str, pair: dict[str, str]
) -> None:
    """An enterprise with itself; a code into a licence."""
    before = every_row(db)
    kept, merged = (getattr(firm, pair.get(name, name)) for name in ("kept", "merged"))
    with pytest.raises(Refused, match=code):
        merge(db, firm, now, kept=kept, merged=merged)
    assert every_row(db) == before


def test_only_the_hub_merges_with_a_reason_and_twice_is_once(db: Database, firm: Firm, now: datetime) -> None:
    """Platforms and contacts propose; the log says who did what."""
    for by, reason in ((Actor(firm.person), "同一家"), (Actor(1, Role.PLATFORM, firm.platform), "同一家"), (HUB, " ")):
        with pytest.raises(Refused), db.transaction() as session:
            enterprise_merges.merge(session, firm.kept, firm.merged, reason, by, now)
    first = merge(db, firm, now)
    after = every_row(db)
    assert merge(db, firm, now) == first
    assert every_row(db) == after
    undo(db, first, now)
    undone = every_row(db)
    undo(db, first, now)
    assert every_row(db) == undone
    with db.read() as session:
        chosen = sa.select(LogEntry.deed).where(LogEntry.deed.startswith("enterprise.merge")).order_by(LogEntry.id)
        deeds = session.scalars(chosen).all()
    assert deeds == ["enterprise.merged", "enterprise.merge_undone"]
    assert merge(db, firm, now) != first


def test_a_proposal_waits_and_is_confirmed_or_refused(db: Database, firm: Firm, now: datetime) -> None:
    """By the contact of the licence or a platform that serves it; a stranger may not."""
    with db.transaction() as session:
        uscc = str(session.get_one(Enterprise, firm.kept).uscc)
        with pytest.raises(Refused, match="not_allowed"):
            merge_cases.propose(session, firm.merged, uscc, "已换证", Actor(builders.person(session).id), now)
        row = merge_cases.propose(session, firm.merged, uscc, "已换证", Actor(firm.guest), now)
        served_by = Actor(builders.person(session).id, Role.PLATFORM, firm.other)
        again = merge_cases.propose(session, firm.merged, uscc, "又一次", served_by, now)
        assert row is again
        merge_id = row.id if row is not None else 0
        assert [case.merge.id for case in merge_cases.cases(session, HUB).rows] == [merge_id]
        assert merge_cases.waiting_count(session) == 1
    assert of_enterprise(db, firm.merged) != set()
    with db.transaction() as session:
        merge_cases.refuse(session, merge_id, "执照不是同一家", HUB, now)
        with pytest.raises(Refused, match="merge_refused_before"):
            enterprise_merges.confirm(session, merge_id, "同一家", HUB, now)
        second = merge_cases.propose(session, firm.merged, uscc, "附上换证记录", Actor(firm.guest), now)
        second_id = second.id if second is not None else 0
        assert second_id != merge_id
        enterprise_merges.confirm(session, second_id, "核对一致", HUB, now)
        with pytest.raises(Refused, match="merge_done_before"):
            merge_cases.refuse(session, second_id, "不是", HUB, now)
    assert of_enterprise(db, firm.merged) == set()


def test_a_table_that_names_enterprises_otherwise_is_not_overlooked() -> None:
    """Whoever adds a table must name the enterprise so that a merge moves it."""
    named = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.target_fullname == "enterprises.id"
    }
    assert {table.name for table in merge_plans.tables()} == named - {"enterprise_merges"}


def test_a_record_that_was_on_its_way_follows_the_merge(emptied_postgres: Database, now: datetime) -> None:
    """A platform enters an order for the merged one while the hub merges: both succeed, the order is the kept one's."""
    with emptied_postgres.transaction() as session:
        firm = settle(session)
    done: list[bool] = []

    def enter() -> None:
        with emptied_postgres.transaction() as session:
            entry = OnlineTradeEntry("D-9", DAY, firm.merged, "商标注册")
            by = Actor(firm.person, Role.PLATFORM, firm.platform)
            online_trades.add(session, firm.platform, entry, by, now)
        done.append(True)

    late = threading.Thread(target=enter)
    with emptied_postgres.transaction() as session:
        enterprise_merges.merge(session, firm.kept, firm.merged, "同一家", HUB, now)
        late.start()
        late.join(0.3)
        assert late.is_alive()
    late.join()
    assert done == [True]
    with emptied_postgres.read() as session:
        order = session.scalars(sa.select(OnlineTrade).where(OnlineTrade.order_number == "D-9")).one()
        assert order.enterprise_id == firm.kept


def test_two_who_merge_the_same_at_once_merge_it_once(db: Database, firm: Firm, now: datetime) -> None:
    """The second finds it done."""
    both = [threading.Thread(target=merge, args=(db, firm, now)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with db.read() as session:
        assert len(session.scalars(sa.select(EnterpriseMerge)).all()) == 1
        assert session.scalars(at(firm.activity, firm.kept).where(CheckIn.is_live)).one().person_id == firm.guest


def test_a_scan_that_was_read_before_the_merge_follows_it(emptied_postgres: Database, now: datetime) -> None:
    """PostgreSQL: its row waits for the merge and arrives at the kept enterprise, once."""
    with emptied_postgres.transaction() as session:
        firm = settle(session)
        held = builders.activity(session, session.get_one(Platform, firm.platform)).id
    values = {"activity": held, "enterprise": firm.merged, "at": now}

    def insert() -> None:
        with emptied_postgres.check_in_connection() as connection:
            connection.execute(
                sa.text(
                    "insert into check_ins"
                    " (activity_id, enterprise_id, door, evidence_grade, checked_in_at, received_at)"
                    " values (:activity, :enterprise, 'code', 1, :at, :at)"
                    " on conflict (activity_id, enterprise_id) where undone_at is null do nothing"
                ),
                values,
            )

    late = [threading.Thread(target=insert) for _ in range(3)]
    with emptied_postgres.transaction() as session:
        enterprise_merges.merge(session, firm.kept, firm.merged, "同一家", HUB, now)
        for each in late:
            each.start()
        late[0].join(0.3)
        assert late[0].is_alive()
    for each in late:
        each.join()
    with emptied_postgres.read() as session:
        assert session.scalars(sa.select(CheckIn.enterprise_id).where(CheckIn.activity_id == held)).all() == [firm.kept]
