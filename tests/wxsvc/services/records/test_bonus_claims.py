"""Bonus claims: for an evaluation year that is chosen, and that the reviewer may correct."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.collaboration import Evidence
from models.journal import LogEntry
from models.terms import Stage, Subject
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import ADD, CLAIM, add_proved, nobody, world
from wxsvc.db import Database
from wxsvc.services.judging import reviews
from wxsvc.services.records import bonus_claims, reviewed
from wxsvc.services.refusal import Refused


def test_a_claim_counts_in_the_year_that_is_chosen(db: Database, now: datetime) -> None:
    """Titles are awarded after their year has ended."""
    with db.transaction() as session:
        w = world(session, now)
        assert bonus_claims.add(session, w.platform.id, replace(CLAIM, year=2025), w.owner, now).year == 2025


def test_the_reviewer_puts_a_claim_into_another_year(db: Database, now: datetime) -> None:
    """Both years are counted anew, the paper moves along, the log keeps old and new; idempotent."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, Subject.BONUS_CLAIM)
        reviews.approve(session, Subject.BONUS_CLAIM, row.id, w.reviewer, now)
        session.execute(sa.delete(Change))
        for _ in range(2):
            bonus_claims.set_year(session, row.id, 2025, "表彰的是2025年度", w.reviewer, now)
        assert (row.year, row.stage) == (2025, Stage.APPROVED)
        assert session.scalars(sa.select(Evidence.year)).all() == [2025]
        touched = [(each.platform_id, each.year) for each in session.scalars(sa.select(Change))]
        assert sorted(touched) == [(w.platform.id, 2025), (w.platform.id, 2026)]
        log = session.scalars(sa.select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
        assert (log.deed, log.details["old"], log.details["new"]) == ("bonus_claim.year_set", 2026, 2025)


def test_only_provincial_staff_correct_the_year_and_only_of_open_years(db: Database, now: datetime) -> None:
    """With a reason, and never of a void claim."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.BONUS_CLAIM](w, w.owner)
        for other in (w.owner, w.stranger(), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                bonus_claims.set_year(session, row.id, 2025, "理由", other, now)
        with pytest.raises(Refused, match="reason_needed"):
            bonus_claims.set_year(session, row.id, 2025, "", w.reviewer, now)
        reviewed.withdraw(session, Subject.BONUS_CLAIM, row.id, "录错了", w.owner, now)
        with pytest.raises(Refused, match="record_void"):
            bonus_claims.set_year(session, row.id, 2025, "理由", w.reviewer, now)
        builders.seal(session, w.platform, 2025)
        with pytest.raises(Refused, match="year_sealed"):
            bonus_claims.set_year(session, row.id, 2025, "理由", w.province, now)


def test_a_claim_is_described(db: Database, now: datetime) -> None:
    """Title, issuer, a day that came, a link that opens if there is one."""
    with db.transaction() as session:
        w = world(session, now)
        for wrong, code in (
            (replace(CLAIM, title=""), "text_needed"),
            (replace(CLAIM, issuer=" "), "text_needed"),
            (replace(CLAIM, link="news"), "bad_link"),
            (replace(CLAIM, awarded_on=now.date() + timedelta(days=1)), "day_in_future"),
        ):
            with pytest.raises(Refused, match=code):
                bonus_claims.add(session, w.platform.id, wrong, w.owner, now)
