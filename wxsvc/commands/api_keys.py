"""``wxsvc api-keys``: keys by which other systems read our figures; the province's page 对接系统 does the same."""

from __future__ import annotations

import click

from wxsvc.commands.parts import KEY, load_settings, moments, open_house, print_json, refuse

SCOPES = ("platforms", "activities", "tallies", "scorecards")
"""Words of ``ApiScope``, which a light command does not load."""


@click.group("api-keys")
def api_keys() -> None:
    """Keys of other systems that read /api/v1."""


@api_keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(as_json: bool) -> None:
    """List every key: number, system, what it may read, made, last used, ended. Keys themselves are kept nowhere."""
    from wxsvc.services import api_keys as keys
    from wxsvc.services.actor import MACHINE

    house = open_house(load_settings())
    with house.database.read() as session:
        found = keys.listed(session, MACHINE)
    rows = [
        {
            "id": each.key.id,
            "system": each.key.system,
            "scopes": [scope.value for scope in each.scopes],
            **moments(each.key, "made_at", "last_used_at", "ended_at"),
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        told = (f"{name} {row[f'{name}_at'] or '-'}" for name in ("made", "last_used", "ended"))
        click.echo("\t".join((*map(str, (row["id"], row["system"])), ",".join(row["scopes"]), *told)))


@api_keys.command()
@click.option("--system", required=True, help="What the system is called.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may read; by default all.")
def make(system: str, scopes: tuple[str, ...]) -> None:
    """Make a key for a system and print it. It is shown this once."""
    from models.terms import ApiScope
    from wxsvc.services import api_keys as keys
    from wxsvc.services.actor import MACHINE

    house = open_house(load_settings())
    with house.database.transaction() as session:
        number, token = keys.make(session, system, [ApiScope(each) for each in scopes or SCOPES], MACHINE, house.now())
    click.echo(f"key {number}; keep it now, it is not shown again:", err=True)
    click.echo(token)


@api_keys.command()
@click.argument("number", type=KEY)
def end(number: int) -> None:
    """End the key of this NUMBER, at once."""
    from wxsvc.services import api_keys as keys
    from wxsvc.services.actor import MACHINE
    from wxsvc.services.refusal import Refused

    house = open_house(load_settings())
    try:
        with house.database.transaction() as session:
            system = keys.end(session, number, MACHINE, house.now()).system
    except Refused:
        refuse(f"no key has the number {number}: 'wxsvc api-keys list' shows them")
    click.echo(f"key {number} ({system}) has ended")
