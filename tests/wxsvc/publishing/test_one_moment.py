"""A document is of one moment, however long it takes to write and whoever writes to the database meanwhile."""

from __future__ import annotations

import io
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import docx
import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.enterprise import Enterprise
from models.platform import Platform
from models.scorecard import ScorecardRow
from models.terms import Role, Stage
from models.work_list import Change
from tests import builders
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.publishing import wanted
from wxsvc.publishing.wanted import What
from wxsvc.services import journal
from wxsvc.services.counting import seals, tallies

pytestmark = pytest.mark.both_databases
YEAR = builders.NOW.year


@pytest.fixture
def platforms(db: Database) -> list[Platform]:
    """Two platforms with one approved activity and two enterprises each, folded."""
    with db.transaction() as session:
        made = [builders.platform(session, code=f"43{number}100", name=f"第{number}平台") for number in (1, 2)]
        for platform in made:
            activity = builders.activity(session, platform, stage=Stage.APPROVED, summary=builders.SUMMARY)
            builders.photo(session, activity)
            for _ in range(2):
                builders.check_in(session, activity, builders.enterprise(session))
            tallies.fold(session, platform.id, YEAR, builders.NOW)
    return made


def one_more(session: Session, platform: Platform) -> None:
    """Another enterprise checks in, and the platform's year waits to be folded."""
    activity = session.scalars(sa.select(Activity).where(Activity.platform_id == platform.id)).one()
    builders.check_in(session, activity, builders.enterprise(session))
    journal.touch(session, [(platform.id, YEAR)], builders.NOW)


def document(
    db: Database, what: What, now: datetime = builders.NOW, tick: Any = lambda _, __: None, **more: Any
) -> bytes:
    content = io.BytesIO()
    wanted.write(db, wanted.of(what, YEAR, **more), lambda: now, content, tick)
    return content.getvalue()


def counted(content: bytes) -> Counter[str]:
    """家次 of the sheet 明细, by the platform's code."""
    found: Counter[str] = Counter()
    for row in openpyxl.load_workbook(io.BytesIO(content))["明细"].iter_rows(min_row=4, values_only=True):
        if row[4] == "服务活动":
            found[str(row[1])] += row[9]
    return found


def participations(content: bytes) -> dict[str, float]:
    """Rows of the sheet 汇总: what waits, by the platform's code."""
    rows = openpyxl.load_workbook(io.BytesIO(content))["汇总"].iter_rows(min_row=4, values_only=True)
    return {str(row[3]): row[9] for row in rows if isinstance(row[0], int)}


def test_what_happens_while_it_is_written_is_not_in_it(db: Database, platforms: list[Platform]) -> None:
    """Somebody checks in and a platform is renamed after the first rows: no sheet sees it."""
    before = document(db, What.WORKBOOK)
    changed = []

    def meanwhile(done: int, _of_all: int) -> None:
        if done == 1:
            with db.transaction() as session:
                for platform in platforms:
                    one_more(session, platform)
                    tallies.fold(session, platform.id, YEAR, builders.NOW + timedelta(minutes=1))
                session.execute(sa.update(Platform).values(name="改名后的平台"))
            changed.append(True)

    during = document(db, What.WORKBOOK, tick=meanwhile)
    assert changed
    assert during == before
    assert counted(document(db, What.WORKBOOK)) == {"431100": 3, "432100": 3} != counted(before)


@pytest.mark.parametrize("what", list(What))
def test_it_names_its_moment(db: Database, platforms: list[Platform], what: What) -> None:
    content = document(db, what, quarter=4, month=11)
    moment = wording.to_second(builders.NOW)
    if what is What.WORKBOOK:
        sheets = openpyxl.load_workbook(io.BytesIO(content))
        assert {moment in sheet["A2"].value for sheet in sheets} == {True}
    elif what is What.CSV:
        assert moment in content.decode("utf-8-sig").splitlines()[1]
    else:
        assert any(moment in each.text for each in docx.Document(io.BytesIO(content)).paragraphs)


def test_what_waits_to_be_folded_is_counted_and_nothing_is_written(db: Database, platforms: list[Platform]) -> None:
    """The card and its rows are of the same moment; looking changes nothing."""
    with db.transaction() as session:
        one_more(session, platforms[0])
        builders.platform(session, code="433100", name="新平台")
    content = document(db, What.WORKBOOK)
    assert counted(content) == {"431100": 3, "432100": 2}
    annex = docx.Document(io.BytesIO(document(db, What.ANNEX1, platform="431100"))).tables[0]
    assert annex.rows[1].cells[5].text.startswith("3家次；")
    assert "433100" in participations(content)
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(ScorecardRow)) == 2


def test_the_same_moment_is_the_same_file(db: Database, platforms: list[Platform]) -> None:
    for what in What:
        assert document(db, what, quarter=4, month=11) == document(db, what, quarter=4, month=11)


def test_a_sealed_year_is_the_same_on_any_day(db: Database, platforms: list[Platform]) -> None:
    """It comes from the sealed cards and rows, whatever happens to enterprises since, and says when it was sealed."""
    sealed_at = builders.NOW.replace(year=YEAR + 1, month=1, day=9)
    with db.transaction() as session:
        official = builders.staff(session, role=Role.PROVINCE)
        for platform in platforms:
            tallies.fold(session, platform.id, YEAR, sealed_at)
            seals.seal(session, platform.id, YEAR, official, sealed_at)
    asked = {"quarter": 4, "month": 11}
    then = {what: document(db, what, sealed_at + timedelta(hours=1), **asked) for what in What}
    sheet = openpyxl.load_workbook(io.BytesIO(then[What.WORKBOOK]))["汇总"]
    assert sheet["A2"].value == f"本年度已于{wording.to_second(sealed_at)}锁定"
    assert "预览" not in sheet["A1"].value
    later = sealed_at + timedelta(days=100)
    assert {what: document(db, what, later, **asked) for what in What} == then
    with db.transaction() as session:
        (firm, *_) = session.scalars(sa.select(Enterprise).order_by(Enterprise.id))
        session.execute(
            sa.update(Enterprise).where(Enterprise.id == firm.id).values(uscc=None, licence_number="430100000000017")
        )
    assert counted(document(db, What.WORKBOOK, later)) == {"431100": 2, "432100": 2}
    assert document(db, What.NOTICE, later) == then[What.NOTICE]
    assert document(db, What.BULLETIN, later, **asked) == then[What.BULLETIN]
