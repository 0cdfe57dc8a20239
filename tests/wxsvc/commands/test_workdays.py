"""``wxsvc workdays``: what is listed of a year, and what belongs to loading a notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.databases import put_sqlite
from wxsvc.cli import main


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_sqlite(tmp_path / "wxsvc.db")
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WXSVC_LOG_LEVEL", "ERROR")


def workdays(*typed: str) -> Result:
    return CliRunner().invoke(main, ["workdays", "2027", *typed])


def test_a_year_without_a_notice_is_told() -> None:
    done = workdays()
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "no notice of 2027 is loaded\n")
    assert workdays("--json").stdout == "[]\n"


@pytest.mark.parametrize("option", [["--dry-run"], ["--issued", "2026-11-04"], ["--number", "7"], ["--late", "1"]])
def test_what_belongs_to_loading_is_refused_without_a_file(option: list[str]) -> None:
    done = workdays(*option)
    assert done.exit_code == 2
    assert done.stderr.endswith("Error: --issued, --number, --dry-run and --late are of --load alone\n")
