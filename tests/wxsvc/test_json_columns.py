"""What is written in a column of JSON is read as it was, by whichever reader."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.types import Json
from wxsvc.db import Database

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    "value",
    [
        {"facts": {"needs": 37, "名称": None}, "lines": [1, 2.5, True, "", []]},
        "half of a pair: \ud83d",
        10**30,
        -0.1,
        "line\nand \u2028 and 😀",
        {"": {}},
    ],
    ids=repr,
)
def test_a_value_comes_back_as_it_was(db: Database, value: Any) -> None:
    with db.read() as session:
        found = session.scalar(sa.select(sa.literal(value, Json)))
    assert found == value
    assert type(found) is type(value)
