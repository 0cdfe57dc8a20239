"""The pages' README has every address of the product in its table, and none besides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from flask import Flask

README: Final = Path(__file__).parents[2] / "wxsvc/pages/README.md"
ELSEWHERE: Final = ("/wechat",)
"""What the chat's README tells."""


def told() -> list[str]:
    """The addresses of the table; one that ends in … stands for all that begin like it."""
    rows = [line.split("|")[1] for line in README.read_text().splitlines() if line.startswith("| `/")]
    return re.findall(r"`([^`]+)`", "".join(rows))


def means(address: str, rule: str) -> bool:
    return rule.startswith(address[:-1]) if address.endswith("…") else rule == address


@pytest.fixture
def rules(app: Flask) -> set[str]:
    return {rule.rule for rule in app.url_map.iter_rules()} - set(ELSEWHERE)


def test_every_address_is_told(rules: set[str]) -> None:
    assert {rule for rule in rules if not any(means(address, rule) for address in told())} == set()


def test_nothing_is_told_that_is_not_there(rules: set[str]) -> None:
    assert [address for address in told() if not any(means(address, rule) for rule in rules)] == []
