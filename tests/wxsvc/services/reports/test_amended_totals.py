"""更正 after the seal: whoever reads totals, on a page or by a key, reads what holds beside what was sealed."""

from __future__ import annotations

from decimal import Decimal

from tests.wxsvc.services.year_end.ending import LATER, YEAR, sealed
from wxsvc.db import Database
from wxsvc.services.counting import amendments, tally_list
from wxsvc.services.reports import open_figures, score_tables
from wxsvc.services.reports.open_figures import EntryFilter
from wxsvc.services.year_end import figures


def test_the_table_and_the_open_figures_tell_what_was_amended(db: Database) -> None:
    """Nothing while it waits for the second person; afterwards one platform's total, and its sealed one unchanged."""
    with db.transaction() as session:
        e = sealed(session)
        row = amendments.propose(session, e.own.id, YEAR, "website", Decimal(3), "录错平台", e.first, LATER)
        before = score_tables.of(session, YEAR, e.own.kind, LATER)
        assert (before.is_amended, {each.amended for each in before.rows}) == (False, {None})
        (told,) = open_figures.scorecards(session, EntryFilter(year=YEAR, platform=e.own.code), 10)
        assert told["amended"] is None
        (counted,) = open_figures.tallies(session, EntryFilter(year=YEAR, platform=e.own.code), 10)
        assert counted["amended"] is None

        amendments.confirm(session, row.id, e.second, LATER)
        table = score_tables.of(session, YEAR, e.own.kind, LATER)
        own = next(each for each in table.rows if each.platform.id == e.own.id)
        assert (table.is_amended, own.holds, own.amended) == (True, own.total - 2, own.total - 2)
        assert [each.total for each in table.rows] == [each.total for each in before.rows]
        assert all(each.holds == each.total for each in table.rows if each is not own)
        (told,) = open_figures.scorecards(session, EntryFilter(year=YEAR, platform=e.own.code), 10)
        assert told["amended"]["lines"] == [{"code": "website", "before": "5", "after": "3"}]
        assert Decimal(told["amended"]["total"]) == Decimal(told["scorecard"]["total"]) - 2
        (counted,) = open_figures.tallies(session, EntryFilter(year=YEAR, platform=e.own.code), 10)
        assert counted["amended"] == told["amended"]
        code = e.own.code
    (listed,) = tally_list.entries(db, lambda: LATER, YEAR, code)
    assert listed["amended"] == told["amended"]


def test_an_amendment_moves_nobody_s_rank(db: Database) -> None:
    """The preview of a year tells the amended total with the rank that was sealed, as the table does."""
    with db.transaction() as session:
        e = sealed(session)
        for line in ("website", "participations"):
            row = amendments.propose(session, e.own.id, YEAR, line, Decimal(0), "录错平台", e.first, LATER)
            amendments.confirm(session, row.id, e.second, LATER)
        table = score_tables.of(session, YEAR, e.own.kind, LATER)
        own, other = (next(each for each in table.rows if each.platform.id == of.id) for of in (e.own, e.other))
        assert own.holds < other.total < own.total
        shown = {each.platform.id: (each.rank, each.total) for each in figures.of_year(session, YEAR)}
        assert shown == {own.platform.id: (1, own.holds), other.platform.id: (2, other.total)}
        assert [own.rank, other.rank] == [1, 2]
