"""What the wheel carries, and what the lock files do not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("wxsvc-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_has_three_top_level_names(wheel_names: set[str]) -> None:
    top = {name.split("/")[0] for name in wheel_names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"wxsvc", "models", "scoring"}


def test_the_wheel_carries_everything_that_is_committed(wheel_names: set[str]) -> None:
    """Migrations, templates, schemes, words: whatever git knows inside the three packages."""
    listed = subprocess.run(
        ["git", "ls-files", "--", "wxsvc", "models", "scoring"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    committed = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert committed
    assert committed - wheel_names == set()


def test_the_wheel_carries_the_installed_assets(wheel_names: set[str]) -> None:
    vendor = {f"wxsvc/static/vendor/{name}" for name in ("weui.css", "jweixin.js", "echarts.js", "hunan.js")}
    assert vendor <= wheel_names


def test_the_look_of_wechat_is_really_there() -> None:
    assert ".weui-btn" in (ROOT / "wxsvc/static/vendor/weui.css").read_text()


def test_lock_files_record_no_download_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
    for name in ("constraints.txt", "package.json", "package-lock.json", ".npmrc"):
        assert not re.search(r"https?://|index-url|registry\s*=", (ROOT / name).read_text()), name


def test_every_requirement_has_its_pin() -> None:
    """A fresh machine installs the versions that were tried together."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
