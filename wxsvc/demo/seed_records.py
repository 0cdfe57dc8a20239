"""A year of records (服务记录): offline services, online trades, needs, posts, each entered on its day and reviewed."""

from __future__ import annotations

from datetime import date, timedelta

from models.terms import NeedKind, PostKind
from wxsvc.demo.days import at
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.tables import table
from wxsvc.services.actor import MACHINE
from wxsvc.services.people import enterprises
from wxsvc.services.records import needs, offline_services, online_trades, posts
from wxsvc.services.records.needs import NeedEntry
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.records.online_trades import OnlineTradeEntry
from wxsvc.services.records.posts import PostEntry


def tell(telling: Telling) -> None:
    """The records of one platform's year."""
    plan: dict[str, int] = table("records")["plan"][telling.place.kind.value]
    institutions = _institutions(telling)
    for day in telling.calendar.workdays(telling.share(plan["offline_services"])):
        _offline_service(telling, day, institutions)
    telling.tick()
    for number, day in enumerate(telling.calendar.workdays(telling.share(plan["online_trades"])), 1):
        _online_trade(telling, day, number, institutions)
    telling.tick()
    for day in telling.calendar.workdays(telling.share(plan["needs"])):
        _need(telling, day)
    telling.tick()
    for number, day in enumerate(telling.calendar.workdays(telling.share(plan["posts"])), 1):
        _post(telling, day, number)
    telling.tick()


def _institutions(telling: Telling) -> list[int]:
    moment = at(telling.calendar.begins_on, 9)
    names = table("records")["institutions"]["names"]
    return [enterprises.institution(telling.session, name, MACHINE, moment).id for name in names]


def _offline_service(telling: Telling, day: date, institutions: list[int]) -> None:
    chance = telling.chance
    served = frozenset(each.enterprise_id for each in chance.sample(telling.place.visitors, chance.randint(2, 8)))
    entry = OfflineServiceEntry(
        served_on=day,
        content=chance.choice(table("records")["offline_services"]["contents"]),
        enterprise_ids=served,
        institution_id=chance.choice((None, chance.choice(institutions))),
    )
    entered_at = at(day, 17, chance.randint(0, 59))
    if chance.random() < 0.04:
        entered_at = min(entered_at + timedelta(days=34), telling.calendar.now)  # 补录
    row = offline_services.add(telling.session, telling.place.id, entry, telling.place.staff, entered_at)
    telling.reviewed(row)


def _online_trade(telling: Telling, day: date, number: int, institutions: list[int]) -> None:
    chance, said = telling.chance, table("records")["online_trades"]
    entry = OnlineTradeEntry(
        order_number=said["order"].format(day=day, number=number),
        traded_on=day,
        enterprise_id=chance.choice(telling.place.visitors).enterprise_id,
        service=chance.choice(said["services"]),
        institution_id=chance.choice(institutions),
        amount_fen=chance.randint(6, 300) * 10_000,
    )
    row = online_trades.add(telling.session, telling.place.id, entry, telling.place.staff, at(day, 16))
    telling.reviewed(row)


def _need(telling: Telling, day: date) -> None:
    chance, said, staff = telling.chance, table("records")["needs"], telling.place.staff
    kind = chance.choices((NeedKind.MATCHING, NeedKind.APPEAL), (4, 1))[0]
    text, visitor = chance.choice(said[kind.value]), chance.choice(telling.place.visitors)
    entry = NeedEntry(kind, visitor.enterprise_id, visitor.region, text["title"], text["content"], day)
    row = needs.add(telling.session, telling.place.id, entry, staff, at(day, 11, chance.randint(0, 59)))
    telling.reviewed(row)
    matched_at = telling.calendar.later(at(day, 12), 7, 30)
    if chance.random() < 0.25 and telling.calendar.has_come(matched_at):
        needs.match(telling.session, row.id, chance.choice(said["results"]), staff, matched_at)


def _post(telling: Telling, day: date, number: int) -> None:
    said = table("records")["posts"]
    kind = telling.chance.choice(list(PostKind))
    words = {**telling.place.words, "month": day.month, "number": f"{day:%Y%m%d}{number:03}"}
    title = telling.chance.choice(said[kind.value]).format(**words)
    entry = PostEntry(kind, title, said["link"].format(**words), day)
    posts.add(telling.session, telling.place.id, entry, telling.place.staff, at(day, 15))
