"""What an approval would bring is what it brings: told before, and compared with the card afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.record import Need, OfflineService
from models.scorecard import ScorecardRow, StakeRow
from models.terms import NeedKind, NeedState, Role, Stage, Subject
from scoring.terms import ActivityCategory, Part
from tests import builders
from tests.wxsvc.services.record_cases import World, add_proved, world
from wxsvc.db import Database
from wxsvc.services.counting import stakes, tallies
from wxsvc.services.judging import reviews

pytestmark = pytest.mark.both_databases


def held(w: World, came: int, **columns: Any) -> Any:
    """A submitted, complete activity with so many enterprises."""
    place = f"第{came}会议室"
    activity = builders.activity(
        w.session, w.platform, stage=Stage.SUBMITTED, summary=builders.SUMMARY, place=place, **columns
    )
    builders.photo(w.session, activity)
    for number in range(came):
        at = builders.STARTS_AT + timedelta(minutes=number)
        builders.check_in(w.session, activity, builders.enterprise(w.session), checked_in_at=at)
    return activity


def need(w: World, number: int) -> Need:
    row = Need(
        platform_id=w.platform.id,
        year=2026,
        kind=NeedKind.MATCHING,
        state=NeedState.MATCHED,
        enterprise_id=builders.enterprise(w.session).id,
        region_code="430102",
        title=f"寻找第{number}家检测机构",
        content="需要材料检测",
        raised_on=builders.NOW.date(),
        stage=Stage.SUBMITTED,
        submitted_at=builders.NOW,
        created_at=builders.NOW,
    )
    w.session.add(row)
    w.session.flush()
    return row


def total(session: Session, platform_id: int) -> Decimal:
    return session.get_one(ScorecardRow, (platform_id, 2026), populate_existing=True).total


def gain(session: Session, row: Any) -> dict[int, Decimal]:
    """By platform."""
    _, told = stakes.of_record(session, (row.SUBJECT, row.id), row.platform_id, 2026)
    return {each.platform.id: each.gain for each in told}


def test_each_approval_brings_what_was_said(db: Database, now: datetime) -> None:
    """Activities (whole, without a photo, of a partner), needs and claims, in any order: the card moves by that."""
    with db.transaction() as session:
        w = world(session, now)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        partner = builders.platform(session, code="430200", region_code="430200")
        joint = held(w, 60, category=ActivityCategory.BRAND)
        builders.joined(session, joint, partner, Part.UNDERTAKE)
        bare = held(w, 45, category=ActivityCategory.INNOVATION)
        session.execute(
            sa.text("update activity_photos set removed_at = added_at where activity_id = :id"), {"id": bare.id}
        )
        rows = [joint, bare, held(w, 3), *(need(w, number) for number in range(12)), add_proved(w, Subject.BONUS_CLAIM)]
        moved = 0
        for row in rows:
            for each in (w.platform.id, partner.id):
                tallies.fold(session, each, 2026, now)
            told = gain(session, row)
            assert set(told) == ({w.platform.id, partner.id} if row is joint else {w.platform.id})
            before = {each: total(session, each) for each in told}
            reviews.approve(session, row.SUBJECT, row.id, reviewer, now)
            for each in told:
                tallies.fold(session, each, 2026, now)
            assert {each: total(session, each) - before[each] for each in told} == told
            assert gain(session, row) == {}
            moved += any(told.values())
        assert 2 <= moved < len(rows)


def test_the_lines_that_move_are_named(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        claim = add_proved(w, Subject.BONUS_CLAIM)
        key, place = (Subject.BONUS_CLAIM, claim.id), (w.platform.id, 2026)
        assert stakes.of_record(session, key, *place) == (None, ())
        tallies.fold(session, w.platform.id, 2026, now)
        _, (stake,) = stakes.of_record(session, key, *place)
        assert stake.gain == sum((each.after - each.before for each in stake.lines), Decimal(0)) > 0
        assert all(each.name for each in stake.lines)
        assert stakes.of_record(session, (Subject.BONUS_CLAIM, claim.id + 1), *place)[1] == ()


def test_one_fold_tells_of_three_thousand_items(db: Database, now: datetime) -> None:
    """Each has its row; what brings nothing is told as nothing."""
    with db.transaction() as session:
        w = world(session, now)
        shared = {"platform_id": w.platform.id, "year": 2026, "stage": Stage.SUBMITTED, "version": 1}
        moments = {"submitted_at": now, "created_at": now, "served_on": now.date()}
        session.execute(sa.insert(OfflineService), [{"content": f"走访{n}", **shared, **moments} for n in range(3000)])
        tallies.fold(session, w.platform.id, 2026, now)
        gains = session.scalars(sa.select(StakeRow.gain)).all()
        assert len(gains) == 3000
        assert set(gains) == {Decimal(0)}
