"""线上交易: one completed order is one 家次. A county platform may record its orders too; they score nothing there.

A cancelled order is withdrawn (``reviewed.withdraw``): it turns void, and its number stays taken.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.record import OnlineTrade
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_exist, must_have_happened, must_say
from wxsvc.services.records import reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.refusal import Refused
from wxsvc.texts.order_lines import order_number

LONGEST_ORDER_NUMBER: Final = 64


class OnlineTradeEntry(Struct, frozen=True):
    """One completed order between an enterprise and an institution; the amount (成交金额) in fen."""

    order_number: str
    traded_on: date
    enterprise_id: int
    service: str
    institution_id: int | None = None
    amount_fen: int | None = None

    @property
    def year(self) -> int:
        """The year of the order's day."""
        return self.traded_on.year


def add(
    session: Session,
    platform_id: int,
    entry: OnlineTradeEntry,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> OnlineTrade:
    """Submit an order; its number is unique at the platform, and the same order again changes nothing.

    Raises ``Refused``: ``already_recorded`` for the number with other content, ``record_withdrawn`` for a cancelled
    order, ``unknown_enterprise``, ``amount_below_zero``, ``day_in_future``, ``text_needed``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    checked = _checked(session, entry, now)
    return reviewed.submit(
        session, OnlineTrade, platform_id, checked, by, now, key=("order_number",), backfill_days=backfill_days
    )


def correct(
    session: Session,
    trade_id: int,
    entry: OnlineTradeEntry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> OnlineTrade:
    """Change an order until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    checked = _checked(session, entry, now)
    return reviewed.amend(session, OnlineTrade, trade_id, checked, version, by, now, backfill_days)


def _checked(session: Session, entry: OnlineTradeEntry, now: datetime) -> OnlineTradeEntry:
    """The entry, its number in the one width that it is kept in."""
    must_say(entry.order_number, entry.service)
    must_have_happened(entry.traded_on, now)
    must_exist(session, [entry.enterprise_id])
    if entry.amount_fen is not None and entry.amount_fen < 0:
        raise Refused("amount_below_zero")
    return replace(entry, order_number=order_number(entry.order_number))
