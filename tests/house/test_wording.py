"""Every template can be read by Jinja, and every filter it uses is ours."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from jinja2 import Environment

from wxsvc.app import create_app
from wxsvc.settings import Settings
from wxsvc.wording import TEMPLATES, TemplatePurpose, environment

FILES = sorted(
    (purpose, path) for purpose in TemplatePurpose for path in (TEMPLATES / purpose).rglob("*") if path.is_file()
)
TABLES = sorted(TEMPLATES.glob("*.toml"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The pages' environment as the app equips it."""
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("var"))).jinja_env


@pytest.mark.parametrize(("purpose", "path"), FILES, ids=[f"{p}/{path.name}" for p, path in FILES])
def test_every_template_compiles(purpose: TemplatePurpose, path: Path, pages: Environment) -> None:
    assert path.suffix in {".html", ".txt", ".svg"}
    made = pages if purpose is TemplatePurpose.PAGES else environment(purpose)
    made.compile(path.read_text(), path.name)  # an unknown filter or a broken tag is an error here


@pytest.mark.parametrize("path", TABLES, ids=[path.name for path in TABLES])
def test_every_table_of_sentences_is_in_order(path: Path) -> None:
    made = environment(TemplatePurpose.REPLIES)
    for value in _texts(tomllib.loads(path.read_text())):
        made.compile(value)


def _texts(table: dict[str, object]) -> list[str]:
    return [
        text
        for value in table.values()
        for text in (_texts(value) if isinstance(value, dict) else [value] if isinstance(value, str) else [])
    ]


@pytest.mark.parametrize("path", [*(path for _, path in FILES), *TABLES], ids=lambda path: path.name)
def test_platforms_are_counted_by_one_word(path: Path) -> None:
    """一家平台, as one counts enterprises and institutions; 一个平台 beside it reads as if two had written it."""
    assert re.search(r"\}\}个(?:以上)?平台", path.read_text()) is None
