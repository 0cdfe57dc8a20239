"""A small province that runs: the product on a free port, the pretended WeChat beside it, the worker inside.

Nothing is patched. People are met with a phone in hand (``hand``), the clock runs on by itself from Monday
23 November 2026, 10:00 in Beijing, and a test moves it ahead over dull hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from models.activity import Activity
from models.platform import Platform
from models.work_list import Change
from scoring import uscc
from tests.databases import put_sqlite
from wxsvc.clock import BEIJING
from wxsvc.demo import phones
from wxsvc.demo.phone_browser import PhoneBrowser
from wxsvc.demo.product import Product, opened
from wxsvc.house import House
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.scorecards import Card
from wxsvc.services.imports import imports, reading
from wxsvc.worker import person_tags

BEGINS: Final = datetime(2026, 11, 23, 10, 0, tzinfo=BEIJING)
PATIENCE: Final = 60.0
"""Seconds to wait for the worker before a test fails; it needs far less, but a busy machine may not."""

CITY, COUNTY, OTHER, CLUSTER = "430100", "430181", "430300", "JQ01"
"""Codes of the platforms: 长沙市, 浏阳市 (a county of it), 湘潭市, and a cluster."""
RUNNING, COMING, FAR = "A-running", "A-coming", "A-far"
"""Codes of the activities: 长沙's of today, 长沙's of tomorrow, 湘潭's of today."""

STAFF: Final = {
    "clerk": ("oJourney-clerk-00000000001", "刘晓燕", "platform", CITY),
    "colleague": ("oJourney-clerk-00000000002", "唐立新", "platform", CITY),
    "county_clerk": ("oJourney-clerk-00000000003", "罗志明", "platform", COUNTY),
    "other_clerk": ("oJourney-clerk-00000000004", "肖雅琴", "platform", OTHER),
    "cluster_clerk": ("oJourney-clerk-00000000005", "彭思远", "platform", CLUSTER),
    "reviewer": ("oJourney-reviewer-00000001", "曾文涛", "reviewer", None),
    "official": ("oJourney-official-00000001", "何志远", "province", None),
}
"""Who works where, by the role in the tests: openid, name, role, platform."""
VISITOR: Final = "oJourney-visitor-0000000001"
"""周敏, who stands for the known company; everybody else comes for the first time."""
COMPANY: Final = "浏阳市金阳精密机械有限公司"


def company_code(number: int, region: str = COUNTY) -> str:
    """A valid 统一社会信用代码 of a company of that region."""
    body = f"91{region}MA4J{number:05}"
    return body + uscc.check_character(body)


class JourneyClock:
    """Runs like any clock, from the journey's own beginning; a test may let time pass."""

    def __init__(self) -> None:
        self._begin, self._started = BEGINS.astimezone(UTC), time.monotonic()

    def now(self) -> datetime:
        """The present instant of the journey, in UTC."""
        return self._begin + timedelta(seconds=time.monotonic() - self._started)

    def advance(self, **by: float) -> None:
        """Let time pass: ``advance(minutes=11)``."""
        self._begin += timedelta(**by)


class Province:
    """What a journey walks through."""

    def __init__(self, product: Product, clock: JourneyClock) -> None:
        self.product, self.clock = product, clock
        self._hands: dict[str, PhoneBrowser] = {}

    def hand(self, who: str) -> PhoneBrowser:
        """The phone of somebody: a role of ``STAFF`` (they follow the account), an openid, or a new name."""
        if who not in self._hands:
            openid, _, _, _ = STAFF.get(who, (who, "", "", None))
            phone = self.product.simulator.phone(openid, follows=True if who in STAFF else None)
            self._hands[who] = PhoneBrowser(phone, self.product.url)
        return self._hands[who]

    def scene(self, activity_code: str) -> str:
        """What to scan for an activity: its parametric code hangs on the wall."""
        with self.product.database.read() as session:
            row = session.scalars(sa.select(Activity).where(Activity.code == activity_code)).one()
            scene, label = str(row.scene), row.title
        self.product.simulator.add_code(label, scene)
        return scene

    def rows(self, query: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """What a use case that only reads gives: ``rows(scorecards.detail, platform_id, 2026)``."""
        with self.product.database.read() as session:
            return query(session, *given, **more)

    def platform_id(self, code: str) -> int:
        """The platform of a code."""
        with self.product.database.read() as session:
            return session.scalars(sa.select(Platform.id).where(Platform.code == code)).one()

    def card(self, code: str, year: int = 2026) -> Card:
        """A platform's scorecard, once the worker has folded all that waits."""
        self.folded()
        card = self.rows(scorecards.detail, self.platform_id(code), year)
        assert isinstance(card, Card)
        return card

    def folded(self) -> None:
        """Wait until the work list is empty."""
        self.until(lambda: self._waiting() == 0, "the work list is not folded")

    def until(self, is_so: Callable[[], bool], complaint: str) -> None:
        """Wait until something that the worker does has happened."""
        ends = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < ends, complaint
            time.sleep(0.05)

    def _waiting(self) -> int:
        with self.product.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Change)) or 0


@contextmanager
def running(folder: Path) -> Iterator[Province]:
    """Open the ports, seed, set the menus; everything ends with the block."""
    clock = JourneyClock()
    put_sqlite(folder / "wxsvc.db")
    with opened(folder, clock) as product:
        seeds = product.seeds
        with seeds.database.transaction() as session:
            imports.load(session, reading.parse(_bundle()), clock.now(), vault=seeds.vault)
        province = Province(product, clock)
        for who in STAFF:  # before the worker begins: it asks again only a day later about whoever does not follow
            province.hand(who)
        house = House(product.settings, product.database, clock)
        phones.push_menus(house.gateway, product.url)
        person_tags.follow_roles(house)
        with product.serving():
            province.folded()
            yield province


def _bundle() -> dict[str, Any]:
    return {
        "platforms": [
            _platform(CITY, "长沙市窗口平台", "prefecture", CITY, "0731-88668001"),
            _platform(COUNTY, "浏阳市窗口平台", "county", COUNTY, "0731-83668002"),
            _platform(OTHER, "湘潭市窗口平台", "prefecture", OTHER, "0731-58668003"),
            _platform(CLUSTER, "长沙工程机械产业集群窗口平台", "cluster", "430104", "0731-88668004"),
        ],
        "staff": [
            {"openid": openid, "name": name, "role": role} | ({"platform": platform} if platform else {})
            for openid, name, role, platform in STAFF.values()
        ],
        "enterprises": [
            {
                "uscc": company_code(1),
                "name": COMPANY,
                "region": COUNTY,
                "contacts": [{"openid": VISITOR, "current": True}],
            },
            {"uscc": company_code(2, "430104"), "name": "长沙麓山智能装备有限公司", "region": "430104"},
            {"uscc": company_code(3, "430302"), "name": "湘潭莲城软件有限公司", "region": "430302"},
        ],
        "activities": [
            _activity(RUNNING, CITY, "中小企业数字化转型对接会", "digital", timedelta(hours=-1), timedelta(hours=7)),
            _activity(COMING, CITY, "专精特新企业上市融资路演", "listing", timedelta(hours=23), timedelta(hours=27)),
            _activity(FAR, OTHER, "质量品牌提升培训", "brand", timedelta(hours=-1), timedelta(hours=3)),
        ],
    }


def _platform(code: str, name: str, kind: str, region: str, phone: str) -> dict[str, Any]:
    return {"code": code, "name": name, "kind": kind, "region": region, "phone": phone}


def _activity(
    code: str, platform: str, title: str, category: str, starts: timedelta, ends: timedelta
) -> dict[str, Any]:
    return {
        "code": code,
        "platform": platform,
        "title": title,
        "category": category,
        "part": "host",
        "starts_at": (BEGINS + starts).isoformat(),
        "ends_at": (BEGINS + ends).isoformat(),
        "place": "长沙市岳麓区麓谷大道668号",
        "stage": "published",
        "scene": code,
    }
