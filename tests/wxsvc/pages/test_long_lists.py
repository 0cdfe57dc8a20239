"""Lists of what adds up over years: whatever stands on the first page leads on, until everything has been shown."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any, Final

import pytest
import sqlalchemy as sa

from models.dispute import Dispute
from models.enterprise import Enterprise
from models.notice import Notice
from models.person import Invitation, LinkClaim, Person
from models.platform import Platform
from models.recognition import OnlineService, ServiceItem
from models.record import Need
from models.scorecard import ScorecardRow
from models.signup import Signup
from models.terms import Channel, DisputeState, DisputeSubject, NeedKind, NoticePurpose, Role, Stage
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.pages import paging
from wxsvc.services.counting import tallies

MANY: Final = 110
"""More than any page shows at once."""
NEXT: Final = re.compile(r'href="([^"#]+)#(?:found|coming|waiting|returned|drafts)">下一页')
LISTS: Final = (
    ("visitor", "/mine", "来过"),
    ("visitor", "/mine", "报过"),
    ("visitor", "/needs", "想要"),
    ("visitor", "/disputes?year=2026", "办结"),
    ("staff", "/p/disputes", "反映"),
    ("province", "/v/disputes", "反映"),
    ("province", "/v/disputes?state=dismissed", "办结"),
    ("staff", "/p/notices", "告知"),
)
OF_PLATFORMS: Final = (
    ("province", "/v/members", "集群", "共110家平台"),
    ("province", "/v/members?city=430300&text=集群", "集群", "共110家平台"),
    ("province", "/v/rulings?kind=cluster&city=430300&year=2026", "集群", "共110家平台"),
    ("province", "/v/online-services?kind=cluster&text=集群&year=2026", "集群", "共110项"),
    ("province", "/v/owed?kind=cluster&city=430300&year=2026", "集群", "平台（110家）"),
    ("province", "/v/people", "受邀", "等待确认（110人）"),
    ("staff", "/p/today", "退回", "退回待修改（11"),
    ("staff", "/p/today", "草稿", "草稿（11"),
)


@pytest.fixture
def long(rows: Any, world: World, filled: Any) -> World:
    """Of everything so many that no page holds them."""
    filled(_lengthen, rows, world)
    return world


def _lengthen(rows: Any, world: World) -> None:
    with rows() as session:
        platform = session.get_one(Platform, world.platform_id)
        enterprise = session.get_one(Enterprise, world.enterprise_id)
        visitor = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
        ahead = {"starts_at": builders.NOW + timedelta(days=30), "ends_at": builders.NOW + timedelta(days=31)}
        for number in range(MANY):
            came = builders.activity(session, platform, title=f"来过{number:03}")
            check_in = builders.check_in(session, came, enterprise)
            coming = builders.activity(session, platform, title=f"报过{number:03}", **ahead)
            about = {"subject": DisputeSubject.CHECK_IN, "subject_id": check_in.id, "raised_by": visitor}
            about |= {"enterprise_id": enterprise.id, "platform_id": platform.id, "raised_at": builders.NOW}
            ended = {"state": DisputeState.DISMISSED, "decided_at": builders.NOW}
            need = {"kind": NeedKind.MATCHING, "region_code": "430102", "title": "检测", "content": f"想要{number:03}"}
            need |= {"raised_on": builders.NOW.date(), "stage": Stage.DRAFT, "created_by": visitor, "year": 2026}
            told = {"title": f"告知{number:03}", "is_withdrawn": False, "id": 1}
            session.add_all(
                [
                    Signup(
                        activity_id=coming.id,
                        enterprise_id=enterprise.id,
                        person_id=visitor,
                        signed_up_at=builders.NOW,
                        is_waiting=False,
                    ),
                    Dispute(reason=f"反映{number:03}", **about),
                    Dispute(reason="查过", decision=f"办结{number:03}", **about, **ended),
                    Need(
                        enterprise_id=enterprise.id,
                        platform_id=platform.id,
                        created_at=builders.NOW,
                        is_from_enterprise=True,
                        **need,
                    ),
                    Notice(
                        platform_id=platform.id,
                        purpose=NoticePurpose.ANNOUNCEMENT,
                        key=f"told:{number}",
                        facts=told,
                        made_at=builders.NOW,
                    ),
                ]
            )


@pytest.mark.parametrize(("who", "address", "mark"), LISTS, ids=lambda each: each if each[0] == "/" else "")
def test_everything_is_reached_from_the_first_page(phone: Any, long: World, who: str, address: str, mark: str) -> None:
    """No list ends without saying so: one follows 下一页 of each list, and meets every entry once."""
    assert met_from(phone(getattr(long, who)), address, mark) == {f"{mark}{number:03}" for number in range(MANY)}


def test_a_page_of_the_staff_is_as_dense_as_a_provincial_one(phone: Any, long: World) -> None:
    """They read it at a desk; on a phone ``fold.js`` shows the beginning."""
    staff = phone(long.staff)
    for path, mark in {"/p/activities": r"报过\d{3}", "/p/disputes": r"反映\d{3}", "/p/notices": r"告知\d{3}"}.items():
        assert len(set(re.findall(mark, seen(staff.get(path))))) == paging.AT_A_DESK, path


def met_from(hand: Any, address: str, mark: str) -> set[str]:
    """Every entry of the list that somebody meets who follows 下一页 to the end."""
    ways, opened, met = [address], set(), Counter[str]()
    while ways:
        if (way := ways.pop()) not in opened:
            opened.add(way)
            page = hand.get(way)
            ways += [unescape(each) for each in NEXT.findall(page.text)]
            met.update(set(re.findall(mark + r"\d{3}", seen(page))))
    return set(met)


@pytest.fixture
def wide(app: Any, rows: Any, world: World, filled: Any) -> World:
    """So many clusters, each with an online service; links that were opened; drafts, and what came back."""
    filled(_widen, app, rows, world)
    return world


def _widen(app: Any, rows: Any, world: World) -> None:
    vault = app.extensions["wxsvc"].vault
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        item = ServiceItem(year=2026, name="政策咨询", created_at=builders.NOW)
        session.add(item)
        session.flush()
        stage = {"stage": Stage.SUBMITTED, "created_at": builders.NOW, "version": 1, "year": 2026}
        for number in range(MANY):
            kind, code = PlatformKind.CLUSTER, f"C{number:03}"
            platform = builders.platform(session, code=code, kind=kind, name=f"集群{number:03}", region_code="430300")
            offered = {"service_item_id": item.id, "channel": Channel.WEBSITE, "address": "https://example.com/"}
            session.add(OnlineService(platform_id=platform.id, **offered, **stage))
            guest = builders.person(session, name_sealed=vault.encrypt(f"受邀{number:03}"))
            ends, token = builders.NOW + timedelta(days=1), f"{number:064}"
            opened = Invitation(role=Role.REVIEWER, token_hash=token, created_at=builders.NOW, expires_at=ends)
            session.add(opened)
            session.flush()
            session.add(LinkClaim(invitation_id=opened.id, person_id=guest.id, claimed_at=builders.NOW))
            builders.activity(session, own, title=f"草稿{number:03}", stage=Stage.DRAFT)
            builders.activity(session, own, title=f"退回{number:03}", stage=Stage.RETURNED, return_reason="缺总结")


@pytest.mark.parametrize(
    ("who", "address", "mark", "told"), OF_PLATFORMS, ids=[f"{each[1]}-{each[2]}" for each in OF_PLATFORMS]
)
def test_lists_of_a_province_say_how_many_and_lead_to_all(
    phone: Any, wide: World, who: str, address: str, mark: str, told: str
) -> None:
    """Filters go along from page to page, and no page shows all of them."""
    hand = phone(getattr(wide, who))
    page = hand.get(address)
    assert told in seen(page)
    assert len(set(re.findall(mark + r"\d{3}", seen(page)))) <= 100
    assert met_from(hand, address, mark) == {f"{mark}{number:03}" for number in range(MANY)}
    if query := dict(re.findall(r"(city|text|kind)=([^&]+)", address)):
        (following,) = NEXT.findall(page.text)
        assert set(query) <= set(dict(re.findall(r"(\w+)=([^&]+)", unescape(following))))


def test_a_ruling_leads_back_to_its_place_in_the_table(phone: Any, wide: World) -> None:
    hand = phone(wide.province)
    page = hand.get("/v/rulings?kind=cluster&year=2026&city=430300&page=2")
    line = unescape(re.findall(r'href="(/v/rulings/C\d+/[^"]+)"', page.text)[0])
    assert {"city=430300", "page=2"} <= set(line.partition("?")[2].split("&"))
    shown = hand.get(line)
    (back,) = re.findall(r'href="([^"]+)">‹ 评定认定', shown.text)
    assert {"city=430300", "page=2"} <= set(unescape(back).partition("?")[2].split("&"))
    assert re.findall(r'action="/v/rulings/[^"]*page=2', shown.text)


@pytest.mark.parametrize(
    ("who", "address", "form", "typed"),
    [
        ("visitor", "/needs?page=3", r"/needs/\d+/recall", {}),
        ("visitor", "/disputes?year=2026&page=2", r"/disputes/\d+/withdraw", {}),
        ("province", "/v/people?text=4301&page=2", r"/v/people/\d+/end", {}),
        ("province", "/v/people?waiting=2", r"/v/people/claims/\d+", {"is_confirmed": "no"}),
    ],
)
def test_a_deed_leads_back_to_its_place_in_the_list(
    phone: Any, rows: Any, long: World, wide: World, who: str, address: str, form: str, typed: dict[str, str]
) -> None:
    """Whoever works through the pages of a list stays on the page, and within what they looked for."""
    with rows() as session:
        for _ in range(MANY):
            builders.staff(session, session.get_one(Platform, wide.platform_id))
    hand = phone(getattr(long, who))
    action = unescape(re.findall(rf'action="({form}[^"]*)"', hand.get(address).text)[-1])
    answer = hand.post(action, page=address, **typed)
    path, _, query = address.partition("?")
    assert (answer.status_code, answer.request.path) == (200, path)
    assert set(query.split("&")) <= set(answer.request.query_string.decode().split("&"))


@pytest.fixture
def country(rows: Any, world: World, filled: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Seven platforms of a kind where three stand on a page."""
    for of_all in ("OF_A_KIND", "OF_A_PROVINCE"):
        monkeypatch.setattr(paging, of_all, 3)
    filled(_more_platforms, rows)
    return world


def _more_platforms(rows: Any) -> None:
    with rows() as session:
        for number in range(1, 8):
            code = f"43{number:02}81"
            row = builders.platform(session, code=code, name=f"第{number}县窗口平台", kind="county", region_code=code)
            tallies.fold(session, row.id, 2026, builders.NOW)
            card = sa.update(ScorecardRow).where(ScorecardRow.platform_id == row.id)
            session.execute(card.values(total=Decimal(60 + number % 4)))


IN_PARTS: Final = {
    "/v/scores?kind=county&sort=-total": "-total",
    "/v/dashboard?kind=county": "rank",
    "/v/rulings/sheet?kind=county": "code",
}
"""Tables with a row of each platform of a kind, and how each is sorted."""


@pytest.mark.parametrize(("path", "sort"), IN_PARTS.items())
def test_a_table_of_all_platforms_is_shown_in_parts(phone: Any, country: World, path: str, sort: str) -> None:
    """They lead on until all were shown once, in their order; one page shows all; a short table says none of it."""
    official, address, found = phone(country.province), path, []
    for first, last in ((1, 3), (4, 6), (7, 7)):
        page = official.get(address)
        assert f"本页显示第{first}至{last}家" in seen(page)
        found += _named(page)
        leads = NEXT.search(page.text)
        address = unescape(leads[1]) if leads else ""
    assert address == ""
    exported = official.get(f"/v/scores/csv?kind=county&sort={sort}").data.decode("utf-8-sig").splitlines()[1:]
    assert found == [line.split(",")[2] for line in exported]
    assert len(set(found)) == 7
    (whole,) = re.findall(r'href="([^"]+)">一页显示全部7家', official.get(path).text)
    page = official.get(unescape(whole))
    assert _named(page) == found
    assert "本页显示全部" in seen(page)
    assert "下一页" not in page.text
    assert "本页显示" not in seen(official.get(path.replace("county", "prefecture")))


def test_a_place_in_a_part_is_a_place_among_all(phone: Any, country: World) -> None:
    """名次 and how many there are, on the last page as in the file of all; a city alone stands on one page."""
    official = phone(country.province)
    exported = official.get("/v/scores/csv?kind=county&sort=-total").data.decode("utf-8-sig").splitlines()[1:]
    last = official.get("/v/scores?kind=county&sort=-total&page=99")
    assert "共7家平台" in seen(last)
    assert re.findall(r'data-label="名次">(\d+)<', last.text) == [exported[-1].split(",")[0]]
    city = seen(official.get("/v/scores?kind=county&city=430300"))
    assert "共1家平台（同类平台7家）" in city
    assert "本页显示" not in city


def test_points_typed_for_a_platform_of_another_page_stay(phone: Any, country: World) -> None:
    """What was pasted stands in the sheet, whichever page is shown, and is proposed with it."""
    official = phone(country.province)
    pasted = "平台编号\t平台网站日常更新维护\n430781\t2"
    page = official.post("/v/rulings/sheet?kind=county&page=2", deed="fill", pasted=pasted)
    assert re.findall(r'name="p-\d+-website" value="([^"]+)"[^>]*aria-label="(.*?)，', page.text, re.S) == [
        ("2", "第7县窗口平台")
    ]


def _named(page: Any) -> list[str]:
    """The platforms of a page's table, from the top down."""
    table = page.text.partition('id="found"')[2]
    return list(dict.fromkeys(re.findall(r"第\d县窗口平台", table)))
