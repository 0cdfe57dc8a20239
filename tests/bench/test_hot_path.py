"""Scans against the reference in turns, halls, a hot activity, many rows, SQLite: the product as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa

from tests import builders
from tests.bench import load, scan_world
from tests.bench.figures import SCENES, Figures, Row, size, spread
from tests.bench.servers import SERVE, Served, ours, settled, the_reference, warm
from tests.real import Postgres
from tests.wire import Wire
from wxsvc.db import Database

pytestmark = [pytest.mark.bench, pytest.mark.postgres, pytest.mark.timeout(900)]

WARM = 100
"""Visitors who scan before the clock starts."""
HALL = 1_000
CONNECTIONS = 32


@pytest.fixture(autouse=True)
def _printed(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    with capsys.disabled():
        yield


def test_against_the_reference(figures: Figures, postgres: Postgres, tmp_path: Path) -> None:
    """Pairs in turns on a fresh database, each with new visitors; who begins changes with every pair."""
    chosen = size()
    people, scenes = scan_world.openids(chosen.visitors * chosen.pairs + WARM), scan_world.scenes(SCENES)
    with _both(postgres, tmp_path, people, scenes) as (product, yardstick):
        rates, web, database, of_all = [], [], [], []
        for turn in range(chosen.pairs):
            visitors = people[turn * chosen.visitors : (turn + 1) * chosen.visitors]
            order = [product, yardstick] if turn % 2 else [yardstick, product]
            found = {each.port: _run(each, visitors, scenes) for each in order}
            of_ours, theirs = found[product.port], found[yardstick.port]
            rates.append(of_ours[0] / theirs[0])
            web.append(of_ours[1] / theirs[1])
            database.append(of_ours[2] / theirs[2])
            of_all.append(of_ours)
    rate, web_each, database_each = (median(column) for column in zip(*of_all, strict=True))
    alone = of_all[4][0] / of_all[0][0]
    figures.note(Row.HOT_PATH, f"{spread(rates)}; ours {rate:,.0f} per second")
    figures.note(Row.FRESH, f"{rates[4] / rates[0]:.2f} against the reference's; {alone:.2f} alone")
    figures.note(Row.WEB_CPU, f"{spread(web)} ×; ours {web_each * 1e6:,.0f} µs")
    figures.note(Row.DATABASE_CPU, f"{spread(database)} ×; ours {database_each * 1e6:,.0f} µs")


def test_statements_and_commits(figures: Figures, postgres: Postgres, tmp_path: Path) -> None:
    """Counted on the wire between the web processes and PostgreSQL, and by the server's numbers of transactions."""
    people, (scene,) = scan_world.openids(2 * WARM), scan_world.scenes(1)
    with settled(postgres, len(people), 1) as url:
        wire = Wire(sa.make_url(url))
        with ours(wire.url.render_as_string(hide_password=False), tmp_path) as product:
            at_rest = Served(product.port, product.pid, sa.make_url(url))
            warm(product, people[:WARM], scene)
            before = at_rest.commits()
            with wire.counted() as statements:
                load.drive(product.port, load.parcels((each, scene) for each in people[WARM:]))
            commits = at_rest.commits() - before
        wire.close()
    figures.note(Row.STATEMENTS, f"{statements[0] / WARM:.2f} / {commits / WARM:.2f}")


def test_halls(figures: Figures, postgres: Postgres, tmp_path: Path) -> None:
    """A thousand phones connect and scan one code in the same moment; the worst of all halls."""
    chosen = size()
    people, scenes = scan_world.openids(HALL + WARM), scan_world.scenes(chosen.halls + 1)
    with settled(postgres, len(people), len(scenes)) as url, ours(url, tmp_path) as product:
        warm(product, people[HALL:], scenes[0])
        runs = [
            load.drive(product.port, load.parcels((each, scene) for each in people[:HALL]), connections=HALL)
            for scene in scenes[1:]
        ]
    late = sum(run.late for run in runs)
    figures.note(Row.HALL, f"{max(run.slowest for run in runs):.2f} s, {late} of {len(runs) * HALL:,}")


def test_one_hot_activity(figures: Figures, postgres: Postgres, tmp_path: Path) -> None:
    """All scans at one activity against the same number spread over fifty of as many platforms."""
    chosen = size()
    visitors, many = chosen.visitors * 2, 50
    people, scenes = scan_world.openids(visitors + WARM), scan_world.scenes(many + 1 + chosen.pairs * 2)
    with settled(postgres, len(people), len(scenes)) as url, ours(url, tmp_path) as product:
        warm(product, people[visitors:], scenes[0])
        ratios = []
        for turn in range(chosen.pairs):
            hot = load.parcels((each, scenes[many + 1 + turn]) for each in people[:visitors])
            wide = load.parcels((each, scenes[1 + (n + turn) % many]) for n, each in enumerate(people[:visitors]))
            ratios.append(load.drive(product.port, hot).rate / load.drive(product.port, wide).rate)
    figures.note(Row.HOT_ACTIVITY, spread(ratios))


def test_many_rows(figures: Figures, postgres: Postgres, tmp_path: Path) -> None:
    """The same scans on a small database and on one that has millions of rows, in turns."""
    chosen = size()
    people, scenes = scan_world.openids(chosen.visitors * chosen.pairs + WARM), scan_world.scenes(SCENES)
    with ExitStack() as stack:
        small, large = (
            stack.enter_context(ours(stack.enter_context(settled(postgres, len(people), SCENES, rows)), tmp_path))
            for rows in (0, chosen.history)
        )
        ratios = _in_turns(large, small, people, scenes)
    figures.note(Row.LARGE, f"{spread(ratios)} with {chosen.history:,} rows")


def test_embedded(figures: Figures, postgres: Postgres, tmp_path: Path) -> None:
    """``wxsvc serve`` on SQLite, its worker within, against ``wxsvc web`` on PostgreSQL, in turns."""
    chosen = size()
    people, scenes = scan_world.openids(chosen.visitors * chosen.pairs + WARM), scan_world.scenes(SCENES)
    url = f"sqlite:///{tmp_path / 'wxsvc.db'}"
    _settle_sqlite(url, people, scenes)
    with ExitStack() as stack:
        in_production = stack.enter_context(ours(stack.enter_context(settled(postgres, len(people), SCENES)), tmp_path))
        embedded = stack.enter_context(ours(url, tmp_path, SERVE))
        ratios = _in_turns(embedded, in_production, people, scenes)
    figures.note(Row.EMBEDDED, spread(ratios))


@contextmanager
def _both(postgres: Postgres, folder: Path, people: list[str], scenes: list[str]) -> Iterator[tuple[Served, Served]]:
    url = postgres.create(is_durable=True)
    try:
        with (
            settled(postgres, len(people), len(scenes)) as of_ours,
            the_reference(url, folder, people, scenes) as yardstick,
            ours(of_ours, folder) as product,
        ):
            for each in (product, yardstick):
                warm(each, people[-WARM:], scenes[0])
            yield product, yardstick
    finally:
        postgres.drop(url)


def _run(served: Served, visitors: list[str], scenes: list[str]) -> tuple[float, float, float]:
    """Scans per second, and CPU seconds per scan of the web processes and of the database."""
    given = load.parcels((each, scene) for each in visitors for scene in scenes)
    web, database = served.web_seconds(), served.database_seconds()
    run = load.drive(served.port, given, CONNECTIONS)
    web, database = served.web_seconds() - web, served.database_seconds() - database
    return run.rate, web / len(given), database / len(given)


def _in_turns(one: Served, other: Served, people: list[str], scenes: list[str]) -> list[float]:
    """The rate of one against the other's, pair by pair, each with new visitors."""
    chosen, ratios = size(), []
    for each in (one, other):
        warm(each, people[-WARM:], scenes[0])
    for turn in range(chosen.pairs):
        visitors = people[turn * chosen.visitors : (turn + 1) * chosen.visitors]
        order = [one, other] if turn % 2 else [other, one]
        rates = {}
        for each in order:
            given = load.parcels((visitor, scene) for visitor in visitors for scene in scenes)
            rates[each.port] = load.drive(each.port, given, CONNECTIONS).rate
        ratios.append(rates[one.port] / rates[other.port])
    return ratios


def _settle_sqlite(url: str, people: list[str], scenes: list[str]) -> None:
    now, database = datetime.now(UTC), Database(url)
    before, after = now - timedelta(hours=6), now + timedelta(hours=6)
    window = {"opens_at": before, "starts_at": before, "ends_at": after, "closes_at": after}
    database.upgrade()
    with database.transaction() as session:
        platforms = [builders.platform(session) for _ in scenes]
        for platform, scene in zip(platforms, scenes, strict=True):
            builders.activity(session, platform, scene=scene, **window)
        for openid in people:
            person = builders.person(session, openid=openid, created_at=before)
            builders.contact(session, person, builders.enterprise(session))
    database.dispose()
