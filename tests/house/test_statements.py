"""Every page costs a bounded number of statements, however long its lists are: counted over the whole URL map."""

from __future__ import annotations

from typing import Final

import pytest
from flask import Flask

from models.terms import Role
from tests.databases import put_sqlite
from tests.wxsvc.pages.crowd import crowded
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.url_map import path_of, routes
from tests.wxsvc.pages.web import Phone, picture
from wxsvc.access import Audience, audience_of
from wxsvc.services.actor import Actor
from wxsvc.services.judging import kept_hints

MOST: Final = 12
"""Statements of one page, the one that says who the visitor is among them."""

WALKS: Final = {
    "visitor": (Audience.ANYONE, Audience.ENTERPRISE),
    "staff": (Audience.PLATFORM,),
    "reviewer": (Audience.REVIEWER,),
    "province": (Audience.PROVINCE,),
}


@pytest.mark.parametrize("who", WALKS)
def test_no_page_asks_too_much(app: Flask, who: str) -> None:
    """The crowded province has thirty rows and more in every list: what asks row by row is far above the bound."""
    house = app.extensions["wxsvc"]
    content, world = crowded()
    put_sqlite(house.database, content)
    house.files.store_photo(picture())
    with house.database.transaction() as session:
        reviewer = Actor(None, Role.REVIEWER)
        kept_hints.keep_hints(session, kept_hints.look_for_hints(session, reviewer), reviewer)
    somebody = Phone(app, getattr(world, who))
    somebody.get("/roles")
    somebody.get("/mine")
    found: dict[str, int] = {}
    for rule, method in routes(app):
        if method != "GET" or "." not in rule.endpoint or audience_of(app, rule.endpoint) not in WALKS[who]:
            continue
        path = path_of(rule, world)
        somebody.get(path)  # what lasts (templates, rules, thumbnails) is there from the second time on
        with counted(app) as statements:
            somebody.client.get(path, headers={"User-Agent": somebody.agent}, buffered=True)
        if len(statements) > MOST:
            found[rule.rule] = len(statements)
    assert not found
