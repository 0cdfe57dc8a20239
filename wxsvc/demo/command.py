"""``wxsvc demo``: the product on one port, a pretended WeChat with phones on the next, and a province in between."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wxsvc.clock import SystemClock
from wxsvc.demo.tables import table

if TYPE_CHECKING:
    from wxsvc.demo.seeding import Seeds


@click.command()
@click.option("--port", default=8000, show_default=True, help="Where the product listens on 127.0.0.1.")
@click.option("--simulator-port", default=8001, show_default=True, help="Where the page of phones is.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), default=Path("var/demo"))
@click.option("--fresh", is_flag=True, help="Begin with an empty data folder again.")
@click.option("--headless", is_flag=True, help="Play the story without a browser, check every step, and end.")
@click.option("--platforms", type=int, hidden=True, help="Tell the year of so many platforms only.")
def demo(port: int, simulator_port: int, data_dir: Path, fresh: bool, headless: bool, platforms: int | None) -> None:
    """Run the product with a seeded province and the page of phones."""
    from wxsvc import observe
    from wxsvc.demo.product import PortTaken

    observe.log_to(level="ERROR")
    try:
        if headless:
            _headless(platforms)
        else:
            _show(data_dir, port, simulator_port, fresh, platforms)
    except PortTaken as taken:
        _refuse(str(taken))


def _show(folder: Path, port: int, simulator_port: int, fresh: bool, platforms: int | None) -> None:
    from wxsvc.demo import folder as folders
    from wxsvc.demo import phones, product, seeding

    try:
        folders.make_ready(folder, fresh)
    except folders.NotOurs as problem:
        _refuse(str(problem))
    told = table("story")["show"]
    with product.opened(folder, SystemClock(), port, simulator_port) as opened:
        if folders.is_seeded(folder):
            seeding.open_today(opened.seeds, seeding.people(opened.seeds))
        else:
            with _progress() as tick:
                _seed(opened.seeds, tick, platforms)
            folders.note_seeded(folder)
        with opened.serving():
            phones.hand_out(opened)
            with phones.postering(opened):
                click.echo(told["ready"].format(phones=opened.simulator.base_url, product=opened.url, folder=folder))
                _until_told()


def _headless(platforms: int | None) -> None:
    from wxsvc.demo import product
    from wxsvc.demo.story import play
    from wxsvc.demo.story_checks import WrongStep
    from wxsvc.demo.story_clock import StoryClock

    clock = StoryClock()
    with tempfile.TemporaryDirectory(prefix="wxsvc-demo-") as folder, product.opened(Path(folder), clock) as one:
        with _progress() as tick:
            _seed(one.seeds, tick, platforms)
        try:
            with one.serving():
                play(one, clock, click.echo)
        except WrongStep as wrong:
            _refuse(str(wrong), 1)


def _seed(seeds: Seeds, tick: Callable[[int], object], platforms: int | None) -> None:
    """The people, then the year; ``tick`` is told the whole size first, then each step."""
    from wxsvc.demo import seeding

    everybody = seeding.people(seeds)
    tick(seeding.size(everybody, platforms))
    seeding.year(seeds, everybody, lambda: tick(0), platforms)


@contextmanager
def _progress() -> Iterator[Callable[[int], object]]:
    """A bar on the terminal; called with a size it begins, with 0 it goes on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(table("story")["show"]["seeding"]), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)

        def tick(size: int) -> None:
            if size:
                bar.update(task, total=size)
            else:
                bar.advance(task)

        yield tick
        bar.update(task, completed=bar.tasks[0].total or 0)


def _until_told() -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    ended.wait()


def _refuse(problem: str, status: int = 2) -> None:
    click.echo(problem, err=True)
    sys.exit(status)
