"""``wxsvc webhooks``: addresses at which other systems are told of changes; the province's page 推送 does the same."""

from __future__ import annotations

import click

from wxsvc.commands.parts import KEY, load_settings, moments, open_house, print_json, refuse

EVENTS = ("activity_approved", "scorecard_changed")
"""Words of ``WebhookEvent``, which a light command does not load."""


@click.group("webhooks")
def webhooks() -> None:
    """Addresses at which other systems are told of changes."""


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_webhooks(as_json: bool) -> None:
    """List every address: number, system, what it is told, how many events wait, and how the last one went."""
    from wxsvc.services import webhooks as addresses
    from wxsvc.services.actor import MACHINE

    house = open_house(load_settings())
    with house.database.read() as session:
        found = addresses.listed(session, MACHINE)
    rows = [
        {
            "id": each.webhook.id,
            "system": each.webhook.system,
            "url": each.webhook.url,
            "events": [event.value for event in each.events],
            "waiting": each.waiting,
            "last": each.last and each.last.state.value,
            "last_status": each.last and each.last.status,
            "problem": each.last and each.last.problem,
            **moments(each.webhook, "made_at", "failing_since", "ended_at"),
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        told = (f"{name} {row[name] or '-'}" for name in ("waiting", "last", "problem", "failing_since", "ended_at"))
        click.echo("\t".join((*map(str, (row["id"], row["system"], row["url"])), ",".join(row["events"]), *told)))


@webhooks.command()
@click.option("--system", required=True, help="What the system is called.")
@click.option("--url", required=True, help="Its address, https and public.")
@click.option("--event", "events", multiple=True, type=click.Choice(EVENTS), help="What it is told; by default all.")
def make(system: str, url: str, events: tuple[str, ...]) -> None:
    """Tell a system at URL, and print the secret that signs what is sent. It is shown this once."""
    from models.terms import WebhookEvent
    from wxsvc.services import webhooks as addresses
    from wxsvc.services.actor import MACHINE

    house = open_house(load_settings())
    house.settle_key()
    wanted = [WebhookEvent(each) for each in events or EVENTS]
    with house.database.transaction() as session:
        number, secret = addresses.make(session, system, url, wanted, MACHINE, house.now(), vault=house.vault)
    click.echo(f"address {number}; keep its secret now, it is not shown again:", err=True)
    click.echo(secret)


@webhooks.command()
@click.argument("number", type=KEY)
def end(number: int) -> None:
    """End the address of this NUMBER: nothing is sent there any more."""
    from wxsvc.services import webhooks as addresses
    from wxsvc.services.actor import MACHINE
    from wxsvc.services.refusal import Refused

    house = open_house(load_settings())
    try:
        with house.database.transaction() as session:
            system = addresses.end(session, number, MACHINE, house.now()).system
    except Refused:
        refuse(f"no address has the number {number}: 'wxsvc webhooks list' shows them")
    click.echo(f"address {number} ({system}) has ended")
