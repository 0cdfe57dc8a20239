"""A database opened with another ``WXSVC_SECRET_KEY``, command by command: said, refused, and nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RIGHT, WRONG = "r" * 40, "w" * 40
PEOPLE = {
    "platforms": [{"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}],
    "staff": [{"openid": "o-staff", "name": "刘晓燕", "role": "platform", "platform": "430100"}],
}


def wxsvc(database_url: str, folder: Path, secrets: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the secret, or with the secret and a former one after a comma."""
    secret, _, former = secrets.partition(",")
    given = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "SECRET_KEY": secret, "OLD_SECRET_KEYS": former}
    given |= {"BROKER_URL": "redis://127.0.0.1:9/0", "LOG_LEVEL": "ERROR"}
    return subprocess.run(
        [sys.executable, "-c", "from wxsvc.cli import main; main()", *arguments],
        env=os.environ | {f"WXSVC_{name}": value for name, value in given.items()},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def installed(database_url: str, tmp_path: Path) -> str:
    """A database with a member of staff, whose name the right secret closed."""
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    for arguments in (("db", "upgrade"), ("import", str(tmp_path / "people.json"))):
        done = wxsvc(database_url, tmp_path, RIGHT, *arguments)
        assert done.returncode == 0, done.stderr
    return database_url


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--port", "0"),
        ("web", "--port", "0"),
        ("worker",),
        ("worker", "--queue", "folding"),
        ("db", "upgrade"),
        ("import", "people.json"),
    ],
    ids=" ".join,
)
def test_what_would_close_names_with_it_does_not_start(
    installed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    told = wxsvc(installed, tmp_path, WRONG, *arguments)
    assert told.returncode == 2, told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert "WXSVC_SECRET_KEY does not fit this database" in told.stderr
    assert key(installed, tmp_path, RIGHT) == ("good", "正常。")


def key(database_url: str, folder: Path, secrets: str) -> tuple[str, str]:
    """What doctor finds about the key."""
    found = json.loads(wxsvc(database_url, folder, secrets, "doctor", "--json").stdout)["findings"]
    return next((each["state"], each["what"]) for each in found if each["name"] == "key")


def test_doctor_and_the_recount_name_it(installed: str, tmp_path: Path) -> None:
    state, what = key(installed, tmp_path, WRONG)
    assert (state, "另一个密钥" in what) == ("bad", True)
    for check, status in ((("--check",), 1), ((), 0)):
        told = wxsvc(installed, tmp_path, WRONG, "retally", *check)
        assert told.returncode == status, told.stderr
        assert "WXSVC_SECRET_KEY does not fit this database" in told.stderr
        assert ("0 different" if check else "1 platform-years recounted") in told.stdout
        assert "SECRET_KEY" not in wxsvc(installed, tmp_path, RIGHT, "retally", *check).stderr


def test_a_former_key_is_enough_and_is_spoken_of(installed: str, tmp_path: Path) -> None:
    both = f"{WRONG},{RIGHT}"
    assert wxsvc(installed, tmp_path, both, "db", "upgrade").returncode == 0
    state, what = key(installed, tmp_path, both)
    assert (state, "WXSVC_OLD_SECRET_KEYS" in what) == ("good", True)
    for alone in (WRONG, RIGHT):
        assert key(installed, tmp_path, alone)[0] == "bad"
