"""``wxsvc import``: load a bundle from JSON or Excel, or say for every row what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Final

import click
from msgspec.structs import asdict

from wxsvc import given_files, wording
from wxsvc.commands.parts import load_settings, open_house, progress, refuse
from wxsvc.given_files import GivenPath
from wxsvc.services.imports import bundle, reading
from wxsvc.services.imports.problems import ImportProblem
from wxsvc.services.imports.reading import ReadBundle

MOST: Final = 2**30
"""Bytes of a bundle: some five million check-ins, of which a province has three million in a year."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CLIPPED: Final = 80
_NAMED: Final = 20
"""Names to be looked at that are told one by one."""

Where = Callable[[str, int | None, str | None], str]
"""Tells where a section, a row or a field stands, in the words of its file."""


@click.command("import")
@click.argument("path", metavar="BUNDLE", required=False, type=GivenPath(path_type=Path, allow_dash=True))
@click.option("--template", type=GivenPath(path_type=Path), help="Write an empty workbook to fill in, and stop.")
@click.option("--schema", "is_schema_asked", is_flag=True, help="Print the JSON schema of a bundle, and stop.")
def import_bundle(path: Path | None, template: Path | None, is_schema_asked: bool) -> None:
    """Load platforms, staff, enterprises with their contacts, and activities from the JSON file BUNDLE.

    "-" is standard input; an Excel workbook (.xlsx) brings platforms and enterprises. It is all or nothing: with one
    bad row nothing is written, and every bad row is named. Doing it twice changes nothing.
    """
    if (path is not None) + (template is not None) + is_schema_asked != 1:
        raise click.UsageError("give either BUNDLE, --template FILE.xlsx or --schema")
    if is_schema_asked:
        click.echo(json.dumps(bundle.schema(), ensure_ascii=False, indent=2))
    elif template is not None:
        _write_template(template)
    elif path is not None:
        _load(*_read(path))


def _read(path: Path) -> tuple[ReadBundle, Where]:
    try:
        raw = given_files.content(path, MOST)
    except OSError as error:
        refuse(_say("not_readable", path=path, problem=error.strerror))
    if raw.startswith(_OLE):
        return ReadBundle(problems=[ImportProblem("old_excel")]), in_json
    return _read_sheets(raw) if raw.startswith(_ZIP) else (reading.read(raw), in_json)


def _read_sheets(raw: bytes) -> tuple[ReadBundle, Where]:
    from wxsvc.documents import bundle_sheets

    sheets = bundle_sheets.read(raw)
    given = reading.parse(sheets.content)
    seen = [ImportProblem(each.code, each.section, each.index, each.name, "", each.facts) for each in sheets.problems]
    cells = {(each.section, each.index, each.name) for each in seen}
    rest = [each for each in given.problems if (each.section, each.index, each.name) not in cells]
    given.problems = seen + rest

    def where(section: str, index: int | None, name: str | None) -> str:
        row = sheets.rows[section][index] if index is not None else None
        name_of_sheet = sheets.names[section, index] if index is not None else bundle_sheets.sheet_name(section)
        column = bundle_sheets.header(section, name) if name else None
        return _say("sheet_place", sheet=name_of_sheet, row=row, column=column)

    for note in sheets.notes:
        place = where(note.section, None, None) if note.section else ""
        click.echo(place + _say(note.code, **note.facts))
    return given, where


def in_json(section: str, index: int | None, name: str | None) -> str:
    """``enterprises[17].uscc``."""
    return section + (f"[{index}]" if index is not None else "") + (f".{name}" if name else "")


def _write_template(path: Path) -> None:
    from wxsvc.documents import bundle_sheets

    try:
        with path.open("xb") as file, _gone_unless_whole(path):
            file.write(bundle_sheets.template())
            file.flush()
    except FileExistsError:
        refuse(_say("template_kept", path=path))
    except OSError as error:
        refuse(_say("not_writable", path=path, problem=error.strerror))
    click.echo(_say("template_done", path=path))


@contextmanager
def _gone_unless_whole(path: Path) -> Iterator[None]:
    """A full disk or Ctrl-C leaves no empty file, which the next try would find in its way."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _load(given: ReadBundle, where: Where) -> None:
    from sqlalchemy.exc import IntegrityError

    from wxsvc.services.imports import imports

    house = open_house(load_settings())
    house.settle_key()
    try:
        with progress("importing", given.bundle.size) as tick, house.database.transaction() as session:
            loaded = imports.load(session, given, house.now(), vault=house.vault, tick=tick)
        if loaded.is_new:
            house.database.analyze()
    except imports.BadBundle as bad:
        lines = [told(problem, where) for problem in bad.problems]
        refuse(*lines, _say("nothing_written", count=len(lines)))
    except IntegrityError as error:
        refuse(_say("changed_meanwhile", problem=str(error.orig).splitlines()[0]))
    for section, counts in loaded.sections().items():
        if counts.changed or counts.unchanged:
            click.echo(_say("summary", section=_say(section), **asdict(counts)))
    for problem in loaded.doubtful[:_NAMED]:
        click.echo(told(problem, where))
    if len(loaded.doubtful) > _NAMED:
        click.echo(_say("names_unlikely", count=len(loaded.doubtful) - _NAMED))
    if loaded.staff.left:
        click.echo(_say("roles_left", count=loaded.staff.left))
    click.echo(_say("done" if loaded.is_new else "nothing_new"))


def told(problem: ImportProblem, where: Where) -> str:
    """One line: where it is, what is wrong, and the row's own key."""
    facts = {name: _clipped(fact) for name, fact in problem.facts.items()}
    if problem.section is None:
        return _say(problem.code, **facts)
    if isinstance(other := facts.get("other"), int):
        facts["other"] = where(problem.section, other, None)
    place = where(problem.section, problem.index, problem.name)
    return _say("line", place=_clipped(place), text=_say(problem.code, **facts), key=_clipped(problem.key))


def _clipped(fact: object) -> object:
    """A text that somebody wrote, on one line and not too long of it."""
    if not isinstance(fact, str) or isinstance(fact, Enum):
        return fact
    line = " ".join(fact.split())
    return line if len(line) <= _CLIPPED else line[:_CLIPPED] + "…"


def _say(code: str, **facts: object) -> str:
    return wording.sentence("import_problems", code, **facts)
