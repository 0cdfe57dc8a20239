"""``wxsvc score`` and ``wxsvc deadlines``: the regulation on the command line, without settings, web or database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NoReturn

import click

from scoring.deadlines import Deadline, obligations
from scoring.readings import DEFAULT_READINGS, ReadingError
from scoring.scorecard import Scorecard
from scoring.scorecard import score as score_tally
from scoring.tally import Tally
from scoring.terms import ARITHMETIC_READINGS
from scoring.words import name_of, points_text, say, value_name
from wxsvc import given_files
from wxsvc.given_files import GivenPath

NUMBERS = ("points", "full")
WIDE = 140
"""Columns when the table goes into a file or a pipe."""

MOST = 2**20
"""Bytes of a tally; a real one has a few thousand."""

WRONG_INPUT = 2
"""Exit status for a tally, reading or year that cannot be scored; one line on standard error names the field."""


@click.command()
@click.argument("tally", type=GivenPath(allow_dash=True))
@click.option("--reading", "readings", multiple=True, metavar="NAME=VALUE", help="Read an open sentence otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON.")
def score(tally: str, readings: tuple[str, ...], as_json: bool) -> None:
    """Score one platform's year from the JSON file TALLY ("-" for standard input)."""
    try:
        given, decided = Tally.from_json(_read(tally)), decisions(readings)
        scorecard = score_tally(given, given.scheme.readings.with_decisions(decided))
    except ValueError as error:
        _refuse(error)
    for name in decided:
        if name not in ARITHMETIC_READINGS:  # kept on the card, but the tally was counted before
            click.echo(say("errors.reading_of_facts", name=name), err=True)
    if as_json:
        _print_json(scorecard.as_dict())
    else:
        _print_scorecard(scorecard)


@click.command()
@click.argument("year", type=int)
@click.option("--reading", "readings", multiple=True, metavar="NAME=VALUE", help="Read an open sentence otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the deadlines as JSON.")
def deadlines(year: int, readings: tuple[str, ...], as_json: bool) -> None:
    """List what falls due in YEAR: 12 plans, 12 data returns and the summary, with the reason for each day."""
    from wxsvc.workdays import workdays  # its day tables are needed for this command only

    try:
        due = obligations(year, workdays(), DEFAULT_READINGS.with_decisions(decisions(readings)))
    except ValueError as error:
        _refuse(error)
    if as_json:
        _print_json([deadline.as_dict() for deadline in due])
    else:
        _print_deadlines(year, due)


def _read(path: str) -> str:
    try:
        return given_files.content(path, MOST).decode("utf-8-sig")
    except OSError as error:
        raise ValueError(say("errors.not_readable", path=path, problem=error.strerror)) from None
    except UnicodeDecodeError:
        raise ValueError(say("errors.not_utf8", path=path)) from None


def decisions(readings: Iterable[str]) -> dict[str, str]:
    """``["partial_step=linear"]`` → ``{"partial_step": "linear"}``; the last word on a reading stands."""
    for text in readings:
        if "=" not in text:
            raise ReadingError(say("errors.reading_form", text=text))
    return {name.strip(): word.strip() for name, _, word in (text.partition("=") for text in readings)}


def _refuse(error: ValueError) -> NoReturn:
    click.echo(" ".join(str(error).split()), err=True)
    raise SystemExit(WRONG_INPUT)


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _print_scorecard(scorecard: Scorecard) -> None:
    title = say("table.scorecard_title", year=scorecard.year, kind=name_of(scorecard.kind), scheme=scorecard.scheme)
    _print_table(title, ("group", "indicator", "points", "full", "status", "working"), _score_rows(scorecard))
    parts = {"base": scorecard.base, "bonus": scorecard.bonus, "total": scorecard.total, "awaited": scorecard.awaited}
    click.echo(say("table.totals", **parts))
    words = scorecard.readings.as_words()
    for name, word in words.items():
        click.echo(say("table.reading", name=name_of(name), value=value_name(name, word)))


def _score_rows(scorecard: Scorecard) -> Iterator[tuple[str, ...]]:
    """One row a line; a group is named on its first row only."""
    above = None
    for line in scorecard.lines:
        group = "" if line.group is above else name_of(line.group)
        above = line.group
        points, full = points_text(line.points), points_text(line.full)
        yield group, line.name, points, full, name_of(line.status), line.working


def _print_deadlines(year: int, due: Iterable[Deadline]) -> None:
    _print_table(
        say("table.deadlines_title", year=year),
        ("obligation", "period", "due_on", "reason"),
        ((name_of(one.obligation), one.period, one.due_on.isoformat(), one.reason) for one in due),
    )


def _print_table(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    """A table in columns that line up: rich knows that a Chinese character is two cells wide."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WIDE
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(say(f"table.{column}"), justify="right" if column in NUMBERS else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
