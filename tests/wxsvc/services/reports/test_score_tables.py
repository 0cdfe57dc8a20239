"""总表: the ranks, the order, the changes and what a view leaves out."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.recognition import Ruling
from models.scorecard import MonthScore, ScorecardRow, ScoreLineRow
from models.terms import Role, Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.rows_read import rows_read, statements_of
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.services.counting.scorecards import Pending
from wxsvc.services.reports import (
    dashboards,
    month_ends,
    publications,
    score_history,
    score_tables,
    what_if,
    year_comparisons,
)
from wxsvc.services.year_end import figures

KIND = PlatformKind.PREFECTURE


def platforms(session: Session, now: datetime, *totals: str) -> list[Platform]:
    """One platform of 市州 per total, folded, and then given that total."""
    made = []
    for number, total in enumerate(totals, start=1):
        code = f"43{number:02}00"
        row = builders.platform(session, code=code, name=f"第{number}市窗口平台", region_code=code)
        tallies.fold(session, row.id, now.year, now)
        session.execute(sa.update(ScorecardRow).where(ScorecardRow.platform_id == row.id).values(total=Decimal(total)))
        made.append(row)
    session.flush()
    return made


def ranks(table: score_tables.ScoreTable) -> list[tuple[str, int]]:
    return [(row.platform.code, row.rank) for row in table.rows]


def test_equal_totals_share_a_rank_and_the_next_is_left_out(db: Database, now: datetime) -> None:
    """合计相同的名次并列，其后名次顺延; whatever is shown or sorted, the rank is among all of the kind."""
    with db.transaction() as session:
        platforms(session, now, "70", "90", "70", "60")
        table = score_tables.of(session, now.year, KIND, now, sort="rank")
        assert ranks(table) == [("430200", 1), ("430100", 2), ("430300", 2), ("430400", 4)]
        only = score_tables.of(session, now.year, KIND, now, city="430400")
        assert (ranks(only), only.of_all) == ([("430400", 4)], 4)
        assert ranks(score_tables.of(session, now.year, KIND, now, name="第3市")) == [("430300", 2)]


@pytest.mark.both_databases
@pytest.mark.parametrize("leaving", ["accepted_on", "closed_on"])
def test_who_is_not_compared_has_no_rank_anywhere(db: Database, now: datetime, leaving: str) -> None:
    """不参加考评, or 关停: last and without 名次 in 得分总表, 总览, 年终预览, 通报, 试算, 两年对比, 月末得分, 得分变化.

    The others are ranked without it.
    """
    with db.transaction() as session:
        *_, late = platforms(session, now, "70", "90", "80")
        setattr(late, leaving, now.date().replace(month=12, day=5))
        tallies.fold(session, late.id, now.year, now)
        session.execute(
            sa.update(ScorecardRow).where(ScorecardRow.platform_id == late.id).values(total=Decimal(80), base=80)
        )
        expected = [("430200", 1), ("430100", 2), ("430300", 0)]
        assert ranks(score_tables.of(session, now.year, KIND, now, sort="rank")) == expected
        standing = dashboards.standings(session, now.year)[KIND]
        assert [(row.code, row.rank) for row in standing] == expected
        seen = figures.of_year(session, now.year)
        assert [(each.platform.code, each.rank or 0) for each in seen] == expected
        (kind,) = publications.of_year(session, now.year, now).kinds
        assert [(card.platform.code, card.rank or 0) for card in kind.by_rank] == expected
        for row, total in session.execute(sa.select(Platform, ScorecardRow.total).join(ScorecardRow)):
            session.add(MonthScore(platform_id=row.id, year=now.year, month="2026-10", total=total, kept_at=now))
        session.flush()
        tried = what_if.of(session, now.year, KIND, "day_itself_in_time", "false", now)
        assert [(each.platform.code, each.old_rank) for each in tried.moves] == expected
        assert {each.platform.code: each.new_rank for each in tried.moves}[late.code] == 0
        compared = year_comparisons.of_kind(session, KIND, now.year - 1, now.year)
        assert [(each.platform.code, each.later.rank) for each in compared.rows if each.later] == expected
        for code, rank in expected:
            each = session.scalars(sa.select(Platform).where(Platform.code == code)).one()
            own_months = month_ends.own(session, each.id, now.year)
            (end,) = month_ends.beside(own_months, month_ends.totals(session, each.kind, now.year))
            assert (end.rank, end.platforms, end.highest) == (rank, 2, 90)
            history = score_history.of(session, each, now.year, now - timedelta(days=9), now)
            assert history is not None
            assert (history.old_rank > 0, history.new_rank) == (rank > 0, rank)
            assert late not in [passing.platform for passing in history.passed]
            own = year_comparisons.of_platform(session, each, now.year - 1, now.year).later
            assert own is not None
            assert (own.rank, own.of_all) == (rank, 2)


@pytest.mark.parametrize(
    ("sort", "first"),
    [("total", "430400"), ("-total", "430200"), ("name", "430100"), ("-dispatch", "430100"), ("nothing", "430100")],
)
def test_it_is_sorted_by_any_column_and_else_by_code(db: Database, now: datetime, sort: str, first: str) -> None:
    with db.transaction() as session:
        platforms(session, now, "70", "90", "70", "60")
        assert score_tables.of(session, now.year, KIND, now, sort=sort).rows[0].platform.code == first


@pytest.mark.parametrize("column", score_tables.PLAIN_SORTS)
def test_every_column_sorts_both_ways(db: Database, now: datetime, column: str) -> None:
    """Two platforms that differ in every figure: the one way is the other way turned round."""
    with db.transaction() as session:
        first, second = platforms(session, now, "70", "90")
        for month, row in ((1, first), (2, second)):
            tally = {"counted": {"activity_participations": 10 * month, "activities": {}}, "bonus": {}, "rulings": {}}
            tally |= {"kind": "prefecture", "year": now.year, "missed_filings": 0}
            figures = {"base": Decimal(60 + 2 * month), "bonus": Decimal(month), "awaited": Decimal(month)}
            stages = {stage: {"activity_participations": month} for stage in ("submitted", "returned", "published")}
            card = sa.update(ScorecardRow).where(ScorecardRow.platform_id == row.id)
            session.execute(card.values(tally=tally, pending_stages=stages, **figures))
            line = sa.update(ScoreLineRow).where(ScoreLineRow.platform_id == row.id, ScoreLineRow.code == "website")
            session.execute(line.values(points=Decimal(month)))
            kept = MonthScore(platform_id=row.id, year=now.year, month="2026-10", kept_at=now)
            kept.total = Decimal(70 - 10 * month)
            before = session.get_one(ScorecardRow, (row.id, now.year))
            copied = {each.name: getattr(before, each.name) for each in sa.inspect(ScorecardRow).columns}
            last_year = ScorecardRow(**copied | {"year": now.year - 1, "total": Decimal(50 - 10 * month)})
            session.add_all([kept, last_year])
        session.flush()
        up, down = (
            [row.platform.code for row in score_tables.of(session, now.year, KIND, now, sort=sort).rows]
            for sort in (column, f"-{column}")
        )
    assert up == down[::-1] != []
    assert up == (["430200", "430100"] if column == "rank" else ["430100", "430200"])


def test_the_base_is_what_was_counted_and_what_people_ruled(db: Database, now: datetime) -> None:
    """计数得分＋评定得分＝基础得分, 合计＋待评定＝评满后合计, 家次 by who has to act."""
    with db.transaction() as session:
        row = builders.platform(session)
        by = builders.staff(session, role=Role.PROVINCE)
        ruled = Ruling(platform_id=row.id, year=2026, indicator="website", points=Decimal("4.5"), reason="更新及时")
        ruled.ruled_at, ruled.ruled_by = now, by.person_id
        session.add(ruled)
        stages = ((Stage.APPROVED, 1), (Stage.SUBMITTED, 2), (Stage.RETURNED, 3), (Stage.PUBLISHED, 4))
        for stage, arrivals in stages:
            held = builders.activity(session, row, stage=stage)
            for _ in range(arrivals):
                builders.check_in(session, held, builders.enterprise(session))
        tallies.fold(session, row.id, now.year, now)
        (shown,) = score_tables.of(session, now.year, KIND, now).rows
    assert shown.ruled == Decimal("4.5") == shown.points["website"]
    assert shown.counted + shown.ruled == shown.base
    assert shown.base + shown.bonus == shown.total
    assert shown.total + shown.awaited == shown.filled
    assert (shown.participations, shown.pending) == (1, Pending(submitted=2, returned=3, unsubmitted=4))


def test_it_says_what_changed_since_the_last_month_and_the_last_year(db: Database, now: datetime) -> None:
    """Nothing kept is no change of nothing: None."""
    with db.transaction() as session:
        (row,) = platforms(session, now, "70")
        assert score_tables.keep_month(session, now - timedelta(days=30)) == 1
        session.execute(sa.update(ScorecardRow).values(total=Decimal("72.5")))
        score_tables.keep_month(session, now)
        score_tables.keep_month(session, now)
        (shown,) = score_tables.of(session, now.year, KIND, now).rows
        assert (shown.month, shown.year) == (Decimal("2.5"), None)
        tallies.fold(session, row.id, now.year - 1, now)
        session.execute(sa.update(ScorecardRow).where(ScorecardRow.year == now.year - 1).values(total=Decimal(80)))
        assert score_tables.of(session, now.year, KIND, now).rows[0].year == Decimal("-7.5")
        assert session.scalar(sa.select(sa.func.count()).select_from(MonthScore)) == 2


def test_a_sealed_year_keeps_its_months(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        (row,) = platforms(session, now, "70")
        official = builders.staff(session, role=Role.PROVINCE)
        year = PlatformYear(
            platform_id=row.id,
            year=now.year,
            assessed_from=now.date().replace(month=1, day=1),
            assessed_until=now.date().replace(month=12, day=31),
            sealed_at=now,
            sealed_by=official.person_id,
        )
        session.add(year)
        session.flush()
        assert score_tables.keep_month(session, now) == 0


def test_a_table_is_three_statements(db: Database, now: datetime) -> None:
    """However many platforms it holds."""
    with db.transaction() as session:
        platforms(session, now, *["50"] * 5)
        session.flush()
        with statements_of(db.engine) as seen:
            score_tables.of(session, now.year, KIND, now)
        assert len(seen) == 3


@pytest.mark.both_databases
def test_the_parts_of_a_table_are_the_table(db: Database, now: datetime) -> None:
    """By any column each platform once, in the order and with the rank and figures of the whole; each part says how
    many there are."""
    with db.transaction() as session:
        made = platforms(session, now, "70", "90", "70", "60", "80", "70", "70")
        made[4].closed_on = now.date()
        for row in made[:2]:
            session.add(MonthScore(platform_id=row.id, year=now.year, month="2026-10", total=Decimal(50), kept_at=now))
        session.flush()
        of = partial(score_tables.of, session, now.year, KIND, now)
        first = {"430200": 1, "430100": 2, "430300": 2, "430600": 2, "430700": 2}
        for number, column in enumerate((*score_tables.PLAIN_SORTS, "dispatch", "nothing")):
            sort = f"{'-' * (number % 2)}{column}"
            whole = of(sort=sort)
            parts = [of(sort=sort, number=number, per_part=3) for number in (1, 2, 3)]
            assert [row for part in parts for row in part.rows] == whole.rows, sort
            assert dict(ranks(whole)) == first | {"430400": 6, "430500": 0}
            told = {(part.part.count, part.part.pages, part.of_all, part.as_of) for part in parts}
            assert told == {(7, 3, 7, whole.as_of)}
        beyond = of(number=9, per_part=3)
        assert (beyond.part.number, [code for code, _ in ranks(beyond)]) == (3, ["430700"])
        near = of(city="430300", number=9, per_part=3)
        assert (ranks(near), near.part.number, near.of_all) == ([("430300", 2)], 1, 7)
        none = of(name="没有", number=2, per_part=3)
        assert (none.rows, none.part.count, none.of_all, none.as_of) == ([], 0, 7, None)


def test_a_part_reads_what_it_shows(db: Database, now: datetime) -> None:
    """However many platforms there are: their rows and their lines, not those of the others."""
    with db.transaction() as session:
        made = platforms(session, now, *["50"] * 3)

        def read() -> tuple[int, int]:
            session.flush()
            with rows_read(db.engine) as found:
                score_tables.of(session, now.year, KIND, now, sort="-total", per_part=3)
            return found.rows, found.statements

        few = read()
        for number in range(4, 12):
            code = f"43{number:02}00"
            made.append(builders.platform(session, code=code, name=f"第{number}市窗口平台", region_code=code))
            tallies.fold(session, made[-1].id, now.year, now)
        assert read() == few
