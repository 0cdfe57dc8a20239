"""在电脑上继续: beside every Word and Excel file on a page that a phone may show, with the address to open."""

from __future__ import annotations

import re
from typing import Any

import pytest

from models.activity import ActivityMaterial
from models.stored_file import StoredFile
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.access import AT_DESK
from wxsvc.uploads.filetypes import DOCX, PDF

OFFERED = "在电脑上继续"


def put_out(rows: Any, world: World, media_type: str) -> None:
    with rows() as session:
        sha256 = "a" * 64
        file = {"sha256": sha256, "media_type": media_type, "size": 9, "name": "汇编", "stored_at": builders.NOW}
        session.add(StoredFile(**file))
        session.flush()
        session.add(ActivityMaterial(activity_id=world.activity_id, sha256=sha256, added_at=builders.NOW))


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("staff", "/p/filings/plan/2026-12"),
        ("staff", "/p/filings/data/2026-11"),
        ("staff", "/p/filings/summary/2026"),
        ("staff", "/p/online-trades/list"),
        ("staff", "/p/activity/{code}/roster"),
        ("staff", "/p/activity/{code}/materials"),
        ("staff", "/p/evidence"),
        ("province", "/v/year/2026/documents"),
        ("province", "/v/scores"),
        ("province", "/v/operations"),
        ("province", "/v/rulings/sheet"),
    ],
)
def test_beside_a_file_for_a_desk_stands_where_to_open_it(
    rows: Any, phone: Any, world: World, who: str, path: str
) -> None:
    put_out(rows, world, DOCX)
    somebody, path = phone(getattr(world, who)), path.format(code=world.activity_code)
    page = somebody.get(path)
    assert page.status_code == 200
    assert OFFERED in page.text
    assert f"https://wx.example.cn{page.request.path}" in page.text
    with somebody.client.session_transaction() as session:
        session[AT_DESK] = True
    assert OFFERED not in somebody.get(path).text


@pytest.mark.parametrize(("media_type", "is_offered"), [(DOCX, True), (PDF, False)])
def test_a_visitor_hears_it_of_what_a_phone_cannot_keep(
    rows: Any, phone: Any, world: World, media_type: str, is_offered: bool
) -> None:
    put_out(rows, world, media_type)
    page = phone(world.visitor).get(f"/receipt/{world.check_in_id}")
    assert (OFFERED in page.text) is is_offered
    assert ("电脑版微信" in seen(page)) is is_offered


def test_the_address_keeps_what_was_chosen_on_the_page(phone: Any, world: World) -> None:
    page = phone(world.province).get("/v/scores?year=2026&kind=prefecture")
    assert re.search(r"https://wx\.example\.cn/v/scores\?year=2026&amp;kind=prefecture", page.text)
