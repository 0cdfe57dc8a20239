"""A simulator and a product that a test can script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import pytest
import requests

from tests.wxsvc.simulator.product import AES_KEY, APP_ID, SECRET, TOKEN, Product
from wxsvc.simulator import Credentials, Simulator


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    yield server
    server.stop()


@pytest.fixture
def make(product: Product) -> Iterator[Callable[..., Simulator]]:
    """Start simulators; keyword arguments change the usual ones."""
    started: list[Simulator] = []

    def start(**changes: Any) -> Simulator:
        entered = {"app_id": APP_ID, "app_secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
        entered |= {each.name: changes.pop(each.name) for each in fields(Credentials) if each.name in changes}
        usual = {"callback_url": f"{product.url}/wechat", "credentials": Credentials(**entered), "seed": "1"}
        simulator = Simulator(**usual | changes).start()
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        simulator.stop()


@pytest.fixture
def sim(make: Callable[..., Simulator]) -> Simulator:
    return make()


@pytest.fixture
def api(sim: Simulator) -> Callable[..., Any]:
    """Call the API with a good token: with a body it is a POST, without a GET."""

    def call(path: str, body: Any = None, **args: str) -> Any:
        params = {"access_token": sim.account.tokens.stable().text, **args}
        url = f"{sim.base_url}/cgi-bin/{path}"
        if body is None:
            return requests.get(url, params=params, timeout=10).json()
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return requests.post(url, params=params, data=data, timeout=10).json()

    return call
