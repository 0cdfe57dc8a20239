"""线上交易: orders entered by hand, one by one; whole lists of them come by Excel (``trade_lists``)."""

from __future__ import annotations

from typing import Any

from models.record import OnlineTrade
from models.terms import Subject
from wxsvc.access import current_actor, now
from wxsvc.db import Session
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records import institutions, picker
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.services import amounts
from wxsvc.services.records import online_trades
from wxsvc.services.records.online_trades import LONGEST_ORDER_NUMBER, OnlineTradeEntry
from wxsvc.services.records.trade_lists import LONGEST_SERVICE
from wxsvc.services.refusal import Refused


def entry_of(session: Session, form: TypedForm) -> OnlineTradeEntry | None:
    """What the form says."""
    number = form.text("order_number", most=LONGEST_ORDER_NUMBER, needed="form_needed")
    day = form.day_come("day", needed="form_needed")
    service = form.text("service", most=LONGEST_SERVICE, needed="form_needed")
    enterprise_id = picker.one(session, form, current_actor(), now())
    institution_id = institutions.typed(session, form, current_actor(), now())
    amount = _amount(form)
    if day is None or enterprise_id is None:
        return None
    return OnlineTradeEntry(number, day, enterprise_id, service, institution_id, amount)


def typed_of(session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {
        "order_number": row.order_number,
        "day": row.traded_on.isoformat(),
        "enterprise": picker.typed([row.enterprise_id]),
        "service": row.service,
        "institution": institutions.name_of(session, row.institution_id),
        "amount": amounts.yuan_of(row.amount_fen),
    }


def beside(session: Session, form: TypedForm) -> dict[str, Any]:
    """What the form offers to choose from."""
    return {"choice": picker.shown(session, form), "institutions": institutions.used_by(session, OnlineTrade)}


def _amount(form: TypedForm) -> int | None:
    text = form.text("amount", most=30)
    try:
        return amounts.fen_of(text) if text else None
    except Refused as refused:
        form.reproach("amount", refusal_text(refused))
        return None


noun = Noun(
    Subject.ONLINE_TRADE,
    "online-trades",
    entry_of,
    typed_of,
    online_trades.add,
    online_trades.correct,
    beside=beside,
    field_of={
        "already_recorded": "order_number",
        "record_withdrawn": "order_number",
        "unknown_enterprise": "enterprise",
    },
)
blueprint = pages_of(noun)
