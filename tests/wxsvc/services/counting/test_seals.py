"""Sealing: a year that is over is folded a last time and locked; two people unlock it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.recognition import Ruling
from models.scorecard import ScorecardRow, SealedRow
from models.terms import Role, Stage
from models.work_list import Change
from scoring.terms import IndicatorCode, Part
from tests import builders
from tests.activity_forms import whole_form
from tests.wxsvc.services.record_cases import nobody, world
from wxsvc.db import Database, violated
from wxsvc.services import years
from wxsvc.services.activity import activities, drafts
from wxsvc.services.activity.activity_forms import Partner
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import card_checks, left_out, scorecards, seals, tallies
from wxsvc.services.counting.facts import FactRow
from wxsvc.services.judging import rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings

AFTER = datetime(2027, 2, 1, 10, 0, tzinfo=builders.BEIJING)


def test_a_year_is_sealed_once_it_is_over_with_everything_folded(db: Database, now: datetime) -> None:
    """What waits is folded into the scorecard, the work list is empty, and sealing idempotent."""
    with db.transaction() as session:
        w = world(session, now)
        rulings.rule_on(
            session,
            w.platform.id,
            2026,
            IndicatorCode.WEBSITE,
            Decimal(4),
            "检查情况良好",
            w.reviewer,
            now,
            stated=Stated("现场核实"),
        )
        for _ in range(2):
            row = seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        assert (row.sealed_at, row.sealed_by) == (AFTER, w.province.person_id)
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0
        card = session.get_one(ScorecardRow, (w.platform.id, 2026))
        assert card.tally["rulings"]["website"] == "4"
        assert session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()[-1] == "platform_year.sealed"


def test_more_platforms_ask_little_more(db: Database, now: datetime) -> None:
    """What platforms have in common is read once and written together: some nine statements are left for each."""
    with db.transaction() as session:
        w = world(session, now)
        ids = []
        for number in range(12):
            platform = builders.platform(session, name=f"第{number}窗口平台")
            activity = builders.activity(session, platform, stage=Stage.APPROVED)
            builders.check_in(session, activity, builders.enterprise(session))
            ids.append(platform.id)
        asked: list[str] = []
        sa.event.listen(db.engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
        try:
            seals.seal_all(session, ids[:2], 2026, w.province, AFTER)
            of_two = len(asked)
            seals.seal_all(session, ids[2:], 2026, w.province, AFTER)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        of_ten = len(asked) - of_two
        assert (of_ten - of_two) / 8 <= 9
        assert all(years.is_sealed(session, each, 2026) for each in ids)


def test_a_draft_of_a_sealed_year_is_thrown_away_or_held_later(db: Database, now: datetime) -> None:
    """Nobody else ever saw it and it counts nowhere: the seal keeps what was published, and holds no draft."""
    with db.transaction() as session:
        w = world(session, now)
        partner = Partner(builders.platform(session).id, Part.UNDERTAKE)
        kept, thrown = (
            drafts.save(session, whole_form(w.platform, title=title, partners=(partner,)), w.owner, now)
            for title in ("留下的活动", "不办的活动")
        )
        published = builders.activity(session, w.platform)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        assert published.year == 2026
        drafts.discard(session, thrown.id, w.owner)
        same = whole_form(w.platform, title=kept.title, partners=(partner,))
        with pytest.raises(Refused, match="year_sealed"):
            activities.publish(session, same, w.owner, AFTER, draft_id=kept.id)
        later = replace(same, starts_at=AFTER, ends_at=AFTER + timedelta(hours=2))
        made = activities.publish(session, later, w.owner, AFTER, draft_id=kept.id)
        assert (made.id, made.year, made.stage) == (kept.id, 2027, Stage.PUBLISHED)


def test_a_running_year_is_not_sealed(db: Database, now: datetime) -> None:
    """31 December itself is part of the year."""
    with db.transaction() as session:
        w = world(session, now)
        last = datetime(2026, 12, 31, 23, 59, tzinfo=builders.BEIJING)
        with pytest.raises(Refused, match="year_not_over"):
            seals.seal(session, w.platform.id, 2026, w.province, last)


def test_a_platform_that_was_not_assessed_at_all_is_sealed_too(db: Database, now: datetime) -> None:
    """Accepted in December: its assessment begins with the year after, and this one has no day."""
    with db.transaction() as session:
        w = world(session, now)
        w.platform.accepted_on = date(2026, 12, 9)
        assert years.assessment_period(session, w.platform.id, 2026).is_empty
        assert left_out.of(session, w.platform, 2026, readings.in_force(session, 2026, w.platform.kind)) == []
        assert seals.seal(session, w.platform.id, 2026, w.province, AFTER).is_sealed


def test_a_sealed_card_keeps_its_readings(db: Database, now: datetime) -> None:
    """A decision taken afterwards touches neither card nor work list."""
    with db.transaction() as session:
        w = world(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        readings.decide(session, 2026, w.platform.kind, "partial_step", "linear", "会议决定", w.province, AFTER)
        assert tallies.waiting(session) == []
        assert session.get_one(ScorecardRow, (w.platform.id, 2026)).readings["partial_step"] == "whole"


def test_unsealing_takes_two_people(db: Database, now: datetime) -> None:
    """One asks with a reason, another confirms; then the year is counted anew. Each step is idempotent."""
    with db.transaction() as session:
        w = world(session, now)
        place = (session, w.platform.id, 2026)
        second = builders.staff(session, role=Role.PROVINCE)
        seals.seal(*place, w.province, AFTER)
        with pytest.raises(Refused, match="unseal_not_asked"):
            seals.confirm_unseal(*place, second, AFTER)
        with pytest.raises(Refused, match="reason_needed"):
            seals.ask_unseal(*place, " ", w.province, AFTER)
        for _ in range(2):
            row = seals.ask_unseal(*place, "漏计一项荣誉", w.province, AFTER)
        assert (row.unseal_asked_by, row.unseal_reason) == (w.province.person_id, "漏计一项荣誉")
        with pytest.raises(Refused, match="two_people"):
            seals.confirm_unseal(*place, w.province, AFTER)
        for _ in range(2):
            row = seals.confirm_unseal(*place, second, AFTER)
        assert (row.sealed_at, row.sealed_by, row.unseal_asked_at, row.unseal_reason) == (None, None, None, None)
        assert tallies.waiting(session) == [(w.platform.id, 2026)]
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds == ["platform_year.sealed", "platform_year.unseal_asked", "platform_year.unsealed"]


def test_what_is_not_sealed_is_not_unsealed(db: Database, now: datetime) -> None:
    """Asking is refused, confirming changes nothing: it is open already."""
    with db.transaction() as session:
        w = world(session, now)
        with pytest.raises(Refused, match="year_not_sealed"):
            seals.ask_unseal(session, w.platform.id, 2026, "理由", w.province, AFTER)
        assert seals.confirm_unseal(session, w.platform.id, 2026, w.province, AFTER).sealed_at is None


def test_only_people_of_the_province_seal_and_unseal(db: Database, now: datetime) -> None:
    """Reviewer, staff and nobody may not, nor may the machine, which is no person."""
    with db.transaction() as session:
        w = world(session, now)
        place = (session, w.platform.id, 2026)
        for other in (w.reviewer, w.owner, w.stranger(), nobody(), MACHINE):
            with pytest.raises(Refused, match="not_allowed"):
                seals.seal(*place, other, AFTER)
            with pytest.raises(Refused, match="not_allowed"):
                seals.ask_unseal(*place, "理由", other, AFTER)
            with pytest.raises(Refused, match="not_allowed"):
                seals.confirm_unseal(*place, other, AFTER)


def test_the_database_holds_where_a_service_would_forget(db: Database, now: datetime) -> None:
    """A ruling written past the services into a sealed year is refused by the guard."""
    with db.transaction() as session:
        w = world(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            session.add(Ruling(platform_id=w.platform.id, year=2026, indicator=IndicatorCode.WEBSITE))
        assert violated(caught.value, "platform_year_sealed")


def shown(session: Session, platform_id: int) -> tuple[dict[str, Any], list[FactRow], list[FactRow]]:
    """What a page shows of the year: the sums of its card, the rows behind them, and what is left out."""
    card = session.get_one(ScorecardRow, (platform_id, 2026))
    return card.tally, scorecards.rows(session, platform_id, 2026), scorecards.not_counted(session, platform_id, 2026)


def test_a_sealed_year_shows_the_rows_it_was_sealed_with(db: Database, now: datetime) -> None:
    """An enterprise identified or renamed afterwards, and a reading decided, change neither card nor rows."""
    with db.transaction() as session:
        w = world(session, now)
        unknown = builders.enterprise(session, uscc=None, licence_number="430100000012345")
        activity = builders.activity(session, w.platform, stage=Stage.APPROVED, summary=builders.SUMMARY)
        builders.photo(session, activity)
        for each in (w.enterprise, unknown):
            builders.check_in(session, activity, each)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        sealed = shown(session, w.platform.id)
        assert [row.amount for row in sealed[1] if row.fact == "activity_participations"] == [1]
        unknown.licence_confirmed_at, w.enterprise.name = AFTER, "改名后的公司"
        readings.decide(session, 2026, w.platform.kind, "complete_photos", "3", "会议决定", w.province, AFTER)
        session.flush()
        session.expire_all()
        assert shown(session, w.platform.id) == sealed
        (change,) = card_checks.check(session, [(w.platform.id, 2026)], lambda: None)
        assert change.is_after_sealing
        assert "2026 changed after sealing: tally" in change.told()


def test_a_sealed_card_that_its_rows_do_not_come_to_is_a_difference(db: Database, now: datetime) -> None:
    """Written past the services, it is told as such and not as a change after sealing."""
    with db.transaction() as session:
        w = world(session, now)
        row = seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        place = [(w.platform.id, 2026)]
        assert card_checks.check(session, place, lambda: None) == []
        sealed_at, sealed_by = row.sealed_at, row.sealed_by
        row.sealed_at = row.sealed_by = None
        session.flush()
        session.get_one(ScorecardRow, (w.platform.id, 2026)).base += 1
        session.flush()
        row.sealed_at, row.sealed_by = sealed_at, sealed_by
        session.flush()
        (difference,) = card_checks.check(session, place, lambda: None)
        assert not difference.is_after_sealing


def test_unsealing_gives_the_rows_up(db: Database, now: datetime) -> None:
    """The truth is shown again, and sealing keeps the new rows."""
    with db.transaction() as session:
        w = world(session, now)
        place = (session, w.platform.id, 2026)
        builders.activity(session, w.platform)
        seals.seal(*place, w.province, AFTER)
        assert session.scalar(sa.select(sa.func.count()).select_from(SealedRow))
        seals.ask_unseal(*place, "漏计", w.province, AFTER)
        seals.confirm_unseal(*place, builders.staff(session, role=Role.PROVINCE), AFTER)
        assert session.scalar(sa.select(sa.func.count()).select_from(SealedRow)) == 0
        builders.activity(session, w.platform)
        seals.seal(*place, w.province, AFTER)
        assert len([row for row in scorecards.rows(*place) if row.fact == "activities.digital"]) == 2
