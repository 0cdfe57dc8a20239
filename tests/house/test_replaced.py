"""A test that replaces something of ours leaves nobody behind who remembers what the replaced part said."""

from __future__ import annotations

import os

import pytest

from scoring import words
from tests.replaced import remembering, replacing
from wxsvc.texts import regions
from wxsvc.wechat import drawing

ADDRESS = "http://weixin.qq.com/q/replaced"


def test_what_was_remembered_meanwhile_is_forgotten() -> None:
    genuine = drawing.svg(ADDRESS)
    drawing.svg.cache_clear()
    with replacing() as patch:
        patch.setattr(drawing, "_pieces", lambda _rows: ["nothing"])
        assert drawing.svg(ADDRESS) != genuine
    assert drawing.svg(ADDRESS) == genuine


def test_what_was_remembered_before_is_not_read_again() -> None:
    before = regions.all_regions()
    with replacing() as patch:
        patch.setattr(drawing, "_pieces", lambda _rows: ["nothing"])
        drawing.svg(ADDRESS)
        assert regions.all_regions() is before
    assert regions.all_regions() is before


def test_a_test_that_replaces_nothing_of_ours_costs_nothing() -> None:
    drawing.svg.cache_clear()
    with replacing() as patch:
        patch.setattr(os, "sep", "/")
        kept = drawing.svg(ADDRESS)
    assert drawing.svg(ADDRESS) is kept


def test_every_test_is_given_it(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The fixture is ours, and it knows functions of every package."""
    given = request._fixturemanager.getfixturedefs("monkeypatch", request.node)
    assert given is not None
    assert given[-1].func.__module__ == replacing.__module__
    assert {drawing.svg, regions.all_regions, words._own_words} <= set(remembering())
