"""What is doubtful about the check-ins of an activity: each stands once, and a page makes ready only what it shows."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest

from models.call_back import CallBack, CallBackSample
from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.terms import CallBackResult, DisputeSubject, Door
from scoring.readings import DEFAULT_READINGS
from tests import builders
from wxsvc.clock import BEIJING
from wxsvc.db import Database
from wxsvc.services.counting.told_apart import Apart
from wxsvc.services.door import arrivals_judged
from wxsvc.services.door.arrivals_judged import Minute, Sign

pytestmark = pytest.mark.both_databases


def test_a_company_that_was_called_twice_is_one_arrival(db: Database) -> None:
    """It came after nobody, and its person stands for two companies, not for three."""
    with db.transaction() as session:
        platform = builders.platform(session)
        activity, who = builders.activity(session, platform), builders.person(session)
        for minute in range(2):
            moment = builders.STARTS_AT + timedelta(minutes=minute)
            came = builders.check_in(session, activity, builders.enterprise(session), who, checked_in_at=moment)
        for day, result in enumerate((CallBackResult.DENIES, CallBackResult.CONFIRMS)):
            sample = CallBackSample(year=2026, seed=f"{day}", wanted=1, drawn_from=2, created_at=builders.NOW)
            session.add(sample)
            session.flush()
            called = {"result": result, "called_at": builders.NOW + timedelta(days=day)}
            session.add(CallBack(sample_id=sample.id, check_in_id=came.id, position=1, **called))
        session.flush()
        judged = arrivals_judged.of_activity(session, activity, platform, DEFAULT_READINGS, page=2, size=1)
        assert (judged.count, judged.live, judged.signs) == (2, 2, ())
        assert [each.call_back for each in judged.rows] == [CallBackResult.CONFIRMS]


@pytest.mark.parametrize("seed", range(3))
def test_the_database_judges_as_one_would_who_reads_every_row(db: Database, seed: int) -> None:
    """Signs, order, sums, minutes and every page, of check-ins that came about in every way there is."""
    chance = random.Random(seed)
    with db.transaction() as session:
        platform = builders.platform(session, region_code="430100", kind="prefecture")
        activity, clerk = builders.activity(session, platform), builders.person(session, name_sealed="甲")
        people = [builders.person(session) for _ in range(6)]
        sample = CallBackSample(year=2026, seed="1", wanted=60, drawn_from=60, created_at=builders.NOW)
        session.add(sample)
        session.flush()
        midnight = builders.STARTS_AT.replace(hour=0)
        rows: list[Row] = []
        for number in range(60):
            firm = builders.enterprise(
                session,
                uscc=builders.uscc(start=chance.choice(["91430100", "92430100", "11430100"])),
                region_code=chance.choice(["430102", "430102", "430200", None]),
            )
            start = midnight if chance.random() < 0.1 else builders.STARTS_AT
            came = builders.check_in(
                session,
                activity,
                firm,
                chance.choice([None, *people]),
                checked_in_at=start + timedelta(seconds=chance.choice([0, 1, 60, 61, 300, 1800, 7200])),
                door=chance.choice([Door.CODE, Door.CODE, Door.SHEET]),
                evidence_grade=chance.choice([1, 2, 3]),
                entered_by=clerk.id if chance.random() < 0.2 else None,
                undone_at=builders.NOW if number % 10 == 0 else None,
                **({"voided_at": builders.NOW, "void_reason": "误签"} if number % 10 == 1 else {}),
            )
            calls = chance.choice([(), (), (CallBackResult.DENIES,), (CallBackResult.CONFIRMS,)])
            for result in calls:
                called = {"result": result, "called_at": builders.NOW}
                session.add(CallBack(sample_id=sample.id, check_in_id=came.id, position=1, **called))
            is_disputed = chance.random() < 0.1
            if is_disputed:
                about = {"subject": DisputeSubject.CHECK_IN, "subject_id": came.id, "enterprise_id": firm.id}
                raised = {"raised_by": clerk.id, "raised_at": builders.NOW, "reason": "未到场"}
                session.add(Dispute(platform_id=platform.id, **about, **raised))
            rows.append(Row(came, firm, CallBackResult.DENIES in calls, is_disputed))
        session.flush()
        expected = sorted(((each, signs_of(each, rows)) for each in rows), key=rank)
        live = [(each, signs) for each, signs in expected if each.check_in.is_live]
        pages = [
            arrivals_judged.of_activity(session, activity, platform, DEFAULT_READINGS, page=page, size=25)
            for page in (1, 2, 3, 9)
        ]
        told = [(row.check_in_id, row.signs) for page in pages[:3] for row in page.rows]
        assert told == [(each.check_in.id, signs) for each, signs in expected]
        lengths = [(page.page, page.pages, len(page.rows)) for page in pages]
        assert lengths == [(1, 3, 25), (2, 3, 25), (3, 3, 10), (3, 3, 10)], "past the end, the last"
        one = pages[0]
        assert (one.count, one.live, one.doubtful) == (60, len(live), sum(bool(signs) for _, signs in live))
        number_of = Counter(sign for _, signs in live for sign in signs)
        assert one.signs == tuple((sign, number_of[sign]) for sign in Sign if number_of[sign])
        assert sorted(one.enterprises) == sorted(each.firm.id for each, _ in live)
        counted = [each.firm for each, _ in live if each.firm.is_counted]
        assert one.apart == Apart(
            len(counted),
            sum(firm.uscc.startswith("92") for firm in counted),
            sum(firm.region_code == "430200" for firm in counted),
            sum(firm.region_code is None for firm in counted),
        )
        timed = [each for each in live if each[0].check_in.door is not Door.SHEET]
        by_minute = Counter(each.check_in.checked_in_at.replace(second=0) for each, _ in timed)
        in_doubt = Counter(each.check_in.checked_in_at.replace(second=0) for each, signs in timed if signs)
        assert one.minutes == tuple(Minute(at, by_minute[at], in_doubt[at]) for at in sorted(by_minute))


@dataclass(frozen=True, eq=False)
class Row:
    """One check-in as the test made it."""

    check_in: CheckIn
    firm: Enterprise
    is_denied: bool
    is_disputed: bool


def signs_of(row: Row, rows: list[Row]) -> tuple[Sign, ...]:
    """As the words of each sign have it."""
    own, live = row.check_in, [each.check_in for each in rows if each.check_in.is_live]
    has_moment = own.door is not Door.SHEET
    timed = sorted((each.checked_in_at, each.id) for each in live if each.door is not Door.SHEET)
    place = timed.index((own.checked_in_at, own.id)) if (own.checked_in_at, own.id) in timed else 0
    is_quick = place > 0 and timed[place][0] - timed[place - 1][0] < timedelta(seconds=2)
    with_it = sum(each.person_id == own.person_id for each in live)
    holds = {
        Sign.DENIED: row.is_denied,
        Sign.DISPUTED: row.is_disputed,
        Sign.QUICK: is_quick,
        Sign.SAME_PERSON: own.person_id is not None and with_it >= 3,
        Sign.AT_NIGHT: has_moment and own.checked_in_at.astimezone(BEIJING).hour < 5,
        Sign.LATE: own.evidence_grade == 3,
        Sign.BY_STAFF: own.entered_by is not None and has_moment,
        Sign.OUTSIDE: row.firm.region_code == "430200",
    }
    return tuple(sign for sign in Sign if holds[sign])


def rank(judged: tuple[Row, tuple[Sign, ...]]) -> tuple[object, ...]:
    """Doubtful first, the heaviest sign before all, what was taken out at the end."""
    row, signs = judged
    heaviest = list(Sign).index(signs[0]) if signs else len(Sign)
    return not row.check_in.is_live, heaviest, -len(signs), row.check_in.checked_in_at, row.check_in.id
