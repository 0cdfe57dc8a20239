"""口径试算: what it says is what deciding and folding then bring, for every reading, value and kind of platform."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import BonusClaim, Filing
from models.platform import Platform
from models.record import Need
from models.regulation import ReadingDecision
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import NeedKind, NeedState, Role, Stage
from scoring.terms import READING_VALUES, BonusKind, EvidenceItem, Obligation, Part, PlatformKind, ReadingName
from tests import builders
from tests.wxsvc.services.counting.test_tallies import approved_activity, furnish, record
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.services.records import filings
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings
from wxsvc.services.reports import what_if
from wxsvc.services.reports.ranks import ranks

NOW = builders.NOW
UNMOVED = frozenset({"recognition_needs", "leaders_remarks_asked", "cluster_screenshots_asked"})
"""Readings of what is asked for from then on: no point that was given moves."""


def file_all(session: Session, platform: Platform) -> None:
    """On the very day, but for two: the return of June on a day that only 顺延 allows, that of May sent back once."""
    for each in filings.state(session, platform.id, 2026, NOW):
        due = each.deadline
        if due.due_on > NOW.date():
            continue
        day = due.open_until if due.rolled or due.open_until != due.due_on else due.due_on
        row = Filing(platform_id=platform.id, year=2026, obligation=due.obligation, period=due.period)
        row.claimed_on, row.stage = day, Stage.APPROVED
        if (due.obligation, due.period) == (Obligation.DATA, "2026-05"):
            row.claimed_on, row.first_claimed_on = day + timedelta(20), due.due_on
            row.first_submitted_at = NOW.replace(month=5, day=due.due_on.day)
        record(session, row)


def settle(session: Session, kind: PlatformKind) -> list[Platform]:
    """Three platforms of a kind; something on the first of them is judged otherwise by every reading."""
    made = [
        builders.platform(session, code=code, kind=kind, region_code=code, name=f"{code}窗口平台")
        for code in (
            ("430100", "430200", "430300") if kind is PlatformKind.PREFECTURE else ("430102", "430103", "430104")
        )
    ]
    for platform in made:
        furnish(session, platform)
    first = made[0]
    bare = builders.activity(session, first, stage=Stage.APPROVED, summary="简短")
    tended = builders.activity(session, made[1], stage=Stage.APPROVED, summary=builders.SUMMARY)
    builders.photo(session, tended)
    builders.joined(session, tended, first, Part.ASSIST)
    for start, region in (("92430100", first.region_code), ("91430100", "430500"), ("91430100", first.region_code)):
        for at in (bare, tended):
            builders.check_in(
                session, at, builders.enterprise(session, uscc=builders.uscc(start=start), region_code=region)
            )
    for arrivals in (4, 12, 12):
        approved_activity(session, first, arrivals)
    capped = (BonusClaim.platform_id == first.id, BonusClaim.kind.not_in([BonusKind.PRESS, BonusKind.HONOUR]))
    session.execute(sa.update(BonusClaim).where(*capped).values(stage=Stage.SUBMITTED))  # or they fill the cap
    county = builders.platform(session, code="430181", kind=PlatformKind.COUNTY, region_code="430181")
    for of in (first, county):
        asked = {
            "kind": NeedKind.MATCHING,
            "title": "寻找检测机构",
            "content": "材料检测",
            "region_code": of.region_code,
        }
        company = builders.enterprise(session, region_code=of.region_code)
        day = {"platform_id": of.id, "year": 2026, "raised_on": NOW.date()}
        record(session, Need(enterprise_id=company.id, state=NeedState.OPEN, stage=Stage.APPROVED, **asked, **day))
    for number in range(2):
        told = BonusClaim(
            platform_id=first.id, year=2026, kind=BonusKind.PRESS, title="同一报道", issuer="人民日报",
            awarded_on=NOW.date(), stage=Stage.APPROVED,
        )  # fmt: skip
        record(session, told)
        builders.proof(session, told, EvidenceItem.PRESS_REPORTS, title=f"报道{number}")
    readings.decide(
        session, 2026, kind, "partial_step", "linear", "每一家都有分", builders.staff(session, role=Role.PROVINCE), NOW
    )
    file_all(session, first)
    for platform in (*made, county):
        tallies.fold(session, platform.id, 2026, NOW)
    return made


def cards(session: Session, kind: PlatformKind) -> dict[str, tuple[Decimal, dict[str, Decimal]]]:
    """Totals and points of every platform of the kind, as stored."""
    session.expire_all()
    stored = session.execute(
        sa.select(Platform.code, ScorecardRow).join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .where(Platform.kind == kind, ScorecardRow.year == 2026)
    ).all()  # fmt: skip
    return {
        code: (
            card.total,
            {
                line.code: line.points
                for line in session.scalars(sa.select(ScoreLineRow).filter_by(platform_id=card.platform_id, year=2026))
            },
        )
        for code, card in stored
    }


def others(session: Session, kind: PlatformKind, name: ReadingName) -> list[str]:
    """The values that are not in force."""
    stands = readings.in_force(session, 2026, kind).as_words()[name]
    return [value for value in READING_VALUES[name] if value != stands]


@pytest.mark.parametrize("kind", PlatformKind)
def test_it_says_what_deciding_would_bring(db: Database, kind: PlatformKind) -> None:
    """Total, rank and every line of every platform, before and after; and every reading moves something."""
    moves: dict[tuple[ReadingName, str], int] = {}
    with db.transaction() as session:
        settle(session, kind)
        by = builders.staff(session, role=Role.PROVINCE)
        ids = session.scalars(sa.select(Platform.id).where(Platform.kind == kind)).all()
        for name in ReadingName:
            for value in others(session, kind, name):
                told = what_if.of(session, 2026, kind, name, value, NOW)
                before = cards(session, kind)
                trial = session.begin_nested()
                readings.decide(session, 2026, kind, name, value, "试", by, NOW)
                for platform_id in ids:
                    tallies.fold(session, platform_id, 2026, NOW)
                after = cards(session, kind)
                trial.rollback()
                session.expire_all()
                old_ranks = ranks((code, total) for code, (total, _) in before.items())
                new_ranks = ranks((code, total) for code, (total, _) in after.items())
                for each in told.moves:
                    code = each.platform.code
                    assert (each.old, each.new) == (before[code][0], after[code][0]), (name, value)
                    assert (each.old_rank, each.new_rank) == (old_ranks[code], new_ranks[code])
                    assert {line.line.code: (line.old, line.new) for line in each.lines} == {
                        line: (points, after[code][1][line])
                        for line, points in before[code][1].items()
                        if points != after[code][1][line]
                    }
                moves[name, value] = len(told.moved)
    if kind is PlatformKind.PREFECTURE:
        still = {name.value for name in ReadingName if not any(moved for (of, _), moved in moves.items() if of is name)}
        assert still == UNMOVED


def test_nothing_is_written(db: Database) -> None:
    with db.transaction() as session:
        settle(session, PlatformKind.PREFECTURE)
        before = cards(session, PlatformKind.PREFECTURE)
        for name in ReadingName:
            what_if.of(session, 2026, PlatformKind.PREFECTURE, name, READING_VALUES[name][1], NOW)
        assert not session.dirty
        assert not session.new
        assert cards(session, PlatformKind.PREFECTURE) == before
        assert len(session.scalars(sa.select(ReadingDecision)).all()) == 1


def test_a_sealed_year_keeps_its_points_and_may_change_its_rank(db: Database) -> None:
    """The others pass it; what is still to be folded is told."""
    with db.transaction() as session:
        first, second, _ = settle(session, PlatformKind.PREFECTURE)
        builders.seal(session, second)
        told = what_if.of(session, 2026, PlatformKind.PREFECTURE, "one_story", "once", NOW)
        kept = next(each for each in told.moves if each.platform is second)
        assert (kept.is_sealed, kept.old, kept.lines) == (True, kept.new, ())
        assert any(each.platform is first and each.new < each.old for each in told.moved)
        assert told.waiting == 0
        by = builders.staff(session, role=Role.PROVINCE)
        readings.decide(session, 2026, PlatformKind.PREFECTURE, "press_bonus", "false", "试", by, NOW + timedelta(1))
        told = what_if.of(session, 2026, PlatformKind.PREFECTURE, "one_story", "once", NOW)
        assert told.waiting == 2


@pytest.mark.parametrize(
    ("asked", "code"),
    [(("nothing", "true"), "unknown_reading"), (("partial_step", "true"), "unknown_reading_value")],
)
def test_an_unknown_reading_is_refused(db: Database, asked: tuple[Any, Any], code: str) -> None:
    with db.transaction() as session, pytest.raises(Refused, match=code):
        what_if.of(session, 2026, PlatformKind.PREFECTURE, *asked, NOW)
