"""What the wheel carries, and what the lock files do not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.real import committed

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
    packaged = [name for name in committed(ROOT) if name.startswith(("wxsvc/", "models/", "scoring/"))]
    known = {name for name in packaged if (ROOT / name).exists()}
    assert known
    assert known - wheel_names == set()


def test_the_wheel_carries_the_installed_assets(wheel_names: set[str]) -> None:
    vendor = {f"wxsvc/static/vendor/{name}" for name in ("weui.css", "jweixin.js", "echarts.js", "hunan.js")}
    assert vendor <= wheel_names


def test_the_look_of_wechat_is_really_there() -> None:
    assert ".weui-btn" in (ROOT / "wxsvc/static/vendor/weui.css").read_text()


def test_lock_files_record_no_download_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
    for name in ("constraints.txt", "requirements.txt", "package.json", "package-lock.json", ".npmrc"):
        assert not re.search(r"https?://|index-url|registry\s*=", (ROOT / name).read_text()), name


def test_every_requirement_has_its_pin() -> None:
    """A fresh machine installs the versions that were tried together."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []


def test_every_release_of_the_product_has_its_hashes() -> None:
    """``requirements.txt`` is of these constraints (``make lock``), so ``pip install --require-hashes`` takes it."""
    pinned = {_plain(line) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text().strip())
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []
    locked = {_plain(re.split(r"[ ;]", entry)[0]) for entry in entries}
    of_other_machines = {"brotlicffi", "colorama", "tzdata", "winloop", "importlib-resources", "async-timeout"}
    assert {each for each in locked - pinned if each.partition("==")[0] not in of_other_machines} == set()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {each.partition("==")[0] for each in locked}
    assert {_plain(re.split(r"[\[=>~<]", each)[0]) for each in wanted} - names == set()


LOOKED_UP = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "flask", "skip_reason": "Dependency not found on PyPI"}
WRONG = LOOKED_UP | {"vulns": [{"id": "CVE-2026-1"}]}


@pytest.mark.parametrize(
    ("python", "assets", "status", "said"),
    [
        ([LOOKED_UP], {}, 0, "Python packages: 1 looked up, 0 with a known weakness"),
        (
            [SKIPPED],
            {},
            2,
            "Python packages: NOT AUDITED, no list of weaknesses answered from here. Dependency not found",
        ),
        ([WRONG], {}, 1, "flask 3.1.3: CVE-2026-1"),
        ([LOOKED_UP], None, 2, "assets: NOT AUDITED"),
        ([LOOKED_UP], {"weui": {"severity": "high"}}, 1, "weui: high"),
    ],
)
def test_an_audit_that_asked_nobody_is_not_good(
    tmp_path: Path, python: list[object], assets: object, status: int, said: str
) -> None:
    told = {"vulnerabilities": assets, "metadata": {"dependencies": {"total": 4}}} if assets is not None else {}
    for name, answer in (("pip-audit", {"dependencies": python}), ("npm", told)):
        place = tmp_path / name
        place.write_text(f"#!/bin/sh\ncat <<'JSON'\n{json.dumps(answer)}\nJSON\n")
        place.chmod(0o755)
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/audit", tmp_path / "pip-audit"], env=path, capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, said in done.stdout) == (status, True), done.stdout + done.stderr


def _plain(pin: str) -> str:
    """A pin as pip compares it: without extras, in small letters, hyphens."""
    return re.sub(r"\[[^]]*\]", "", pin).lower().replace("_", "-").replace(".", "-", pin.partition("==")[0].count("."))
