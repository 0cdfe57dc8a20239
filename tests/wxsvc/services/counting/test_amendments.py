"""更正: two people put a sealed line right; the sealed card stays as it is, and both are shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.notice import Notice
from models.scorecard import ScoreLineRow
from models.terms import WebhookEvent
from models.webhook import WebhookDelivery
from tests.wxsvc.services.bundle_cases import VAULT
from tests.wxsvc.services.year_end.ending import LATER, YEAR, Ending, sealed, settled
from wxsvc.db import Database
from wxsvc.services import webhooks
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import amendments, replays, seals
from wxsvc.services.refusal import Refused

WHY = "检查记录录错平台"


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return caught.value.code


def proposed(session: Session, e: Ending, after: str = "3", reason: str = WHY) -> Any:
    return amendments.propose(session, e.own.id, YEAR, "website", Decimal(after), reason, e.first, LATER)


@pytest.mark.both_databases
def test_two_people_amend_a_sealed_line(db: Database) -> None:
    """Each step idempotent, the first person cannot confirm; the seal, its card and its replay are untouched."""
    with db.transaction() as session:
        e = sealed(session)
        for _ in range(2):
            row = proposed(session, e)
        assert amendments.of_year(session, YEAR) == []
        assert refused(amendments.confirm, session, row.id, e.first, LATER) == "amendment_two_people"
        for _ in range(2):
            amendments.confirm(session, row.id, e.second, LATER)
        (found,) = amendments.of_year(session, YEAR)
        assert (found.row.before, found.row.after, found.row.reason) == (Decimal(5), Decimal(3), WHY)
        assert (found.platform.id, found.year, found.line, found.is_in_force) == (
            e.own.id,
            YEAR,
            "平台网站日常更新维护",
            True,
        )
        card = amendments.card(session, e.own.id, YEAR)
        assert card is not None
        line = next(line for line in card.lines if line.code == "website")
        assert (line.sealed, line.holds, card.total_sealed - card.total) == (Decimal(5), Decimal(3), Decimal(2))
        assert session.get_one(ScoreLineRow, (e.own.id, YEAR, "website")).points == Decimal(5)
        assert replays.of_year(session, YEAR).is_same
        assert session.scalar(sa.select(Notice.platform_id).where(Notice.key == f"amendment:{row.id}")) == e.own.id
        deeds = session.scalars(sa.select(LogEntry.deed).order_by(LogEntry.id)).all()
        assert deeds[-2:] == ["amendment.proposed", "amendment.confirmed"]


def test_other_systems_hear_of_an_amendment_and_of_its_end(db: Database) -> None:
    """The sealed card stays as it is, so that no fold would tell them; its end with the seal neither."""
    told = sa.select(WebhookDelivery.facts).order_by(WebhookDelivery.id)
    with db.transaction() as session:
        e = sealed(session)
        webhooks.make(
            session, "数据平台", "https://x.cn/", [WebhookEvent.SCORECARD_CHANGED], MACHINE, LATER, vault=VAULT
        )
        row = proposed(session, e)
        assert session.scalars(told).all() == []
        for _ in range(2):
            amendments.confirm(session, row.id, e.second, LATER)
        assert session.scalars(told).all() == [{"platform": e.own.code, "year": YEAR}]
        session.execute(sa.delete(WebhookDelivery))
        seals.ask_unseal(session, e.own.id, YEAR, WHY, e.first, LATER)
        seals.confirm_unseal(session, e.own.id, YEAR, e.second, LATER)
        assert session.scalars(told).all() == [{"platform": e.own.code, "year": YEAR}]


def test_what_is_no_amendment(db: Database) -> None:
    """Points outside the line, no change, no reason, no such line, a second one while the first waits."""
    with db.transaction() as session:
        e = sealed(session)
        for after, reason, code in (
            ("5.5", WHY, "points_not_allowed"),
            ("-1", WHY, "points_not_allowed"),
            ("1.2345", WHY, "points_not_allowed"),
            ("5", WHY, "amendment_no_change"),
            ("3", " ", "reason_needed"),
            ("3", "长" * 501, "reason_too_long"),
        ):
            assert refused(proposed, session, e, after, reason) == code
        assert (
            refused(amendments.propose, session, e.own.id, YEAR, "x", Decimal(1), WHY, e.first, LATER) == "no_such_line"
        )
        for other in (e.reviewer, e.staff, MACHINE):
            who = (session, e.own.id, YEAR, "website", Decimal(1), WHY, other, LATER)
            assert refused(amendments.propose, *who) == "not_allowed"
        proposed(session, e)
        assert refused(proposed, session, e, "2") == "amendment_waits"


def test_a_line_is_amended_to_whatever_a_reading_gives(db: Database) -> None:
    """按比例, a county has 0.015 for each 家次: 901 of 1000 are 13.515."""
    with db.transaction() as session:
        assert proposed(session, sealed(session), "3.515").after == Decimal("3.515")


def test_an_open_year_is_corrected_in_its_records(db: Database) -> None:
    with db.transaction() as session:
        e = settled(session)
        assert refused(proposed, session, e) == "year_not_sealed"
        assert amendments.card(session, e.own.id, YEAR) is None


def test_a_withdrawn_amendment_is_none(db: Database) -> None:
    """By either person, idempotent; a confirmed one is amended again instead, from where it stands."""
    with db.transaction() as session:
        e = sealed(session)
        row = proposed(session, e)
        for _ in range(2):
            amendments.withdraw(session, row.id, e.second, LATER)
        assert refused(amendments.confirm, session, row.id, e.second, LATER) == "amendment_withdrawn"
        row = proposed(session, e)
        amendments.confirm(session, row.id, e.second, LATER)
        assert refused(amendments.withdraw, session, row.id, e.first, LATER) == "amendment_confirmed"
        assert proposed(session, e, "4").before == Decimal(3)
        assert [each.row.after for each in amendments.of_platform(session, e.own.id, YEAR)] == [Decimal(3), Decimal(4)]


def test_an_unsealed_year_takes_its_amendments_along(db: Database) -> None:
    """They belong to what was sealed: a waiting one is not confirmed any more, and the new seal has none."""
    with db.transaction() as session:
        e = sealed(session)
        row = proposed(session, e)
        seals.ask_unseal(session, e.own.id, YEAR, "整体复核", e.first, LATER)
        seals.confirm_unseal(session, e.own.id, YEAR, e.second, LATER)
        assert refused(amendments.confirm, session, row.id, e.second, LATER) == "amendment_overtaken"
        assert amendments.of_platform(session, e.own.id, YEAR) == []
