"""``wxsvc export``: the same files as the province's page, whole or not at all, and one sentence where it cannot be."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests import builders, random_province
from tests.wxsvc.pages.world import World
from wxsvc.cli import main
from wxsvc.documents import official_sheets
from wxsvc.publishing.wanted import What

_MOMENT = re.compile(r"20\d\d年\d+月\d+日( \d\d:\d\d:\d\d)?|20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NARROWED = {"annex1": ("platform", "430100-1"), "bulletin": ("quarter", 4), "month": ("month", 11)}


@pytest.fixture
def export(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types the command on the app's own database, at the moment of the page: what is late by then is late on both."""
    monkeypatch.setenv("WXSVC_DATABASE_URL", str(app.extensions["wxsvc"].database.url))
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("wxsvc.clock.SystemClock.now", lambda _: builders.NOW)

    def typed(what: str, out: Path, *more: object, year: int = 2026) -> Result:
        asked = ["export", "--year", year, "--what", what, "--out", out, *more]
        return CliRunner().invoke(main, [str(each) for each in asked])

    return typed


def said(content: bytes) -> dict[str, str]:
    """The parts of an Office file, or the text of a CSV, without the moment at which it was made."""
    if not content.startswith(b"PK"):
        return {"": _MOMENT.sub("", content.decode("utf-8-sig"))}
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {name: _MOMENT.sub("", parts.read(name).decode(errors="replace")) for name in parts.namelist()}


@pytest.mark.parametrize("what", list(What))
def test_the_command_and_the_page_make_the_same_file(
    export: Any, phone: Any, world: World, rows: Any, tmp_path: Path, what: What
) -> None:
    with rows() as session:
        random_province.settle(session, 4)
    narrowed = _NARROWED.get(what.value)
    done = export(what.value, tmp_path / "file", *((f"--{narrowed[0]}", narrowed[1]) if narrowed else ()))
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'file'}\n"), done.output
    name, value = narrowed or ("platform", "430100-1")  # the page's form sends what it has
    page = phone(world.province).get(f"/v/year/2026/documents/{what.value}?{name}={value}")
    assert said((tmp_path / "file").read_bytes()) == said(page.data)


@pytest.mark.parametrize("what", ["csv", "bundle"])
def test_a_dash_is_standard_output_which_gets_the_file_and_nothing_else(
    export: Any, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done, filed = export(what, Path("-")), export(what, tmp_path / "file")
    assert (done.exit_code, filed.exit_code) == (0, 0), done.output
    assert said(done.stdout_bytes) == said((tmp_path / "file").read_bytes())
    assert done.stderr == filed.stderr
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize("what", ["csv", "workbook", "bundle"])
def test_whoever_reads_no_further_is_told_nothing(export: Any, world: World, what: str) -> None:
    """``wxsvc export --out - | head``: its end is no disk without room."""
    command = [sys.executable, "-c", "from wxsvc.cli import main; main()", "export", "--year", "2026", "--out", "-"]
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as pipe:
        done = subprocess.run([*command, "--what", what], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "Broken pipe" not in done.stderr


def test_it_tells_how_far_it_is(export: Any, rows: Any, tmp_path: Path) -> None:
    """On standard error, at each tenth; every platform is read twice, for 明细 and 未计入."""
    with rows() as session:
        count = len(random_province.settle(session, 5))
    told = export("workbook", tmp_path / "w.xlsx").stderr.splitlines()
    assert told[-1] == f"{2 * count} of {2 * count}"
    assert 5 <= len(told) <= 10


@pytest.mark.parametrize(
    ("what", "more", "year", "sentence"),
    [
        ("poem", [], 2026, "没有这种文件，可选workbook、annex1、bulletin、notice、month、csv、bundle。"),
        ("annex1", ["--platform", "nowhere"], 2026, "没有编码为nowhere的平台，请核对后重试。"),
        ("notice", [], 1999, "1999年没有评价办法，请核对日期中的年份。"),
        ("notice", [], 99999, "99999年没有评价办法，请核对日期中的年份。"),
        ("bulletin", [], 2026, "季度简报须指明季度，填1至4。"),
        ("bulletin", ["--quarter", "5"], 2026, "季度简报须指明季度，填1至4。"),
        ("month", ["--month", "13"], 2026, "月度数据须指明月份，填1至12。"),
        ("month", ["--month", "1"], 2098, "所选时间还没有到，请选择已经开始的季度或月份。"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    export: Any, world: World, tmp_path: Path, what: str, more: list[str], year: int, sentence: str
) -> None:
    (tmp_path / "file").write_text("the last one")
    done = export(what, tmp_path / "file", *more, year=year)
    assert (done.exit_code, done.stdout, done.stderr.splitlines()[-1]) == (2, "", sentence)
    assert (tmp_path / "file").read_text() == "the last one"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("what", "option", "its_what"),
    [
        ("csv", "--month", "month"),
        ("bundle", "--quarter", "bulletin"),
        ("notice", "--platform", "annex1"),
        ("bulletin", "--month", "month"),
    ],
)
def test_what_would_narrow_another_document_is_told(
    export: Any, world: World, tmp_path: Path, what: str, option: str, its_what: str
) -> None:
    """It was ignored, and a file of the whole year taken for one of March."""
    done = export(what, tmp_path / "file", option, "3")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"Error: {option} is of --what {its_what} alone")
    assert not (tmp_path / "file").exists()


def test_no_platform_at_all_is_a_sentence(export: Any, tmp_path: Path) -> None:
    assert export("notice", tmp_path / "file").stderr == "2026年度还没有窗口平台，请先导入平台名册。\n"


def test_a_folder_that_is_not_there_is_a_sentence(export: Any, world: World, tmp_path: Path) -> None:
    done = export("csv", tmp_path / "nowhere" / "file.csv")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "文件没有写成" in done.stderr


def test_an_export_that_fails_leaves_no_half_file(
    export: Any, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full while the last sheet is written: the file of yesterday stays, and nothing else."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(official_sheets, "_said", full)
    (tmp_path / "w.xlsx").write_text("yesterday's")
    done = export("workbook", tmp_path / "w.xlsx")
    assert done.exit_code == 2
    assert (tmp_path / "w.xlsx").read_text() == "yesterday's"
    assert {path.name for path in tmp_path.iterdir()} <= {"w.xlsx", "data", "files"}


def test_a_bundle_is_one_that_import_takes_and_says_what_it_lacks(export: Any, world: World, tmp_path: Path) -> None:
    """On the same database its keys decide, so it changes nothing but check-in hours that it had not."""
    out = tmp_path / "bundle.json"
    done = export("bundle", out)
    assert (done.exit_code, done.stdout) == (0, f"{out}\n")
    assert "活动照片1张，未导出" in done.stderr
    assert "人员、openid和企业联系人不导出" in done.stderr
    given = json.loads(out.read_text("utf-8"))
    assert [row["code"] for row in given["platforms"]] == ["430100", "430200"]
    assert len(given["check_ins"]) == 1
    again = CliRunner().invoke(main, ["import", str(out)])
    assert again.exit_code == 0, again.stderr
    assert export("bundle", tmp_path / "again.json").exit_code == 0
    assert (tmp_path / "again.json").read_bytes() == out.read_bytes()
    mistyped = export("bundle", tmp_path / "none.json", year=202)
    assert (mistyped.exit_code, len(mistyped.stderr.splitlines())) == (2, 1)
    assert not (tmp_path / "none.json").exists()
