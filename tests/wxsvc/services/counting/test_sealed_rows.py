"""锁定的明细: rows are kept as they were, whatever is in them; in a sealed year none comes, goes or changes."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import SealedRow
from models.terms import Stage, Subject
from scoring.terms import Fact
from tests import builders
from wxsvc.db import Database, violated
from wxsvc.services import years
from wxsvc.services.counting import sealed_rows
from wxsvc.services.counting.facts import CountStatus, FactRow

pytestmark = pytest.mark.both_databases

YEAR = 2026

TITLES = ("", "\\N", "制表\t换行\n回车\r", "引号 \" 与 ' 与 \\", "{}", "𠮷😀", "=1+1", "a,b;c\\t")


def _rows() -> list[FactRow]:
    counted = [
        FactRow(
            Fact.NEEDS,
            number,
            CountStatus.COUNTED,
            Subject.NEED,
            2**40 + number,
            title,
            date(YEAR, 2, 28),
            (),
            Stage.APPROVED,
        )
        for number, title in enumerate(TITLES)
    ]
    bare = FactRow("", 0, CountStatus.NOT_COUNTED, Subject.ACTIVITY, 1, "未定", None, ("void", '说明"\\'), None)
    return [*counted, bare]


def _kept(session: Session, number: int, now: datetime | None) -> Platform:
    """A platform whose year has the rows, sealed at that moment or still open."""
    platform = builders.platform(session, name=f"第{number}窗口平台")
    years.platform_year(session, platform.id, YEAR)
    sealed_rows.keep(session, YEAR, {platform.id: (_rows(), _rows()[::-1])})
    if now is not None:
        _seal(session, platform, now)
    return platform


def _seal(session: Session, platform: Platform, now: datetime) -> None:
    year = years.platform_year(session, platform.id, YEAR)
    year.keeps_rows, year.sealed_at, year.sealed_by = True, now, builders.person(session).id
    session.flush()


def test_rows_are_read_as_they_were_kept(db: Database, now: datetime) -> None:
    """Tabs, line ends, backslashes and quotes in titles and reasons; a row without day and stage; those left out."""
    with db.transaction() as session:
        platform = _kept(session, 1, now)
        assert sealed_rows.of(session, platform.id, YEAR) == _rows()
        assert sealed_rows.of(session, platform.id, YEAR, is_left_out=True) == _rows()[::-1]


COPIED = (
    "insert into sealed_rows select {whose}, year, position + 100, is_left_out, fact, amount, standing, subject,"
    " subject_id, title, day, reasons, stage from sealed_rows where platform_id = {open}"
)
MOVED = "update sealed_rows set platform_id = {to}, position = position + 100 where platform_id = {of}"


@pytest.mark.parametrize(
    "change",
    [
        COPIED.replace("{whose}", "case when position = 1 then {sealed} else {open} end"),
        "update sealed_rows set amount = amount + 1",
        "update sealed_rows set title = title where platform_id = {sealed} and position = 3",
        MOVED.format(to="{sealed}", of="{open}"),
        MOVED.format(to="{open}", of="{sealed}"),
        "delete from sealed_rows",
        "delete from sealed_rows where platform_id = {sealed} and position = 3",
    ],
    ids=["one added", "all changed", "one written as it was", "moved in", "moved out", "all gone", "one gone"],
)
def test_one_row_of_a_sealed_year_refuses_the_whole_statement(db: Database, now: datetime, change: str) -> None:
    """Beside the rows of an open year, too: nothing of the statement happens."""
    with db.transaction() as session:
        ids = {"sealed": _kept(session, 1, now).id, "open": _kept(session, 2, None).id}
        before = _all(session)
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            session.execute(sa.text(change.format(**ids)))
        assert violated(caught.value, "platform_year_sealed")
        assert _all(session) == before


def test_rows_of_an_open_year_come_and_go(db: Database, now: datetime) -> None:
    """The guard asks about the rows of the statement and no others."""
    with db.transaction() as session:
        sealed, still_open = _kept(session, 1, now).id, _kept(session, 2, None).id
        before = len(_all(session))
        session.execute(sa.text(COPIED.format(whose=still_open, open=still_open)))
        session.execute(sa.update(SealedRow).where(SealedRow.platform_id == still_open).values(amount=7))
        assert len(_all(session)) == before + before // 2
        session.execute(sa.delete(SealedRow).where(SealedRow.platform_id == still_open))
        assert {row.platform_id for row in _all(session)} == {sealed}


def test_rows_kept_after_the_seal_are_refused_in_the_words_of_both_databases(db: Database, now: datetime) -> None:
    """Also by the stream that PostgreSQL takes them as; the transaction can go on."""
    with db.transaction() as session:
        platform = _kept(session, 1, None)
        session.execute(sa.text("delete from sealed_rows"))
        _seal(session, platform, now)
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            sealed_rows.keep(session, YEAR, {platform.id: (_rows(), [])})
        assert violated(caught.value, "platform_year_sealed")
        assert _all(session) == []


def _all(session: Session) -> list[sa.Row[tuple[object, ...]]]:
    query = sa.select(*SealedRow.__table__.columns).order_by(SealedRow.platform_id, SealedRow.position)
    return [*session.execute(query)]
