"""最近的得分点: chat and page say the same, and each leads to the form that closes it, filled in."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from models.person import Person
from models.platform import Platform
from models.terms import Stage
from scoring.terms import ActivityCategory, PlatformKind
from tests import builders, random_province
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.chat import answers


def on_page(page: Any) -> list[str]:
    """What the page lists, line by line: the name and the sentence."""
    part = page.text.partition("最近的得分点</h2>")[2].partition("</ul>")[0]
    items = re.findall(r"<li>\s*<a href=\"#\w+\"><b>(.*?)</b></a><br>(.*?)(?:<br>|</li>)", part, re.DOTALL)
    return [f"{unescape(name)}：{unescape(' '.join(said.split()))}" for name, said in items]


def in_chat(text: str) -> list[str]:
    """The same of the chat's reply."""
    found = re.findall(r"^· (.*) [\d.]+/[\d.]+分：(.*)$", text, re.MULTILINE)
    return [f"{name}：{said}" for name, said in found]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chat_and_page_say_the_same_next_steps(rows: Any, app: Any, phone: Any, seed: int) -> None:
    """Of every platform of provinces by chance, whatever of theirs waits for review."""
    with rows() as session:
        made = random_province.settle(session, seed)
        staff = {platform.id: builders.staff(session, platform).person_id for platform in made}
        openids = [str(session.get_one(Person, person_id).openid) for person_id in staff.values()]
    fold(rows)
    some = waits = 0
    for openid in openids:
        page = phone(openid).get("/p/score")
        reply = answers.platform_score(app.extensions["wxsvc"], openid, builders.NOW)
        assert on_page(page) == in_chat(reply)
        some += len(on_page(page))
        waits += "：此后" in reply
    assert some > 20
    assert waits > 2


def forms(page: Any, code: str) -> dict[str, str]:
    """The forms on one line's card, by name."""
    card = page.text.partition(f'<section class="card" id="{code}">')[2].partition("</section>")[0]
    found = re.findall(r'<a class="link" href="([^"]+)">([^<]+) ›</a>', card)
    return {unescape(name): unescape(address) for address, name in found}


def test_a_gap_leads_to_the_form_that_closes_it_filled_in(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.get("/p/score")
    brand = forms(page, "brand")
    assert list(brand.values()) == ["/p/publish?category=brand"]
    form = staff.get("/p/publish?category=brand")
    assert re.search(r'name="category" value="brand" checked', form.text)
    assert set(forms(page, "participations")) == {"发布活动", "新增线下服务", "新增线上交易"}
    assert list(forms(page, "needs").values()) == ["/p/needs/new"]
    claims = forms(page, "bonus_honours")
    assert claims["申报：国家、省级荣誉资质"].endswith("?kind=honour") if claims else False
    honour = staff.get("/p/bonus-claims/new?kind=honour")
    assert re.search(r'value="honour" checked', honour.text)
    assert forms(page, "website") == {"新增信息发布": "/p/posts/new"}
    assert forms(page, "coordination") == {"响应重点工作": "/p/assignments"}
    assert forms(page, "dispatch") == {"计划与数据报送": "/p/filings?year=2026"}


@pytest.mark.parametrize("kind", PlatformKind)
def test_every_form_that_a_gap_names_is_there(rows: Any, phone: Any, world: World, kind: PlatformKind) -> None:
    """Of each kind of platform, and from the list of the nearest gains as well as from the lines."""
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = kind
    fold(rows)
    staff = phone(world.staff)
    page = staff.get("/p/score")
    addresses = {unescape(each) for each in re.findall(r'href="([^"]+)">[^<]+ ›</a>', page.text)}
    assert len(addresses) > 8
    assert {address: staff.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


@pytest.mark.parametrize("wanted", ["nothing", "", "%00", "brand&category=x"])
def test_an_odd_category_in_the_address_presets_nothing_wrong(phone: Any, world: World, wanted: str) -> None:
    page = phone(world.staff).get(f"/p/publish?category={wanted}")
    assert page.status_code == 200
    checked = re.findall(r'name="category" value="(\w+)" checked', page.text)
    assert set(checked) <= {each.value for each in ActivityCategory}


def test_another_years_card_has_no_forms(rows: Any, phone: Any, world: World) -> None:
    """What is over cannot be closed any more."""
    fold(rows, 2025)
    page = phone(world.staff).get("/p/score?year=2025")
    assert "2025年度得分与差距" in seen(page)
    assert " ›</a>" not in page.text.partition("<main")[2]


def test_a_full_line_asks_for_nothing(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        for _ in range(3):
            held = builders.activity(
                session, own, category=ActivityCategory.BRAND, stage=Stage.APPROVED, summary=builders.SUMMARY
            )
            builders.photo(session, held)
            for _ in range(12):
                builders.check_in(session, held, builders.enterprise(session))
    fold(rows)
    assert forms(phone(world.staff).get("/p/score"), "brand") == {}
