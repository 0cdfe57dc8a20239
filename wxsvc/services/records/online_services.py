"""在线服务: the list that the province keeps (在线服务清单), and its items as platforms offer them.

For prefecture and county platforms the recognition rests on these; a cluster may list its own, they score nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, ServiceItem
from models.terms import Channel, Stage, VisitResult
from scoring.terms import PlatformKind
from wxsvc.queries import Page, holds, page_of
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_be_link, must_say
from wxsvc.services.locks import PROVINCE, lock
from wxsvc.services.records import plain, reviewed
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find


class ServiceItemEntry(Struct, frozen=True):
    """An item of a year's list."""

    year: int
    name: str
    description: str | None = None


class OnlineServiceEntry(Struct, frozen=True):
    """One item as the platform offers it: the page's URL, or the account's menu path where there is no URL.

    The year is the item's.
    """

    service_item_id: int
    channel: Channel
    address: str
    year: int


def add_item(session: Session, entry: ServiceItemEntry, by: Actor, now: datetime) -> ServiceItem:
    """Put an item on a year's list; its name is unique in the year, and idempotent."""
    by.must_be_province()
    must_say(entry.name)
    lock(session, PROVINCE, entry.year)
    found = session.scalar(sa.select(ServiceItem).where(ServiceItem.year == entry.year, ServiceItem.name == entry.name))
    if found is None:
        return plain.keep(session, ServiceItem(**asdict(entry)), by, now)
    if found.withdrawn_at is None:
        return plain.repeated(found, asdict(entry))
    return plain.change(session, found, asdict(entry) | {"withdrawn_at": None}, by, now)


def carry_items(session: Session, year: int, by: Actor, now: datetime) -> list[ServiceItem]:
    """沿用: put the list of the year before, as it stands, on a year's list; what is there stays. Idempotent."""
    by.must_be_province()
    lock(session, PROVINCE, year)
    there = {each.name for each in items(session, year)}
    former = [each for each in items(session, year - 1) if each.name not in there]
    return [add_item(session, ServiceItemEntry(year, each.name, each.description), by, now) for each in former]


def withdraw_item(session: Session, item_id: int, by: Actor, now: datetime) -> ServiceItem:
    """Take an item off the list; what platforms offered under it stays. Idempotent."""
    by.must_be_province()
    return plain.withdraw(session, find(session, ServiceItem, item_id), by, now)


def items(session: Session, year: int) -> list[ServiceItem]:
    """The list of a year, as it stands."""
    query = sa.select(ServiceItem).where(ServiceItem.year == year, ServiceItem.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(ServiceItem.id)))


class Offered(Struct, frozen=True):
    """An online service as a platform offers it, with its platform and the item of the list."""

    service: OnlineService
    platform: Platform
    item: ServiceItem


PER_PAGE: Final = 50


def offered(
    session: Session,
    year: int,
    *,
    kind: PlatformKind | None = None,
    city: str = "",
    text: str = "",
    number: int = 1,
) -> Page[Offered]:
    """One page of the online services of a year that are not void: those that could not be opened first, then those
    never visited, then by platform. Of one kind of platform, in one city, by a part of the platform's or item's name.
    """
    wanted = [OnlineService.year == year, OnlineService.stage != Stage.VOID]
    if kind is not None:
        wanted.append(Platform.kind == kind)
    if city:
        wanted.append(sa.func.substr(Platform.region_code, 1, 4) == city[:4])
    if text:
        wanted.append(sa.or_(holds(Platform.name, text), holds(ServiceItem.name, text)))
    seen = (
        sa.select(OnlineServiceVisit.result)
        .where(OnlineServiceVisit.online_service_id == OnlineService.id)
        .order_by(OnlineServiceVisit.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    urgency = sa.case((seen.is_(None), 1), (seen == VisitResult.REACHABLE, 2), else_=0)
    standing = _offered().where(*wanted).order_by(urgency, Platform.code, OnlineService.id)
    return page_of(session, standing, number, PER_PAGE, Offered)


def items_by_id(session: Session, item_ids: Collection[int]) -> dict[int, ServiceItem]:
    """The items of the province's list by their ids; one statement."""
    return {each.id: each for each in session.scalars(sa.select(ServiceItem).where(ServiceItem.id.in_(item_ids)))}


def one(session: Session, service_id: int) -> Offered | None:
    """One of them by its id, whatever its stage; None where there is none."""
    found = session.execute(_offered().where(OnlineService.id == service_id)).one_or_none()
    return Offered(found[0], found[1], found[2]) if found is not None else None


def _offered() -> sa.Select[OnlineService, Platform, ServiceItem]:
    return (
        sa.select(OnlineService, Platform, ServiceItem)
        .join(Platform, Platform.id == OnlineService.platform_id)
        .join(ServiceItem, ServiceItem.id == OnlineService.service_item_id)
    )


def add(
    session: Session, platform_id: int, item_id: int, channel: Channel, address: str, by: Actor, now: datetime
) -> OnlineService:
    """Submit an online service; one per item and channel, and idempotent.

    Raises ``Refused``: ``item_withdrawn``, ``bad_link`` of a website, ``already_recorded`` with another address,
    ``record_withdrawn``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    entry = _entry(find(session, ServiceItem, item_id), channel, address)
    return reviewed.submit(session, OnlineService, platform_id, entry, by, now, key=("service_item_id", "channel"))


def correct(session: Session, service_id: int, address: str, version: int, by: Actor, now: datetime) -> OnlineService:
    """Change the address until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    row = find(session, OnlineService, service_id)
    entry = _entry(session.get_one(ServiceItem, row.service_item_id), row.channel, address)
    return reviewed.amend(session, OnlineService, service_id, entry, version, by, now)


def _entry(item: ServiceItem, channel: Channel, address: str) -> OnlineServiceEntry:
    if item.withdrawn_at is not None:
        raise Refused("item_withdrawn")
    must_say(address)
    checked = must_be_link(address) if channel is Channel.WEBSITE else address.strip()
    return OnlineServiceEntry(item.id, channel, checked, item.year)
