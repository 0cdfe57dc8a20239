"""Online services: the province's list, and its items as platforms offer them."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from models.recognition import OnlineService, ServiceItem
from models.terms import Channel, Subject
from tests.wxsvc.services.record_cases import World, nobody, world
from wxsvc.db import Database
from wxsvc.services.records import online_services, reviewed
from wxsvc.services.records.online_services import ServiceItemEntry
from wxsvc.services.refusal import Refused

ENTRY = ServiceItemEntry(2026, "政策咨询", "在线答复政策问题")
ADDRESS = "https://example.cn/policy"


def listed(w: World) -> ServiceItem:
    """The item on the list."""
    return online_services.add_item(w.session, ENTRY, w.province, w.now)


def offer(w: World, item: ServiceItem, channel: Channel = Channel.WEBSITE, address: str = ADDRESS) -> OnlineService:
    """The world's platform offers the item."""
    return online_services.add(w.session, w.platform.id, item.id, channel, address, w.owner, w.now)


def test_the_province_keeps_the_list_of_a_year(db: Database, now: datetime) -> None:
    """An item is listed once, withdrawn once, and may come back with another description."""
    with db.transaction() as session:
        w = world(session, now)
        item = listed(w)
        assert listed(w) is item
        with pytest.raises(Refused, match="already_recorded"):
            online_services.add_item(session, replace(ENTRY, description="别的"), w.province, now)
        assert online_services.items(session, 2026) == [item]
        for _ in range(2):
            online_services.withdraw_item(session, item.id, w.province, now)
        assert (item.withdrawn_at, online_services.items(session, 2026)) == (now, [])
        again = online_services.add_item(session, replace(ENTRY, description="别的"), w.province, now)
        assert (again, again.withdrawn_at, again.description) == (item, None, "别的")
        assert online_services.items(session, 2025) == []


def test_only_the_province_keeps_the_list(db: Database, now: datetime) -> None:
    """Reviewer, staff and nobody may not."""
    with db.transaction() as session:
        w = world(session, now)
        item = listed(w)
        for other in (w.reviewer, w.owner, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                online_services.add_item(session, ENTRY, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                online_services.withdraw_item(session, item.id, other, now)


def test_an_item_is_offered_once_per_channel(db: Database, now: datetime) -> None:
    """Website and account are two; another address needs a correction; the year is the item's."""
    with db.transaction() as session:
        w = world(session, now)
        item = listed(w)
        row = offer(w, item)
        assert row.year == 2026
        assert offer(w, item, Channel.ACCOUNT, "菜单：服务—政策咨询").id != row.id
        with pytest.raises(Refused, match="already_recorded"):
            offer(w, item, address="https://example.cn/other")
        reviewed.withdraw(session, Subject.ONLINE_SERVICE, row.id, "已下线", w.owner, now)
        with pytest.raises(Refused, match="record_withdrawn"):
            offer(w, item)


def test_a_website_has_an_address_that_opens(db: Database, now: datetime) -> None:
    """An account may have a menu path instead; nothing at all is refused, and so is an item off the list."""
    with db.transaction() as session:
        w = world(session, now)
        item = listed(w)
        with pytest.raises(Refused, match="bad_link"):
            offer(w, item, address="菜单：服务")
        with pytest.raises(Refused, match="text_needed"):
            offer(w, item, Channel.ACCOUNT, " ")
        with pytest.raises(Refused, match="not_found"):
            online_services.add(session, w.platform.id, 4711, Channel.WEBSITE, ADDRESS, w.owner, now)
        online_services.withdraw_item(session, item.id, w.province, now)
        with pytest.raises(Refused, match="item_withdrawn"):
            offer(w, item)
