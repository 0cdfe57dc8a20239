"""``wxsvc demo``: the product on one port, a simulated WeChat with phones on another, and sample data of a province."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click

from wxsvc.clock import SystemClock
from wxsvc.demo.tables import table
from wxsvc.end_signal import EndSignal
from wxsvc.given_files import GivenPath

_PORT: Final = click.IntRange(0, 65_535)


@click.command()
@click.option("--port", type=_PORT, default=8000, show_default=True, help="Where the product listens on 127.0.0.1.")
@click.option(
    "--simulator-port", type=_PORT, default=None, help="Where the page of phones is.  [default: the port after --port]"
)
@click.option(
    "--data-dir",
    type=GivenPath(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where the demo keeps its database and files.",
)
@click.option("--fresh", is_flag=True, help="Begin with an empty data folder again.")
@click.option("--headless", is_flag=True, help="Run the story without a browser, check every step, and end.")
@click.option("--platforms", type=click.IntRange(1, 1000), hidden=True, help="Seed the year of so many platforms only.")
def demo(
    port: int, simulator_port: int | None, data_dir: Path, fresh: bool, headless: bool, platforms: int | None
) -> None:
    """Run the product with a seeded province and the page of phones."""
    from wxsvc import observe
    from wxsvc.db import SchemaError
    from wxsvc.demo.product import PortTaken

    observe.log_to(level="ERROR")
    try:
        if headless:
            _headless(platforms)
        else:
            _show(data_dir, port, _next(port) if simulator_port is None else simulator_port, fresh, platforms)
    except PortTaken as taken:
        _refuse(str(taken))
    except SchemaError as unknown:
        _refuse(f"{unknown} (start with --fresh)")


def _show(folder: Path, port: int, simulator_port: int, fresh: bool, platforms: int | None) -> None:
    """The clerk's platform is seeded first; then the phones are there, and the others are seeded meanwhile."""
    from wxsvc.demo import folder as folders
    from wxsvc.demo import phones, product
    from wxsvc.demo.seeding import Seeding, people

    said, step = table("story")["show"], _Step()
    with ExitStack() as holding:
        try:
            holding.enter_context(folders.held(folder, fresh))
        except folders.NotOurs as problem:
            _refuse(str(problem))
        except OSError as error:
            _refuse(f"{folder} cannot be made ready: {error.strerror}: name another folder with --data-dir")
        opened = holding.enter_context(product.opened(folder, SystemClock(), port, simulator_port))
        seeding = Seeding(opened.seeds, people(opened.seeds), step, platforms)
        first, others = seeding.sizes()
        if folders.is_seeded(folder):
            seeding.open_today()
        else:
            with step.shown(said["seeding"], first):
                seeding.clerks_platform()
        with opened.serving():
            ended = EndSignal().listen()
            phones.assign(opened)
            with phones.offering_codes(opened):
                places = {"phones": opened.simulator.base_url, "product": opened.url, "folder": folder}
                click.echo(said["ready"].format(notice=folders.put_notice(folder), **places))
                if not folders.is_seeded(folder):
                    click.echo(said["meanwhile"])
                    with step.shown(said["seeding_others"], others, ended):
                        seeding.other_platforms()
                        folders.note_seeded(folder)
                        click.echo(said["complete"])
                ended.wait()


def _headless(platforms: int | None) -> None:
    from wxsvc.demo import product
    from wxsvc.demo.seeding import Seeding, people
    from wxsvc.demo.story import run_story
    from wxsvc.demo.story_checks import StepFailed
    from wxsvc.demo.story_run import StoryClock

    clock, step = StoryClock(), _Step()
    with tempfile.TemporaryDirectory(prefix="wxsvc-demo-") as folder, product.opened(Path(folder), clock) as one:
        seeding = Seeding(one.seeds, people(one.seeds), step, platforms)
        with step.shown(table("story")["show"]["seeding"], sum(seeding.sizes())):
            seeding.all()
        try:
            with one.serving():
                run_story(one, clock, click.echo)
        except StepFailed as failed:
            _refuse(str(failed), 1)


def _next(port: int) -> int:
    """The port after this one; 0, a free one, stays 0."""
    return port + 1 if port else 0


class _Ended(Exception):
    """The demo is to end in the middle of its seeding."""


class _Step:
    """Called after each step of the seeding: advances the progress bar on the terminal."""

    def __init__(self) -> None:
        self._advance: Callable[[], object] = lambda: None

    def __call__(self) -> None:
        self._advance()

    @contextmanager
    def shown(self, what: str, size: int, ended: EndSignal | None = None) -> Iterator[None]:
        """Show a bar for so many steps. Once ``ended`` is set, the next step ends the block."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=size)

            def advance() -> None:
                bar.advance(task)
                if ended is not None and ended.is_set():
                    raise _Ended

            self._advance = advance
            try:
                yield
            except _Ended:
                return
            bar.update(task, completed=size)


def _refuse(problem: str, status: int = 2) -> None:
    click.echo(problem, err=True)
    sys.exit(status)
