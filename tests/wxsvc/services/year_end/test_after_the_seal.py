"""After the seal: nothing waits for what can no longer be done, and whatever comes later leaves the year closed."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import docx
import pytest
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.record import Need
from models.scorecard import ScorecardRow
from models.terms import Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.services.year_end.ending import AFTER, LATER, YEAR, Ending, fold, published, sealed, seen, settled
from wxsvc.db import Database
from wxsvc.publishing import wanted
from wxsvc.publishing.wanted import What
from wxsvc.services.activity import submission
from wxsvc.services.counting import agenda, amendments, folding, scorecards
from wxsvc.services.people import platform_changes
from wxsvc.services.people.platform_changes import PlatformEntry
from wxsvc.services.records import needs, raised_needs, record_lists
from wxsvc.services.records.needs import NeedEntry
from wxsvc.services.year_end import closing_steps, figures, publicities, sealing
from wxsvc.services.year_end.closing_steps import ClosingStep

pytestmark = pytest.mark.both_databases


def notice(db: Database) -> docx.document.Document:
    """年度通报 as it is now."""
    content = io.BytesIO()
    wanted.write(db, wanted.of(What.NOTICE, YEAR), lambda: LATER, content)
    return docx.Document(content)


def texts(db: Database) -> list[str]:
    return [each.text for each in notice(db).paragraphs]


def results(db: Database) -> list[list[str]]:
    """The rows of its one table."""
    (table,) = notice(db).tables
    return [[cell.text for cell in row.cells] for row in table.rows[1:]]


def close(session: Session, e: Ending) -> None:
    publicities.open_for(session, YEAR, 7, seen(session), e.first, AFTER)
    sealing.ask(session, YEAR, seen(session), e.first, LATER)
    sealing.confirm(session, YEAR, e.second, LATER)


def test_a_platform_that_was_forgotten_opens_the_year_for_itself(db: Database) -> None:
    """Accepted in the year, it is assessed in it, whenever it was entered."""
    with db.transaction() as session:
        sealed(session)
        new = builders.platform(session, code="430300", name="湘潭市窗口平台", kind=PlatformKind.CLUSTER)
        new.accepted_on, new.created_at = date(YEAR, 5, 1), LATER.replace(hour=15)
        closing = closing_steps.of_year(session, YEAR, LATER)
        assert (closing.platforms, closing.sealed, closing.is_sealed) == (3, 2, False)


@pytest.mark.parametrize("is_corrected", [False, True])
def test_a_platform_that_was_forgotten_is_counted_at_once(db: Database, *, is_corrected: bool) -> None:
    """Added with an acceptance of the year, or with a wrong one that is then put right; another's year stays sealed."""
    right = PlatformEntry("湘潭市窗口平台", "430300", accepted_on=date(YEAR, 5, 1))
    with db.transaction() as session:
        e = sealed(session)
        entered = replace(right, accepted_on=date(2027, 1, 15)) if is_corrected else right
        new = platform_changes.add(session, "430300", PlatformKind.CLUSTER, entered, "漏登", e.first, LATER)
        platform_changes.change(session, new.id, right, "验收日期录错", new.version, e.first, LATER)
    folding.fold_waiting(db, lambda: LATER)
    with db.read() as session:
        assert {row.code for row in closing_steps.of_year(session, YEAR, LATER).open[ClosingStep.REVIEWS]} == set()
        assert session.get_one(ScorecardRow, (new.id, YEAR)).assessed_from == date(YEAR, 6, 1)
    assert folding.check(db, lambda: LATER) == ([], [])


@pytest.mark.parametrize("accepted_on", [date(2027, 1, 15), date(YEAR, 12, 10), None])
def test_a_platform_that_comes_later_leaves_the_year_sealed(db: Database, accepted_on: date | None) -> None:
    """It has nothing to do with the year that was closed, and its documents stay what was published."""
    with db.transaction() as session:
        sealed(session)
        new = builders.platform(session, code="430300", name="湘潭市窗口平台", kind=PlatformKind.CLUSTER)
        new.accepted_on, new.created_at = accepted_on, LATER.replace(hour=15)
    with db.read() as session:
        closing = closing_steps.of_year(session, YEAR, LATER)
        assert (closing.platforms, closing.is_sealed) == (2, True)
    assert "（预览）" not in "".join(texts(db))
    assert [name for _, name, *_ in results(db)] == ["长沙市窗口平台", "株洲市窗口平台"]


def test_a_year_is_sealed_without_the_platforms_that_were_closed_before_it(db: Database) -> None:
    with db.transaction() as session:
        gone = builders.platform(session, code="430300", name="湘潭市窗口平台", kind=PlatformKind.CLUSTER)
        gone.closed_on, gone.closed_reason = date(YEAR - 1, 11, 2), "撤销"
        close(session, settled(session))
        assert closing_steps.of_year(session, YEAR, LATER).is_sealed


def test_a_platform_that_was_closed_in_the_year_stands_last_without_a_rank(db: Database) -> None:
    with db.transaction() as session:
        e = settled(session)
        e.own.closed_on, e.own.closed_reason = date(YEAR, 11, 2), "撤销"
        fold(session)
        assert [each.rank for each in figures.of_year(session, YEAR)] == [1, None]
        close(session, e)
    assert [row[:2] for row in results(db)] == [["1", "株洲市窗口平台"], ["—", "长沙市窗口平台"]]
    assert any("2家（其中1家已关停，不排名次），合计得分5分" in text for text in texts(db))


def test_the_notice_says_what_an_amendment_comes_to(db: Database) -> None:
    """With a reason that ends in a stop, too."""
    with db.transaction() as session:
        e = sealed(session)
        row = amendments.propose(session, e.own.id, YEAR, "website", Decimal(0), "录错平台。", e.first, LATER)
        amendments.confirm(session, row.id, e.second, LATER)
        total = amendments.card(session, e.own.id, YEAR)
    assert total is not None
    assert any(text.endswith("由5分改为0分。原因：录错平台。") for text in texts(db))
    assert any(f"长沙市窗口平台合计{total.total.normalize():f}分，列同类平台第" in text for text in texts(db))


def open_things(session: Session, platform: Platform) -> tuple[int, int, int]:
    """How much 今天 asks for: unfinished, returned, and parts to confirm."""
    found = agenda.of(session, platform.id, LATER)
    returned = record_lists.returned_of(session, platform.id).rows
    return len(found.unfinished), len(returned), len(agenda.asked(session, platform.id))


def test_a_sealed_year_asks_for_nothing_more(db: Database) -> None:
    """What came back, or was never handed in, is on no list of things to do; the card has no outlook."""
    with db.transaction() as session:
        e = published(session)
        unfinished: Activity = builders.activity(session, e.own, code="unfinished", stage=Stage.PUBLISHED)
        back: Activity = builders.activity(
            session, e.own, code="returned", stage=Stage.RETURNED, return_reason="缺总结"
        )
        builders.check_in(session, back, builders.enterprise(session))
        fold(session)
        assert submission.lacks(session, unfinished)
        before = scorecards.detail(session, e.own.id, YEAR, LATER)
        assert before is not None
        assert before.outlook is not None
        assert open_things(session, e.own) == (1, 1, 0)
        sealing.ask(session, YEAR, seen(session), e.first, LATER)
        sealing.confirm(session, YEAR, e.second, LATER)
        assert open_things(session, e.own) == (0, 0, 0)
        card = scorecards.detail(session, e.own.id, YEAR, LATER)
        assert card is not None
        assert (card.outlook, card.sealed_at) == (None, LATER)
        assert not any(line.prospect.text for line in card.lines if line.code != "dispatch")


def test_a_need_that_nobody_took_up_is_answered_in_the_next_year(db: Database) -> None:
    """The enterprise waits for an answer; the platform may still give one, and mend it when it comes back."""
    with db.transaction() as session:
        e = published(session)
        row = Need(
            platform_id=e.own.id,
            year=YEAR,
            kind="appeal",
            region_code="430102",
            title="补助何时拨付",
            content="技改补助何时拨付",
            enterprise_id=builders.enterprise(session).id,
            raised_on=builders.NOW.date(),
            is_from_enterprise=True,
            stage=Stage.DRAFT,
            created_at=builders.NOW,
        )
        session.add(row)
        session.flush()
        sealing.ask(session, YEAR, seen(session), e.first, LATER)
        sealing.confirm(session, YEAR, e.second, LATER)
        assert [each.need.id for each in raised_needs.waiting_for(session, e.own.id)] == [row.id]
        raised_needs.take_up(session, row.id, e.staff, LATER)
        row.stage = Stage.RETURNED
        session.flush()
        entry = NeedEntry(row.kind, row.enterprise_id, "430102", "技改补助何时拨付", row.content, row.raised_on)
        needs.correct(session, row.id, entry, row.version, e.staff, LATER)
        assert (row.year, row.title) == (YEAR + 1, "技改补助何时拨付")
