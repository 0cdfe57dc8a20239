"""重复推送: a push that arrives again after a later deed changes nothing, and its answer is true.

WeChat repeats a push that was answered late; sender, code and second are the same. What is delivered for the first time
only after the deed is another matter: it counts once, as of when it was made (``LATE``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from models.checkin import Attendance, CheckIn
from models.person import Person
from tests.clock import SettableClock
from tests.databases import every_row
from tests.wxsvc.chat.later_deeds import (
    AGAIN,
    ARRIVED,
    DEED,
    DEEDS,
    NEVER,
    OF_WHO_STANDS_FOR_WHOM,
    PUSHED,
    PUSHES,
    START,
    Case,
)
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.settings import Settings

pytestmark = pytest.mark.both_databases

SAID: Final[dict[tuple[str, str], str]] = {
    ("scan", "nothing"): "无需重复操作",
    ("scan", "undo"): "您已撤销本次签到。如仍需签到，请再扫一次",
    ("scan", "undo_and_scan_anew"): "10:01签到，无需重复操作",
    ("scan", "undo_and_a_colleague_scans"): "10:01签到，企业数按一家计",
    ("scan", "change_enterprise"): "无需重复操作",
    ("scan", "stand_for_another"): "无需重复操作",
    ("scan", "withdraw_consent"): "无需重复操作",
    ("scan", "void"): "已由工作人员更正",
    ("scan", "cancel"): "已取消",
    ("second_scan", "undo"): "您已撤销本次签到",
    ("second_scan", "stand_for_another"): "无需重复操作",
    ("second_scan", "leave_the_enterprise"): "无需重复操作",
    ("scan_of_a_colleague", "undo"): "已由同事撤销，如仍需签到，请再扫一次",
    ("scan_of_a_colleague", "change_enterprise"): "企业数按一家计",
    ("scan_of_a_colleague", "stand_for_another"): "请再扫一次",
    ("scan_of_a_colleague", "delete"): "您的个人信息已删除",
    ("second_scan_of_a_colleague", "undo"): "已由同事撤销",
    ("short_code", "hand_in"): "无需重复操作",
    ("short_code", "cancel"): "已取消",
    ("stranger", "enrol"): "无需重复操作",
    ("stranger", "delete"): "您的个人信息已删除",
    ("no_enterprise", "enrol"): "请再扫一次",
    ("too_early", "open"): "现在可以签到了。请再扫一次",
}
"""What some repeats are answered with."""

LATE: Final = {
    ("scan", "undo"): ("签到成功", 1),
    ("scan", "undo_and_scan_anew"): ("签到成功", 1),
    ("scan", "undo_and_a_colleague_scans"): ("签到成功", 1),
    ("scan", "stand_for_another"): ("签到成功", 1),
    ("scan", "leave"): ("签到成功", 1),
    ("scan", "rejoin"): ("签到成功", 1),
    ("scan", "delete"): ("您的个人信息已删除，本次扫码未能签到", 0),
    ("scan", "withdraw_consent"): ("请先登记", 0),
    ("scan", "cancel"): ("已取消", 0),
    ("scan", "move_later"): ("开放签到", 0),
    ("scan", "hand_in"): ("签到成功", 1),
    ("scan", "approve"): ("签到成功", 1),
    ("short_code", "hand_in"): ("签到成功", 1),
    ("short_code", "return"): ("签到成功", 1),
    ("short_code", "cancel"): ("已取消", 0),
    ("second_scan", "undo"): ("您已撤销本次签到", 0),
    ("second_scan", "stand_for_another"): ("无需重复操作", 1),
    ("second_scan", "void"): ("已由工作人员更正", 0),
    ("second_scan", "delete"): ("无需重复操作", 1),
    ("scan_of_a_colleague", "undo"): ("已由同事撤销，如仍需签到，请再扫一次", 0),
    ("scan_of_a_colleague", "undo_and_a_colleague_scans"): ("企业数按一家计", 1),
    ("scan_before_a_colleague", "undo"): ("签到成功", 1),
    ("stranger", "delete"): ("登记后自动完成签到", 0),
    ("too_early", "open"): ("签到成功", 1),
}
"""What a push that is delivered for the first time after the deed is answered with, and how many check-ins stand."""


class Walk:
    """One push, and a case for each deed after which it is delivered."""

    def __init__(self, db: Database, folder: Path, push: str, deeds: Collection[str]) -> None:
        self.db, self.push = db, PUSHES[push]
        settings = Settings(data_dir=folder, database_url=str(db.url), secret_key="k" * 40)
        house = House(settings, db, SettableClock(START))
        with db.transaction() as session:
            self.cases = {deed: Case(house, session, deed, 10_000 + number) for number, deed in enumerate(deeds)}
        for case in self.cases.values():
            self.push.before(case)
        with db.read() as session:
            openids = session.execute(sa.select(Person.id, Person.openid)).all()
        self._names = {person_id: str(openid).rsplit("-", 1)[0] for person_id, openid in openids}

    def deliver(self, deed: str, arrives: datetime, made: datetime = PUSHED) -> str:
        """The answer to the push."""
        case = self.cases[deed]
        return case.deliver(self.push.inner(case), self.push.who, made, arrives) or ""

    def do(self, deed: str) -> None:
        DEEDS[deed](self.cases[deed], self.push.who)

    def standing(self, deed: str) -> int:
        """How many check-ins of the case's activity stand."""
        with self.db.read() as session:
            of_it = sa.select(CheckIn.id).where(CheckIn.activity_id == self.cases[deed].activity.id, CheckIn.is_live)
            return len(session.scalars(of_it).all())

    def changed(self, repeat: Callable[[], None]) -> dict[str, list[str]]:
        """The rows that came, went or became others, by the deed of their case."""
        was = every_row(self.db)
        repeat()
        found = defaultdict[str, list[str]](list)
        for table, rows in every_row(self.db).items():
            before, after = ({repr(row): row for row in of} for of in (was[table], rows))
            for each in before.keys() ^ after.keys():
                row = (before | after)[each]._mapping
                person = row["id"] if table == "persons" else row.get("person_id")
                case = self._names.get(person) or row.get("openid") or f"activity {row.get('activity_id')}"
                found[case].append(f"{'-' if each in before else '+'} {table} {dict(row)}")
        return dict(found)


@pytest.mark.parametrize("push", PUSHES)
def test_a_repeat_after_a_later_deed_changes_nothing(db: Database, tmp_path: Path, push: str) -> None:
    walk = Walk(db, tmp_path, push, PUSHES[push].deeds or (OF_WHO_STANDS_FOR_WHOM if db.is_sqlite else DEEDS))
    for deed in walk.cases:
        walk.deliver(deed, ARRIVED)
        walk.do(deed)
    said = {}

    def repeat() -> None:
        said.update({(push, deed): walk.deliver(deed, AGAIN) for deed in walk.cases})

    assert walk.changed(repeat) == {}
    assert {of: each for of, each in said.items() if SAID.get(of, "") not in each} == {}


@pytest.mark.parametrize(("push", "deed"), LATE)
def test_what_is_delivered_first_after_the_deed_counts_once(db: Database, tmp_path: Path, push: str, deed: str) -> None:
    walk = Walk(db, tmp_path, push, [deed])
    walk.do(deed)
    words, standing = LATE[push, deed]
    assert words in walk.deliver(deed, AGAIN)
    assert walk.standing(deed) == standing
    assert walk.changed(lambda: str(walk.deliver(deed, AGAIN)) and None) == {}


@pytest.mark.parametrize(
    ("push", "deed"),
    [
        ("scan", "undo"),
        ("scan_of_a_colleague", "undo"),
        ("second_scan_of_a_colleague", "undo"),
        ("short_code_of_a_colleague", "undo"),
        ("scanner", "undo"),
        ("scanner_of_digits", "undo"),
        ("following_scan", "undo"),
        ("no_enterprise", "enrol"),
        ("public_body", "enrol"),
        ("too_early", "open"),
        ("too_late", "open"),
    ],
)
def test_a_new_scan_in_the_next_second_counts(db: Database, tmp_path: Path, push: str, deed: str) -> None:
    """Also while older repeats of the same person still arrive, which take nothing of it away."""
    walk = Walk(db, tmp_path, push, [deed])
    walk.deliver(deed, ARRIVED)
    walk.do(deed)
    new = DEED + timedelta(seconds=1)
    assert "签到成功" in walk.deliver(deed, new, made=new)
    assert walk.standing(deed) == 1
    assert walk.changed(lambda: str(walk.deliver(deed, AGAIN)) and None) == {}


def test_who_came_before_the_activity_was_moved_is_taken_in_at_its_new_time(db: Database, tmp_path: Path) -> None:
    """The first arrival lies outside of the new window; a scan within it is no repeat of that one."""
    walk = Walk(db, tmp_path, "no_enterprise", ["enrol"])
    walk.deliver("enrol", ARRIVED)
    walk.cases["enrol"].set(opens_at=DEED, closes_at=NEVER)
    walk.do("enrol")
    new = DEED + timedelta(seconds=1)
    assert "签到成功" in walk.deliver("enrol", new, made=new)
    assert walk.standing("enrol") == 1


def test_a_colleague_who_comes_at_the_new_time_has_arrived(db: Database, tmp_path: Path) -> None:
    walk = Walk(db, tmp_path, "scan", ["nothing"])
    walk.deliver("nothing", ARRIVED)
    case = walk.cases["nothing"]
    case.set(opens_at=DEED, closes_at=NEVER)
    case.scan("two", DEED)
    with db.read() as session:
        assert session.scalars(sa.select(Attendance.person_id)).all() == [case.who(session, "two").id]


def test_who_scans_with_an_openid_that_was_given_up_is_somebody_new(db: Database, tmp_path: Path) -> None:
    """重新关联: the former phone may be in other hands; what it did before the new one took over stays the person's."""
    walk = Walk(db, tmp_path, "scan", ["rejoin"])
    walk.do("rejoin")
    new = DEED + timedelta(seconds=1)
    assert "请先登记" in walk.deliver("rejoin", new, made=new)
    assert walk.standing("rejoin") == 0
    assert "签到成功" in walk.deliver("rejoin", AGAIN)
    assert walk.standing("rejoin") == 1
