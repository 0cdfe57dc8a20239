"""``wxsvc import``: load a bundle from JSON or Excel, or say for every row what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Final, NoReturn

import click

from wxsvc import wording
from wxsvc.services.bundle import Bundle
from wxsvc.services.bundle_fields import Problem

BAD_INPUT: Final = 2
_CLIPPED: Final = 80


@click.command("import")
@click.argument("bundle", type=click.Path(path_type=Path, allow_dash=True))
def import_bundle(bundle: Path) -> None:
    """Load platforms, staff, enterprises with contacts, and activities from the JSON file BUNDLE ("-": standard input).

    All of it or nothing: one bad row, and every bad row is named. Doing it twice changes nothing.
    """
    from wxsvc.services import bundle_reading

    _load(bundle_reading.read(_bytes(bundle)))


def _load(given: Bundle) -> None:
    from sqlalchemy.exc import IntegrityError

    from wxsvc.clock import SystemClock
    from wxsvc.db import Database, SchemaError
    from wxsvc.services import imports
    from wxsvc.settings import Settings, SettingsError
    from wxsvc.vault import Vault

    try:
        settings = Settings()
        settings.make_folders()
        database = Database(settings.database_url)
        database.prepare()
        with _progress(given.size) as tick, database.transaction() as session:
            loaded = imports.load(session, given, SystemClock().now(), vault=Vault(settings.secret_keys), tick=tick)
    except imports.BadBundle as bad:
        _refuse([_told(problem) for problem in bad.problems] + [_say("nothing_written", count=len(bad.problems))])
    except (SettingsError, SchemaError) as error:
        _refuse([str(error)])
    except IntegrityError:
        _refuse([_say("changed_meanwhile")])
    for section, counts in loaded.sections().items():
        if counts.changed or counts.unchanged:
            click.echo(_say("summary", section=_say(section), **asdict(counts)))
    click.echo(_say("done" if loaded.is_new else "nothing_new"))


def _bytes(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
    except OSError as error:
        _refuse([_say("not_readable", path=path, problem=error.strerror)])


def _told(problem: Problem) -> str:
    """One line: where it is, what is wrong, and the row's own key."""
    facts = {name: _clipped(fact) for name, fact in problem.facts.items()}
    if "other" in facts and problem.section is not None:
        facts["other"] = _place(problem.section, problem.facts["other"])
    text = _say(problem.code, **facts)
    if problem.section is None:
        return text
    place = _place(problem.section, problem.index) + (f".{problem.name}" if problem.name else "")
    return _say("line", place=place, text=text, key=_clipped(problem.key))


def _place(section: str, index: object) -> str:
    return section if index is None else f"{section}[{index}]"


def _clipped(fact: object) -> object:
    """A text that somebody wrote, on one line and not too long of it."""
    if not isinstance(fact, str) or isinstance(fact, Enum):
        return fact
    line = " ".join(fact.split())
    return line if len(line) <= _CLIPPED else line[:_CLIPPED] + "…"


def _say(code: str, **facts: object) -> str:
    return wording.sentence("import_problems", code, **facts)


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("importing", total=size)
        yield lambda done: bar.advance(task, done)


def _refuse(lines: list[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(BAD_INPUT)
