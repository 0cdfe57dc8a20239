"""``wxsvc backup`` and ``wxsvc restore`` (备份与恢复): database, photos and papers in one folder, whole or not at all.

PostgreSQL is dumped and restored by its own programs (``pg_dump``, ``pg_restore``), SQLite by its online backup; scans
go on meanwhile. The secret itself is never in a backup: a fingerprint says whether the right one is set.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from msgspec import Struct
from msgspec.structs import asdict

from wxsvc.commands.parts import load_settings, open_house, refuse
from wxsvc.files import DRAFT
from wxsvc.given_files import GivenPath

if TYPE_CHECKING:
    import sqlalchemy as sa

    from wxsvc.db import Database
    from wxsvc.house import House
    from wxsvc.settings import Settings


_MANIFEST: Final = "backup.json"
_FILES: Final = "files"
_FINGERPRINTED: Final = "backup"
"""Which text the secret's fingerprint is of does not matter."""


class Manifest(Struct, frozen=True):
    """What a backup says of itself."""

    made_at: str
    program: str
    schema: str
    """The number of the last migration, ``"0023"``."""
    dump: str
    """The file that holds the database: ``database.sqlite3`` or ``database.dump``."""
    sha256: str
    """Of that file."""
    key: str
    """Fingerprint of ``WXSVC_SECRET_KEY``."""
    files: int
    """Photos, papers and their thumbnails."""


class _Failed(Exception):
    """One of PostgreSQL's programs did not do it; the message says why."""


@click.command()
@click.argument("folder", type=GivenPath(path_type=Path))
def backup(folder: Path) -> None:
    """Copy the database, photos and papers into FOLDER, which is made; scans go on meanwhile."""
    from models import migrations

    if os.path.lexists(folder):  # False, and no error, for a name that no folder can have
        refuse(f"{folder} is there already: a backup gets a new folder, such as {folder}-2")
    settings = load_settings()
    house = open_house(settings)
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        # The database first: whatever file its rows name was there before them.
        dump = _dumped(house.database.url, unfinished)
        if settings.files_dir.is_dir():
            drafts = shutil.ignore_patterns(f"{DRAFT}*")
            shutil.copytree(settings.files_dir, unfinished / _FILES, ignore=drafts, copy_function=_copy_if_there)
        manifest = Manifest(
            made_at=house.now().isoformat(timespec="seconds"),
            program=version("wxsvc"),
            schema=migrations.head(),
            dump=dump.name,
            sha256=_digest(dump),
            key=house.vault.lookup(_FINGERPRINTED),
            files=_count(unfinished / _FILES),
        )
        (unfinished / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n")
        unfinished.rename(folder)
    except (OSError, sqlite3.Error, _Failed) as error:
        reason = _reason(error)
        _note(house, reason)
        refuse(f"no backup was made: {reason}")
    finally:  # a dump that broke off, or Ctrl-C, leaves nothing that fills the disk night after night
        shutil.rmtree(unfinished, ignore_errors=True)
    _note(house, None)
    size = (folder / manifest.dump).stat().st_size
    click.echo(f"{folder}: schema {manifest.schema}, {size} bytes of database, {manifest.files} files")


@click.command()
@click.argument("folder", type=GivenPath(path_type=Path))
def restore(folder: Path) -> None:
    """Bring back what 'wxsvc backup' left in FOLDER, into an empty database and an empty folder of files."""
    from wxsvc.db import Database

    manifest = _manifest(folder)
    settings = load_settings()
    settings.make_folders()
    database = Database(settings.database_url)
    click.get_current_context().call_on_close(database.dispose)
    _must_fit(manifest, settings, database)
    _must_be_whole(folder, manifest)
    database.dispose()
    try:
        _undumped(database.url, folder / manifest.dump)
    except _Failed as error:
        refuse(str(error))
    if (folder / _FILES).is_dir():
        try:
            shutil.copytree(folder / _FILES, settings.files_dir, dirs_exist_ok=True)
        except OSError as error:
            refuse(
                f"the database is back, its files are not: {_reason(error)}; empty both and bring the backup back again"
            )
    database.upgrade()
    database.analyze()
    click.echo(f"the backup of {manifest.made_at} is back; 'wxsvc retally --check' compares every card with its rows")


def _must_fit(manifest: Manifest, settings: Settings, database: Database) -> None:
    """Refuse an installation that this backup is not made for, or that is not empty."""
    import sqlalchemy as sa

    from models import migrations
    from wxsvc.vault import Vault

    if manifest.dump != _dump_name(database.url):
        refuse(
            f"this backup was made of {'SQLite' if manifest.dump == _SQLITE else 'PostgreSQL'}, and"
            f" WXSVC_DATABASE_URL names {'SQLite' if database.is_sqlite else 'PostgreSQL'}: name one of the same kind"
        )
    migrations.must_be_known(manifest.schema)
    if manifest.key not in Vault(settings.secret_keys).lookups(_FINGERPRINTED):
        refuse(
            "WXSVC_SECRET_KEY is not the secret of this backup: names and phones in it could not be read;"
            f" set the one that was kept apart (without the variable, it stands in {settings.data_dir / 'secret_key'})"
        )
    with database.engine.connect() as connection:
        has_tables = bool(sa.inspect(connection).get_table_names())
    if has_tables:
        refuse("the database is not empty: a backup is brought back into an empty one only")
    if _count(settings.files_dir):
        refuse(f"{settings.files_dir} is not empty: photos and papers are brought back into an empty folder only")


def _must_be_whole(folder: Path, manifest: Manifest) -> None:
    """Refuse a backup that is damaged, or lacks files."""
    if _digest(folder / manifest.dump) != manifest.sha256:
        refuse(f"{folder / manifest.dump} is damaged: its digest is not the one in {_MANIFEST}")
    if _count(folder / _FILES) != manifest.files:
        refuse(f"{folder / _FILES} does not hold the {manifest.files} files that {_MANIFEST} names")


def _reason(error: Exception) -> str:
    """Of a folder that was not copied the first file and why: a full disk names every one of them."""
    if isinstance(error, shutil.Error):
        path, _, why = error.args[0][0]
        return f"{path}: {why}"
    return str(error)


def _note(house: House, problem: str | None) -> None:
    """Tell ``doctor`` and ``/metrics`` how it went. A database that takes nothing changes nothing of the backup."""
    from sqlalchemy.exc import SQLAlchemyError

    from wxsvc.services import backup_notes

    try:
        with house.database.transaction() as session:
            backup_notes.note(session, house.now(), problem)
    except SQLAlchemyError:
        click.echo("the database takes no note of it: wxsvc doctor says why", err=True)


_SQLITE: Final = "database.sqlite3"
_POSTGRESQL: Final = "database.dump"


def _dump_name(url: sa.URL) -> str:
    return _SQLITE if url.get_backend_name() == "sqlite" else _POSTGRESQL


def _dumped(url: sa.URL, folder: Path) -> Path:
    dump = folder / _dump_name(url)
    if dump.name == _SQLITE:
        with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(dump)) as target:
            source.backup(target)
    else:
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
    return dump


def _undumped(url: sa.URL, dump: Path) -> None:
    if dump.name == _SQLITE:
        with closing(sqlite3.connect(dump)) as source, closing(sqlite3.connect(str(url.database))) as target:
            source.backup(target)
    else:
        _run("pg_restore", url, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(dump))


def _run(program: str, url: sa.URL, *options: str) -> None:
    """Run one of PostgreSQL's programs; the password is in its environment, where other users do not see it."""
    if shutil.which(program) is None:
        raise _Failed(f"{program} is not installed: it comes with PostgreSQL's client (Debian: postgresql-client)")
    # "set" leaves a password that shall be None as it is.
    address = url._replace(drivername="postgresql", password=None).render_as_string()
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(  # noqa: S603 - our own options
        [program, f"--dbname={address}", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _Failed(f"{program} failed: {done.stderr.strip() or done.returncode}")


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / _MANIFEST).read_text()))
    except (OSError, ValueError, TypeError):
        refuse(f"{folder} holds no backup of this program: {_MANIFEST} is missing or is none")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}")


def _copy_if_there(source: str, target: str) -> None:
    """Copy a file of the live folder. One that is gone since the folder was listed held what may no longer be kept."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(source, target)


def _count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
