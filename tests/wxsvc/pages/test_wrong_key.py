"""A database under another secret: every page that shows a name or a phone opens all the same, and /readyz says why."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from models.person import Person
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.services import key_checks
from wxsvc.vault import Vault

UNREADABLE = "（无法解密）"
FORMER = Vault(["another secret, that of the database which was restored"])


@pytest.fixture
def restored(rows: Any, world: World, phone: Any) -> None:
    """An enterprise asked for something and objected to something; then everything lies under another secret."""
    visitor = phone(world.visitor)
    visitor.post("/needs/new", text="设备更新贷款办不下来，希望协调。", kind="appeal")
    about = f"/disputes/check_in/{world.check_in_id}?enterprise={world.enterprise_id}"
    visitor.post(about, reason=["当天我单位无人参加"], more="")
    with rows() as session:
        for person in session.scalars(sa.select(Person)):
            person.name_sealed, person.phone_sealed = FORMER.encrypt("王小明"), FORMER.encrypt("13812341234")
        session.flush()
        key_checks.settle(session, FORMER, builders.NOW)


def test_pages_say_so_in_place_of_names_and_phones(restored: None, world: World, phone: Any) -> None:
    for who, path in (
        (world.province, "/v/people"),
        (world.reviewer, "/v/disputes/1"),
        (world.staff, "/p/needs/raised/1"),
        (world.visitor, "/me"),
        (world.visitor, "/me/export"),
        (world.visitor, "/me/export.json"),
        (world.visitor, "/me/delete"),
    ):
        page = phone(who).get(path)
        assert page.status_code == 200, path
        assert UNREADABLE in page.text or path == "/me/delete", path
        assert f"tel:{UNREADABLE}" not in page.text, path


def test_the_link_of_rejoining_shows_no_half_of_it(restored: None, rows: Any, world: World, phone: Any) -> None:
    with rows() as session:
        person_id = session.scalars(sa.select(Person.id).where(Person.openid == world.staff)).one()
    made = phone(world.province).post(f"/v/people/{person_id}/rejoin", page="/v/people")
    found = re.search(r'class="address">([^<]+)<', made.text)
    assert found
    assert UNREADABLE in seen(phone("o-new").get(urlsplit(unescape(found[1])).path))


def test_a_form_sent_back_as_it_was_loses_nothing_and_a_new_name_is_not_taken(
    restored: None, rows: Any, world: World, phone: Any
) -> None:
    visitor = phone(world.visitor)
    assert visitor.post("/me", name=UNREADABLE, phone=UNREADABLE).status_code == 200
    refused = visitor.post("/me", name="李雷", phone=UNREADABLE)
    assert "暂时不能保存姓名和手机号" in seen(refused)
    with rows() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == world.visitor)).one()
        assert FORMER.decrypt(str(person.name_sealed)) == "王小明"
        assert FORMER.decrypt(str(person.phone_sealed)) == "13812341234"


def test_readyz_and_the_status_page_name_the_key(restored: None, app: Any, world: World, phone: Any) -> None:
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["parts"]["key"]) == (503, "failed")
    assert "WXSVC_SECRET_KEY does not fit" in ready.json["reasons"]["key"]
    assert "密钥与数据库不符" in seen(phone(world.province).get("/v/status"))
