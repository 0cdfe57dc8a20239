"""在线服务: an item of the province's list as the platform offers it, with its address and screenshots."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from models.recognition import OnlineService, ServiceItem
from models.terms import Channel, Subject
from wxsvc.access import now
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun
from wxsvc.pages.row_numbers import key_of
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_be_link
from wxsvc.services.records import online_services
from wxsvc.services.reviewables import find
from wxsvc.services.years import year_of

LONGEST_ADDRESS: Final = 500


class OfferedItem(Struct, frozen=True):
    """What the form says: an item, where it is offered, and the page's URL or the account's menu path."""

    item_id: int
    channel: Channel
    address: str


def entry_of(session: Session, form: TypedForm) -> OfferedItem | None:
    """What the form says."""
    item_id = form.number("item", needed="form_choose")
    channel = form.word("channel", Channel, needed="form_choose")
    address = form.text("address", most=LONGEST_ADDRESS, needed="form_needed")
    if item_id is not None:
        form.checked("item", find, session, ServiceItem, item_id)
    if channel is Channel.WEBSITE and address:
        form.checked("address", must_be_link, address)
    return OfferedItem(item_id, channel, address) if item_id is not None and channel is not None else None


def typed_of(_session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {"item": row.service_item_id, "channel": row.channel.value, "address": row.address}


def beside(session: Session, form: TypedForm) -> dict[str, Any]:
    """The list of the year, and the item that a record already has."""
    item_id = key_of(form["item"])
    chosen = session.get(ServiceItem, item_id) if item_id is not None else None
    return {
        "items": online_services.items(session, year_of(now())),
        "chosen": chosen,
        "channels": Channel,
        "longest": LONGEST_ADDRESS,
    }


def _add(session: Session, platform_id: int, entry: OfferedItem, by: Actor, at: datetime) -> OnlineService:
    return online_services.add(session, platform_id, entry.item_id, entry.channel, entry.address, by, at)


def _correct(
    session: Session, record_id: int, entry: OfferedItem, version: int, by: Actor, at: datetime
) -> OnlineService:
    return online_services.correct(session, record_id, entry.address, version, by, at)


noun = Noun(
    Subject.ONLINE_SERVICE,
    "online-services",
    entry_of,
    typed_of,
    _add,
    _correct,
    beside=beside,
    field_of={
        "bad_link": "address",
        "not_found": "item",
        "item_withdrawn": "item",
        "already_recorded": "item",
        "record_withdrawn": "item",
    },
    is_repeatable=False,
)
blueprint = pages_of(noun)
