"""更正 after the seal: whoever reads totals, on a page or by a key, reads what holds beside what was sealed."""

from __future__ import annotations

from decimal import Decimal

from tests.wxsvc.services.year_end.ending import LATER, YEAR, sealed
from wxsvc.db import Database
from wxsvc.services.counting import amendments, tallies, tally_list
from wxsvc.services.reports import open_figures, publications, score_tables, year_comparisons
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


def test_who_is_overtaken_by_an_amendment_is_so_where_the_amended_total_stands_alone(db: Database) -> None:
    """The preview of a year and 年度通报 rank by what holds; the table by what was sealed, which it shows."""
    with db.transaction() as session:
        e = sealed(session)
        for line in ("website", "participations"):
            row = amendments.propose(session, e.own.id, YEAR, line, Decimal(0), "录错平台", e.first, LATER)
            amendments.confirm(session, row.id, e.second, LATER)
        rows = {each.platform.id: each for each in score_tables.of(session, YEAR, e.own.kind, LATER).rows}
        own, other = rows[e.own.id], rows[e.other.id]
        assert (own.holds < other.total < own.total, own.rank, other.rank) == (True, 1, 2)
        (kind,) = publications.of_year(session, YEAR, LATER).kinds
        told = {card.platform.id: (kind.rank_held(card), card.holds) for card in kind.cards}
        assert told == {e.own.id: (2, own.holds), e.other.id: (1, other.total)}
        assert told == {each.platform.id: (each.rank, each.total) for each in figures.of_year(session, YEAR)}


def test_two_years_differ_by_what_holds(db: Database) -> None:
    """两年对比 shows what was sealed and what holds; the difference is of what holds, whichever year was amended."""
    with db.transaction() as session:
        e = sealed(session)
        tallies.fold(session, e.own.id, YEAR + 1, LATER)
        before = year_comparisons.of_platform(session, e.own, YEAR, YEAR + 1).change
        row = amendments.propose(session, e.own.id, YEAR, "website", Decimal(3), "录错平台", e.first, LATER)
        amendments.confirm(session, row.id, e.second, LATER)
        compared = year_comparisons.of_platform(session, e.own, YEAR, YEAR + 1)
        assert before is not None
        assert compared.change == before + 2
        assert compared.former is not None
        assert compared.former.holds == compared.former.total - 2
        (backwards,) = (
            each
            for each in year_comparisons.of_kind(session, e.own.kind, YEAR + 1, YEAR).rows
            if each.platform.id == e.own.id
        )
        assert backwards.change == -(before + 2)
