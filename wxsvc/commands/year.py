"""``wxsvc year``: how far a year is closed and what is open; a sealed one given again byte for byte."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import click

from wxsvc import wording
from wxsvc.commands.parts import load_settings, open_house, print_json, refuse

if TYPE_CHECKING:
    from wxsvc.services.counting.replays import Replay
    from wxsvc.services.year_end.closing_steps import Closing

DIFFERENT: Final = 1
"""Exit status when a sealed year does not come out as it was sealed, or was sealed without a snapshot."""


@click.command()
@click.argument("year", type=int)
@click.option("--replay", "is_replay", is_flag=True, help="Compute the sealed YEAR again, and compare byte for byte.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with --replay canonical, a document a line.")
def year(year: int, is_replay: bool, as_json: bool) -> None:
    """Say how far YEAR is closed and what is open; with --replay, give the sealed year again."""
    house = open_house(load_settings())
    if is_replay:
        from wxsvc.services.counting import replays

        with house.database.read() as session:
            found = replays.of_year(session, year)
        _give(found, as_json)
        return
    from wxsvc.services.year_end import closing_steps

    with house.database.read() as session:
        closing = closing_steps.of_year(session, year, house.now())
    _tell(closing, as_json)


def _tell(closing: Closing, as_json: bool) -> None:
    """Every step with what is open in it."""
    steps = [
        {
            "step": step.value,
            "is_done": closing.is_done(step),
            "open": [
                {"code": point.code, "sentence": wording.sentence("refusals", point.code, **point.facts)}
                for point in closing.open[step]
            ],
        }
        for step in closing.open
    ]
    if as_json:
        told = {"year": closing.year, "platforms": closing.platforms, "sealed": closing.sealed, "steps": steps}
        print_json(told)
        return
    click.echo(f"{closing.year}: {closing.sealed}/{closing.platforms} sealed")
    for step, told_step in zip(closing.open, steps, strict=True):
        click.echo(f"{'+' if told_step['is_done'] else '-'} {wording.word(step, 'closing_step')}")
        for point in closing.open[step]:
            click.echo(f"    {wording.sentence('refusals', point.code, **point.facts)}")


def _give(found: Replay, as_json: bool) -> None:
    """The documents themselves, or each platform's figures and digest; what differs goes to standard error."""
    from wxsvc.services.counting.snapshots import digest as digest_of

    if not found.platforms and not found.unkept:
        refuse(f"{found.year} is not sealed")
    if as_json:
        documents = [*([found.province] if found.province is not None else []), *found.platforms]
        click.echo("".join(f"{each}\n" for each in documents).encode(), nl=False)
    else:
        for document in found.platforms:
            content = json.loads(document)
            platform, card = content["platform"], content["card"]
            click.echo(f"{platform['code']}\t{platform['name']}\t{card['total']}\t{digest_of(document)}")
        if found.province is not None:
            click.echo(f"{found.year}\t{digest_of(found.province)}")
    for line in found.differences:
        click.echo(line, err=True)
    for code in found.unkept:
        click.echo(f"{code} was sealed by an earlier release, which kept no snapshot", err=True)
    if found.differences or found.unkept:
        sys.exit(DIFFERENT)
