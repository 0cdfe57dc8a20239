"""Reviews: one verdict on what was really seen, kept in order, and the score of everybody concerned is counted anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry, Review
from models.scorecard import ScorecardRow
from models.terms import Stage, Subject, Verdict
from models.work_list import Change
from scoring.terms import Part, PlatformKind
from tests import builders
from tests.wxsvc.services.record_cases import ADD, PROOF, add_proved, nobody, world
from wxsvc.db import Database
from wxsvc.services.activity import submission
from wxsvc.services.counting import seals, tallies
from wxsvc.services.judging import reviews
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.records import reviewed
from wxsvc.services.refusal import Refused

ALL = pytest.mark.parametrize("subject", ADD, ids=str)


def verdicts(session: Session) -> list[Any]:
    """All verdicts in order."""
    session.flush()
    return [(row.verdict, row.reason) for row in session.scalars(sa.select(Review).order_by(Review.id))]


def touched(session: Session) -> set[tuple[int, int]]:
    """The work list."""
    return {(row.platform_id, row.year) for row in session.scalars(sa.select(Change))}


@ALL
def test_approving_counts_once(db: Database, now: datetime, subject: Subject) -> None:
    """An approval writes stage, reviewer, verdict, log and change; doing it again writes nothing."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, subject)
        session.execute(sa.delete(Change))
        for _ in range(2):
            approved = reviews.approve(session, subject, row.id, w.reviewer, now, version=1)
            assert approved is row
        assert (row.stage, row.reviewed_by, row.reviewed_at, row.version) == (
            Stage.APPROVED,
            w.reviewer.person_id,
            now,
            2,
        )
        assert verdicts(session) == [(Verdict.APPROVED, None)]
        assert touched(session) == {(w.platform.id, 2026)}
        deeds = session.scalars(sa.select(LogEntry.deed).where(LogEntry.subject == subject).order_by(LogEntry.id)).all()
        assert deeds == [f"{subject}.added", f"{subject}.approved"]


@ALL
def test_only_provincial_staff_judge(db: Database, now: datetime, subject: Subject) -> None:
    """Reviewer and province may; owner, colleague, stranger and nobody may not."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, subject)
        for other in (w.owner, w.colleague(), w.stranger(), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                reviews.approve(session, subject, row.id, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                reviews.send_back(session, subject, row.id, "请补充", other, now)
            with pytest.raises(Refused, match="not_allowed"):
                reviews.void(session, subject, row.id, "不实", other, now)
        assert reviews.approve(session, subject, row.id, w.province, now).stage is Stage.APPROVED


@pytest.mark.parametrize("subject", PROOF, ids=str)
def test_without_its_proof_nothing_is_approved(db: Database, now: datetime, subject: Subject) -> None:
    """The refusal names the item of annex 2 and its paper."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[subject](w, w.owner)
        with pytest.raises(Refused) as caught:
            reviews.approve(session, subject, row.id, w.reviewer, now)
        assert caught.value.code == "no_proof"
        assert caught.value.values["item"] is PROOF[subject]
        assert row.stage is Stage.SUBMITTED


def test_sending_back_needs_a_reason_and_may_undo_an_approval(db: Database, now: datetime) -> None:
    """The reason is shown on the record; idempotent; another verdict needs a record that waits."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.NEED](w, w.owner)
        reviews.approve(session, Subject.NEED, row.id, w.reviewer, now)
        with pytest.raises(Refused, match="reason_needed"):
            reviews.send_back(session, Subject.NEED, row.id, "", w.reviewer, now)
        for _ in range(2):
            reviews.send_back(session, Subject.NEED, row.id, "请补充联系人", w.reviewer, now)
        assert (row.stage, row.return_reason) == (Stage.RETURNED, "请补充联系人")
        with pytest.raises(Refused, match="not_submitted"):
            reviews.send_back(session, Subject.NEED, row.id, "再补充", w.reviewer, now)
        with pytest.raises(Refused, match="not_submitted"):
            reviews.approve(session, Subject.NEED, row.id, w.reviewer, now)
        assert [verdict for verdict, _ in verdicts(session)] == [Verdict.APPROVED, Verdict.RETURNED]


def test_voiding_is_final_and_calm_when_repeated(db: Database, now: datetime) -> None:
    """A voided record keeps its reason and its row."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_TRADE](w, w.owner)
        for _ in range(2):
            reviews.void(session, Subject.ONLINE_TRADE, row.id, "订单不存在", w.reviewer, now)
        assert (row.stage, row.return_reason) == (Stage.VOID, "订单不存在")
        assert verdicts(session) == [(Verdict.VOIDED, "订单不存在")]


def test_a_reviewer_approves_only_what_was_seen(db: Database, now: datetime) -> None:
    """When the record changed since the page was shown, the old version is refused."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.NEED](w, w.owner)
        reviewed.correct(session, row, {"title": "另一项需求"}, 1, w.owner, now)
        for verdict in (reviews.approve, lambda *given: reviews.send_back(*given[:3], "请补充", *given[3:])):
            with pytest.raises(Refused, match="edited_by_other"):
                verdict(session, Subject.NEED, row.id, w.reviewer, now, 1)
        assert row.stage is Stage.SUBMITTED


def test_two_reviewers_at_once_give_one_verdict(db: Database, now: datetime) -> None:
    """Whoever read the record before the other wrote finds it approved and is content."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.NEED](w, w.owner)
        table = type(row).__table__
        session.execute(
            sa.update(table).where(table.c.id == row.id).values(stage=Stage.APPROVED, version=2, reviewed_at=now)
        )
        assert row.stage is Stage.SUBMITTED
        assert reviews.approve(session, Subject.NEED, row.id, w.reviewer, now, version=1).stage is Stage.APPROVED
        assert verdicts(session) == []


def test_an_activity_moves_the_score_of_every_confirmed_platform(db: Database, now: datetime) -> None:
    """Host and confirmed partner are counted anew; who has not confirmed is not."""
    with db.transaction() as session:
        w = world(session, now)
        partner, silent = builders.platform(session), builders.platform(session)
        activity = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
        builders.joined(session, activity, partner)
        builders.joined(session, activity, silent, Part.ASSIST, is_confirmed=False)
        reviews.approve(session, Subject.ACTIVITY, activity.id, w.reviewer, now)
        assert touched(session) == {(w.platform.id, 2026), (partner.id, 2026)}


def test_a_sealed_partner_holds_up_no_verdict(db: Database, now: datetime) -> None:
    """The host hands in and is approved; the partner's sealed year keeps its card. The host's own year freezes it."""
    after = now.replace(year=2027)
    with db.transaction() as session:
        w = world(session, now)
        partner = builders.platform(session)
        activity = builders.activity(session, w.platform)
        builders.check_in(session, activity, w.enterprise)
        builders.joined(session, activity, partner)
        seals.seal(session, partner.id, 2026, w.province, after)
        submission.submit(session, activity.id, w.owner, after)
        reviews.approve(session, Subject.ACTIVITY, activity.id, w.reviewer, after)
        assert tallies.fold(session, partner.id, 2026, after) is None
        assert session.get_one(ScorecardRow, (partner.id, 2026)).pending["activity_participations"] == 1
        host = tallies.fold(session, w.platform.id, 2026, after)
        assert host is not None
        assert host.tally.count("activity_participations") == 1
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            reviews.send_back(session, Subject.ACTIVITY, activity.id, "请补充", w.reviewer, after)


def test_an_activity_is_judged_after_it_was_submitted(db: Database, now: datetime) -> None:
    """A draft or a published activity cannot be approved or sent back."""
    with db.transaction() as session:
        w = world(session, now)
        for stage in (Stage.DRAFT, Stage.PUBLISHED):
            activity = builders.activity(session, w.platform, stage=stage)
            with pytest.raises(Refused, match="not_submitted"):
                reviews.approve(session, Subject.ACTIVITY, activity.id, w.reviewer, now)
            with pytest.raises(Refused, match="not_submitted"):
                reviews.send_back(session, Subject.ACTIVITY, activity.id, "请补充", w.reviewer, now)


def test_a_countys_need_is_counted_anew_for_its_prefecture_too(db: Database, now: datetime) -> None:
    """The reading that lets it count there may be on; the prefecture of another region is left alone."""
    with db.transaction() as session:
        w = world(session, now, PlatformKind.COUNTY)
        w.platform.region_code = "430181"
        prefecture = builders.platform(session, region_code="430100")
        builders.platform(session, region_code="430200")
        row = ADD[Subject.NEED](w, w.owner)
        session.execute(sa.delete(Change))
        reviews.approve(session, Subject.NEED, row.id, w.reviewer, now)
        assert touched(session) == {(w.platform.id, 2026), (prefecture.id, 2026)}


def test_clean_records_are_approved_together(db: Database, now: datetime) -> None:
    """Those with doubts, changed ones and unproved ones stay behind, each with the code of its reason."""
    with db.transaction() as session:
        w = world(session, now)
        clean = ADD[Subject.NEED](w, w.owner)
        changed = ADD[Subject.RESPONSE](w, w.owner)
        unproved = ADD[Subject.RESEARCH_REPORT](w, w.owner)
        chosen = [
            Chosen(Subject.NEED, clean.id, 1),
            Chosen(Subject.RESPONSE, changed.id, 9),
            Chosen(Subject.RESEARCH_REPORT, unproved.id, 1),
        ]
        outcome = reviews.approve_many(session, chosen, w.reviewer, now)
        assert outcome.approved == (chosen[0],)
        assert outcome.refused == ((chosen[1], "edited_by_other"), (chosen[2], "has_hints"))
        assert (clean.stage, changed.stage) == (Stage.APPROVED, Stage.SUBMITTED)
        assert reviews.approve_many(session, chosen[:1], w.reviewer, now).approved == (chosen[0],)
        with pytest.raises(Refused, match="not_allowed"):
            reviews.approve_many(session, chosen, w.owner, now)
