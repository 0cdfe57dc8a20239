"""``wxsvc``: every command. Each imports what it needs when it runs, so that ``score`` stays light."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from wxsvc.commands.parts import (
    PORT,
    SOME,
    free_address,
    load_settings,
    open_house,
    out_of_reach,
    print_json,
    progress,
    refuse,
)
from wxsvc.commands.score import deadlines, score
from wxsvc.garbage import nothing_collected

if TYPE_CHECKING:
    from wxsvc.settings import Settings

LATER: Final = {
    "import": "wxsvc.commands.bundles:import_bundle",
    "menu": "wxsvc.commands.menu:menu",
    "doctor": "wxsvc.commands.doctor:doctor",
    "readings": "wxsvc.commands.readings:readings",
    "workdays": "wxsvc.commands.workdays:workdays",
    "year": "wxsvc.commands.year:year",
    "export": "wxsvc.commands.export:export",
    "api-keys": "wxsvc.commands.api_keys:api_keys",
    "webhooks": "wxsvc.commands.webhooks:webhooks",
    "backup": "wxsvc.commands.backups:backup",
    "restore": "wxsvc.commands.backups:restore",
    "demo": "wxsvc.demo.command:demo",
}
"""Commands that live in a file of their own, which is loaded when they are called."""


class Commands(click.Group):
    """The commands of this file, and those that are loaded later."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *LATER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "web":  # the others count for themselves alone, and leave no files among the web's
            os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        if cmd_name not in LATER:
            return super().get_command(ctx, cmd_name)
        module, _, name = LATER[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        later = {name: click.Command(name, help=_said_of(place)) for name, place in LATER.items()}
        click.Group(commands={**self.commands, **later}).format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what cannot be had, at the start or on the way, or is refused, is one sentence."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (sentence := out_of_reach(error)) is None:
                raise
            refuse(sentence)


def _said_of(place: str) -> str | None:
    """The docstring of a command, read from its file: to load the files of all takes a second."""
    import ast
    from pathlib import Path

    module, _, name = place.partition(":")
    text = Path(__file__).parents[1].joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")
    functions = (each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef))
    return next(ast.get_docstring(each) for each in functions if each.name == name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wxsvc", message="%(prog)s %(version)s")
def main() -> None:
    """The backend of a province's WeChat service account: check-in, review, and the regulation's scorecard."""


main.add_command(score)
main.add_command(deadlines)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, default=8000, show_default=True)
@click.option("--threads", type=SOME, default=16, show_default=True, help="For pages, and as many for pushes.")
def serve(host: str, port: int, threads: int) -> None:
    """Run web, worker and folding in this one process (SQLite or PostgreSQL)."""
    settings = _settings_for(host)
    address = free_address(host, port)
    with nothing_collected():
        from wxsvc.serving import serve as run

    run(settings, address, port, threads)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, default=8000, show_default=True)
@click.option("--workers", type=SOME, default=2, show_default=True)
@click.option("--threads", type=SOME, default=4, show_default=True, help="For pages, and as many for pushes.")
def web(host: str, port: int, workers: int, threads: int) -> None:
    """Run the web in production: WORKERS processes of THREADS threads."""
    settings = _settings_for(host)
    address = free_address(host, port)
    with nothing_collected():
        from wxsvc.serving import web as run

    run(settings, address, port, workers, threads)


@main.command()
@click.option("--beat", is_flag=True, help="Keep the timetable too: exactly one worker of an installation does.")
@click.option("--queue", "queues", multiple=True, type=click.Choice(["folding", "work"]), help="Only these queues.")
@click.option("--concurrency", type=SOME, default=2, show_default=True, help="Jobs at once.")
@click.option("--metrics-port", type=PORT, help="Tell Prometheus on this port what this worker counted.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True)
def worker(beat: bool, queues: tuple[str, ...], concurrency: int, metrics_port: int | None, metrics_host: str) -> None:
    """Keep the scores fresh (queue folding, which needs no broker) and do the jobs of the broker (queue work)."""
    settings = load_settings()
    with nothing_collected():
        from wxsvc.worker.process import BESIDE, run
        from wxsvc.worker.timetable import FOLDING, WORK

    chosen = queues or (FOLDING, WORK)
    if settings.has_inner_broker and (beat or WORK in chosen):
        refuse("WXSVC_BROKER_URL is memory://, which no other process can reach: give redis://… or run 'wxsvc serve'")
    from wxsvc.observe import tell_of_work

    with ExitStack() as at_the_end:
        house = open_house(settings, concurrency + BESIDE)
        house.settle_key()
        if metrics_port is not None:
            try:
                at_the_end.callback(tell_of_work(metrics_host, metrics_port)[1])
            except OSError as error:
                refuse(f"--metrics-port {metrics_port} on {metrics_host}: {error.strerror or error}")
        status = run(house, chosen, concurrency, is_beat=beat)
    sys.exit(status)


@main.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Bring the schema up to date."""
    from models import migrations
    from wxsvc.clock import SystemClock
    from wxsvc.db import Database
    from wxsvc.house import House

    settings = load_settings()
    settings.make_folders()
    database = Database(settings.database_url)
    context.call_on_close(database.dispose)
    database.upgrade()
    database.analyze()
    click.echo(f"the schema is {migrations.head()}")
    House(settings, database, SystemClock()).settle_key()


@db.command("first-official")
def first_official() -> None:
    """Print the one-time link that makes the first provincial official."""
    from wxsvc.services.people import staff

    house = open_house(load_settings())
    with house.database.transaction() as session:
        token = staff.first_official(session, house.now())
    click.echo(f"{house.settings.public_url}/join/{token}")


@db.command()
def reseal() -> None:
    """Encrypt everything anew with the secret in use, so that WXSVC_OLD_SECRET_KEYS can go. Repeatable."""
    from wxsvc.services import key_checks, resealing

    house = open_house(load_settings())
    house.settle_key()
    renewed = unreadable = 0
    with house.database.read() as session:
        size = resealing.size(session)
    with progress("encrypting anew", size) as tick:
        for key, column in resealing.SEALED:
            last = None
            while True:
                with house.database.transaction() as session:
                    step = resealing.some(session, house.vault, key, column, last)
                last, renewed, unreadable = step.last, renewed + step.renewed, unreadable + step.unreadable
                tick(step.seen)
                if step.seen < resealing.AT_ONCE:
                    break
    click.echo(f"{renewed} of {size} values encrypted anew")
    with house.database.transaction() as session:
        is_done = resealing.put_away(session, house.vault)
        fits = key_checks.fit(session, house.vault) is key_checks.Fit.FITS
    if is_done and fits:
        click.echo("nothing rests on a former secret: WXSVC_OLD_SECRET_KEYS can be emptied")
        return
    click.echo(f"{unreadable} values could not be opened with any secret: keep WXSVC_OLD_SECRET_KEYS", err=True)
    sys.exit(1)


@main.command()
@click.option("--year", type=int, required=True)
@click.option("--platform", "code", help="Only the platform of this code.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tallies(year: int, code: str | None, as_json: bool) -> None:
    """Fold what waits and list every platform's tally and scorecard of YEAR."""
    from wxsvc.services.counting import tally_list

    house = open_house(load_settings())
    try:
        entries = tally_list.entries(house.database, house.now, year, code)
    except ValueError as error:
        refuse(str(error))
    if as_json:
        print_json(entries)
        return
    for entry in entries:
        card, amended = entry["scorecard"], entry["amended"]
        line = f"{entry['code']}\t{entry['name']}\t{card['total']}\t{card['awaited']}\t{card['as_of']}"
        click.echo(f"{line}\tamended since to {amended['total']}" if amended else line)


@main.command()
@click.option("--check", is_flag=True, help="Write nothing: compare every scorecard with the truth.")
def retally(check: bool) -> None:
    """Recount every platform's year from the truth; with a secret that does not fit the database, say so too."""
    from wxsvc.services import key_checks
    from wxsvc.services.counting import folding

    house = open_house(load_settings())
    with house.database.read() as session:
        is_wrong_key = key_checks.fit(session, house.vault) is key_checks.Fit.WRONG
    if is_wrong_key:  # scores rest on nothing that is encrypted, so they are recounted all the same
        click.echo(str(key_checks.WrongKey()), err=True)
    size = folding.retally_size(house.database, house.now)
    if not check:
        with progress("recounting", size) as tick:
            folding.retally(house.database, house.now, tick)
        click.echo(f"{size} platform-years recounted")
        return
    with progress("checking", size) as tick:
        differences, waiting = folding.check(house.database, house.now, tick)
    for difference in differences:
        click.echo(difference.told())
    after_sealing = sum(difference.is_after_sealing for difference in differences)
    if after_sealing:
        click.echo(
            f"{after_sealing} sealed years keep their scorecards, though what they were counted from has changed"
        )
    different = len(differences) - after_sealing
    click.echo(f"{size - len(waiting)} compared, {different} different, {len(waiting)} waiting to be folded")
    sys.exit(1 if different or is_wrong_key else 0)


@main.command()
@click.option("--port", type=PORT, default=8001, show_default=True)
@click.option("--callback", default="http://127.0.0.1:8000/wechat", show_default=True, help="Where pushes go.")
def simulator(port: int, callback: str) -> None:
    """Run the pretend WeChat alone, with its page of phones."""
    from wxsvc.simulator import Credentials, run

    given = load_settings()
    credentials = Credentials(
        app_id=given.wechat_app_id,
        app_secret=given.wechat_app_secret,
        token=given.wechat_token,
        aes_key=given.wechat_aes_key,
        mode=given.wechat_mode.value,
    )
    free_address("127.0.0.1", port)
    run(port, callback, credentials)


def _settings_for(host: str) -> Settings:
    """The settings, if the product may listen on this address with them."""
    settings = load_settings()
    if not settings.may_listen_on(host):
        refuse(
            f"--host {host} is not on this machine alone, but WXSVC_WECHAT=simulator lets any browser be anybody: "
            "listen on 127.0.0.1, or set WXSVC_WECHAT=real with the account's credentials"
        )
    return settings
