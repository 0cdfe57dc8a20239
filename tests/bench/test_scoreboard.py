"""From a scan to the scoreboard: how old the figures are that pages show, and what keeping them fresh costs a scan."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

import pytest
import sqlalchemy as sa

from tests.bench import load, scan_world
from tests.bench.figures import SCENES, Figures, Row, size, spread
from tests.bench.servers import Served, folding, ours, settled, warm
from tests.real import Postgres

pytestmark = [pytest.mark.bench, pytest.mark.postgres, pytest.mark.timeout(900)]

LOAD: Final = 100
"""Scans per second of a busy hour."""
EACH: Final = 1_500
"""Visitors who scan elsewhere while one is probed, at the most."""
SHOWN = sa.text(
    "select pending_participations from scorecards s join activities a on a.platform_id = s.platform_id"
    " and a.year = s.year where a.scene = :scene"
)
"""What the scoreboard has for the platform of the activity that is probed."""


def test_how_fresh_the_scoreboard_is(
    figures: Figures, postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A visitor scans at an activity of a platform of its own, again and again, while others scan elsewhere."""
    chosen = size()
    crowd = EACH * chosen.probes + 2 * chosen.pairs * _part()
    people, scenes = scan_world.openids(crowd + 3 * chosen.probes + 100), scan_world.scenes(SCENES + 1)
    probes, visitors = iter(people[crowd + 100 :]), iter(people[:crowd])
    with (
        capsys.disabled(),
        settled(postgres, len(people), len(scenes)) as url,
        ours(url, tmp_path) as product,
        folding(url, tmp_path) as worker,
    ):
        warm(product, people[crowd : crowd + 100], scenes[0])
        watch = _Watch(product, scenes[-1], probes)
        found = [watch.ages(chosen.probes)]
        for rate in (LOAD, None):
            with _crowd(product, visitors, scenes[:-1], rate):
                found.append(watch.ages(chosen.probes))
        cost = _cost(product, worker, visitors, scenes[:-1])
        watch.close()
    told = " · ".join(f"{median(ages):.2f}, {max(ages):.2f} s" for ages in found)
    figures.note(Row.SCOREBOARD, told)
    figures.note(Row.SCOREBOARD_COST, f"{spread(cost)} ×")


class _Watch:
    """Scans at one activity and waits until the scoreboard has counted it."""

    def __init__(self, product: Served, scene: str, openids: Iterator[str]) -> None:
        self._product, self._scene, self._openids, self._scanned = product, scene, openids, 0
        self._engine = sa.create_engine(product.url, isolation_level="AUTOCOMMIT")
        self._shown = self._engine.connect()

    def ages(self, times: int) -> list[float]:
        """Seconds from sending each scan to the scoreboard that has it."""
        found = []
        for _ in range(times):
            given = load.parcels([(next(self._openids), self._scene)])
            self._scanned += 1
            begun = time.perf_counter()
            load.drive(self._product.port, given)
            while (self._shown.scalar(SHOWN, {"scene": self._scene}) or 0) < self._scanned:
                assert time.perf_counter() - begun < 60, "the scoreboard never counted a scan"
                time.sleep(0.005)
            found.append(time.perf_counter() - begun)
            time.sleep(0.07)  # no step with the worker's own looks
        return found

    def close(self) -> None:
        """Give the connection back."""
        self._shown.close()
        self._engine.dispose()


@contextmanager
def _crowd(product: Served, visitors: Iterator[str], scenes: list[str], rate: int | None) -> Iterator[None]:
    """Others scan while the block lasts: so many per second, or as many as 32 connections can."""
    ended = threading.Event()

    def scan() -> None:
        while not ended.is_set():
            part = [next(visitors) for _ in range(20)]
            load.drive(product.port, load.parcels((each, scene) for each in part for scene in scenes), rate=rate)

    crowd = threading.Thread(target=scan)
    crowd.start()
    try:
        yield
    finally:
        ended.set()
        crowd.join()


def _cost(product: Served, worker: int, visitors: Iterator[str], scenes: list[str]) -> list[float]:
    """Scans per second while the worker stands still, against those while it folds; in turns."""

    def rate() -> float:
        part = [next(visitors) for _ in range(_part())]
        return load.drive(product.port, load.parcels((each, scene) for each in part for scene in scenes)).rate

    def at_rest(measure: Callable[[], float]) -> float:
        os.kill(worker, signal.SIGSTOP)
        try:
            return measure()
        finally:
            os.kill(worker, signal.SIGCONT)

    ratios = []
    for turn in range(size().pairs):
        alone, beside = (at_rest(rate), rate()) if turn % 2 else reversed((rate(), at_rest(rate)))
        ratios.append(alone / beside)
    return ratios


def _part() -> int:
    return max(20, size().visitors // 2)
