"""The life of a province by chance: whatever is done in whatever order, counts are rows, the log is whole, seals hold.

A machine draws deeds (publishing, scans, corrections, records, verdicts and their undoing, readings, nights, seals) and
keeps in plain sets what must then be so. Three of four deeds are drawn among what they can be done to, so a rare one
meets what it is about. ``make fuzz`` runs more steps, with other seeds each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, ParamSpec

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from models.activity import Activity
from models.checkin import CheckIn
from models.journal import LogEntry
from models.platform import Platform
from models.record import OfflineService
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import Door, Role, Stage, Subject
from models.work_list import Change
from models.year_end import PlatformSnapshot
from scoring.tally import Tally
from scoring.terms import Fact, PlatformKind
from tests import builders, fuzzing
from tests.activity_forms import whole_form
from tests.databases import as_it_is
from wxsvc.db import Database
from wxsvc.services import log_chain
from wxsvc.services.activity import activities, submission
from wxsvc.services.counting import folding, seals
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.judging import reviews, verdict_steps
from wxsvc.services.judging.verdict_steps import UNDO_FOR
from wxsvc.services.records import offline_services, reviewed
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

_P = ParamSpec("_P")
pytestmark = [pytest.mark.both_databases, pytest.mark.fuzz, pytest.mark.timeout(3600)]

BEGIN: Final = datetime(2026, 12, 31, 6, 0, tzinfo=builders.BEIJING)
"""The last morning of a year, so that a life has a year to seal and another that goes on."""
STEPS: Final = 30
LIVES: Final = fuzzing.examples(16)
"""Of as many steps, on each database, each its own: what is done there differs, what must be so does not."""
READINGS: Final = (("partial_step", "linear"), ("partial_step", "whole"), ("complete_summary", "0"))
"""Readings that move scores, and no count: what the machine adds up must be the product's number."""
_MOMENT: Final = timedelta(seconds=1)
"""No two deeds are of one instant: a scan of the instant in which staff took the check-in out is told as before it."""
PICK: Final = st.integers(0, 10_000)
MOST: Final = 5
"""Activities and records of each platform: more of them is more to count and nothing new."""


@dataclass
class Judged:
    """What is reviewed, as the machine knows it."""

    id: int
    platform: int
    year: int
    stage: Stage
    last_step: int | None = field(default=None, kw_only=True)
    """The verdict that its stage is from; none where somebody else changed it since."""

    @property
    def key(self) -> tuple[int, int]:
        """The platform-year that it counts in."""
        return self.platform, self.year

    def become(self, stage: Stage, step: int | None = None) -> None:
        """Take the stage, where it is another one."""
        if stage is not self.stage:
            self.stage, self.last_step = stage, step


@dataclass
class Held(Judged):
    """An activity: the enterprises that are in, and those that were taken out by staff."""

    scene: str
    ends_at: datetime
    live: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    rows: dict[int, int] = field(default_factory=dict)
    """The check-in that holds the place of each enterprise."""


@dataclass
class Record(Judged):
    """An offline service."""

    enterprises: frozenset[int]


@dataclass(frozen=True)
class Deed:
    """When a method of :class:`Life` finds something to do, what is drawn for it, and how often beside others."""

    when: Callable[[Life], object]
    drawn: st.SearchStrategy[dict[str, Any]]
    times: int


DEEDS: Final[dict[str, Deed]] = {}


def deed(
    when: Callable[[Life], object] = lambda _: True, times: int = 1, **drawn: st.SearchStrategy[Any]
) -> Callable[[Callable[_P, None]], Callable[_P, None]]:
    """Mark a method as one of the deeds."""

    def marked(method: Callable[_P, None]) -> Callable[_P, None]:
        DEEDS[method.__name__] = Deed(when, st.fixed_dictionaries(drawn), times)
        return method

    return marked


class Life:
    """What may happen, and what then holds."""

    is_settled = False
    is_waiting = True
    """Whether anything was done since the worker had its turn."""

    def __init__(self, db: Database, done: Counter[str]) -> None:
        """``done`` is how often each deed was really done, over all lives."""
        self.db, self.done = db, done

    def begin(self, settled: dict[str, Any], is_year_over: bool) -> None:
        """Go on where :meth:`settle` ended: the same in each life, done once; half of them when the year is over."""
        vars(self).update(deepcopy(settled))
        self.now += timedelta(days=2 * is_year_over)
        self.is_settled = True

    def go_on(self, data: st.DataObject) -> None:
        """One deed of those that something can be done to."""
        possible = [name for name, each in DEEDS.items() if each.when(self) for _ in range(each.times)]
        name = data.draw(st.sampled_from(possible), "deed")
        getattr(self, name)(**data.draw(DEEDS[name].drawn, name))

    def settle(self) -> dict[str, Any]:
        """Two platforms of a city with staff, two officials, a reviewer, enterprises with their persons.

        Each platform has an activity that two came to, and a service: whatever is drawn first finds something to do.
        Returns what the machine knows of them.
        """
        known_before = set(vars(self))
        self.now = BEGIN
        self.held: list[Held] = []
        self.newest: tuple[Held, int] | None = None
        self.records: list[Record] = []
        self.sealed: dict[tuple[int, int], Any] = {}
        self.steps: list[tuple[int, Judged, Stage, datetime]] = []
        with self.db.transaction() as session:
            codes = ("430100", "430101")
            found = [builders.platform(session, code=code, region_code="430100") for code in codes]
            self.platforms = [each.id for each in found]
            self.last_year = [(each, BEGIN.year) for each in self.platforms]
            self.staff = {each.id: builders.staff(session, each) for each in found}
            self.officials = [builders.staff(session, role=Role.PROVINCE) for _ in range(2)]
            self.reviewer = builders.staff(session, role=Role.REVIEWER)
            self.people: list[tuple[str, int, int]] = []
            for _ in range(6):
                enterprise, person = builders.enterprise(session), builders.person(session, created_at=BEGIN)
                builders.contact(session, person, enterprise)
                self.people.append((str(person.openid), person.id, enterprise.id))
        for at in range(len(self.platforms)):
            self.publish(at=at, hours=6 + 20 * at)
            self.serve(at=at, who={at}, days=1)
            for who in (2 * at, 2 * at + 1):
                self.scan(at=at, who=who)
        return {name: each for name, each in vars(self).items() if name not in known_before}

    # what the door does

    @deed(at=PICK, hours=st.integers(1, 30), when=lambda self: len(self.held) < MOST * len(self.platforms))
    def publish(self, at: int, hours: int) -> None:
        """发布 an activity that has just begun; a long one may end in the next year."""
        platform = self._of(self.platforms, at)
        begins, ends = self.now - timedelta(minutes=30), self.now + timedelta(hours=hours)
        key = (platform, ends.year)
        with self._deed("publish", key, is_done=key not in self.sealed) as session:
            form = whole_form(session.get_one(Platform, platform), title=f"对接会{at}", starts_at=begins, ends_at=ends)
            row = activities.publish(session, form, self.staff[platform], self.now)
            builders.photo(session, row)
            self.held.append(Held(row.id, platform, ends.year, Stage.PUBLISHED, str(row.scene), ends))

    @deed(at=PICK, who=PICK, when=lambda self: self.held)
    def scan(self, at: int, who: int) -> None:
        """扫码: it counts once, within the window, unless staff took it out."""
        activity = self._mostly(self.held, at, lambda each: each.stage is Stage.PUBLISHED and self.now < each.ends_at)
        openid, _, enterprise = self._of(self.people, who)
        scanned_at = self.now + _MOMENT
        self.now = scanned_at + _MOMENT
        with self.db.check_in_connection() as connection:
            scan = Scan(openid, activity.scene, Door.CODE, scanned_at, self.now)
            outcome = check_in(connection, scan)
        if outcome.kind is OutcomeKind.CHECKED_IN:
            assert enterprise not in activity.live | activity.voided
            assert activity.stage is Stage.PUBLISHED
            assert scanned_at <= activity.ends_at
            assert outcome.check_in_id is not None
            activity.live.add(enterprise)
            activity.rows[enterprise] = outcome.check_in_id
            self.newest = activity, enterprise
            self._note("scan")
            with self.db.read() as session:
                assert _marked(session, self.now) == {activity.key}
        elif outcome.kind is OutcomeKind.ALREADY_IN:
            assert enterprise in activity.live
        self._is_so(activity)

    @deed(at=PICK, who=PICK, when=lambda self: self.held)
    def enter(self, at: int, who: int) -> None:
        """补登 by staff: also late, and never twice."""
        activity, (_, _, enterprise) = self._mostly(self.held, at, self._is_open), self._of(self.people, who)
        is_new = enterprise not in activity.live | activity.voided
        with self._deed("enter", activity.key, is_done=self._is_open(activity) and is_new) as session:
            done = corrections.enter_by_hand(session, activity.id, enterprise, self.staff[activity.platform], self.now)
            if is_new:
                assert done.check_in_id is not None
                activity.live.add(enterprise)
                activity.rows[enterprise] = done.check_in_id
        self._is_so(activity)

    @deed(times=2, at=PICK, who=PICK, when=lambda self: any(each.live for each in self.held))
    def undo(self, at: int, who: int) -> None:
        """撤销 by the visitor, within ten minutes: the place is free again."""
        activity, enterprise = self._place(at, who, "live")
        if at % 4 and self.newest and self.newest[1] in self.newest[0].live:
            activity, enterprise = self.newest
        person = next(person for _, person, own in self.people if own == enterprise)
        with self._deed("undo", activity.key) as session:
            corrections.undo(session, activity.rows[enterprise], person, self.now)
            activity.live.remove(enterprise)
        self._is_so(activity)

    @deed(at=PICK, who=PICK, when=lambda self: any(each.live for each in self.held))
    def void(self, at: int, who: int) -> None:
        """更正 by staff, with a reason."""
        activity, enterprise = self._place(at, who, "live")
        with self._deed("void", activity.key) as session:
            by = self.staff[activity.platform]
            corrections.void(session, activity.rows[enterprise], "重复", by, self.now)
            activity.live.remove(enterprise)
            activity.voided.add(enterprise)
        self._is_so(activity)

    @deed(at=PICK, who=PICK, when=lambda self: any(each.voided for each in self.held))
    def revive(self, at: int, who: int) -> None:
        """恢复 by staff."""
        activity, enterprise = self._place(at, who, "voided")
        with self._deed("revive", activity.key) as session:
            by = self.staff[activity.platform]
            corrections.revive(session, activity.rows[enterprise], "到场", by, self.now)
            activity.voided.remove(enterprise)
            activity.live.add(enterprise)
        self._is_so(activity)

    # what platforms hand in

    @deed(at=PICK, is_patient=st.booleans(), when=lambda self: self.held)
    def hand_in(self, at: int, is_patient: bool) -> None:
        """活动小结 and 提交, once it is over: who is patient waits for that."""
        activity = self._mostly(self.held, at, self._is_open)
        by = self.staff[activity.platform]
        self.now = max(self.now, activity.ends_at) if is_patient else self.now
        may = self._is_open(activity)
        with self._deed("sum_up", activity.key) as session:
            version = session.get_one(Activity, activity.id).version
            submission.write_summary(session, activity.id, builders.SUMMARY, version, by, self.now)
        with self._deed("hand_in", activity.key, is_done=may and self.now >= activity.ends_at) as session:
            submission.submit(session, activity.id, by, self.now)
            if may:
                activity.become(Stage.SUBMITTED)

    @deed(at=PICK, when=lambda self: any(map(self._is_open, self.held)))
    def cancel(self, at: int) -> None:
        """取消活动."""
        activity = self._mostly(self.held, at, self._is_open)
        with self._deed("cancel", activity.key) as session:
            activities.cancel(session, activity.id, "改期", self.staff[activity.platform], self.now)
            activity.become(Stage.VOID)

    @deed(
        at=PICK,
        who=st.sets(PICK, min_size=1, max_size=3),
        days=st.integers(0, 4),
        when=lambda self: len(self.records) < MOST * len(self.platforms),
    )
    def serve(self, at: int, who: set[int], days: int) -> None:
        """线下服务 of a day that is past."""
        platform, day = self._of(self.platforms, at), (self.now - timedelta(days=days)).date()
        served = frozenset(self._of(self.people, each)[2] for each in who)
        key = (platform, day.year)
        with self._deed("serve", key, is_done=key not in self.sealed) as session:
            entry = OfflineServiceEntry(day, f"第{len(self.records)}次上门诊断", served)
            row = offline_services.add(session, platform, entry, self.staff[platform], self.now)
            self.records.append(Record(row.id, platform, day.year, Stage.SUBMITTED, served))

    @deed(at=PICK, is_back=st.booleans(), when=lambda self: self.records)
    def take_back(self, at: int, is_back: bool) -> None:
        """作废 of an own record, or 重新提交."""
        stages = (Stage.SUBMITTED, Stage.RETURNED) if is_back else (Stage.VOID,)
        record = self._mostly(self.records, at, lambda each: each.stage in stages and each.key not in self.sealed)
        by = self.staff[record.platform]
        with self._deed("take_back", record.key) as session:
            if is_back:
                reviewed.withdraw(session, Subject.OFFLINE_SERVICE, record.id, "填错", by, self.now)
                record.become(Stage.VOID)
            else:
                record.become(reviewed.resubmit(session, Subject.OFFLINE_SERVICE, record.id, by, self.now).stage)

    # what the province does

    @deed(
        times=3,
        at=PICK,
        verdict=st.sampled_from(("approve", "approve", "approve", "send_back", "void")),
        when=lambda self: self.held or self.records,
    )
    def judge(self, at: int, verdict: str) -> None:
        """审核: 通过, 退回 or 作废."""
        judged = (Stage.SUBMITTED,) if verdict == "approve" else (Stage.SUBMITTED, Stage.APPROVED)
        items = [*self.held, *self.records]
        item = self._mostly(items, at, lambda each: each.stage in judged and each.key not in self.sealed)
        subject = Subject.ACTIVITY if isinstance(item, Held) else Subject.OFFLINE_SERVICE
        with self._deed("judge", item.key) as session:
            before = item.stage
            if verdict == "approve":
                row = reviews.approve(session, subject, item.id, self.reviewer, self.now)
            else:
                row = getattr(reviews, verdict)(session, subject, item.id, "请补充", self.reviewer, self.now)
            step = verdict_steps.made_now(session, self.reviewer, self.now)
            if step is not None and row.stage is not before:
                self.steps.append((step.id, item, before, self.now))
                item.become(row.stage, step.id)

    @deed(times=3, at=PICK, when=lambda self: self.steps)
    def undo_verdict(self, at: int) -> None:
        """撤销 of a verdict within ten minutes, where nothing happened since."""
        fresh = self.now + _MOMENT - UNDO_FOR
        step, item, before, given_at = self._mostly(self.steps, at, lambda each: each[3] > fresh)
        may = given_at > fresh and item.last_step == step and item.key not in self.sealed
        with self._deed("undo_verdict", item.key, is_done=may) as session:
            verdict_steps.undo(session, step, self.reviewer, self.now)
            if may:
                item.become(before)

    @deed(reading=st.sampled_from(READINGS), year=st.sampled_from((2026, 2027)))
    def decide(self, reading: tuple[str, str], year: int) -> None:
        """口径 decided anew: open years follow, sealed ones stand."""
        key = (self.platforms[0], year)
        with self._deed("decide", key if key not in self.sealed else None) as session:
            readings.decide(session, year, PlatformKind.PREFECTURE, *reading, "会议决定", self.officials[0], self.now)

    @deed(at=PICK, when=lambda self: self.now.year > BEGIN.year and len(self.sealed) < len(self.platforms))
    def seal(self, at: int) -> None:
        """锁定 of last year, once everything is counted."""
        key: tuple[int, int] = self._mostly(self.last_year, at, lambda each: each not in self.sealed)
        folding.fold_waiting(self.db, lambda: self.now)
        with self._deed("seal", is_done=key not in self.sealed) as session:
            seals.seal(session, *key, self.officials[0], self.now)
        with self.db.read() as session:
            self.sealed.setdefault(key, _sealed(session, *key))

    @deed(times=3, at=PICK, when=lambda self: self.sealed)
    def unseal(self, at: int) -> None:
        """解锁 by two persons, with a reason."""
        key: tuple[int, int] = self._of(sorted(self.sealed), at)
        first, second = self.officials
        with self._deed("unseal", key, is_done=True) as session:
            seals.ask_unseal(session, *key, "漏计", first, self.now)
            seals.confirm_unseal(session, *key, second, self.now)
            del self.sealed[key]

    # what time does

    @deed(when=lambda self: self.sealed)
    def recount(self) -> None:
        """The nightly recount of everything: sealed years stay what they were."""
        folding.retally(self.db, lambda: self.now)
        self._add_up()

    @deed(minutes=st.sampled_from((1, 6, 11, 60, 12 * 60, 24 * 60)))
    def wait(self, minutes: int) -> None:
        """Time goes on."""
        self.now += timedelta(minutes=minutes)

    @deed(when=lambda self: self.is_waiting)
    def work(self) -> None:
        """What the worker does: fold what waits, and link the log. Then every scorecard follows from the rows."""
        self.is_waiting = False
        folding.fold_waiting(self.db, lambda: self.now)
        with self.db.transaction() as session:
            log_chain.extend(session)
        differences, waiting = folding.check(self.db, lambda: self.now)
        assert (differences, waiting) == ([], [])
        self._add_up()

    def end(self) -> None:
        """The worker has its turn, and every link of the log follows from the one before."""
        self.work()
        with self.db.read() as session:
            chain = log_chain.verify(session, self.now + timedelta(days=1))
            assert (chain.broken_at, chain.loose) == (None, 0)
            assert chain.count == _entries(session)

    # how it is known

    def _add_up(self) -> None:
        """The cards' numbers are the sums of the machine's sets, and sealed years are what they were.

        That nothing but a fold is needed for this, ``folding.check`` proves: it counts all rows anew.
        """
        with self.db.read() as session:
            for key, kept in self.sealed.items():
                assert _sealed(session, *key) == kept
            for model, known in ((Activity, self.held), (OfflineService, self.records)):
                stages = session.execute(sa.select(model.id, model.stage)).all()
                assert {each.id: each.stage for each in stages} == {each.id: each.stage for each in known}
            cards = session.execute(sa.select(ScorecardRow.platform_id, ScorecardRow.year, ScorecardRow.tally))
            facts_of = {(platform, year): Tally.from_dict(tally).facts for platform, year, tally in cards}
            for platform in self.platforms:
                for year in {2026, self.now.year}:
                    if (platform, year) not in self.sealed:
                        facts = facts_of.get((platform, year), {})
                        assert facts.get(Fact.ACTIVITY_PARTICIPATIONS, 0) == sum(
                            len(each.live)
                            for each in self.held
                            if (each.key, each.stage) == ((platform, year), Stage.APPROVED)
                        )
                        assert facts.get(Fact.OFFLINE_PARTICIPATIONS, 0) == sum(
                            len(each.enterprises)
                            for each in self.records
                            if (each.key, each.stage) == ((platform, year), Stage.APPROVED)
                        )

    def _is_so(self, activity: Held) -> None:
        """The rows of the activity are the enterprises that the machine has in it."""
        query = sa.select(CheckIn.enterprise_id, CheckIn.voided_at.is_not(None))
        with self.db.read() as session:
            rows = session.execute(query.where(CheckIn.activity_id == activity.id, CheckIn.holds_place)).all()
        held = [(each, False) for each in activity.live] + [(each, True) for each in activity.voided]
        assert sorted(map(tuple, rows)) == sorted(held)

    @contextmanager
    def _deed(self, name: str, marks: tuple[int, int] | None = None, *, is_done: bool | None = None) -> Iterator[Any]:
        """One transaction: done it stands in the log, refused nothing does. ``is_done`` where it is known before.

        What was done ``marks`` this platform-year to be counted anew, by itself: an earlier mark may be folded before.
        """
        self.now += _MOMENT
        is_refused = False
        try:
            with self.db.transaction() as session:
                before = _entries(session)
                yield session
                session.flush()
                has_changed = _entries(session) > before
                marked = _marked(session, self.now)
        except Refused:
            is_refused = True
        if is_refused:
            assert is_done is not True
            with self.db.read() as session:
                assert _entries(session) == before
        else:
            assert is_done in (None, has_changed)
            assert not marked & self.sealed.keys()
            assert marks is None or (marks in marked) == has_changed
            if has_changed:
                self._note(name)

    def _note(self, name: str) -> None:
        self.done[name] += self.is_settled
        self.is_waiting = True

    def _is_open(self, activity: Held) -> bool:
        """Whether its platform may still enter and hand in."""
        return activity.stage in (Stage.PUBLISHED, Stage.RETURNED) and activity.key not in self.sealed

    def _place(self, at: int, who: int, where: str) -> tuple[Held, int]:
        places = [each for each in self.held if getattr(each, where)]
        activity = self._mostly(places, at, self._is_open)
        return activity, self._of(sorted(getattr(activity, where)), who)

    @classmethod
    def _mostly(cls, things: list[Any], number: int, fits: Callable[[Any], bool]) -> Any:
        """Three times of four one that the deed fits, where there is any: else most deeds would be refused."""
        return cls._of((number % 4 and [each for each in things if fits(each)]) or things, number // 4)

    @staticmethod
    def _of(things: Any, number: int) -> Any:
        return things[number % len(things)]


_ENTRIES: Final = sa.select(sa.func.count()).select_from(LogEntry)


def _entries(session: Any) -> int:
    return session.scalar(_ENTRIES) or 0


def _marked(session: Any, at: datetime) -> set[tuple[int, int]]:
    """The platform-years that were put on the work list in this instant."""
    marks = session.execute(sa.select(Change.platform_id, Change.year).where(Change.made_at == at))
    return {(platform, year) for platform, year in marks}


def _sealed(session: Any, platform: int, year: int) -> Any:
    """All that a sealed year shows."""
    where = {"platform_id": platform, "year": year}
    snapshot = session.scalars(sa.select(PlatformSnapshot.document).filter_by(**where, former_at=None)).all()
    card = session.execute(sa.select(ScorecardRow.__table__).filter_by(**where)).all()
    lines = session.execute(sa.select(ScoreLineRow.__table__).filter_by(**where)).all()
    return snapshot, card, sorted(map(str, lines))


def test_a_life_adds_up(db: Database) -> None:
    """On each database, the steps of all lives together."""
    done: Counter[str] = Counter()
    settled = Life(db, done).settle()
    with as_it_is(db) as put_back:

        def live(is_year_over: bool, data: st.DataObject) -> None:
            put_back()
            life = Life(db, done)
            life.begin(settled, is_year_over)
            for _ in range(STEPS):
                life.go_on(data)
            life.end()

        lives = given(is_year_over=st.booleans(), data=st.data())(live)
        if not fuzzing.IS_LONG:
            lives = seed(db.url.get_backend_name())(lives)  # else both databases would have the same lives
        settings(
            max_examples=LIVES,
            phases=tuple(Phase) if fuzzing.IS_LONG else (Phase.generate,),  # shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        )(lives)()
    never = DEEDS.keys() - {"wait", "work", "recount"} - {name for name, times in done.items() if times}
    assert not never, "deeds that were always refused prove nothing"
