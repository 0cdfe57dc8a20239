"""Queries of columns run by the driver give what SQLAlchemy gives."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreLineRow
from models.work_list import Change
from scoring.terms import PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.plain_rows import plain_rows
from wxsvc.services.counting import tallies

CARDS = (
    sa.select(
        Platform.code,
        Platform.kind,
        ScorecardRow.as_of,
        ScorecardRow.base,
        ScorecardRow.tally,
        ScoreLineRow.status,
        ScoreLineRow.points,
        sa.literal("是").label("own_word"),
    )
    .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
    .join(ScoreLineRow, ScoreLineRow.platform_id == Platform.id)
    .where(
        Platform.id.in_(sa.bindparam("platforms")),
        Platform.kind == sa.bindparam("kind", type_=Platform.kind.type),
        ScorecardRow.as_of <= sa.bindparam("now", type_=ScorecardRow.as_of.type),
        ScoreLineRow.code.not_in(["", "nobody's"]),
    )
    .order_by(Platform.id, ScoreLineRow.position)
)
"""Words, instants, points, JSON, and values of the query's own beside those that are given."""


def test_rows_are_those_of_sqlalchemy(db: Database, now: datetime) -> None:
    """However many are asked for; none at all, too."""
    with db.transaction() as session:
        own = [builders.platform(session, kind=PlatformKind.COUNTY).id for _ in range(3)]
        tallies.fold_all(session, own, now.year, now)
    for ids in ([], own[:1], own[1:], own):
        given = {"platforms": ids, "kind": PlatformKind.COUNTY, "now": now}
        with db.transaction() as session:
            rows, told = plain_rows(session, CARDS, given), session.execute(CARDS, given).all()
        assert [tuple(row) for row in rows] == [tuple(row) for row in told]
        assert [row._asdict() for row in rows] == [dict(row._mapping) for row in told]
        assert len({row.code for row in rows}) == len(ids)
    first = rows[0]
    assert (first.kind, first.as_of.tzinfo, first.own_word) == (PlatformKind.COUNTY, UTC, "是")
    assert isinstance(first.points, Decimal)
    assert first.tally["year"] == now.year


def test_what_is_unwritten_is_written_and_rows_that_are_deleted_are_told(db: Database, now: datetime) -> None:
    gone: Any = sa.delete(Change).where(Change.year == sa.bindparam("of_year")).returning(Change.made_at, Change.year)
    with db.transaction() as session:
        session.add(Change(platform_id=builders.platform(session).id, year=1999, made_at=now))
        assert [tuple(row) for row in plain_rows(session, gone, {"of_year": 1999})] == [(now, 1999)]
        assert plain_rows(session, gone, {"of_year": 1999}) == []


def test_what_the_database_refuses_is_raised_as_sqlalchemys(db: Database) -> None:
    nowhere = sa.select(sa.column("what")).select_from(sa.table("nowhere"))
    with db.engine.connect() as connection, sa.orm.Session(connection) as session, pytest.raises(sa.exc.DBAPIError):
        plain_rows(session, nowhere)
