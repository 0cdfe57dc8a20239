"""The life of a province by chance: whatever is done in whatever order, counts are rows, the log is whole, seals hold.

A machine draws deeds (publishing, scans, corrections, records, verdicts and their undoing, readings, nights, seals) and
keeps in plain sets what must then be so. ``make fuzz`` runs more steps, with other seeds each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from models.activity import Activity
from models.checkin import CheckIn
from models.journal import LogEntry
from models.platform import Platform
from models.record import OfflineService
from models.review_desk import VerdictStep
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import Door, Role, Stage, Subject
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
from wxsvc.services.records import offline_services, reviewed
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

pytestmark = [pytest.mark.both_databases, pytest.mark.fuzz, pytest.mark.timeout(3600)]

BEGIN: Final = datetime(2026, 12, 31, 6, 0, tzinfo=builders.BEIJING)
"""The last morning of a year, so that a life has a year to seal and another that goes on."""
STEPS: Final = 50
LIVES: Final = fuzzing.examples(50)
"""Of as many steps, on each database, each its own: what is done there differs, what must be so does not."""
READINGS: Final = (("partial_step", "linear"), ("partial_step", "whole"), ("complete_summary", "0"))
"""Readings that move scores, and no count: what the machine adds up must be the product's number."""
_MOMENT: Final = timedelta(seconds=1)
"""No two deeds are of one instant: a scan of the instant in which staff took the check-in out is told as before it."""
PICK: Final = st.integers(0, 10_000)


@dataclass
class Held:
    """An activity as the machine knows it: enterprises that are in, were taken out by staff, and its stage."""

    id: int
    platform: int
    scene: str
    ends_at: datetime
    stage: Stage = Stage.PUBLISHED
    live: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    rows: dict[int, int] = field(default_factory=dict)
    """The check-in that holds the place of each enterprise."""

    @property
    def year(self) -> int:
        """The evaluation year of its last day."""
        return self.ends_at.year


@dataclass
class Record:
    """An offline service as the machine knows it."""

    id: int
    platform: int
    year: int
    enterprises: frozenset[int]
    stage: Stage = Stage.SUBMITTED


class Life(RuleBasedStateMachine):
    """What may happen, and what then holds."""

    db: Database
    put_back: Callable[[], None]
    """Gives the database the rows again that it had when everybody was settled."""
    begun: ClassVar[dict[str, Any]]
    """What a machine knows then. These three are set by the test."""
    done: ClassVar[Counter[str]] = Counter()
    """How often each deed was really done, over all lives."""
    is_settled = False

    @initialize()
    def begin(self) -> None:
        """A life begins where :meth:`settle` ended: that is the same in each, and done once."""
        type(self).put_back()
        vars(self).update(deepcopy(self.begun))
        self.is_settled = True

    def settle(self) -> dict[str, Any]:
        """Two platforms of a city with staff, two officials, a reviewer, enterprises with their persons.

        Each platform has an activity that two came to, and a service: whatever is drawn first finds something to do.
        Returns what the machine knows of them.
        """
        known_before = set(vars(self))
        self.now = BEGIN
        self.held: list[Held] = []
        self.records: list[Record] = []
        self.sealed: dict[tuple[int, int], Any] = {}
        self.steps: list[tuple[int, Held | Record, Stage, datetime]] = []
        with self.db.transaction() as session:
            codes = ("430100", "430101")
            found = [builders.platform(session, code=code, region_code="430100") for code in codes]
            self.platforms = [each.id for each in found]
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

    @rule(at=PICK, hours=st.integers(1, 30))
    def publish(self, at: int, hours: int) -> None:
        """发布 an activity that has just begun; a long one may end in the next year."""
        platform = self._of(self.platforms, at)
        begins, ends = self.now - timedelta(minutes=30), self.now + timedelta(hours=hours)
        with self._deed("publish", is_done=(platform, ends.year) not in self.sealed) as session:
            form = whole_form(session.get_one(Platform, platform), title=f"对接会{at}", starts_at=begins, ends_at=ends)
            row = activities.publish(session, form, self.staff[platform], self.now)
            builders.photo(session, row)
            self.held.append(Held(row.id, platform, str(row.scene), ends))

    @precondition(lambda self: self.held)
    @rule(at=PICK, who=PICK)
    def scan(self, at: int, who: int) -> None:
        """扫码: it counts once, within the window, unless staff took it out."""
        activity, (openid, _, enterprise) = self._of(self.held, at), self._of(self.people, who)
        self.now += _MOMENT
        with self.db.check_in_connection() as connection:
            scan = Scan(openid, activity.scene, Door.CODE, self.now, self.now + timedelta(seconds=1))
            outcome = check_in(connection, scan)
        if outcome.kind is OutcomeKind.CHECKED_IN:
            assert enterprise not in activity.live | activity.voided
            assert activity.stage is Stage.PUBLISHED
            assert self.now <= activity.ends_at
            assert outcome.check_in_id is not None
            activity.live.add(enterprise)
            activity.rows[enterprise] = outcome.check_in_id
            self.done["scan"] += self.is_settled
        elif outcome.kind is OutcomeKind.ALREADY_IN:
            assert enterprise in activity.live
        self._is_so(activity)

    @precondition(lambda self: self.held)
    @rule(at=PICK, who=PICK)
    def enter(self, at: int, who: int) -> None:
        """补登 by staff: also late, and never twice."""
        activity, (_, _, enterprise) = self._of(self.held, at), self._of(self.people, who)
        is_new = enterprise not in activity.live | activity.voided
        may = activity.stage in (Stage.PUBLISHED, Stage.RETURNED) and not self._is_sealed(activity)
        with self._deed("enter", is_done=may and is_new) as session:
            done = corrections.enter_by_hand(session, activity.id, enterprise, self.staff[activity.platform], self.now)
            if is_new:
                assert done.check_in_id is not None
                activity.live.add(enterprise)
                activity.rows[enterprise] = done.check_in_id
        self._is_so(activity)

    @precondition(lambda self: any(each.live for each in self.held))
    @rule(at=PICK, who=PICK)
    def undo(self, at: int, who: int) -> None:
        """撤销 by the visitor, within ten minutes: the place is free again."""
        activity, enterprise = self._place(at, who, "live")
        person = next(person for _, person, own in self.people if own == enterprise)
        with self._deed("undo") as session:
            corrections.undo(session, activity.rows[enterprise], person, self.now)
            activity.live.remove(enterprise)
        self._is_so(activity)

    @precondition(lambda self: any(each.live for each in self.held))
    @rule(at=PICK, who=PICK)
    def void(self, at: int, who: int) -> None:
        """更正 by staff, with a reason."""
        activity, enterprise = self._place(at, who, "live")
        with self._deed("void") as session:
            by = self.staff[activity.platform]
            corrections.void(session, activity.rows[enterprise], "重复", by, self.now)
            activity.live.remove(enterprise)
            activity.voided.add(enterprise)
        self._is_so(activity)

    @precondition(lambda self: any(each.voided for each in self.held))
    @rule(at=PICK, who=PICK)
    def revive(self, at: int, who: int) -> None:
        """恢复 by staff."""
        activity, enterprise = self._place(at, who, "voided")
        with self._deed("revive") as session:
            by = self.staff[activity.platform]
            corrections.revive(session, activity.rows[enterprise], "到场", by, self.now)
            activity.voided.remove(enterprise)
            activity.live.add(enterprise)
        self._is_so(activity)

    # what platforms hand in

    @precondition(lambda self: self.held)
    @rule(at=PICK, is_patient=st.booleans())
    def hand_in(self, at: int, is_patient: bool) -> None:
        """活动小结 and 提交, once it is over: who is patient waits for that."""
        activity = self._of([each for each in self.held if each.stage is Stage.PUBLISHED] or self.held, at)
        self.now = max(self.now, activity.ends_at) if is_patient else self.now
        may = activity.stage in (Stage.PUBLISHED, Stage.RETURNED) and not self._is_sealed(activity)
        with self._deed("hand_in", is_done=may and self.now >= activity.ends_at) as session:
            by, version = self.staff[activity.platform], session.get_one(Activity, activity.id).version
            submission.write_summary(session, activity.id, builders.SUMMARY, version, by, self.now)
            submission.submit(session, activity.id, by, self.now)
            if may:
                activity.stage = Stage.SUBMITTED

    @precondition(lambda self: self.held)
    @rule(at=PICK)
    def cancel(self, at: int) -> None:
        """取消活动."""
        activity = self._of(self.held, at)
        with self._deed("cancel") as session:
            activities.cancel(session, activity.id, "改期", self.staff[activity.platform], self.now)
            activity.stage = Stage.VOID

    @rule(at=PICK, who=st.sets(PICK, min_size=1, max_size=3), days=st.integers(0, 4))
    def serve(self, at: int, who: set[int], days: int) -> None:
        """线下服务 of a day that is past."""
        platform, day = self._of(self.platforms, at), (self.now - timedelta(days=days)).date()
        served = frozenset(self._of(self.people, each)[2] for each in who)
        with self._deed("serve", is_done=(platform, day.year) not in self.sealed) as session:
            entry = OfflineServiceEntry(day, f"第{len(self.records)}次上门诊断", served)
            row = offline_services.add(session, platform, entry, self.staff[platform], self.now)
            self.records.append(Record(row.id, platform, day.year, served))

    @precondition(lambda self: self.records)
    @rule(at=PICK, is_back=st.booleans())
    def take_back(self, at: int, is_back: bool) -> None:
        """作废 of an own record, or 重新提交."""
        record = self._of(self.records, at)
        by = self.staff[record.platform]
        with self._deed("take_back") as session:
            if is_back:
                reviewed.withdraw(session, Subject.OFFLINE_SERVICE, record.id, "填错", by, self.now)
                record.stage = Stage.VOID
            else:
                row = reviewed.resubmit(session, Subject.OFFLINE_SERVICE, record.id, by, self.now)
                record.stage = row.stage

    # what the province does

    @precondition(lambda self: self.held or self.records)
    @rule(at=PICK, verdict=st.sampled_from(("approve", "approve", "approve", "send_back", "void")))
    def judge(self, at: int, verdict: str) -> None:
        """审核: 通过, 退回 or 作废."""
        item = self._of([*self.held, *self.records], at)
        subject = Subject.ACTIVITY if isinstance(item, Held) else Subject.OFFLINE_SERVICE
        with self._deed("judge") as session:
            before = item.stage
            if verdict == "approve":
                row = reviews.approve(session, subject, item.id, self.reviewer, self.now)
            else:
                row = getattr(reviews, verdict)(session, subject, item.id, "请补充", self.reviewer, self.now)
            step = verdict_steps.made_now(session, self.reviewer, self.now)
            item.stage = row.stage
            if step is not None and item.stage is not before:
                self.steps.append((step.id, item, before, self.now))

    @precondition(lambda self: self.steps)
    @rule(at=PICK)
    def undo_verdict(self, at: int) -> None:
        """撤销 of a verdict within ten minutes, where nothing happened since."""
        step, item, before, given_at = self._of(self.steps, at)
        with self._deed("undo_verdict") as session:
            is_first = session.get_one(VerdictStep, step).undone_at is None
            verdict_steps.undo(session, step, self.reviewer, self.now)
            if is_first:
                assert self.now < given_at + verdict_steps.UNDO_FOR
                item.stage = before

    @rule(reading=st.sampled_from(READINGS), year=st.sampled_from((2026, 2027)))
    def decide(self, reading: tuple[str, str], year: int) -> None:
        """口径 decided anew: open years follow, sealed ones stand."""
        with self._deed("decide") as session:
            readings.decide(session, year, PlatformKind.PREFECTURE, *reading, "会议决定", self.officials[0], self.now)

    @precondition(lambda self: self.now.year > BEGIN.year)
    @rule(at=PICK)
    def seal(self, at: int) -> None:
        """锁定 of last year, once everything is counted."""
        key = (self._of(self.platforms, at), BEGIN.year)
        folding.fold_waiting(self.db, lambda: self.now)
        with self._deed("seal", is_done=key not in self.sealed) as session:
            seals.seal(session, *key, self.officials[0], self.now)
        with self.db.read() as session:
            self.sealed.setdefault(key, _sealed(session, *key))

    @precondition(lambda self: self.sealed)
    @rule(at=PICK)
    def unseal(self, at: int) -> None:
        """解锁 by two persons, with a reason."""
        key = self._of(sorted(self.sealed), at)
        first, second = self.officials
        with self._deed("unseal", is_done=True) as session:
            seals.ask_unseal(session, *key, "漏计", first, self.now)
            seals.confirm_unseal(session, *key, second, self.now)
            del self.sealed[key]

    # what time does

    @rule(minutes=st.sampled_from((1, 6, 11, 60, 12 * 60, 24 * 60)))
    def wait(self, minutes: int) -> None:
        """Time goes on."""
        self.now += timedelta(minutes=minutes)

    @rule()
    def work(self) -> None:
        """What the worker does: fold what waits, and link the log. Then every scorecard follows from the rows.

        That is asked each time: a deed that puts nothing on the work list is hidden by the next one that does.
        """
        folding.fold_waiting(self.db, lambda: self.now)
        with self.db.transaction() as session:
            log_chain.extend(session)
        differences, waiting = folding.check(self.db, lambda: self.now)
        assert (differences, waiting) == ([], [])
        self._add_up()

    def teardown(self) -> None:
        """The end of a life: the worker has its turn, and every link of the log follows from the one before."""
        if not self.is_settled:
            return
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
                assert dict(map(tuple, stages)) == {each.id: each.stage for each in known}
            cards = session.execute(sa.select(ScorecardRow.platform_id, ScorecardRow.year, ScorecardRow.tally))
            facts_of = {(platform, year): Tally.from_dict(tally).facts for platform, year, tally in cards}
            for platform in self.platforms:
                for year in {2026, self.now.year}:
                    if (platform, year) not in self.sealed:
                        facts = facts_of.get((platform, year), {})
                        assert facts.get(Fact.ACTIVITY_PARTICIPATIONS, 0) == sum(
                            len(each.live)
                            for each in self.held
                            if (each.platform, each.year, each.stage) == (platform, year, Stage.APPROVED)
                        )
                        assert facts.get(Fact.OFFLINE_PARTICIPATIONS, 0) == sum(
                            len(each.enterprises)
                            for each in self.records
                            if (each.platform, each.year, each.stage) == (platform, year, Stage.APPROVED)
                        )

    def _is_so(self, activity: Held) -> None:
        """The rows of the activity are the enterprises that the machine has in it."""
        query = sa.select(CheckIn.enterprise_id, CheckIn.voided_at.is_not(None))
        with self.db.read() as session:
            rows = session.execute(query.where(CheckIn.activity_id == activity.id, CheckIn.holds_place)).all()
        held = [(each, False) for each in activity.live] + [(each, True) for each in activity.voided]
        assert sorted(map(tuple, rows)) == sorted(held)

    @contextmanager
    def _deed(self, name: str, *, is_done: bool | None = None) -> Iterator[Any]:
        """One transaction: done it stands in the log, refused nothing does. ``is_done`` where it is known before."""
        self.now += _MOMENT
        is_refused = False
        try:
            with self.db.transaction() as session:
                before = _entries(session)
                yield session
                session.flush()
                has_changed = _entries(session) > before
        except Refused:
            is_refused = True
        if is_refused:
            assert is_done is not True
            with self.db.read() as session:
                assert _entries(session) == before
        else:
            assert is_done in (None, has_changed)
            self.done[name] += has_changed and self.is_settled

    def _is_sealed(self, activity: Held) -> bool:
        return (activity.platform, activity.year) in self.sealed

    def _place(self, at: int, who: int, where: str) -> tuple[Held, int]:
        activity = self._of([each for each in self.held if getattr(each, where)], at)
        return activity, self._of(sorted(getattr(activity, where)), who)

    @staticmethod
    def _of(things: Any, number: int) -> Any:
        return things[number % len(things)]


_ENTRIES: Final = sa.select(sa.func.count()).select_from(LogEntry)


def _entries(session: Any) -> int:
    return session.scalar(_ENTRIES) or 0


def _sealed(session: Any, platform: int, year: int) -> Any:
    """All that a sealed year shows."""
    where = {"platform_id": platform, "year": year}
    snapshot = session.scalars(sa.select(PlatformSnapshot.document).filter_by(**where, former_at=None)).all()
    card = session.execute(sa.select(ScorecardRow.__table__).filter_by(**where)).all()
    lines = session.execute(sa.select(ScoreLineRow.__table__).filter_by(**where)).all()
    return snapshot, card, sorted(map(str, lines))


def test_a_life_adds_up(db: Database) -> None:
    """On each database, the steps of all lives together."""
    machine = type("ThisLife", (Life,), {"db": db, "done": Counter()})
    if not fuzzing.IS_LONG:
        machine = seed(db.url.get_backend_name())(machine)  # else both databases would have the same lives
    machine.begun = machine().settle()
    with as_it_is(db) as machine.put_back:
        _live(machine)
    deeds = {name for name, each in vars(Life).items() if getattr(each, "hypothesis_stateful_rule", None)}
    never = deeds - {"wait", "work"} - {name for name, times in machine.done.items() if times}
    assert not never, "deeds that were always refused prove nothing"


def _live(machine: type[Life]) -> None:
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            phases=tuple(Phase) if fuzzing.IS_LONG else (Phase.generate,),  # shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
