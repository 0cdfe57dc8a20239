"""The commands as a new user types them: import, tallies, retally, the first official, in a folder of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models.platform import Platform
from models.terms import Role
from tests import builders
from tests.builders import uscc
from tests.databases import put_sqlite
from wxsvc.cli import main
from wxsvc.clock import SystemClock
from wxsvc.db import Database
from wxsvc.services.counting import seals
from wxsvc.services.years import year_of
from wxsvc.settings import Settings

BUNDLE = {
    "platforms": [{"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}],
    "staff": [{"openid": "o-staff", "name": "刘晓燕", "role": "platform", "platform": "430100"}],
    "enterprises": [{"uscc": uscc(990001), "name": "麓谷精工有限公司", "region": "430102", "contacts": ["o-one"]}],
    "activities": [
        {
            "code": "A-1",
            "platform": "430100",
            "title": "对接会",
            "category": "digital",
            "part": "host",
            "starts_at": "2026-11-23T09:00:00+08:00",
            "ends_at": "2026-11-23T17:00:00+08:00",
            "place": "长沙",
            "stage": "published",
            "scene": "1",
        }
    ],
    "check_ins": [{"activity": "A-1", "enterprise": uscc(990001), "at": "2026-11-23T10:00:00+08:00"}],
}


ROOT = Path(__file__).parents[2]


class Shell:
    """Runs ``wxsvc`` in a folder, with nothing configured but that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def typed(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """In a process of its own, as a user types it."""
        return subprocess.run(
            [sys.executable, "-c", "from wxsvc.cli import main; main()", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "WXSVC_LOG_LEVEL": "WARNING"},
            input=given,
            capture_output=True,
            text=True,
        )

    def wxsvc(self, *arguments: str) -> Result:
        """In this process, which saves the start."""
        return CliRunner().invoke(main, arguments)


def compared() -> str:
    """What the recount says of the bundle's year, and of the running one where that is another."""
    return f"{len({2026, year_of(SystemClock().now())})} compared, 0 different, 0 waiting to be folded\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WXSVC_LOG_LEVEL", "WARNING")
    (tmp_path / "bundle.json").write_text(json.dumps(BUNDLE))
    return Shell(tmp_path)


@pytest.fixture
def house(shell: Shell) -> Shell:
    """A folder whose database is there, which takes longer to migrate than most commands run."""
    (shell.folder / "var").mkdir(mode=0o700)
    put_sqlite(shell.folder / "var" / "wxsvc.db")
    return shell


def test_from_a_bundle_to_the_tallies(shell: Shell) -> None:
    """Importing, listing, recounting and checking agree; importing again changes nothing.

    The first command and what reads standard input are real starts.
    """
    done = shell.typed("import", "bundle.json")
    assert done.returncode == 0, done.stderr
    assert shell.wxsvc("import", "bundle.json").exit_code == 0
    told = shell.wxsvc("tallies", "--year", "2026", "--json")
    assert told.exit_code == 0, told.stderr
    (entry,) = json.loads(told.stdout)
    assert set(entry) == {"code", "name", "kind", "tally", "pending_participations", "scorecard", "amended"}
    assert (entry["code"], entry["kind"], entry["pending_participations"]) == ("430100", "prefecture", 1)
    assert set(entry["scorecard"]) == {"base", "bonus", "total", "awaited", "as_of"}
    scored = shell.typed("score", "-", "--json", given=json.dumps(entry["tally"]))
    assert json.loads(scored.stdout)["total"] == entry["scorecard"]["total"]
    recounted = shell.wxsvc("retally")
    assert (recounted.exit_code, recounted.stderr) == (0, ""), "no bar where nobody looks"
    checked = shell.wxsvc("retally", "--check")
    assert (checked.exit_code, checked.stdout) == (0, compared())


def test_what_changed_after_sealing_is_no_difference(house: Shell) -> None:
    """The check tells it apart and exits 0: the sealed scorecard stays as it is."""
    house.wxsvc("import", "bundle.json")
    house.wxsvc("tallies", "--year", "2026", "--json")
    (file,) = house.folder.rglob("*.db")
    database = Database(f"sqlite:///{file}")
    with database.transaction() as session:
        platform = session.scalars(sa.select(Platform)).one()
        province = builders.staff(session, role=Role.PROVINCE)
        seals.seal(session, platform.id, 2026, province, builders.NOW.replace(year=2027))
    with database.transaction() as session:
        session.scalars(sa.select(Platform)).one().operator_uscc = uscc(990001)
    database.dispose()
    checked = house.wxsvc("retally", "--check")
    assert "430100 2026 changed after sealing: pending" in checked.stdout
    assert "1 sealed years keep their scorecards" in checked.stdout
    assert checked.stdout.endswith(compared())
    assert checked.exit_code == 0


def test_what_cannot_be_listed_is_one_line(house: Shell) -> None:
    """An unknown platform and a year without rules exit 2 with one line, not a traceback."""
    house.wxsvc("import", "bundle.json")
    for arguments in (("--year", "2026", "--platform", "999999"), ("--year", "1999")):
        told = house.wxsvc("tallies", *arguments)
        assert told.exit_code == 2
        assert len(told.stderr.strip().splitlines()) == 1


def test_the_first_official_is_made_once(shell: Shell) -> None:
    """``wxsvc db first-official`` prints a one-time link."""
    told = shell.wxsvc("db", "first-official")
    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("http://127.0.0.1:8000/join/")


def test_bad_settings_name_everything(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-configured start says all that is missing, and exits 2."""
    monkeypatch.setenv("WXSVC_WECHAT", "real")
    told = shell.wxsvc("serve")
    assert told.exit_code == 2
    for name in ("APP_ID", "APP_SECRET", "TOKEN", "PUBLIC_URL", "SECRET_KEY"):
        assert f"WXSVC_{name if name in ('PUBLIC_URL', 'SECRET_KEY') else 'WECHAT_' + name}" in told.stderr


@pytest.mark.parametrize("command", [("serve",), ("web",), ("worker",), ("db", "upgrade"), ("retally",), ("doctor",)])
def test_a_misspelt_setting_starts_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("WXSVC_PUBLIC_ULR", "https://wx.example.cn")
    told = shell.wxsvc(*command)
    assert told.exit_code == (1 if command == ("doctor",) else 2)
    assert "WXSVC_PUBLIC_ULR is no setting: did you mean WXSVC_PUBLIC_URL?" in told.output
    assert not (shell.folder / "var").exists()


@pytest.mark.parametrize("command", ["serve", "web"])
def test_the_simulators_keys_open_no_door_to_the_network(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A public address, or listening beyond this machine, is refused with one sentence that says what to set."""
    listening = shell.wxsvc(command, "--host", "0.0.0.0")  # noqa: S104 - refused
    monkeypatch.setenv("WXSVC_PUBLIC_URL", "https://wx.example.cn")
    published = shell.wxsvc(command)
    for told, what in ((listening, "--host 0.0.0.0"), (published, "WXSVC_PUBLIC_URL")):
        assert told.exit_code == 2
        assert what in told.stderr
        assert "set WXSVC_WECHAT=real" in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("command", ["serve", "web", "simulator", "worker", "demo"])
def test_a_port_that_cannot_be_had_is_one_sentence(house: Shell, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        option = "--metrics-port" if command == "worker" else "--port"
        more = ("--queue", "folding") if command == "worker" else ()
        port = other.getsockname()[1]
        told = house.wxsvc(command, option, str(port), *more)
    assert told.exit_code == 2
    (said,) = told.stderr.strip().splitlines()
    assert f"{option} {port}" in said
    assert "Address already in use" in said


@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_host_that_is_not_ours_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr(Settings, "may_listen_on", lambda *_: True)
    for host in ("192.0.2.1", "nowhere.invalid"):
        told = shell.wxsvc(command, "--host", host)
        assert told.exit_code == 2
        (said,) = told.stderr.strip().splitlines()
        assert f"on {host}: " in said


def every_command(of: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in of.list_commands(click.Context(of)):
        command = of.get_command(click.Context(of), name)
        assert command is not None
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*before, name))


def test_every_number_that_is_typed_has_bounds() -> None:
    """Years, quarters and months are judged by the rules there are for them, in Chinese."""
    unbounded = {
        (*words, each.name)
        for words, command in every_command(main)
        for each in command.params
        if each.type is click.INT and each.name not in ("year", "quarter", "month")
    }
    assert unbounded == set()


@pytest.mark.parametrize("words", ["api-keys end", "webhooks end"])
@pytest.mark.parametrize("number", ["9" * 400, str(2**63), "²"])
def test_the_number_of_no_row_is_one_sentence(house: Shell, words: str, number: str) -> None:
    told = house.wxsvc(*words.split(), number)
    assert told.exit_code == 2
    assert "Traceback" not in told.output


def test_the_version_is_the_packages() -> None:
    told = CliRunner().invoke(main, ["--version"], prog_name="wxsvc")
    assert (told.exit_code, told.output) == (0, f"wxsvc {version('wxsvc')}\n")
