"""Bundles and tables by chance: what a file holds is read or refused by name; a refused bundle writes nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests import fuzzing
from tests.poison import POISON
from tests.wxsvc.services.bundle_cases import everything, imported
from wxsvc.db import Database
from wxsvc.documents import roster_sheets
from wxsvc.documents.tables import TableRefused
from wxsvc.services.imports.imports import BadBundle
from wxsvc.uploads.filetypes import FileRefused

pytestmark = pytest.mark.fuzz

SAMPLE = Path(__file__).parents[4] / "docs/bundle.sample.json"
TEXT = "企业名称,代码\n长沙精工有限公司,9\n"
WRONG: tuple[Any, ...] = (*POISON.values(), None, True, -1, 10**400, 1.5, [], {}, [[]], {"a": {"b": []}})


def poisoned(content: Any, chance: Random) -> Any:
    """The same with one value somewhere inside, or one name of it, exchanged."""
    if chance.random() < 0.15 or not isinstance(content, dict | list) or not content:
        return chance.choice(WRONG)
    if isinstance(content, list):
        at = chance.randrange(len(content))
        return [poisoned(each, chance) if number == at else each for number, each in enumerate(content)]
    name = chance.choice(sorted(content))
    if chance.random() < 0.1:
        return {key: value for key, value in content.items() if key != name} | {chance.choice(list(POISON.values())): 1}
    return content | {name: poisoned(content[name], chance)}


@hypothesis_settings(
    max_examples=fuzzing.examples(100),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(number=st.integers(0, 2**32))
def test_a_bundle_of_any_content_is_taken_or_refused_whole(db: Database, number: int) -> None:
    """Each problem is named with its section; nothing of a refused bundle is written."""
    chance, content = Random(number), json.loads(SAMPLE.read_text("utf-8"))
    for _ in range(chance.randint(1, 4)):
        content = poisoned(content, chance)
    before = everything(db)
    try:
        imported(db, content)
        problems = None
    except BadBundle as bad:
        problems = bad.problems
    assert problems != []
    if problems is not None:
        assert everything(db) == before


@hypothesis_settings(max_examples=fuzzing.examples(400))
@given(st.integers(0, 2**32), st.binary(max_size=20))
def test_a_table_of_any_bytes_is_read_or_refused(number: int, more: bytes) -> None:
    """A workbook and a text with bytes changed, cut and put in."""
    chance = Random(number)
    lines = [
        [_writable(value), chance.choice(["91350100M000100Y43", "1e17", ""])]
        for value in chance.sample(list(POISON.values()), 3)
    ]
    raw = bytearray(_book(lines) if chance.random() < 0.5 else TEXT.encode("gb18030"))
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(len(raw))
        raw[at : at + chance.randint(0, 3)] = more
    try:
        sheet = roster_sheets.read(bytes(raw) or b"x")
    except (TableRefused, FileRefused):
        return
    assert all("\x00" not in line.name for line in sheet.lines)


def _book(lines: list[list[str]]) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for line in (["企业名称", "统一社会信用代码"], *lines):
        book.active.append(line)
    book.save(buffer)
    return buffer.getvalue()


def _writable(text: str) -> str:
    """What a workbook can hold."""
    return "".join(sign for sign in text if sign >= " " and not "\ud800" <= sign <= "\udfff")[:30_000]
