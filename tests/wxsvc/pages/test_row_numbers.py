"""A key that no database can hold is no address: 404 on every page, and a word beside the field of a form."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request

from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.pages import paging, row_numbers
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.row_numbers import FARTHEST_PAGE, MOST, asked_page


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


def test_no_page_lies_further_than_a_database_counts(app: Flask) -> None:
    """A number that it holds as a key is still too large for so many pages of rows before it."""
    with app.test_request_context(f"/?page={2**63 - 1}"):
        assert (asked_page(), paging.asked()) == (FARTHEST_PAGE, FARTHEST_PAGE)


@pytest.mark.parametrize("text", ["9" * 400, "9" * 5000, str(2**63), "²", "1.5", "", "१²"])
def test_what_is_no_number_of_ours(text: str) -> None:
    assert row_numbers.key_of(text) is None
    assert TypedForm({"n": text}).number("n") is None


def test_numbers_as_people_type_them() -> None:
    assert [row_numbers.key_of(text) for text in (" 12 ", "１２", "0", str(2**63 - 1), "-1")] == [
        12,
        12,
        0,
        2**63 - 1,
        None,
    ]


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59", "²026-01-01T00:00"])
def test_days_that_no_calendar_here_has_are_not_understood(text: str) -> None:
    """At the ends of the calendar not even the zone can be changed."""
    form = TypedForm({"at": text, "on": text[:10]})
    assert (form.instant("at"), form.day("on")) == (None, None)
    assert "2026-11-20 14:30的样式" in (form.error("at") or "")
    assert "2026-11-20的样式" in (form.error("on") or "")


def test_what_no_database_takes_leaves_queries_forms_and_names_of_files(app: Flask) -> None:
    sent = {"a\0": "x\0y", "file": (BytesIO(b"1"), "报\0表\u202excod.exe")}
    with app.test_request_context("/?q=a%00b&q=%00", method="POST", data=sent):
        assert request.args.getlist("q") == ["ab", ""]
        assert request.form["a"] == "xy"
        assert request.files["file"].filename == "报表xcod.exe"
    assert app.test_client().get("/join/a%00b").status_code == 404
