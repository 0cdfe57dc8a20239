"""Who somebody is: the menu follows the role, the desk follows the phone, the person survives another WeChat."""

from __future__ import annotations

from html import unescape
from urllib.parse import urlsplit

import requests

from tests.journeys.province import CITY, STAFF, Province
from wxsvc.demo.phone_browser import PhoneBrowser, PhonePage
from wxsvc.house import House
from wxsvc.services.people import persons
from wxsvc.worker import person_tags


def entries(hand: PhoneBrowser) -> list[str]:
    """What stands in the first level of somebody's menu."""
    menu = hand.phone.menu()
    return [button["name"] for button in menu.buttons] if menu else []


ENTERPRISE, PLATFORM, PROVINCE = (
    ["扫码签到", "找服务", "我的"],
    ["今天", "发布活动", "工作台"],
    ["得分总览", "审核评定", "更多"],
)


def test_the_menu_follows_the_role(province: Province) -> None:
    """An invitation brings the staff's menu within seconds, the role's end takes it away; nobody pushes anything."""
    official, newcomer = province.hand("official"), province.hand("周新同")
    assert entries(official) == PROVINCE
    assert entries(province.hand("clerk")) == PLATFORM
    newcomer.phone.follow()
    assert entries(newcomer) == ENTERPRISE
    official.open("/v/people")
    official.send(role="platform", platform=str(province.platform_id(CITY)))
    newcomer.open(link_on(official.page))
    newcomer.send(name="周新同")
    official.open("/v/people")
    official.send(is_confirmed="yes")
    province.until(lambda: entries(newcomer) == PLATFORM, "the menu does not follow the role")
    assert newcomer.tap("今天").status == 200
    official.open("/v/people")
    ends = [form for form in official.page.forms if "/end" in form.action]
    newest = max(ends, key=lambda form: int(form.action.rstrip("/").split("/")[-2]))
    official.phone.submit(newest.action, data=newest.filled())
    province.until(lambda: entries(newcomer) == ENTERPRISE, "the menu outlives the role")


def test_staff_who_follow_late_get_their_menu_then(province: Province) -> None:
    official, late = province.hand("official"), province.hand("吴晚来")
    official.open("/v/people")
    official.send(role="reviewer")
    late.open(link_on(official.page))
    late.send(name="吴晚来")
    official.open("/v/people")
    official.send(is_confirmed="yes")
    late.phone.follow()
    province.until(lambda: entries(late) == PROVINCE, "the menu does not come with the following")


def test_a_desk_signs_in_with_the_phone(province: Province) -> None:
    """The desk's number is typed on the phone, and the desk is at work; somebody else's desk is not."""
    clerk, desk, other = province.hand("clerk"), requests.Session(), requests.Session()
    desk.trust_env = other.trust_env = False
    home = province.product.url
    answer = desk.get(f"{home}/enter/desk?next=/p/score", timeout=20)
    answer.encoding = "utf-8"
    shown, number = PhonePage(answer), answer.text.partition('class="shortcode">')[2][:4]
    clerk.open(unescape(answer.text.partition('data-address="')[2].partition('"')[0]))
    assert number not in clerk.page.text
    assert "长沙市窗口平台" in clerk.page.text
    assert desk.get(f"{home}/enter/desk/progress.json", timeout=20).json() == {"progress": "waiting"}
    clerk.send(number=number)
    assert "请看电脑" in clerk.page.text
    assert desk.get(f"{home}/enter/desk/progress.json", timeout=20).json() == {"progress": "approved"}
    for browser, path in ((other, "/enter/desk"), (desk, "/p/score")):
        page = PhonePage(browser.get(f"{home}/enter/desk?next=/p/score", timeout=20)) if browser is other else shown
        form = page.form("next")
        entered = browser.post(f"{home}/enter/desk", data=form.filled(), timeout=20)
        assert urlsplit(entered.url).path == path


def test_another_wechat_the_same_person(province: Province) -> None:
    """The official makes a link, the clerk opens it with a new WeChat, has the old work and the staff's menu."""
    official, new = province.hand("official"), province.hand("刘晓燕的新手机")
    new.phone.follow()
    official.open("/v/people")
    row = next(
        form for form in official.page.forms if form.action.endswith("/rejoin") and clerk_id(province) in form.action
    )
    made = PhonePage(official.phone.submit(row.action, data=row.filled()))
    new.open(link_on(made, "/rejoin/"))
    assert "刘**" in new.page.text
    new.send()
    assert new.open("/p/today").status == 403
    official.open("/v/people")
    official.send(is_confirmed="yes")
    assert new.open("/p/today").status == 200
    assert province.hand("clerk").open("/p/today").status == 403
    province.until(lambda: entries(new) == PLATFORM, "the menu does not follow the person")
    house = House(province.product.settings, province.product.database, province.clock)
    person_tags.compare(house)  # at night
    assert entries(province.hand("clerk")) == ENTERPRISE


def clerk_id(province: Province) -> str:
    """The part of an address that names the clerk's row."""
    return f"/people/{province.rows(persons.find, STAFF['clerk'][0]).id}/"


def link_on(page: PhonePage, part: str = "/join/") -> str:
    """The link that was just made."""
    return next(word for word in page.text.split() if part in word)
