"""``wxsvc readings``: the register of readings (口径), and whose score and rank another value would move (试算)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wxsvc.commands.parts import load_settings, open_house, print_json, refuse
from wxsvc.commands.score import decisions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from scoring.terms import PlatformKind
    from wxsvc.house import House
    from wxsvc.services.reports.what_if import WhatIf


@click.command()
@click.option("--year", type=int, required=True)
@click.option("--kind", "kind_word", help="Only this kind: prefecture, county or cluster.")
@click.option("--what-if", metavar="NAME=VALUE", help="Try another value: whose score and rank would move.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def readings(year: int, kind_word: str | None, what_if: str | None, as_json: bool) -> None:
    """List the readings of YEAR with who decided them, or try another value of one.

    What waits is folded first; nothing else is written.
    """
    from scoring.readings import DEFAULT_READINGS
    from scoring.scheme_files import scheme_for
    from scoring.terms import PlatformKind
    from wxsvc.services.counting import folding
    from wxsvc.services.reports import what_if as trial

    if kind_word is not None and kind_word not in list(PlatformKind):
        refuse(f"no kind is called {kind_word}: {', '.join(PlatformKind)}")
    kinds = [PlatformKind(kind_word)] if kind_word is not None else list(PlatformKind)
    try:
        for kind in kinds:
            scheme_for(kind, year)
        asked = decisions([what_if] if what_if is not None else [])
        DEFAULT_READINGS.with_decisions(asked)
    except ValueError as error:
        refuse(str(error))
    house = open_house(load_settings())
    folding.fold_waiting(house.database, house.now)
    with house.database.read() as session:
        trials = [
            trial.of(session, year, kind, name, value, house.now()) for kind in kinds for name, value in asked.items()
        ]
        register = [each for kind in kinds for each in _register(session, house, year, kind)] if not asked else []
    if as_json:
        print_json([each.as_dict() for each in trials] if asked else register)
        return
    for each in register:
        click.echo("\t".join((each["kind_name"], each["title"], each["value_name"], each["ground"])))
    for tried in trials:
        _tell(tried)


def _register(session: Session, house: House, year: int, kind: PlatformKind) -> list[dict[str, Any]]:
    from scoring.scheme_files import scheme_for
    from scoring.words import explanation_of, name_of
    from wxsvc import wording
    from wxsvc.clock import as_json
    from wxsvc.services.regulation import readings as register

    taken = register.decided(session, year, kind)
    used = register.in_use(taken, register.in_force(session, year, kind), house.now())
    return [
        {
            "kind": kind.value,
            "kind_name": name_of(kind),
            "name": each.name.value,
            "title": name_of(each.name),
            "explanation": explanation_of(each.name),
            "lines": [line.code for line in scheme_for(kind, year).bearing(each.name)],
            "value": each.word,
            "value_name": each.value,
            "decided_at": as_json(each.decided.decision.decided_at) if each.decided else None,
            "reason": each.decided.decision.reason if each.decided else None,
            "ground": wording.said("reading_ground", decided=each.decided, name=None),
        }
        for each in used.values()
    ]


def _tell(tried: WhatIf) -> None:
    from scoring.words import name_of, points_text, value_name
    from wxsvc import wording

    click.echo(
        wording.said(
            "what_if_told",
            kind=name_of(tried.kind),
            title=name_of(tried.name),
            stands=value_name(tried.name, tried.stands),
            asked=value_name(tried.name, tried.asked),
            tried=tried,
        )
    )
    for each in tried.moved:
        lines = (f"{move.line.code} {points_text(move.old)}→{points_text(move.new)}" for move in each.lines)
        told = (
            f"{points_text(each.old)}→{points_text(each.new)}",
            f"{each.old_rank or '-'}→{each.new_rank or '-'}",
            " ".join(lines),
        )
        click.echo("\t".join((each.platform.code, each.platform.name, *told)))
