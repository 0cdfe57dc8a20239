"""A key that no database can hold is no address: 404 on every page, and a word beside the field of a form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.pages.row_numbers import MOST


@pytest.mark.parametrize("path", ["/p/offline-services/{}", "/p/photos/{}", "/p/posts/{}", "/p/needs/raised/{}"])
@pytest.mark.parametrize("number", [0, MOST, MOST + 1, 10**30])
def test_an_impossible_key_is_not_there(phone: Any, world: World, path: str, number: int) -> None:
    assert phone(world.staff).get(path.format(number)).status_code == 404


def test_an_impossible_number_in_a_form_is_not_understood(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.post("/p/responses/new", assignment="9" * 30, content="组织参会", day="2026-11-20")
    assert page.status_code == 422
    assert "格式不对" in seen(page)
    assert staff.get("/p/offline-services/new?copy=" + "9" * 30).status_code == 200


def test_what_no_keyboard_types_is_dropped(phone: Any, world: World) -> None:
    typed = {"day": "2026-11-20", "content": "上门\x00诊断", "enterprise": world.enterprise_id}
    assert "上门诊断" in seen(phone(world.staff).post("/p/offline-services/new", **typed))
