"""不按要求提供则视为无: what was approved or ruled counts while its proof is there, and waits without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.notice import Notice
from models.terms import NoticePurpose, Subject
from models.work_list import Change
from scoring.terms import BonusKind, EvidenceItem, Fact, IndicatorCode, LineStatus, PlatformKind
from tests.wxsvc.services.record_cases import ADD, World, prove, world
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.counting import card_checks, scorecards, tallies, withdrawals
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.judging import reviews, rulings
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.records import evidence, reviewed
from wxsvc.services.records.evidence import EvidenceEntry
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases

TEN = Decimal(10)
CASES = {
    PlatformKind.PREFECTURE: (
        IndicatorCode.ONLINE_SERVICE,
        Subject.ONLINE_SERVICE,
        EvidenceItem.ONLINE_SERVICE_SCREENSHOTS,
    ),
    PlatformKind.COUNTY: (
        IndicatorCode.ONLINE_SERVICE,
        Subject.ONLINE_SERVICE,
        EvidenceItem.ONLINE_SERVICE_SCREENSHOTS,
    ),
    PlatformKind.CLUSTER: (
        IndicatorCode.PLATFORM_FUSION,
        Subject.PLATFORM_FUSION,
        EvidenceItem.PLATFORM_FUSION_PAPERS,
    ),
}
EVERY_KIND = pytest.mark.parametrize("kind", list(CASES))


def recognised(session: Session, now: datetime, kind: PlatformKind) -> tuple[World, Any, Any]:
    """A platform with 10 points for one approved record; the record and its paper."""
    w = world(session, now, kind)
    code, subject, item = CASES[kind]
    row = ADD[subject](w, w.owner)
    paper = prove(w, item)
    reviews.approve(session, subject, row.id, w.reviewer, now)
    place = (session, w.platform.id, 2026, code)
    rulings.give_opinion(*place, TEN, "均可办理", w.reviewer, now)
    rulings.confirm(*place, w.province, now)
    return w, row, paper


def line(w: World) -> Any:
    """The recognised line, counted from the truth."""
    return tallies.recount(w.session, w.platform, 2026, w.now).scored.line(CASES[w.platform.kind][0])


def holds(w: World) -> bool:
    """Whether the ten points count; if not, that they wait: in no total, among what is awaited, told as such."""
    code = CASES[w.platform.kind][0]
    counted = tallies.recount(w.session, w.platform, 2026, w.now)
    own = counted.scored.line(code)
    if own.status is LineStatus.RULED:
        assert (own.points, counted.tally.as_dict()["rulings"][code]) == (TEN, "10")
        return True
    assert (own.points, own.status, counted.tally.as_dict()["rulings"][code]) == (0, LineStatus.AWAITED, None)
    assert own.working.startswith("缺佐证，暂不计")
    assert counted.scored.awaited == 5 + 20 + 10
    return False


@EVERY_KIND
def test_a_ruling_counts_while_its_paper_is_there(db: Database, now: datetime, kind: PlatformKind) -> None:
    """The paper goes, the points wait; the paper comes back, they count again; stored cards agree all the way."""
    with db.transaction() as session:
        w, _, paper = recognised(session, now, kind)
        assert holds(w)
        session.execute(sa.delete(Change))
        withdrawals.take_back_paper(session, paper.id, w.owner, now, is_agreed=True)
        assert not holds(w)
        assert session.scalars(sa.select(Change.platform_id)).all() == [w.platform.id]
        tallies.fold(session, w.platform.id, 2026, now)
        assert card_checks.check(session, [(w.platform.id, 2026)], lambda: None) == []
        card = scorecards.detail(session, w.platform.id, 2026, now)
        assert card is not None
        told = card.outlook.line(CASES[kind][0]) if card.outlook else None
        assert told is not None
        assert (told.text, told.reachable) == ("缺佐证，暂不计；补齐后可得10分", TEN)
        prove(w, CASES[kind][2])
        assert holds(w)
        tallies.fold(session, w.platform.id, 2026, now)
        assert card_checks.check(session, [(w.platform.id, 2026)], lambda: None) == []


WAYS: dict[str, Callable[[World, Any], object]] = {
    "taken back": lambda w, row: withdrawals.take_back_record(
        w.session, row.SUBJECT, row.id, "已停用", w.owner, w.now, is_agreed=True
    ),
    "sent back": lambda w, row: reviews.send_back(w.session, row.SUBJECT, row.id, "打不开", w.reviewer, w.now),
    "voided": lambda w, row: reviews.void(w.session, row.SUBJECT, row.id, "不实", w.reviewer, w.now),
}


@pytest.mark.parametrize("way", WAYS)
@EVERY_KIND
def test_a_ruling_counts_while_its_record_is_there(db: Database, now: datetime, kind: PlatformKind, way: str) -> None:
    """认定有效 of nothing is none, though the year's paper stays; a record approved again brings the points back."""
    with db.transaction() as session:
        w, row, _ = recognised(session, now, kind)
        WAYS[way](w, row)
        assert not holds(w)
        if way == "voided":
            return
        reviewed.resubmit(session, row.SUBJECT, row.id, w.owner, now)
        assert not holds(w)
        reviews.approve(session, row.SUBJECT, row.id, w.reviewer, now)
        assert holds(w)


@EVERY_KIND
def test_a_ruling_of_what_was_never_approved_waits_unless_it_says_why(
    db: Database, now: datetime, kind: PlatformKind
) -> None:
    """The reason that was stated for it is what it rests on; without the paper it waits all the same."""
    code, subject, item = CASES[kind]
    with db.transaction() as session:
        w = world(session, now, kind)
        paper = prove(w, item)
        ADD[subject](w, w.owner)
        place = (session, w.platform.id, 2026, code)
        rulings.give_opinion(*place, TEN, "均可办理", w.reviewer, now, stated=Stated("系统升级，现场看过"))
        row = rulings.confirm(*place, w.province, now)
        assert holds(w)
        row.without_basis = None  # as the rulings of former releases are
        session.flush()
        assert not holds(w)
        row.without_basis = "系统升级，现场看过"
        withdrawals.take_back_paper(session, paper.id, w.owner, now, is_agreed=True)
        assert not holds(w)


def test_an_approved_record_without_its_own_paper_is_no_basis(db: Database, now: datetime) -> None:
    """A paper of another record, not approved yet, does not carry the ten points."""
    with db.transaction() as session:
        w = world(session, now, PlatformKind.CLUSTER)
        row = ADD[Subject.PLATFORM_FUSION](w, w.owner)
        paper = prove(w, EvidenceItem.PLATFORM_FUSION_PAPERS, row, Subject.PLATFORM_FUSION)
        reviews.approve(session, Subject.PLATFORM_FUSION, row.id, w.reviewer, now)
        place = (session, w.platform.id, 2026, IndicatorCode.PLATFORM_FUSION)
        rulings.give_opinion(*place, TEN, "均可办理", w.reviewer, now)
        rulings.confirm(*place, w.province, now)
        assert holds(w)
        other = type(row)(
            platform_id=w.platform.id,
            year=2026,
            kind=row.kind,
            name="另一个平台",
            provider="乙",
            started_on=row.started_on,
            effect="好",
            created_at=now,
        )
        session.add(other)
        session.flush()
        prove(w, EvidenceItem.PLATFORM_FUSION_PAPERS, other, Subject.PLATFORM_FUSION)
        withdrawals.take_back_paper(session, paper.id, w.owner, now, is_agreed=True)
        assert not holds(w)


@pytest.mark.parametrize(
    ("subject", "item", "code", "fact"),
    [
        (
            Subject.RESEARCH_REPORT,
            EvidenceItem.RESEARCH_REPORT,
            IndicatorCode.RESEARCH_REPORT,
            Fact.RESEARCH_REPORTS,
        ),
        (Subject.BONUS_CLAIM, EvidenceItem.HONOUR_PAPERS, IndicatorCode.BONUS_HONOURS, Fact.BONUS_HONOURS),
    ],
)
def test_what_is_counted_counts_while_its_paper_is_there(
    db: Database, now: datetime, subject: Subject, item: EvidenceItem, code: IndicatorCode, fact: Fact
) -> None:
    """An approved report or claim whose paper was withdrawn is not counted, with the reason, until it is back."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        paper = prove(w, item, row, subject)
        reviews.approve(session, subject, row.id, w.reviewer, now)

        def told() -> tuple[int, Any, Any]:
            count = tallies.recount(session, w.platform, 2026, now).tally.count(fact)
            (own,) = scorecards.rows_behind(session, w.platform.id, 2026, code)
            left_out = [each.reasons for each in scorecards.not_counted(session, w.platform.id, 2026)]
            return count, (own.standing, own.reasons), left_out

        assert told() == (1, (CountStatus.COUNTED, ()), [])
        withdrawals.take_back_paper(session, paper.id, w.owner, now, is_agreed=True)
        assert told() == (0, (CountStatus.NOT_COUNTED, ("no_proof",)), [("no_proof",)])
        prove(w, item, row, subject)
        assert told() == (1, (CountStatus.COUNTED, ()), [])


@EVERY_KIND
@pytest.mark.parametrize("what", ["paper", "record"])
def test_a_withdrawal_says_first_what_it_costs_and_the_province_hears(
    db: Database, now: datetime, kind: PlatformKind, what: str
) -> None:
    """Refused with line and points until they are agreed to, nothing half-done; then a notice and the log."""
    with db.transaction() as session:
        w, row, paper = recognised(session, now, kind)

        def take_back(*, is_agreed: bool) -> object:
            if what == "paper":
                return withdrawals.take_back_paper(session, paper.id, w.owner, now, is_agreed=is_agreed)
            place = (session, row.SUBJECT, row.id, "已停用")
            return withdrawals.take_back_record(*place, w.owner, now, is_agreed=is_agreed)

        with pytest.raises(Refused, match="proof_in_use") as caught:
            take_back(is_agreed=False)
        (loss,) = caught.value.values["losses"]
        assert (loss.code, loss.points) == (CASES[kind][0], TEN)
        assert holds(w)
        by_province = sa.select(Notice).where(Notice.platform_id.is_(None))
        assert session.scalars(by_province).all() == []
        take_back(is_agreed=True)
        (notice,) = session.scalars(by_province)
        told = wording.notice(NoticePurpose.RULING, notice.facts, now, "province")
        assert w.platform.name in told.text
        assert f"“{loss.name}”10分缺佐证，暂不计" in told.text
        assert told.page == f"/v/annex/{w.platform.code}?year=2026"
        assert session.scalars(sa.select(LogEntry.deed).where(LogEntry.deed.like("%points_given_up"))).one()


def test_a_record_approved_and_not_ruled_yet_is_a_loss_too(db: Database, now: datetime) -> None:
    """Its last proof goes only once that is agreed to; another paper in its place costs nothing."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.PLATFORM_FUSION](w, w.owner)
        first = prove(w, EvidenceItem.PLATFORM_FUSION_PAPERS)
        reviews.approve(session, Subject.PLATFORM_FUSION, row.id, w.reviewer, now)
        with pytest.raises(Refused, match="proof_in_use"):
            withdrawals.take_back_paper(session, first.id, w.owner, now)
        entry = EvidenceEntry(2026, EvidenceItem.PLATFORM_FUSION_PAPERS, "合同", link="https://example.cn/c")
        evidence.add(session, w.platform.id, entry, w.owner, now)
        assert withdrawals.take_back_paper(session, first.id, w.owner, now).withdrawn_at == now
        assert withdrawals.take_back_paper(session, first.id, w.owner, now).withdrawn_at == now


def test_what_costs_nothing_is_taken_back_at_once(db: Database, now: datetime) -> None:
    """A claim that waits and a record that rests on no paper need no second word; strangers take nothing."""
    with db.transaction() as session:
        w = world(session, now)
        claim = ADD[Subject.BONUS_CLAIM](w, w.owner)
        assert claim.kind is BonusKind.HONOUR
        need = ADD[Subject.NEED](w, w.owner)
        reviews.approve(session, Subject.NEED, need.id, w.reviewer, now)
        for row in (claim, need):
            with pytest.raises(Refused, match="not_allowed"):
                withdrawals.take_back_record(session, row.SUBJECT, row.id, "重复", w.stranger(), now)
            with pytest.raises(Refused, match="reason_needed"):
                withdrawals.take_back_record(session, row.SUBJECT, row.id, "", w.owner, now)
            withdrawals.take_back_record(session, row.SUBJECT, row.id, "重复", w.owner, now)
