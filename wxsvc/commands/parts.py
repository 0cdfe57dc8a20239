"""What commands share: settings, the parts on a current schema, and one clear sentence where something is missing.

Everything is imported when it is asked for, so that ``wxsvc score`` stays light.
"""

from __future__ import annotations

import errno
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from wxsvc.garbage import nothing_collected

if TYPE_CHECKING:
    from wxsvc.house import House
    from wxsvc.settings import Settings

BAD_INPUT: Final = 2
"""Exit status when a command cannot do what it was asked for."""

KEY: Final = click.IntRange(0, 2**63 - 1)
"""The number of a row, as databases hold it."""
PORT: Final = click.IntRange(0, 65_535)
SOME: Final = click.IntRange(1, 1000)
"""Processes or threads."""


def load_settings() -> Settings:
    """The settings in the environment, and logs as they say; unusable ones end the command with all their problems."""
    with nothing_collected():
        from wxsvc import observe
        from wxsvc.settings import Settings, SettingsError

        try:
            settings = Settings.of_environment()
        except SettingsError as error:
            refuse(str(error))
    observe.log_to(level=settings.log_level)
    for chatty in ("alembic", "kombu"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    return settings


def open_house(settings: Settings, threads: int = 2) -> House:
    """The parts that a command of so many threads works with, on a current schema."""
    with nothing_collected():
        from wxsvc.clock import SystemClock
        from wxsvc.db import Database
        from wxsvc.house import House

    settings.make_folders()
    database = Database(settings.database_url, threads)
    click.get_current_context().call_on_close(database.dispose)
    database.prepare()
    return House(settings, database, SystemClock())


def free_address(host: str, port: int) -> str:
    """The address that HOST names, on which PORT can be listened on; else the command ends with a sentence."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4]
        with socket.socket(family) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
    except OSError as error:
        refuse(f"--port {port} on {host}: {error.strerror}")
    return str(address[0])


_TOLD: Final = (
    ("wxsvc.settings", "SettingsError"),
    ("wxsvc.db", "SchemaError"),
    ("wxsvc.services.key_checks", "WrongKey"),
)
"""Errors whose own words say what the operator does; one whose module is not loaded was not raised."""


_WITHHELD: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO}
"""Why a machine does not let a file be read or written, whatever the program does."""


def out_of_reach(error: Exception) -> str | None:
    """What to say of what the operator mends: settings, schema, secret, a file, a database that is away; else None.

    Also of what a use case refuses, in the words that pages have for it.
    """
    if isinstance(error, OSError) and error.errno in _WITHHELD and error.filename is not None:
        return f"{error.filename}: {error.strerror} (see its owner, its rights, and the room on its disk)"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # our output into a file: it has no name for us
        return f"not all could be written: {error.strerror}"
    if any(module in sys.modules and isinstance(error, getattr(sys.modules[module], name)) for module, name in _TOLD):
        return str(error)
    from wxsvc.services.refusal import Refused

    if isinstance(error, Refused):
        from wxsvc import wording

        return wording.sentence("refusals", error.code, **error.values)
    if "sqlalchemy" not in sys.modules:  # a command that asks no database
        return None
    import sqlite3

    from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

    # Its other kinds, such as a wrong statement, are faults of ours.
    if not (isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError):
        return None
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # so is this, as SQLite calls it
        return None
    from wxsvc.observe import scrubbed

    problem = scrubbed(str(error.orig)).strip().partition("\n")[0]
    return (
        f"the database does not answer: {problem} (see whether it runs and WXSVC_DATABASE_URL is right;"
        " of an embedded one, whether WXSVC_DATA_DIR can be written to and has room)"
    )


@contextmanager
def progress(what: str, size: int) -> Iterator[Callable[..., None]]:
    """A bar on a terminal while something is done to ``size`` things: called for each that is done, or for some."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=size)
        yield lambda done=1: bar.advance(task, done)


def print_json(content: object) -> None:
    """Print JSON, its Chinese as it is read."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))


def moments(row: object, *names: str) -> dict[str, Any]:
    """Instants of a row by their columns as JSON has them, in Beijing's time; None where there is none."""
    from wxsvc.clock import BEIJING

    found = {name: getattr(row, name) for name in names}
    return {name: at and at.astimezone(BEIJING).isoformat(timespec="seconds") for name, at in found.items()}


def quiet(*names: str) -> None:
    """Keep these loggers from a command's output: the command itself says what went wrong."""
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def refuse(*lines: str) -> NoReturn:
    """Say why not, on standard error, and end with exit status 2."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(BAD_INPUT)
