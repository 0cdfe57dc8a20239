"""The review queue: what waits, doubts first, and how many raise none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.dispute import Dispute
from models.platform import ClusterMember
from models.record import Need
from models.review_desk import WaitingRecord
from models.terms import DisputeSubject, Door, NeedKind, PhotoKind, Stage, Subject
from scoring.terms import ActivityCategory, Obligation, Part, PlatformKind
from tests import builders
from tests.rows_read import rows_read
from tests.wxsvc.services.record_cases import ADD, DAY, World, add_proved, nobody, world
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import stakes, tallies
from wxsvc.services.judging import (
    batches,
    kept_hints,
    queue_rows,
    review_hints,
    review_queue,
    reviews,
    takes,
    waiting_elsewhere,
)
from wxsvc.services.judging.queue_filters import Filter
from wxsvc.services.records import filings, needs, offline_services, research_reports
from wxsvc.services.records.hints import Hint
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import MODELS

pytestmark = pytest.mark.both_databases

_rooms = count(1)


def waiting_activity(w: World, **columns: Any) -> Any:
    """A submitted activity in a room of its own, with a photo and one unsuspicious check-in."""
    columns.setdefault("place", f"第{next(_rooms)}会议室")
    activity = builders.activity(w.session, w.platform, stage=Stage.SUBMITTED, **columns)
    builders.photo(w.session, activity)
    builders.check_in(w.session, activity, w.enterprise, builders.person(w.session))
    return activity


def hints(w: World, row: Any) -> tuple[Hint, ...]:
    """The hints of one record."""
    return review_hints.of(w.session, [(row.SUBJECT, row.id)]).get((row.SUBJECT, row.id), ())


def test_doubts_come_first_and_clean_ones_can_be_ticked(db: Database, now: datetime) -> None:
    """待审3件，其中2件无疑点: among equals the one that waits longest leads."""
    with db.transaction() as session:
        w = world(session, now)
        late = waiting_activity(w, submitted_at=now)
        early = waiting_activity(w, submitted_at=now - timedelta(days=2))
        doubtful = waiting_activity(w, submitted_at=now, is_backfilled=True)
        queue = review_queue.waiting(session, w.reviewer, now)
        assert [each.record_id for each in queue] == [doubtful.id, early.id, late.id]
        assert [each.is_clean for each in queue] == [False, True, True]
        first = queue[0]
        assert (first.title, first.hints, first.platform_id) == (doubtful.title, (Hint.BACKFILLED,), w.platform.id)
        counts = review_queue.figures(session, w.reviewer, now).everything
        assert (counts.total, counts.clean, dict(counts.by_noun)) == (3, 2, {"activity": 3})
        clean = [each.chosen for each in queue if each.is_clean]
        assert len(reviews.approve_many(session, clean, w.reviewer, now).approved) == 2
        left = review_queue.waiting(session, w.reviewer, now)
        assert [each.record_id for each in left] == [doubtful.id]


def test_the_queue_is_narrowed_by_each_filter(db: Database, now: datetime) -> None:
    """Each leaves only its own; noun, kind, platform, city, hint, age, text and year."""
    with db.transaction() as session:
        w = world(session, now)
        for subject in ADD:
            ADD[subject](w, w.owner)
        other = world(session, now, PlatformKind.COUNTY)
        need = ADD[Subject.NEED](other, other.owner)
        total = len(ADD)
        everything = review_queue.figures(session, w.province, now).everything
        assert everything.total == total + 1

        def left(at: datetime = now, **part: Any) -> int:
            entries = review_queue.waiting(session, w.province, at, Filter(**part))
            found = review_queue.figures(session, w.province, at, Filter(**part))
            assert (found.everything, found.taken.total) == (everything, len(entries))
            assert found.taken.clean == sum(each.is_clean for each in entries)
            return len(entries)

        assert left(kind=PlatformKind.CLUSTER) == total
        assert left(kind=PlatformKind.COUNTY) == left(platform=other.platform.code) == 1
        assert left(noun="need") == 2
        assert left(is_clean=True) == everything.clean
        assert left(hint=Hint.NO_PROOF) == everything.by_hint[Hint.NO_PROOF] > 0
        assert left(city=other.platform.region_code) == total + 1
        assert left(city="431300") == left(year=2025) == left(text="没有这样的") == 0
        assert left(text=need.title[:3]) == 2
        assert left(text=other.platform.name) == total + 1, "both platforms have one name"
        assert left(older=3) == 0
        assert left(now + timedelta(days=3), older=3) == total + 1


def test_what_brings_the_most_points_can_come_first(db: Database, now: datetime) -> None:
    """通过后 +n, as the last fold has it; by_stake puts the largest first and loses nothing."""
    with db.transaction() as session:
        w = world(session, now)
        need = ADD[Subject.NEED](w, w.owner)
        waiting_activity(w, submitted_at=now - timedelta(days=1))
        tallies.fold(session, w.platform.id, 2026, now)
        queue = review_queue.waiting(session, w.reviewer, now)
        for entry in queue:
            _, told = stakes.of_record(session, (Subject(entry.noun), entry.record_id), w.platform.id, 2026)
            assert (entry.gain or 0) == sum(each.gain for each in told)
        ordered = review_queue.waiting(session, w.reviewer, now, Filter(by_stake=True))
        assert [each.gain or 0 for each in ordered] == sorted((each.gain or 0 for each in ordered), reverse=True)
        assert ordered[0].gain
        assert {each.key for each in ordered} == {each.key for each in queue}
        assert f"need-{need.id}" in {each.key for each in ordered}


def keep_hints(session: Any) -> int:
    """As the worker does it."""
    return kept_hints.keep_hints(session, kept_hints.look_for_hints(session, MACHINE), MACHINE)


def test_every_page_of_a_long_queue_is_reached(db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages together are the queue, and the hints that the worker keeps are those that a page finds at once."""
    monkeypatch.setattr(queue_rows, "LOOKED_AT_ONCE", 1000)
    with db.transaction() as session:
        w = world(session, now)
        for subject in ADD:
            add_proved(w, subject)
        for number in range(90):
            entry = needs.NeedEntry(
                NeedKind.MATCHING, w.enterprise.id, "430102", f"第{number}项", "需要材料检测服务", DAY
            )
            needs.add(session, w.platform.id, entry, w.owner, now)
            title = f"第{number}份产业发展报告"
            report = research_reports.ResearchReportEntry(title, "课题组", DAY)
            research_reports.add(session, w.platform.id, report, w.owner, now)
        queue = review_queue.waiting(session, w.reviewer, now)
        counts = review_queue.figures(session, w.reviewer, now).everything
        assert (counts.total, counts.pages) == (len(queue), 4) == (180 + len(ADD), 4)
        assert keep_hints(session) == len(queue)
        assert keep_hints(session) == 0
        kept = review_queue.waiting(session, w.reviewer, now)
        assert kept == queue
        size = review_queue.PAGE
        pages = [review_queue.waiting(session, w.reviewer, now, first=size * n, most=size) for n in range(5)]
        assert sum(pages, ()) == kept
        assert (len(pages[0]), pages[4]) == (size, ())


def test_what_is_read_does_not_grow_with_what_waits(db: Database, now: datetime) -> None:
    """Figures, a page, the next one, a batch: with 600 waiting as few statements and rows as with 60."""
    with db.transaction() as session:
        w = world(session, now)

        def seed(number: int) -> None:
            titles = [f"第{each}项" for each in range(number)]
            session.add_all(waiting_need(w, title, now - timedelta(hours=n)) for n, title in enumerate(titles))
            session.flush()
            keep_hints(session)
            session.expunge_all()

        def costs() -> list[tuple[int, int]]:
            found = []
            for look in (
                lambda: review_queue.figures(session, w.reviewer, now, Filter(text="项")),
                lambda: review_queue.waiting(session, w.reviewer, now, first=50, most=5),
                lambda: review_queue.following(session, "need-1", w.reviewer, now, Filter(text="项", by_stake=True)),
                lambda: batches.of(session, Filter(), w.reviewer, now),
            ):
                with rows_read(db.engine) as read:
                    look()
                found.append((read.statements, read.rows))
            return found

        seed(60)
        few, most = costs(), batches.MOST
        assert few[0][0] == 1 + 1, "the titles of two columns, the figures"
        assert few[1] == (1, 1 + 5), "how many there are of one kind, and the entries"
        assert few[3] == (1, 1 + 60)
        seed(540)
        many = costs()
        assert many[:3] == few[:3]
        assert (many[3][0], many[3][1] - most) == (few[3][0], few[3][1] - 60), "a batch is of 200 at the most"


def test_each_minute_only_what_is_new_is_looked_at(db: Database, now: datetime) -> None:
    """And read: with 300 waiting as many rows as with 30. What is kept is looked at anew when all of it is."""
    with db.transaction() as session:
        w = world(session, now)

        def wait(number: int) -> list[Need]:
            made = [waiting_need(w, f"第{each}项", now) for each in range(number)]
            session.add_all(made)
            session.flush()
            return made

        def each_minute() -> tuple[int, int]:
            with rows_read(db.engine) as read:
                looked = kept_hints.look_for_hints(session, MACHINE, only_new=True)
                kept = kept_hints.keep_hints(session, looked, MACHINE)
            return kept, read.rows

        first, *_ = wait(30)
        assert each_minute()[0] == 30
        assert each_minute() == (0, 0)
        wait(1)
        few = each_minute()
        wait(270)
        assert each_minute()[0] == 270
        wait(1)
        assert each_minute() == few
        first.version += 1
        session.flush()
        assert each_minute()[0] == 1
        first.possible_copy_of = wait(1)[0].id
        session.flush()
        assert each_minute()[0] == 1, "the new one alone"
        assert keep_hints(session) == 1, "all are looked at: the one that may be a copy"
        first.stage = Stage.RETURNED
        session.flush()
        assert each_minute()[0] == 0
        assert session.get(WaitingRecord, (Subject.NEED, first.id)) is None


def test_a_page_finds_the_hints_of_some_that_nobody_looked_at(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more than it may look at, those that wait longest; the others are not told clean, and are not approved so."""
    with db.transaction() as session:
        w = world(session, now)
        for number in range(5):
            session.add(waiting_need(w, f"第{number}项", now - timedelta(hours=number)))
        session.flush()
        (first, *_, last) = review_queue.waiting(session, w.reviewer, now)
        assert (first.title, first.hints, last.title) == ("第4项", (), "第0项")
        monkeypatch.setattr(queue_rows, "LOOKED_AT_ONCE", 2)
        queue = review_queue.waiting(session, w.reviewer, now)
        assert [(each.title, each.hints, each.is_clean) for each in queue] == [
            ("第2项", None, False),
            ("第1项", None, False),
            ("第0项", None, False),
            ("第4项", (), True),
            ("第3项", (), True),
        ]
        counts = review_queue.figures(session, w.reviewer, now).everything
        assert (counts.total, counts.clean) == (5, 2)


def waiting_need(w: World, title: str, submitted_at: datetime) -> Need:
    """A need that raises no doubt."""
    return Need(
        kind=NeedKind.MATCHING, enterprise_id=w.enterprise.id, title=title, content=title, raised_on=DAY,
        stage=Stage.SUBMITTED, submitted_at=submitted_at, created_at=submitted_at,
        platform_id=w.platform.id, year=2026, region_code="430102",
    )  # fmt: skip


@pytest.mark.parametrize(
    "part", [Filter(), Filter(by_stake=True), Filter(noun="need"), Filter(is_clean=False), Filter(is_clean=True)]
)
def test_the_next_one_is_the_next_of_the_filter(
    db: Database, now: datetime, part: Filter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind each entry stands the next free one, behind the last the first; and the page that shows it then.

    Pages are short, and some records were not looked at yet: each entry is asked for, on each side of a page's end.
    """
    monkeypatch.setattr(review_queue, "PAGE", 5)
    monkeypatch.setattr(queue_rows, "LOOKED_AT_ONCE", 8)
    with db.transaction() as session:
        w = world(session, now)
        for subject in ADD:
            ADD[subject](w, w.owner)
        session.add_all(waiting_need(w, f"第{n}项", now - timedelta(hours=n)) for n in range(review_queue.PAGE))
        activity = builders.activity(session, w.platform, stage=Stage.APPROVED, category=ActivityCategory.OTHER)
        for _ in range(2):
            builders.joined(session, activity, builders.platform(session), part=Part.ASSIST)
        tallies.fold(session, w.platform.id, 2026, now)
        queue = review_queue.waiting(session, w.reviewer, now, part)
        taken = next(each for each in queue[3:] if each.noun in MODELS)
        takes.take(session, Subject(taken.noun), taken.record_id, w.province, now)
        for key in {*(each.key for each in queue), "need-0"}:
            left = [each for each in queue if each.key != key]
            places = [place for place, each in enumerate(queue) if each.key == key]
            behind = [*queue[places[0] + 1 :], *queue[: places[0]]] if places else list(queue)
            free = next(each for each in behind if each.key not in (key, taken.key))
            found = review_queue.following(session, key, w.reviewer, now, part)
            assert found is not None
            assert (found.entry, found.page) == (free, left.index(free) // review_queue.PAGE + 1), key


def test_kept_hints_hold_for_the_version_they_were_found_of(db: Database, now: datetime) -> None:
    """A record that was mended is looked at anew at once; what waits no more is forgotten."""
    with db.transaction() as session:
        w = world(session, now)
        activity = waiting_activity(w)
        keep_hints(session)
        activity.is_backfilled = True
        session.flush()
        (same,) = review_queue.waiting(session, w.reviewer, now)
        assert same.hints == (), "the worker has not looked again yet"
        activity.version += 1
        session.flush()
        (mended,) = review_queue.waiting(session, w.reviewer, now)
        assert mended.hints == (Hint.BACKFILLED,)
        activity.stage = Stage.PUBLISHED
        session.flush()
        keep_hints(session)
        assert session.scalars(sa.select(WaitingRecord)).all() == []
        there = waiting_elsewhere.of(session, w.reviewer)
        assert (there.returned, there.unsubmitted) == (0, 1)
        activity.stage, activity.return_reason = Stage.RETURNED, "请补照片"
        session.flush()
        there = waiting_elsewhere.of(session, w.reviewer)
        assert (there.returned, there.unsubmitted) == (1, 0)
        builders.seal(session, w.platform)
        there = waiting_elsewhere.of(session, w.reviewer)
        assert (there.returned, there.unsubmitted) == (0, 0), "nobody can mend anything in a sealed year"


def test_assists_and_disputes_wait_in_the_same_queue(db: Database, now: datetime) -> None:
    """协办 of an approved activity until somebody decides, and what an enterprise objects to; neither is clean."""
    with db.transaction() as session:
        w = world(session, now)
        activity = builders.activity(session, w.platform, stage=Stage.APPROVED, category=ActivityCategory.OTHER)
        partner = builders.platform(session)
        part = builders.joined(session, activity, partner, part=Part.ASSIST)
        check_in = builders.check_in(session, activity, w.enterprise, builders.person(session))
        session.add(
            Dispute(
                enterprise_id=w.enterprise.id,
                platform_id=w.platform.id,
                subject=DisputeSubject.CHECK_IN,
                subject_id=check_in.id,
                reason="没有参加",
                raised_by=builders.person(session).id,
                raised_at=now,
            )
        )
        session.flush()
        queue = review_queue.waiting(session, w.reviewer, now)
        assert {(each.noun, each.title, each.platform_id) for each in queue} == {
            ("assist", activity.title, partner.id),
            ("dispute", w.enterprise.name, w.platform.id),
        }
        assert review_queue.figures(session, w.reviewer, now).everything.clean == 0
        for submitted in (1, -1):
            activity.submitted_at = part.confirmed_at + timedelta(days=submitted)
            session.flush()
            (waits,) = (each for each in review_queue.waiting(session, w.reviewer, now) if each.noun == "assist")
            assert waits.since == max(activity.submitted_at, part.confirmed_at)
        part.assist_refusal = "没有参与组织"
        session.flush()
        assert [each.noun for each in review_queue.waiting(session, w.reviewer, now)] == ["dispute"]


def test_only_provincial_staff_see_the_queue(db: Database, now: datetime) -> None:
    """Owner, stranger and nobody are refused."""
    with db.transaction() as session:
        w = world(session, now)
        for other in (w.owner, w.stranger(), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                review_queue.waiting(session, other, now)


def test_an_activity_without_a_photo_is_doubtful(db: Database, now: datetime) -> None:
    """A paper sign-in sheet and a photo taken away are none."""
    with db.transaction() as session:
        w = world(session, now)
        activity = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
        builders.photo(session, activity, PhotoKind.SIGN_IN_SHEET)
        builders.photo(session, activity, removed_at=now)
        assert hints(w, activity) == (Hint.NO_PHOTO,)
        builders.photo(session, activity)
        assert hints(w, activity) == ()


def test_one_person_for_many_enterprises_is_doubtful(db: Database, now: datetime) -> None:
    """Three check-ins of one person are one too many; undone ones are not seen."""
    with db.transaction() as session:
        w = world(session, now)
        activity = waiting_activity(w)
        one = builders.person(session)
        at = builders.STARTS_AT
        builders.check_in(session, activity, builders.enterprise(session), one, checked_in_at=at + timedelta(minutes=1))
        builders.check_in(session, activity, builders.enterprise(session), one, checked_in_at=at + timedelta(minutes=2))
        gone = builders.check_in(session, activity, builders.enterprise(session), one, undone_at=now)
        assert hints(w, activity) == ()
        gone.undone_at = None
        session.flush()
        assert hints(w, activity) == (Hint.MANY_BY_ONE_PERSON,)


def test_a_contact_of_many_enterprises_is_doubtful(db: Database, now: datetime) -> None:
    """有联系人代表3家及以上单位: whoever scanned, or raised the need, stands for three; two are a usual case."""
    with db.transaction() as session:
        w = world(session, now)
        activity, who = waiting_activity(w), builders.person(session)
        stood_for = [builders.enterprise(session) for _ in range(3)]
        scan = builders.check_in(session, activity, stood_for[0], who)
        shared = {"platform_id": w.platform.id, "year": 2026, "region_code": w.platform.region_code}
        need = Need(
            kind=NeedKind.MATCHING, enterprise_id=stood_for[0].id, title="需求", content="缺人", raised_on=now.date(),
            stage=Stage.SUBMITTED, submitted_at=now, is_from_enterprise=True, created_by=who.id, created_at=now,
            **shared,
        )  # fmt: skip
        session.add(need)

        def are_doubtful() -> list[bool]:
            return [Hint.MANY_STANDINGS in hints(w, each) for each in (activity, need)]

        for enterprise in stood_for[:2]:
            builders.contact(session, who, enterprise, is_current=enterprise is stood_for[0])
        assert are_doubtful() == [False, False]
        builders.contact(session, who, stood_for[2], is_current=False)
        assert are_doubtful() == [True, True]
        assert wording.sentence("pages", f"hint_{Hint.MANY_STANDINGS.value}") == "有联系人代表3家及以上单位"
        scan.undone_at, need.is_from_enterprise = now, False
        session.flush()
        assert are_doubtful() == [False, False]


def test_arrivals_in_quick_succession_are_doubtful(db: Database, now: datetime) -> None:
    """Ten enterprises a second apart are; ten a minute apart are not."""
    with db.transaction() as session:
        w = world(session, now)
        for gap, expected in ((timedelta(seconds=1), (Hint.QUICK_ARRIVALS,)), (timedelta(minutes=1), ())):
            activity = waiting_activity(w)
            for number in range(1, 10):
                moment = builders.STARTS_AT + number * gap
                builders.check_in(session, activity, builders.enterprise(session), checked_in_at=moment)
            assert hints(w, activity) == expected


def test_a_list_entered_afterwards_is_no_haste(db: Database, now: datetime) -> None:
    """All its check-ins have one moment; that they were entered by staff is said by another hint."""
    with db.transaction() as session:
        w = world(session, now)
        activity = waiting_activity(w)
        for _ in range(9):
            builders.check_in(
                session, activity, builders.enterprise(session), door=Door.SHEET, entered_by=w.owner.person_id
            )
        assert hints(w, activity) == (Hint.STAFF_ENTERED,)


def test_a_check_in_after_midnight_is_doubtful(db: Database, now: datetime) -> None:
    """Beijing's midnight; one before it, and a list that does not say when they came, are no doubt."""
    midnight = datetime(2026, 11, 24, tzinfo=builders.BEIJING)
    with db.transaction() as session:
        w = world(session, now)
        for door, at, expected in (
            (Door.CODE, midnight - timedelta(seconds=1), ()),
            (Door.SHEET, midnight + timedelta(hours=1), ()),
            (Door.CODE, midnight + timedelta(hours=5), ()),
            (Door.CODE, midnight, (Hint.AFTER_MIDNIGHT,)),
        ):
            activity = waiting_activity(w, place=f"{at}{door}")
            builders.check_in(session, activity, builders.enterprise(session), door=door, checked_in_at=at)
            assert hints(w, activity) == expected


@pytest.mark.parametrize(
    ("own", "firms", "expected"),
    [
        ("430100", ["430200"] * 4 + ["430102"] * 2, (Hint.OUTSIDE_REGION,)),
        ("430100", ["430200"] * 3 + ["430102"] * 2, ()),
        ("430100", [None] * 5, ()),
        ("430000", ["430200"] * 5, ()),
    ],
)
def test_over_half_from_outside_the_region_is_doubtful(
    db: Database, now: datetime, own: str, firms: list[str | None], expected: tuple[Hint, ...]
) -> None:
    """An enterprise without a region, and a member of the cluster, are not from outside."""
    with db.transaction() as session:
        w = world(session, now)
        w.platform.region_code = own
        activity = waiting_activity(w)
        for number, code in enumerate(firms):
            at = builders.STARTS_AT + timedelta(minutes=number)
            builders.check_in(session, activity, builders.enterprise(session, region_code=code), checked_in_at=at)
        assert hints(w, activity) == expected
        for row in session.scalars(sa.select(CheckIn)):
            session.add(ClusterMember(platform_id=w.platform.id, enterprise_id=row.enterprise_id))
        session.flush()
        assert hints(w, activity) == ()


def test_mostly_entered_by_staff_is_doubtful(db: Database, now: datetime) -> None:
    """More than half entered by hand is a hint."""
    with db.transaction() as session:
        w = world(session, now)
        activity = waiting_activity(w)
        for number in (1, 2):
            builders.check_in(
                session,
                activity,
                builders.enterprise(session),
                door=Door.STAFF,
                entered_by=w.owner.person_id,
                checked_in_at=builders.STARTS_AT + number * timedelta(minutes=1),
            )
        assert hints(w, activity) == (Hint.STAFF_ENTERED,)


def test_an_offline_service_beside_an_activity_of_the_same_day_is_doubtful(db: Database, now: datetime) -> None:
    """The same enterprise, the same day in Beijing, also just after midnight there."""
    with db.transaction() as session:
        w = world(session, now)
        activity = waiting_activity(w)
        other = builders.enterprise(session)
        early = datetime(2026, 11, 21, 0, 30, tzinfo=builders.BEIJING)
        builders.check_in(session, activity, other, checked_in_at=early)

        def add(day: date, enterprise_id: int) -> Any:
            entry = offline_services.OfflineServiceEntry(day, "上门诊断", frozenset([enterprise_id]))
            return offline_services.add(session, w.platform.id, entry, w.owner, now)

        assert hints(w, add(DAY, other.id)) == ()
        assert hints(w, add(DAY + timedelta(days=1), other.id)) == (Hint.SAME_DAY_ACTIVITY,)
        assert hints(w, add(builders.STARTS_AT.date(), w.enterprise.id)) == (Hint.SAME_DAY_ACTIVITY,)
        assert hints(w, add(date(2026, 10, 1), w.enterprise.id)) == (Hint.BACKFILLED,)


def test_each_record_has_its_own_doubts(db: Database, now: datetime) -> None:
    """A near-same need, a county's order, a claim without proof, a filing claimed for an earlier day."""
    with db.transaction() as session:
        w = world(session, now)
        first = ADD[Subject.NEED](w, w.owner)
        entry = needs.NeedEntry(first.kind, w.enterprise.id, "430102", "寻找检测机构", "需要材料检测服务。", DAY)
        assert hints(w, needs.add(session, w.platform.id, entry, w.owner, now)) == (Hint.POSSIBLE_COPY,)
        county = world(session, now, PlatformKind.COUNTY)
        assert hints(county, ADD[Subject.ONLINE_TRADE](county, county.owner)) == (Hint.SCORES_NOTHING,)
        assert hints(w, ADD[Subject.ONLINE_TRADE](w, w.owner)) == ()
        assert hints(w, ADD[Subject.BONUS_CLAIM](w, w.owner)) == (Hint.NO_PROOF,)
        assert hints(w, add_proved(w, Subject.RESEARCH_REPORT)) == ()
        assert hints(w, ADD[Subject.FILING](w, w.owner)) == (Hint.BACKDATED,)
        today = filings.FilingEntry(2026, Obligation.PLAN, "2026-12", note="十二月计划")
        assert hints(w, filings.file(session, w.platform.id, today, w.owner, now)) == ()


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        ("ERP", {"Erp"}),
        ("erp对接", {"Erp"}),
        ("P对接 益", {"Erp"}),
        ("接 益阳a", {"Erp"}),
        ("接  益", set()),
        ("阳a平", {"Erp", "A%"}),
        ("%", {"A%"}),
        ("% 益", {"A%"}),
        ("a", {"Erp", "A%"}),
        ("_", set()),
        ("对接 长", set()),
    ],
)
def test_a_text_is_sought_in_the_title_and_the_name_as_they_stand(
    db: Database, now: datetime, sought: str, names: set[str]
) -> None:
    """The title, a space, the platform's name: within one or across both, large and small letters alike."""
    with db.transaction() as session:
        w = world(session, now)
        w.platform.name = "益阳A平台"
        other = builders.platform(session, name="长沙平台")
        session.add_all([waiting_need(w, title, now) for title in ("Erp对接", "A%")])
        foreign = waiting_need(w, "对接会", now)
        foreign.platform_id = other.id
        session.add(foreign)
        session.flush()
        found = review_queue.waiting(session, w.reviewer, now, Filter(text=sought))
        assert {each.title.removesuffix("对接") for each in found if each.platform_id == w.platform.id} == names
        assert [each.title for each in found if each.platform_id == other.id] == []


@pytest.mark.postgres
def test_whose_a_record_is_is_looked_up_for_the_page_alone(emptied_postgres: Database, now: datetime) -> None:
    """Not for everything that waits, nor for the numbers, unless a filter asks for it."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        waiting_activity(w)
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
            asked.append((statement, given))

        def read_below(plan: dict[str, Any], *, is_cut: bool) -> set[str]:
            """The tables that a plan reads, for all that waits and below its LIMIT, or at all."""
            below = is_cut or plan["Node Type"] == "Limit" or plan.get("Subplan Name") == "CTE every"
            own = {plan["Relation Name"]} if below and "Relation Name" in plan else set()
            parts = [
                each for each in plan.get("Plans", ()) if each.get("Parent Relationship") != "SubPlan"
            ]  # asked once
            return own.union(*(read_below(each, is_cut=below) for each in parts))

        def tables(look: Any, *, is_cut: bool) -> set[str]:
            asked.clear()
            sa.event.listen(emptied_postgres.engine, "before_cursor_execute", note)
            look()
            sa.event.remove(emptied_postgres.engine, "before_cursor_execute", note)
            statement, given = asked[-1]
            (plan,) = session.connection().exec_driver_sql(f"explain (format json) {statement}", given).scalar_one()
            return read_below(plan["Plan"], is_cut=is_cut) & {"platforms", "stakes", "review_takes"}

        keep_hints(session)
        assert tables(lambda: review_queue.waiting(session, w.reviewer, now, most=50), is_cut=False) == set()
        assert tables(lambda: review_queue.figures(session, w.reviewer, now), is_cut=True) == set()
        sought = Filter(text="会议")
        assert tables(lambda: review_queue.waiting(session, w.reviewer, now, sought, most=50), is_cut=False) == set()
        narrowed = Filter(city="430100")
        page = tables(lambda: review_queue.waiting(session, w.reviewer, now, narrowed, most=50), is_cut=False)
        assert page == {"platforms"}
