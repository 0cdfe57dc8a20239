"""重新关联: the official makes a link, the member of staff opens it with a new WeChat and is who they were."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from models.person import Person, StaffRole
from models.terms import Role
from tests.wxsvc.pages.web import ON_A_DESK, Phone, seen

NEW = "o-new-phone"


def link_of(page: Any) -> str:
    """The path of the link on the page."""
    found = re.search(r'class="address">([^<]+)<', page.text)
    assert found
    parts = urlsplit(unescape(found[1]))
    assert f"{parts.scheme}://{parts.netloc}" == "https://wx.example.cn"
    return parts.path


@pytest.fixture
def person_id(world, rows) -> int:
    with rows() as session:
        return int(session.scalars(sa.select(Person.id).where(Person.openid == world.staff)).one())


@pytest.fixture
def link(world, phone, person_id) -> str:
    """A link that the province has just made for the platform's member of staff."""
    made = phone(world.province).post(f"/v/people/{person_id}/rejoin", page="/v/people")
    assert made.status_code == 200
    assert "先当面或电话核实" in seen(made)
    return link_of(made)


def confirm(official: Phone) -> None:
    """The official looks at who waits, and says that it is the colleague."""
    page = official.get("/v/people")
    assert "换用微信" in seen(page)
    path = re.findall(r'action="(/v/people/claims/\d+)"', page.text)[-1]
    told = official.post(path, page="/v/people", is_confirmed="yes")
    assert "已确认，即时生效" in seen(told)


def test_a_new_wechat_takes_the_old_ones_place(world, phone, link) -> None:
    old, new = phone(world.staff), phone(NEW)
    assert old.get("/p/today").status_code == 200
    asked = new.get(link)
    assert "长沙市窗口平台 · 平台工作人员" in seen(asked)
    assert "只有您就是上面这位工作人员时" in seen(asked)
    assert new.get("/p/today").status_code == 403  # looking decides nothing
    asked = new.post(link)
    assert "等待确认" in seen(asked)
    assert new.get("/p/today").status_code == 403
    assert old.get("/p/today").status_code == 200  # nothing is so before an official has confirmed it
    assert "有人申请用另一个微信接替您的工作人员身份" in seen(old.get("/p/notices"))
    confirm(phone(world.province))
    assert new.get("/p/today").status_code == 200
    assert "您的身份已生效" in seen(new.get(link))
    assert old.get("/p/today").status_code == 403


def test_the_link_is_good_once(world, phone, link) -> None:
    phone(NEW).post(link)
    late: Phone = phone("o-somebody-else")
    page = late.get(link)
    assert page.status_code == 410
    assert "链接已被使用" in seen(page)


def test_the_official_cannot_become_the_colleague_by_mistake(world, phone, link) -> None:
    page = phone(world.province).get(link)
    assert page.status_code == 403
    assert "您的身份没有变化" in seen(page)


def test_reviewers_make_no_links(world, phone, person_id) -> None:
    reviewer = phone(world.reviewer)
    assert "更换了微信" not in seen(reviewer.get("/v/people"))
    assert reviewer.post(f"/v/people/{person_id}/rejoin", page="/roles").status_code in (400, 403)


def test_a_guessed_link_opens_nothing(phone, world) -> None:
    assert phone(NEW).get("/rejoin/guessed").status_code == 410


def test_a_desk_is_shown_how_to_open_it_in_wechat(phone, link) -> None:
    page = phone(None, ON_A_DESK).get(link)
    assert page.status_code == 403
    assert "请在微信中打开" in seen(page)


def test_who_was_invited_anew_meanwhile_keeps_both_roles(world, phone, link, rows) -> None:
    newcomer = phone(NEW)
    newcomer.get("/mine")
    with rows() as session:
        person = Person(openid=NEW, created_at=session.get_one(Person, 1).created_at)
        session.add(person)
        session.flush()
        session.add(StaffRole(person_id=person.id, role=Role.REVIEWER, granted_at=person.created_at))
    newcomer.post(link)
    confirm(phone(world.province))
    newcomer.get("/sign-ins")
    chooses = newcomer.get("/roles")
    assert "长沙市窗口平台" in seen(chooses)
    assert "省枢纽平台审核员" in seen(chooses)
