"""Whoever may confirm what a colleague asked for hears of it: not the colleague, and nobody once it is settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.notice import Delivery, Notice
from models.terms import DeliveryState
from tests.wxsvc.services.year_end.ending import LATER, YEAR, Ending, published, sealed, seen
from wxsvc.db import Database
from wxsvc.services.counting import amendments, seals
from wxsvc.services.year_end import sealing

SOON = LATER + timedelta(minutes=1)
WHY = "检查记录录错平台"

Deeds = tuple[Callable[[Session], Ending], Callable[..., Any], Callable[..., Any], Callable[..., Any]]


def _propose(session: Session, e: Ending, at: Any) -> Any:
    return amendments.propose(session, e.own.id, YEAR, "website", Decimal(3), WHY, e.first, at)


SEAL: Deeds = (
    published,
    lambda session, e, at: sealing.ask(session, YEAR, seen(session), e.first, at),
    lambda session, e, _row: sealing.withdraw(session, YEAR, e.first, SOON),
    lambda session, e, _row: sealing.confirm(session, YEAR, e.second, SOON),
)
UNSEAL: Deeds = (
    sealed,
    lambda session, e, at: seals.ask_unseal(session, e.own.id, YEAR, WHY, e.first, at),
    lambda session, e, _row: seals.withdraw_unseal(session, e.own.id, YEAR, e.first, SOON),
    lambda session, e, _row: seals.confirm_unseal(session, e.own.id, YEAR, e.second, SOON),
)
AMEND: Deeds = (
    sealed,
    _propose,
    lambda session, e, row: amendments.withdraw(session, row.id, e.first, SOON),
    lambda session, e, row: amendments.confirm(session, row.id, e.second, SOON),
)


def _rung(session: Session) -> set[int]:
    """Whom an ask is still to be sent to."""
    is_ask = sa.or_(*(Notice.key.like(f"%{word}%") for word in ("seal_asked:", ":proposed")))
    query = sa.select(Delivery.person_id).join(Notice, Notice.id == Delivery.notice_id).where(is_ask)
    return set(session.scalars(query.where(Delivery.state == DeliveryState.WAITING)))


@pytest.mark.both_databases
@pytest.mark.parametrize("deeds", [SEAL, UNSEAL, AMEND], ids=["seal", "unseal", "amend"])
def test_an_ask_rings_the_others_until_it_is_settled(db: Database, deeds: Deeds) -> None:
    begin, ask, withdraw, confirm = deeds
    with db.transaction() as session:
        e = begin(session)
        row = ask(session, e, LATER)
        rung = _rung(session)
        assert e.second.person_id in rung
        assert e.first.person_id not in rung, "whoever asks knows it"
    with db.transaction() as session:
        withdraw(session, e, row)
        assert _rung(session) == set()
        row = ask(session, e, SOON)
        assert e.second.person_id in _rung(session)
    with db.transaction() as session:
        confirm(session, e, row)
        assert _rung(session) == set()
