"""A year is closed step by step: no step is skipped, two people seal, and nothing is half-done."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.notice import Notice
from models.platform import PlatformYear
from models.record import Need
from models.terms import DisputeSubject, Role, Stage
from models.year_end import Publicity, YearClosing
from tests import builders
from tests.wxsvc.services.year_end.ending import (
    AFTER,
    LATER,
    YEAR,
    Ending,
    decide,
    ending,
    fold,
    published,
    rule,
    rule_anew,
    sealed,
    seen,
    settled,
)
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.counting import assessment_periods, replays, seals, snapshots
from wxsvc.services.disputes import disputes
from wxsvc.services.judging import rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.refusal import Refused
from wxsvc.services.year_end import closing_steps, figures, publicities, sealing
from wxsvc.services.year_end.closing_steps import ClosingStep
from wxsvc.services.years import AssessmentPeriod


def open_codes(session: Session, now: datetime = AFTER) -> dict[str, list[str]]:
    """What is open, by step."""
    found = closing_steps.of_year(session, YEAR, now).open
    return {step.value: [point.code for point in points] for step, points in found.items() if points}


def waiting_need(session: Session, e: Ending) -> Need:
    """A record that waits for a verdict."""
    row = Need(
        platform_id=e.own.id,
        year=YEAR,
        kind="matching",
        region_code="430102",
        title="寻找检测机构",
        content="需要材料检测",
        enterprise_id=builders.enterprise(session).id,
        raised_on=builders.NOW.date(),
        stage=Stage.SUBMITTED,
        submitted_at=builders.NOW,
        created_at=builders.NOW,
    )
    session.add(row)
    session.flush()
    return row


@pytest.mark.both_databases
def test_each_step_names_what_is_open(db: Database) -> None:
    """From a year that is only over to one that is published, the list gets shorter by what was done."""
    with db.transaction() as session:
        e = ending(session)
        need = waiting_need(session, e)
        last = ["closing_preview"], ["closing_publicity"], ["closing_seal"]
        then = dict(zip(("preview", "publicity", "seal"), last, strict=True))
        begun = open_codes(session)
        assert begun == {"reviews": ["closing_uncounted", "closing_reviews"], "readings": ["closing_readings"], **then}
        fold(session)
        need.stage, need.reviewed_at = Stage.APPROVED, AFTER
        session.flush()
        assert open_codes(session) == {"rulings": ["closing_awaited"], "readings": ["closing_readings"], **then}
        rule(session, e)
        assert open_codes(session)["reviews"] == ["closing_changes"]
        fold(session)
        assert open_codes(session) == {"readings": ["closing_readings"], **then}
        decide(session, e)
        fold(session)
        assert open_codes(session) == then
        assert closing_steps.of_year(session, YEAR, AFTER).current is ClosingStep.PREVIEW
        publicities.open_for(session, YEAR, 7, seen(session), e.first, AFTER)
        assert open_codes(session) == {"publicity": ["closing_publicity_running"], "seal": ["closing_seal"]}
        assert open_codes(session, LATER) == {"seal": ["closing_seal"]}


def test_a_proposal_that_nobody_confirmed_is_settled_before_the_seal(db: Database) -> None:
    """Other points that one person proposed are confirmed or taken back: else they wait in a sealed year for good."""
    with db.transaction() as session:
        e = published(session)
        place = (session, e.own.id, YEAR, "website", Decimal(4), "复查")
        rulings.rule_on(*place, e.reviewer, LATER, stated=Stated("现场核实"))
        fold(session, LATER)
        assert open_codes(session, LATER) == {"rulings": ["closing_proposed"], "seal": ["closing_seal"]}
        with pytest.raises(Refused, match="closing_proposed"):
            sealing.ask(session, YEAR, seen(session), e.first, LATER)
        rulings.rule_on(*place, e.first, LATER, stated=Stated("现场核实"))
        fold(session, LATER)
        assert open_codes(session, LATER) == {"seal": ["closing_seal"]}


@pytest.mark.parametrize(
    ("now", "code"), [(datetime(2026, 12, 31, 23, 59, tzinfo=builders.BEIJING), "closing_year_running"), (AFTER, "")]
)
def test_a_running_year_is_not_closed(db: Database, now: datetime, code: str) -> None:
    """31 December itself is part of the year."""
    with db.transaction() as session:
        settled(session)
        assert ("closing_year_running" in open_codes(session, now).get("reviews", [])) == bool(code)


def test_a_longer_period_is_waited_for(db: Database) -> None:
    """A platform whose assessment period ends in June is named until then."""
    with db.transaction() as session:
        e = settled(session)
        row = session.get(PlatformYear, (e.own.id, YEAR)) or PlatformYear(platform_id=e.own.id, year=YEAR)
        row.assessed_from, row.assessed_until = date(2026, 7, 1), date(2027, 6, 30)
        row.period_reason = "试运行"
        session.add(row)
        session.flush()
        assert open_codes(session)["reviews"] == ["closing_period_running"]


@pytest.mark.both_databases
@pytest.mark.parametrize(("days_after", "is_named"), [(0, True), (1, False)])
def test_what_waits_in_the_next_year_and_counts_in_this_one_is_judged_before_the_seal(
    db: Database, days_after: int, *, is_named: bool
) -> None:
    """Of the last day of a period until June: a need, an activity, a late part, and what an enterprise objects to."""
    last, then = date(2027, 6, 30), datetime(2027, 7, 5, 9, tzinfo=builders.BEIJING)
    with db.transaction() as session:
        e = settled(session)
        period = AssessmentPeriod(date(2026, 7, 1), last)
        assessment_periods.change(session, e.own.id, YEAR, period, "试运行", e.first, AFTER)
        fold(session)
        before = open_codes(session, then).get("reviews", [])
        assert before == []
        day = last + timedelta(days=days_after)
        need = waiting_need(session, e)
        need.year, need.raised_on = 2027, day
        ends_at = datetime(day.year, day.month, day.day, 12, tzinfo=builders.BEIJING)
        starts_at = ends_at - timedelta(hours=2)
        builders.activity(session, e.own, stage=Stage.SUBMITTED, starts_at=starts_at, ends_at=ends_at)
        late = builders.activity(session, e.other, stage=Stage.APPROVED, starts_at=starts_at, ends_at=ends_at)
        builders.joined(session, late, e.own).awaits_review = True
        approved = builders.activity(session, e.own, stage=Stage.APPROVED, starts_at=starts_at, ends_at=ends_at)
        who, firm = builders.person(session), builders.enterprise(session)
        builders.contact(session, who, firm)
        came = builders.check_in(session, approved, firm, who)
        disputes.raise_dispute(session, firm.id, DisputeSubject.CHECK_IN, came.id, "没有参加", Actor(who.id), then)
        session.flush()
        found = closing_steps.of_year(session, YEAR, then).open[ClosingStep.REVIEWS]
        named = {each.code: each.facts for each in found}
        assert named == ({"closing_reviews": {"count": 3}, "closing_disputes": {"count": 1}} if is_named else {})


def refused(call: Any, *arguments: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **more)
    return caught.value


@pytest.mark.both_databases
def test_no_step_is_skipped(db: Database) -> None:
    """Publishing and sealing are refused by name while anything before them is open; nothing is written."""
    with db.transaction() as session:
        e = ending(session)
        fold(session)
        by, place = e.first, (session, YEAR)
        need = waiting_need(session, e)
        for call in (
            lambda: publicities.open_for(*place, 7, seen(session), by, AFTER),
            lambda: sealing.ask(*place, seen(session), by, LATER),
        ):
            found = refused(call)
            assert (found.code, found.values) == ("closing_reviews", {"count": 1})
        need.stage = Stage.APPROVED
        rule(session, e)
        fold(session)
        assert refused(publicities.open_for, *place, 7, seen(session), by, AFTER).code == "closing_readings"
        decide(session, e)
        fold(session)
        assert refused(sealing.ask, *place, seen(session), by, LATER).code == "closing_preview"
        publicities.open_for(*place, 7, seen(session), by, AFTER)
        assert refused(sealing.ask, *place, seen(session), by, AFTER).code == "closing_publicity_running"
        assert refused(sealing.confirm, *place, e.second, LATER).code == "seal_not_asked"
        assert not session.scalars(sa.select(PlatformYear).where(PlatformYear.is_sealed)).all()


def test_a_publicity_shows_what_was_previewed(db: Database) -> None:
    """Figures that moved since the preview are not published; each platform is told once; the same again is one."""
    with db.transaction() as session:
        e = settled(session)
        place = (session, YEAR)
        for days in (0, 61):
            assert refused(publicities.open_for, *place, days, seen(session), e.first, AFTER).code == "publicity_days"
        former = seen(session)
        rule_anew(session, e, Decimal(3))
        fold(session)
        assert refused(publicities.open_for, *place, 7, former, e.first, AFTER).code == "preview_stale"
        for _ in range(2):
            row = publicities.open_for(*place, 7, seen(session), e.first, AFTER, after=0)
        overtaken = refused(publicities.open_for, *place, 5, seen(session), e.second, AFTER, after=0)
        assert (overtaken.code, overtaken.values["last"]) == ("publicity_overtaken", row.last_day)
        assert (row.first_day.isoformat(), row.last_day.isoformat()) == ("2027-01-11", "2027-01-18")
        assert session.scalars(sa.select(Publicity)).all() == [row]
        told = session.scalars(sa.select(Notice).where(Notice.key.startswith("publicity:"))).all()
        assert sorted(each.platform_id or 0 for each in told) == sorted([e.own.id, e.other.id])
        for other in (e.reviewer, e.staff):
            assert refused(publicities.open_for, *place, 7, seen(session), other, AFTER).code == "not_allowed"
        again = publicities.open_for(*place, 5, seen(session), e.second, AFTER, after=row.id)
        assert again.last_day.isoformat() == "2027-01-16"


def test_the_preview_ranks_and_shows_what_moved_since(db: Database) -> None:
    """Rank by kind with ties; a total that is another than was published is marked."""
    with db.transaction() as session:
        e = published(session)
        shown = publicities.current(session, YEAR)
        assert shown is not None
        rule_anew(session, e, Decimal(3))
        fold(session)
        found = {each.platform.code: each for each in figures.of_year(session, YEAR, shown.figures)}
        assert found["430100"].has_moved
        assert not found["430200"].has_moved
        assert {each.rank for each in found.values()} == {1, 2}


@pytest.mark.both_databases
def test_two_people_seal_every_platform_at_once(db: Database) -> None:
    """One asks, the same person cannot confirm, another does; each step idempotent; the documents are kept."""
    with db.transaction() as session:
        e = published(session)
        place = (session, YEAR)
        for _ in range(2):
            asked = sealing.ask(*place, seen(session), e.first, LATER)
        assert sealing.ask(*place, seen(session), e.second, LATER).seal_asked_by == e.first.person_id
        assert asked.seal_asked_by == e.first.person_id
        assert refused(sealing.confirm, *place, e.first, LATER).code == "seal_two_people"
        for _ in range(2):
            kept = sealing.confirm(*place, e.second, LATER)
        assert (kept.asked_by, kept.sealed_by) == (e.first.person_id, e.second.person_id)
        assert len(json.loads(kept.document)["platforms"]) == 2
        closing = closing_steps.of_year(session, YEAR, LATER)
        assert closing.is_sealed
        assert (closing.current, closing.asked) == (ClosingStep.DOCUMENTS, None)
        assert refused(sealing.ask, *place, seen(session), e.first, LATER).code == "year_is_sealed"
        again = replays.of_year(session, YEAR)
        assert again.is_same
        assert again.province == kept.document
        deeds = set(session.scalars(sa.select(LogEntry.deed)))
        assert {"year.publicity_opened", "year.seal_asked", "year.sealed", "platform_year.sealed"} <= deeds


def test_what_opens_again_between_the_two_people_is_named(db: Database) -> None:
    """Sealing with something still open is refused at the second step too, and leaves all platforms open."""
    with db.transaction() as session:
        e = published(session)
        sealing.ask(session, YEAR, seen(session), e.first, LATER)
    with db.transaction() as session:
        waiting_need(session, e)
    with pytest.raises(Refused, match="closing_reviews"), db.transaction() as session:
        sealing.confirm(session, YEAR, e.second, LATER)
    with db.read() as session:
        assert closing_steps.of_year(session, YEAR, LATER).sealed == 0


@pytest.mark.both_databases
def test_figures_that_moved_after_the_ask_are_not_sealed(db: Database) -> None:
    """The second person never seals what the first did not see; the refusal leaves nothing half-done."""
    with db.transaction() as session:
        e = published(session)
        sealing.ask(session, YEAR, seen(session), e.first, LATER)
        rule_anew(session, e, Decimal(3))
        fold(session)
    with pytest.raises(Refused, match="figures_moved"), db.transaction() as session:
        sealing.confirm(session, YEAR, e.second, LATER)
    with db.transaction() as session:
        assert closing_steps.of_year(session, YEAR, LATER).sealed == 0
        for _ in range(2):
            sealing.withdraw(session, YEAR, e.second, LATER)
        assert session.get_one(YearClosing, YEAR).seal_asked_at is None
        sealing.ask(session, YEAR, seen(session), e.second, LATER)
        sealing.confirm(session, YEAR, e.first, LATER)
        assert closing_steps.of_year(session, YEAR, LATER).is_sealed


def test_only_people_of_the_province_seal(db: Database) -> None:
    """Neither reviewer nor staff, nor the machine, which is no person."""
    with db.transaction() as session:
        e = published(session)
        for other in (e.reviewer, e.staff, MACHINE):
            assert refused(sealing.ask, session, YEAR, seen(session), other, LATER).code == "not_allowed"
            assert refused(sealing.confirm, session, YEAR, other, LATER).code == "not_allowed"
            assert refused(sealing.withdraw, session, YEAR, other, LATER).code == "not_allowed"


def test_a_platform_that_was_unsealed_is_closed_again_alone(db: Database) -> None:
    """Only it is asked about; what was sealed of it and of the province is kept as a former snapshot."""
    with db.transaction() as session:
        e = sealed(session)
        first = snapshots.year_snapshot(session, YEAR)
        seals.ask_unseal(session, e.own.id, YEAR, "漏计一项荣誉", e.first, LATER)
        seals.confirm_unseal(session, e.own.id, YEAR, e.second, LATER)
        fold(session, LATER)
        closing = closing_steps.of_year(session, YEAR, LATER)
        assert (closing.sealed, closing.platforms, closing.current) == (1, 2, ClosingStep.SEAL)
        assert snapshots.year_snapshot(session, YEAR) is None
        (former,) = snapshots.former_of(session, e.own.id, YEAR)
        assert replays.document(session, former) == former.document
        sealing.ask(session, YEAR, seen(session), e.second, LATER)
        again = sealing.confirm(session, YEAR, e.first, LATER)
        assert first is not None
        assert again.id != first.id
        assert replays.of_year(session, YEAR).is_same


def test_a_year_before_the_rules_is_not_closed(db: Database) -> None:
    with db.transaction() as session:
        assert refused(closing_steps.of_year, session, 1999, AFTER).code == "year_without_rules"
        e = settled(session)
        figures.count_anew(session, YEAR, e.first, AFTER)
        assert open_codes(session, AFTER + timedelta(days=1))["reviews"] == ["closing_changes"]
        assert builders.staff(session, role=Role.PROVINCE).person_id != e.first.person_id
