"""The API's tests run against the whole app, as another system that holds a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models.terms import ApiScope
from tests.wxsvc.pages.world import World
from wxsvc.services import api_keys
from wxsvc.services.actor import MACHINE

Ask = Callable[..., Any]


@pytest.fixture
def key(app: Flask, world: World) -> str:
    """A key for everything in the small province."""
    house = app.extensions["wxsvc"]
    with house.database.transaction() as session:
        return api_keys.make(session, "数据平台", list(ApiScope), MACHINE, house.now())[1]


@pytest.fixture
def ask(app: Flask, key: str) -> Ask:
    """GET of a path below ``/api/v1`` with the key; more headers and parameters by name."""

    def get(path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        sent = {"Authorization": f"Bearer {key}"} | (headers or {})
        return app.test_client().get(f"/api/v1/{path}", headers=sent, query_string=query or None)

    return get
