"""``wxsvc export``: a year's documents into files, the same that the province's page hands out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, TYPE_CHECKING, Final

import click

from wxsvc import wording
from wxsvc.commands.parts import load_settings, open_house, refuse
from wxsvc.given_files import Target
from wxsvc.publishing import wanted
from wxsvc.publishing.wanted import What

if TYPE_CHECKING:
    from wxsvc.house import House

BUNDLE: Final = "bundle"
_STANDARD_OUTPUT: Final = Path("-")
_AT_ONCE: Final = 100_000
"""Pieces of JSON that are written together."""
_TELLS_EVERY = 10
"""Lines of progress."""


@click.command()
@click.option("--year", type=int, required=True)
@click.option("--what", required=True, metavar="|".join((*What, BUNDLE)), help="The document, or the bundle.")
@click.option(
    "--out", type=Target(path_type=Path, dir_okay=False), required=True, help="The file; - for standard output."
)
@click.option("--platform", metavar="CODE", help="annex1: only of this platform.")
@click.option("--quarter", type=int, help="bulletin: 1 to 4.")
@click.option("--month", type=int, help="month: 1 to 12.")
def export(year: int, what: str, out: Path, platform: str | None, quarter: int | None, month: int | None) -> None:
    """Write a document of YEAR: workbook, annex1, bulletin, notice, month or csv; or a bundle for 'wxsvc import'.

    All of it is of one moment, which it names. FILE is there when it is whole, or not at all; standard output gets it
    when it is whole, and nothing else.
    """
    narrowed = {"platform": platform, "quarter": quarter, "month": month}
    for option, its_what in (("platform", What.ANNEX1), ("quarter", What.BULLETIN), ("month", What.MONTH)):
        if narrowed[option] is not None and what != its_what:
            raise click.UsageError(f"--{option} is of --what {its_what} alone")
    if what not in (documents := (*What, BUNDLE)):
        refuse(wording.sentence("refusals", "document_unknown", known=documents))
    house = open_house(load_settings())
    try:
        if what == BUNDLE:
            _write_bundle(house, year, out)
            return
        asked = wanted.of(what, year, platform=platform, quarter=quarter, month=month)
        with _whole(out) as target:
            wanted.write(house.database, asked, house.now, target, _tell)
    except BrokenPipeError:  # whoever reads has enough; click ends the command without a word
        raise
    except OSError as error:
        refuse(wording.sentence("refusals", "document_not_written", problem=f"{out}: {error.strerror}"))
    _tell_where(out)


def _write_bundle(house: House, year: int, out: Path) -> None:
    """The bundle, and on standard error what it does not carry."""
    from wxsvc.services.imports import bundle_export

    wanted.must_have_rules(year)
    with house.database.snapshot() as session:
        exported = bundle_export.of_year(session, year)
    with _whole(out) as target:
        pieces = json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(exported.content)
        while text := "".join(islice(pieces, _AT_ONCE)):  # not the whole: a year's text is large
            target.write(text.encode())
    _tell_where(out)
    for word, count in exported.left_out.items():
        click.echo(wording.sentence("bundle_export", word, count=count), err=True)
    click.echo(wording.sentence("bundle_export", "persons"), err=True)


@contextmanager
def _whole(out: Path) -> Iterator[IO[bytes]]:
    """A file beside ``out`` that takes its place at the end. Whatever goes wrong, ``out`` stays as it was.

    A link stays one: what it leads to is written. Standard output gets the whole file at the end.
    """
    if out == _STANDARD_OUTPUT:
        with TemporaryFile() as part:
            yield part
            part.seek(0)
            copyfileobj(part, sys.stdout.buffer)
            sys.stdout.buffer.flush()  # what is wrong with it is told here, not at the end of the process
        return
    out = out.resolve()
    with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as part:
        try:
            yield part
            part.flush()
            os.fsync(part.fileno())
            os.fchmod(part.fileno(), 0o666 & ~_mask())
            os.replace(part.name, out)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _tell_where(out: Path) -> None:
    """The name of the file, where it is one."""
    if out != _STANDARD_OUTPUT:
        click.echo(str(out))


def _mask() -> int:
    """The rights that whoever runs the command leaves to nobody (umask); it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _tell(done: int, of_all: int) -> None:
    """A line at each tenth, on standard error."""
    if done * _TELLS_EVERY // of_all > (done - 1) * _TELLS_EVERY // of_all:
        click.echo(f"{done} of {of_all}", err=True)
