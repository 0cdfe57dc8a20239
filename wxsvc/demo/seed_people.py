"""The province's platforms, people and enterprises (平台、人员与企业), loaded as a bundle like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.person import Contact, Person, StaffRole
from models.platform import Platform
from models.terms import Role
from scoring import uscc
from scoring.terms import PlatformKind
from wxsvc.clock import beijing_day
from wxsvc.demo.seed_calendar import YEAR
from wxsvc.demo.tables import table
from wxsvc.services.actor import Actor
from wxsvc.services.imports import imports, reading
from wxsvc.texts import regions
from wxsvc.vault import Vault

_COLLEAGUES: Final = 7
"""Of so many enterprises, one sends two people."""
_PUBLIC_BODY: Final = "12"
"""The first two signs of a 事业单位's code."""


@dataclass(frozen=True, slots=True)
class SeedContact:
    """An enterprise with the person who comes for it."""

    enterprise_id: int
    region: str
    openid: str


@dataclass(frozen=True, slots=True)
class SeedPlatform:
    """A platform with its people, the enterprises that come to it, and the words of its texts."""

    id: int
    code: str
    name: str
    kind: PlatformKind
    region_code: str
    website: str
    staff: Actor
    visitors: tuple[SeedContact, ...]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Province:
    """The platforms, and who works for the province."""

    platforms: tuple[SeedPlatform, ...]
    reviewers: tuple[Actor, ...]
    officials: tuple[Actor, ...]

    def platform(self, code: str) -> SeedPlatform:
        """The platform of a code."""
        return next(each for each in self.platforms if each.code == code)


def load(session: Session, now: datetime, chance: Random, vault: Vault) -> None:
    """Load platforms, staff and enterprises by an import."""
    imports.load(session, reading.parse(bundle(now, chance)), now - YEAR, vault=vault)


def bundle(now: datetime, chance: Random) -> dict[str, Any]:
    """Platforms, staff and enterprises as ``wxsvc import`` takes them."""
    platforms = list(_platforms(now))
    return {
        "platforms": platforms,
        "staff": list(_staff(platforms, chance)),
        "enterprises": list(_enterprises(platforms, chance)),
    }


def known(session: Session) -> Province:
    """The seeded province as the database has it; whatever else was imported is left alone."""
    openids = sa.select(Contact.enterprise_id, Enterprise.region_code, Person.openid).join(
        Enterprise, Enterprise.id == Contact.enterprise_id
    )
    rows = session.execute(openids.join(Person, Person.id == Contact.person_id).order_by(Enterprise.id))
    visitors = [SeedContact(id_, region, openid) for id_, region, openid in rows if region and openid]
    roles = session.scalars(sa.select(StaffRole).order_by(StaffRole.id)).all()
    staff = {role.platform_id: Actor(role.person_id, role.role, role.platform_id) for role in reversed(roles)}
    codes = [code for code, *_ in _places()]
    platforms = session.scalars(sa.select(Platform).where(Platform.code.in_(codes)).order_by(Platform.code)).all()
    return Province(
        platforms=tuple(
            SeedPlatform(
                id=row.id,
                code=row.code,
                name=row.name,
                kind=row.kind,
                region_code=row.region_code,
                website=row.website or "",
                staff=staff[row.id],
                visitors=_those_near(row, visitors),
                words=_words(row),
            )
            for row in platforms
        ),
        reviewers=tuple(Actor(role.person_id, role.role) for role in roles if role.role is Role.REVIEWER),
        officials=tuple(Actor(role.person_id, role.role) for role in roles if role.role is Role.PROVINCE),
    )


def _places() -> list[tuple[str, PlatformKind, str, str]]:
    """Code, kind, region and region's name of every platform."""
    said = table("province")
    parks, clusters = said["county"]["parks"], said["clusters"]
    every = [(city.code, PlatformKind.PREFECTURE, city.code, city.name) for city in regions.cities()]
    every += [(code, PlatformKind.COUNTY, code, _division(code)) for code in said["county"]["regions"]]
    every += [(code, PlatformKind.COUNTY, code, name) for code, name in parks.items()]
    return every + [(each["code"], PlatformKind.CLUSTER, each["region"], each["name"]) for each in clusters]


def _platforms(now: datetime) -> Iterator[dict[str, Any]]:
    said = table("province")
    for number, (code, kind, region, name) in enumerate(_places()):
        yield {
            "code": code,
            "name": said["names"][kind.value].format(region=name),
            "kind": kind.value,
            "region": region,
            "phone": f"{said['area_codes'][region[:4]]}-8866{8000 + number}",
            "website": f"https://p{code.lower()}.example",
            "accepted_on": date(beijing_day(now).year - 2, 12, 1).isoformat(),  # assessed in the whole of last year
        }


def _staff(platforms: list[dict[str, Any]], chance: Random) -> Iterator[dict[str, Any]]:
    said, numbers = table("province"), count(1)
    phones, clerk_at = said["phones"], said["clerk"]["platform"]
    yield {"openid": phones["official"]["openid"], "name": phones["official"]["name"], "role": Role.PROVINCE.value}
    yield {
        "openid": phones["clerk"]["openid"],
        "name": phones["clerk"]["name"],
        "role": Role.PLATFORM.value,
        "platform": clerk_at,
    }
    others = [(Role.PROVINCE, None)] * 2 + [(Role.REVIEWER, None)] * 3
    others += [(Role.PLATFORM, each["code"]) for each in platforms for _ in range(1 if each["code"] == clerk_at else 2)]
    for role, platform in others:
        row = {"openid": f"oDemo-staff-{next(numbers):06}", "name": _person(chance), "role": role.value}
        yield row | ({"platform": platform} if platform else {})


def _enterprises(platforms: list[dict[str, Any]], chance: Random) -> Iterator[dict[str, Any]]:
    said, province, numbers = table("province")["enterprises"], table("province"), count(1)
    served = {each["region"] for each in platforms if each["kind"] == PlatformKind.COUNTY.value}
    places = [(county.code, county.name) for city in regions.cities() for county in regions.counties_of(city.code)]
    places += list(province["county"]["parks"].items())
    visitor, phones = province["visitor"], province["phones"]
    code = code_of(next(numbers), visitor["region"])
    yield _enterprise(code, visitor["enterprise"], visitor["region"], phones["visitor"]["openid"])
    for region, name in places:
        wanted = said["with_platform" if region in served else "without_platform"]
        for enterprise in _names(_stem(name), wanted, chance):
            number = next(numbers)
            openids = [f"oDemo-contact-{number:06}"]
            if number % _COLLEAGUES == 0:
                openids.append(f"oDemo-colleague-{number:06}")
            yield _enterprise(code_of(number, region), enterprise, region, *openids)
        if region in served:
            number = next(numbers)
            name = chance.choice(said["bodies"]).format(place=_division_or_park(region))
            yield _enterprise(code_of(number, region, _PUBLIC_BODY), name, region, f"oDemo-contact-{number:06}")


def _enterprise(code: str, name: str, region: str, *openids: str) -> dict[str, Any]:
    contacts = [{"openid": openid, "current": True} for openid in openids]
    return {"uscc": code, "name": name, "region": region, "contacts": contacts}


def code_of(number: int, region: str, sort: str = "91") -> str:
    """A valid 统一社会信用代码 of that region; ``sort`` is its first two signs, those of a company unless given."""
    body = f"{sort}{region}MA4{number:06}"
    return body + uscc.check_character(body)


def _names(place: str, wanted: int, chance: Random) -> Iterator[str]:
    said = table("province")["enterprises"]
    pairs = [(brand, trade) for brand in said["brands"] for trade in said["trades"]]
    for brand, trade in chance.sample(pairs, wanted):
        yield said["pattern"].format(place=place, brand=brand, trade=trade, form=chance.choice(said["forms"]))


def _person(chance: Random) -> str:
    people = table("province")["people"]
    given = "".join(chance.sample(people["given"], chance.choice((1, 2, 2))))
    surname: str = chance.choice(people["surnames"])
    return surname + given


def _those_near(platform: Platform, visitors: list[SeedContact]) -> tuple[SeedContact, ...]:
    """Who comes: a county's own enterprises first, then those of its city."""
    city = [each for each in visitors if each.region[:4] == platform.region_code[:4]]
    if platform.kind is not PlatformKind.COUNTY:
        return tuple(city)
    own = [each for each in city if each.region == platform.region_code]
    return tuple(own + [each for each in city if each.region != platform.region_code][:20])


def _words(platform: Platform) -> dict[str, str]:
    said = table("province")
    cluster = next((each for each in said["clusters"] if each["code"] == platform.code), None)
    city = next(city.name for city in regions.cities() if city.code[:4] == platform.region_code[:4])
    return {
        "platform": platform.name,
        "region": cluster["name"] if cluster else _division_or_park(platform.region_code),
        "industry": cluster["industry"] if cluster else "",
        "city": city,
        "website": platform.website or "",
    }


def _division_or_park(code: str) -> str:
    park: str | None = table("province")["county"]["parks"].get(code)
    return park or _division(code)


def _division(code: str) -> str:
    found = regions.find(code)
    if found is None:
        raise KeyError(code)
    return found.name


def _stem(name: str) -> str:
    """A place as companies write it: 浏阳市 → 浏阳."""
    suffixes: list[str] = table("province")["enterprises"]["suffixes"]
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name
