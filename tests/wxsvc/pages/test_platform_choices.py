"""Lists of all platforms to choose from: drawn once by a process, and never older than the platforms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
from flask import Flask

from models.platform import Platform
from tests import builders
from tests.rows_read import rows_read
from tests.wxsvc.pages.web import Phone
from tests.wxsvc.pages.world import World

PAGES: Final = ("/v/people", "/v/announcements/new", "/v/operations", "/v/year/2026/documents")


@pytest.mark.parametrize("path", PAGES)
def test_a_list_costs_no_row_for_each_platform(
    phone: Callable[..., Phone], world: World, app: Flask, path: str
) -> None:
    desk, database = phone(world.province), app.extensions["wxsvc"].database
    read = []
    for number in (1, 40):
        with database.transaction() as session:
            for each in range(number):
                builders.platform(session, code=f"N{number}-{each}", name=f"第{number}-{each}号平台")
        assert f"第{number}-0号平台" in desk.get(path).text
        with rows_read(database.engine) as again:
            assert f"第{number}-0号平台" in desk.get(path).text
        read.append(again.rows)
    assert read[0] == read[1]


@pytest.mark.parametrize("path", PAGES)
def test_a_list_is_drawn_anew_when_a_platform_changes(
    phone: Callable[..., Phone], world: World, app: Flask, path: str
) -> None:
    desk, database = phone(world.province), app.extensions["wxsvc"].database
    with database.transaction() as session:
        platform_id = builders.platform(session, code="N1", name="旧名<平台>").id
    assert "旧名&lt;平台&gt;" in desk.get(path).text

    def changed(**values: Any) -> str:
        with database.transaction() as session:
            row = session.get_one(Platform, platform_id)
            for name, value in values.items():
                setattr(row, name, value)
        return desk.get(path).text

    shown = changed(name="新名平台")
    assert "新名平台" in shown
    assert "旧名" not in shown
    is_of_those_in_use = path in ("/v/people", "/v/announcements/new")
    assert ("新名平台" in changed(closed_on=date(2026, 5, 1), closed_reason="关停")) is not is_of_those_in_use


def test_what_was_chosen_is_marked(phone: Callable[..., Phone], world: World) -> None:
    desk = phone(world.province)
    assert desk.get("/v/operations").text.count(" selected") == 0
    with_platform = desk.get("/v/operations?platform=430100").text
    assert with_platform.count(" selected") == 1
    assert '<option value="430100" selected>' in with_platform
