"""A database opened with another ``WXSVC_SECRET_KEY``, command by command: said, refused, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.migrated import migrate
from wxsvc.cli import main
from wxsvc.db import Database

RIGHT, WRONG = "r" * 40, "w" * 40
PEOPLE = {
    "platforms": [{"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}],
    "staff": [{"openid": "o-staff", "name": "刘晓燕", "role": "platform", "platform": "430100"}],
}


class Shell:
    """Types commands against one database, with one secret or another."""

    def __init__(self, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._environment = monkeypatch
        given = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}
        for name, value in (given | {"BROKER_URL": "redis://127.0.0.1:9/0"}).items():
            monkeypatch.setenv(f"WXSVC_{name}", value)

    def wxsvc(self, secrets: tuple[str, ...], *arguments: str) -> Result:
        """Run a command with the first secret in use and the others as former ones."""
        self._environment.setenv("WXSVC_SECRET_KEY", secrets[0])
        self._environment.setenv("WXSVC_OLD_SECRET_KEYS", ",".join(secrets[1:]))
        return CliRunner().invoke(main, arguments)

    def key(self, *secrets: str) -> tuple[str, str]:
        """What doctor finds about the key."""
        return self.finding("key", *secrets)

    def finding(self, name: str, *secrets: str) -> tuple[str, str]:
        """What doctor finds about something."""
        found = json.loads(self.wxsvc(secrets, "doctor", "--json").stdout)["findings"]
        return next((each["state"], each["what"]) for each in found if each["name"] == name)


@pytest.fixture
def installed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Shell:
    """A database with a member of staff, whose name the right secret closed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    migrate(Database(database_url), request)
    shell = Shell(database_url, tmp_path, monkeypatch)
    for arguments in (("db", "upgrade"), ("import", "people.json")):
        done = shell.wxsvc((RIGHT,), *arguments)
        assert done.exit_code == 0, done.output
    return shell


def test_what_would_close_names_with_it_does_not_start(installed: Shell) -> None:
    """Each says in one line what is wrong, ends with status 2, and leaves the database to the right secret."""
    webhook = "webhooks make --system data --url https://data.example.cn/"
    for line in ("serve --port 0", "web --port 0", "worker", "worker --queue folding", "db upgrade", webhook):
        told = installed.wxsvc((WRONG,), *line.split())
        assert told.exit_code == 2, line
        assert told.stderr.startswith("WXSVC_SECRET_KEY does not fit this database"), line
        assert len(told.stderr.strip().splitlines()) == 1, line
    told = installed.wxsvc((WRONG,), "import", "people.json")
    assert (told.exit_code, "WXSVC_SECRET_KEY does not fit" in told.stderr) == (2, True)
    assert installed.key(RIGHT) == ("good", "正常。")


def test_doctor_and_the_recount_name_it(installed: Shell) -> None:
    state, what = installed.key(WRONG)
    assert (state, "另一个密钥" in what) == ("bad", True)
    for check, status, told in (((), 0, "1 platform-years recounted"), (("--check",), 1, "0 different")):
        wrong, right = (installed.wxsvc((secret,), "retally", *check) for secret in (WRONG, RIGHT))
        assert (wrong.exit_code, told in wrong.stdout) == (status, True)
        assert "WXSVC_SECRET_KEY does not fit this database" in wrong.stderr
        assert (right.exit_code, told in right.stdout, "SECRET_KEY" in right.stderr) == (0, True, False)


def test_a_former_key_is_enough_and_is_spoken_of(installed: Shell) -> None:
    assert installed.wxsvc((WRONG, RIGHT), "db", "upgrade").exit_code == 0
    state, what = installed.key(WRONG, RIGHT)
    assert (state, "WXSVC_OLD_SECRET_KEYS" in what) == ("good", True)
    for alone in (WRONG, RIGHT):
        assert installed.key(alone)[0] == "bad"


def test_what_lay_under_the_former_key_is_encrypted_anew(installed: Shell) -> None:
    """Then the former one can go; a second run finds nothing to do."""
    assert installed.wxsvc((WRONG, RIGHT), "db", "upgrade").exit_code == 0
    assert installed.finding("sealed", WRONG, RIGHT) == ("note", "0项用现用密钥加密，1项用第1个旧密钥加密。")
    for told in ("1 of 1 values encrypted anew", "0 of 1 values encrypted anew"):
        done = installed.wxsvc((WRONG, RIGHT), "db", "reseal")
        assert (done.exit_code, told in done.stdout) == (0, True), done.output
        assert "WXSVC_OLD_SECRET_KEYS can be emptied" in done.stdout
    assert installed.key(WRONG) == ("good", "正常。")
    assert installed.finding("sealed", WRONG) == ("good", "1项，都用现用密钥加密。")
    assert installed.key(RIGHT)[0] == "bad"
    refused = installed.wxsvc((RIGHT,), "db", "reseal")
    assert refused.exit_code != 0
    assert "WXSVC_SECRET_KEY does not fit" in refused.stderr
