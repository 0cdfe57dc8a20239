"""``wxsvc import``: what an operator sees, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models.enterprise import Enterprise
from models.platform import Platform
from tests.builders import uscc
from tests.migrated import migrate
from tests.real import Postgres
from tests.wxsvc.services.bundle_cases import ACTIVITY, ENTERPRISE, PLATFORM, bundle
from wxsvc.cli import main
from wxsvc.commands.bundles import import_bundle
from wxsvc.db import Database

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "docs" / "bundle.sample.json"


class Desk:
    """An operator's desk: a folder, a database, and the command."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database

    def run(self, *arguments: str | Path, given: str | None = None) -> Result:
        return CliRunner().invoke(import_bundle, [str(each) for each in arguments], input=given)

    def file(self, content: Any) -> Path:
        path = self.folder / "bundle.json"
        path.write_text(json.dumps(content, ensure_ascii=False))
        return path

    def names(self) -> list[str]:
        with self.database.read() as session:
            return [*session.scalars(sa.select(Platform.name)), *session.scalars(sa.select(Enterprise.name))]


@pytest.fixture
def desk(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """A database without rows."""
    monkeypatch.setenv("WXSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path / "var"))
    database = Database(database_url)
    migrate(database, request)
    yield Desk(tmp_path, database)
    database.dispose()


def test_a_bundle_is_loaded_and_summed_up(desk: Desk) -> None:
    """Exit 0 with the counts of each section; the second time nothing has changed."""
    path = desk.file(bundle())
    first = desk.run(path)
    assert first.exit_code == 0, first.output
    assert "平台：新增1，更新0，未变0" in first.stdout
    assert "导入完成。" in first.stdout
    again = desk.run(path)
    assert (again.exit_code, again.stderr) == (0, "")
    assert "没有变动" in again.stdout


def test_a_region_that_no_division_and_no_park_has_is_loaded_and_told(desk: Desk) -> None:
    """Once, in the row's own place; a division of another province and a park that is newer than our list are not."""
    firms = [ENTERPRISE | {"uscc": uscc(), "region": code} for code in ("110105", "430179", "999999", "430199")]
    path = desk.file(bundle(platforms=[PLATFORM | {"region": "999999"}], enterprises=firms))
    loaded = desk.run(path)
    assert loaded.exit_code == 0, loaded.output
    told = [line for line in loaded.stdout.splitlines() if "行政区划或园区代码" in line]
    assert [line.split(":")[0] for line in told] == [
        "platforms[0].region",
        "enterprises[2].region",
        "enterprises[3].region",
    ]
    assert "没有“999999”这个" in told[0]
    assert "行政区划或园区代码" not in desk.run(path).output


def test_the_sample_is_loaded(desk: Desk) -> None:
    """What the README points to can be imported as it is, twice, and shows every section."""
    loaded = desk.run(SAMPLE)
    assert (loaded.exit_code, loaded.stderr) == (0, "")
    assert [line.split("：")[0] for line in loaded.stdout.splitlines()[:-1]] == [
        *("平台", "工作人员", "企业", "企业联系人", "服务活动", "签到")
    ]
    assert "没有变动" in desk.run(SAMPLE).stdout


def test_the_schema_needs_neither_settings_nor_a_database(tmp_path: Path) -> None:
    """It is printed whatever the settings are, and leaves nothing behind."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "WXSVC_DATABASE_URL": "nonsense",
        "WXSVC_PORT": "x",
    }
    command = "import sys; from wxsvc.cli import main; main(['import', '--schema'], standalone_mode=False)"
    probe = f"{command}; print({{'wxsvc.settings', 'wxsvc.db'}} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr.strip()) == (0, "set()")
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(tmp_path.iterdir()) == []


def test_one_thing_at_a_time_is_asked(desk: Desk) -> None:
    """A bundle and the schema together: neither."""
    both = desk.run(SAMPLE, "--schema")
    assert (both.exit_code, both.stdout) == (2, "")
    assert not (desk.folder / "var").exists()


def test_standard_input_is_a_bundle_too(desk: Desk) -> None:
    """``-`` reads what is piped in."""
    assert desk.run("-", given=json.dumps({"platforms": [PLATFORM]})).exit_code == 0
    assert desk.names() == [PLATFORM["name"]]


def test_every_bad_row_is_a_line_on_standard_error(desk: Desk) -> None:
    """Exit 2; each line has the place, the sentence and the row's own key, and nothing is written."""
    content = bundle(
        enterprises=[ENTERPRISE, {**ENTERPRISE, "uscc": "9135O100M000100Y43"}],
        activities=[{**ACTIVITY, "platform": "430199"}],
    )
    refused = desk.run(desk.file(content))
    assert refused.exit_code == 2
    lines = refused.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("enterprises[1].uscc: 统一社会信用代码“9135O100M000100Y43”校验未通过")
    assert "是否应为91350100M000100Y43？" in lines[0]
    assert lines[1] == "activities[0].platform: 没有代码为“430199”的平台，请先在platforms中列出。（本行：A-1）"
    assert lines[2] == "共2处问题，未导入任何内容。请改正后重新导入。"
    assert desk.names() == []


def test_a_hostile_row_is_named_on_one_line(desk: Desk) -> None:
    """Line breaks, braces and lone surrogates in a bad row neither break the line nor the program."""
    row = {"code": "{{ 7 * 7 }}\n\ud800" + "x" * 500, "name": "{name}", "kind": "county", "region": "430371"}
    path = desk.folder / "bundle.json"
    path.write_text(json.dumps({"platforms": [row]}))
    refused = desk.run(path)
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 2
    assert "{{ 7 * 7 }}" in refused.stderr


def test_excel_brings_platforms_and_enterprises(desk: Desk) -> None:
    """The template, filled in, is a bundle; a bad cell is named by sheet, row and header."""
    path = desk.folder / "名录.xlsx"
    assert desk.run("--template", path).exit_code == 0
    workbook = openpyxl.load_workbook(path)
    workbook["平台"].append(["430100", "长沙市窗口平台", "市州窗口平台", "430100"])
    workbook["企业"].append(["91350100M000100Y43", None, "长沙精工有限公司", "430102", "o-li"])
    workbook.save(path)
    assert desk.run(path).exit_code == 0
    assert desk.names() == ["长沙市窗口平台", "长沙精工有限公司"]
    workbook["企业"].append(["91350100M000100Y44", None, "某厂"])
    workbook.save(path)
    refused = desk.run(path)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("“企业”表第3行“统一社会信用代码”: 统一社会信用代码“91350100M000100Y44”校验未通过")


def test_a_template_replaces_no_file(desk: Desk) -> None:
    """A workbook that somebody filled in is not overwritten."""
    path = desk.folder / "名录.xlsx"
    path.write_bytes(b"mine")
    refused = desk.run("--template", path)
    assert (refused.exit_code, path.read_bytes()) == (2, b"mine")


@pytest.mark.parametrize("content", [b"", b"\xff", b"PK\x03\x04", b"\xd0\xcf\x11\xe0old", b"{"])
def test_a_file_of_another_kind_is_one_clear_line(desk: Desk, content: bytes) -> None:
    """Exit 2 with a sentence, never a traceback."""
    path = desk.folder / "bundle"
    path.write_bytes(content)
    refused = desk.run(path)
    assert refused.exit_code == 2
    assert refused.exception is None or isinstance(refused.exception, SystemExit)
    assert len(refused.stderr.splitlines()) == 2


def test_a_missing_file_and_no_file_are_told(desk: Desk) -> None:
    """Exit 2 for both."""
    assert desk.run(desk.folder / "nowhere.json").exit_code == 2
    assert desk.run().exit_code == 2


@pytest.mark.postgres
def test_an_older_schema_is_refused(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the operator upgrades first, and is told by which command."""
    url = postgres.create()
    monkeypatch.setenv("WXSVC_DATABASE_URL", url)
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(main, ["import", "-"], input="{}")
    assert (refused.exit_code, "wxsvc db upgrade" in refused.stderr) == (2, True)
    postgres.drop(url)


def test_the_import_needs_no_web() -> None:
    """Neither Flask nor Celery is loaded."""
    modules = "sys, wxsvc.commands.bundles, wxsvc.services.imports.imports"
    probe = f"import {modules}; print({{'flask', 'celery'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
