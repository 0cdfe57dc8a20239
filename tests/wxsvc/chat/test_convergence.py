"""1,000 pushes, delivered twice, late and in the wrong order: the rows are those of one clean delivery.

The clean one goes to SQLite, once for both databases: they have to hold the same rows. Compared is every table, ids and
``received_at`` apart; persons by their openid, or by when they left.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from models import Base
from models.person import Person
from tests.clock import SettableClock
from tests.databases import emptied, put_sqlite
from tests.kept import once_in_a_run
from tests.wxsvc.chat import deliveries
from tests.wxsvc.chat.deliveries import LASTS, START, Pushed
from wxsvc.app import create_app
from wxsvc.chat.envelope import Envelope
from wxsvc.chat.xmlbody import fields_of
from wxsvc.db import Database
from wxsvc.services.counting import folding
from wxsvc.services.people import following
from wxsvc.settings import Development, Settings

pytestmark = [pytest.mark.timeout(300), pytest.mark.both_databases]
PUSHES = 1000
STATIC = {"platforms", "platform_years", "activities", "activity_platforms", "enterprises", "enterprise_name_pairs"}
END = START + timedelta(seconds=LASTS) + timedelta(hours=1)

Rows = dict[str, list[tuple[Any, ...]]]


class Province:
    """The product before one empty database, with WeChat in front of it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.clock = SettableClock(START)
        settings = Settings(data_dir=folder, database_url=str(db.url), secret_key="k" * 40)
        self.app = create_app(settings, self.clock, db)
        self.envelope = Envelope(Development.TOKEN, Development.AES_KEY, Development.APP_ID, "safe")
        with db.transaction() as session:
            session.execute(sa.delete(Base.metadata.tables["media"]))  # the migrations', which an emptied one has not
            self.known = deliveries.build(session)

    def deliver(self, push: Pushed) -> None:
        """Post it in a genuine envelope, of the moment when it was made."""
        stamp = str(int(push.at().timestamp()))
        sealed = fields_of(self.envelope.seal(push.xml, "12345678", stamp))
        body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{sealed['Encrypt']}</Encrypt></xml>"
        query = MultiDict({"timestamp": stamp, "nonce": "12345678", "encrypt_type": "aes"})
        query["msg_signature"] = str(sealed["MsgSignature"])
        wechat = Client(self.app, use_cookies=False)
        answer = wechat.post("/wechat", query_string=query, data=body.encode(), content_type="text/xml")
        assert answer.status_code == 200, push

    def play(self, arrivals: list[tuple[Pushed, datetime]], at_once: int = 1) -> Rows:
        """Deliver everything, so many at once, the minutely job in between; then fold, and read every row."""
        forgotten = START
        with ThreadPoolExecutor(at_once) as threads:
            for some in _batched(arrivals, at_once):
                self.clock.set(some[0][1])
                if self.clock.now() - forgotten > timedelta(minutes=1):
                    forgotten = self.clock.now()
                    self.forget()
                list(threads.map(self.deliver, [push for push, _ in some]))
        return self.rows()

    def forget(self) -> None:
        """The worker's job."""
        with self.db.transaction() as session:
            following.forget(session, self.clock.now())

    def rows(self) -> Rows:
        """Every table at rest, in words that do not depend on ids."""
        self.clock.set(END)
        self.forget()
        folding.fold_waiting(self.db, self.clock.now)
        with self.db.read() as session:
            tables = {table.name: table for table in Base.metadata.sorted_tables}
            names = {
                "persons": {
                    row.id: row.openid or f"gone, known since {row.created_at}"
                    for row in session.scalars(sa.select(Person))
                },
                "platforms": _named(session, tables["platforms"], "code"),
                "activities": _named(session, tables["activities"], "code"),
                "enterprises": _named(session, tables["enterprises"], "name"),
            }
            return {
                name: sorted((_said(table, row, names) for row in session.execute(sa.select(table))), key=str)
                for name, table in tables.items()
                if name not in STATIC
            }


def _batched(arrivals: list[tuple[Pushed, datetime]], many: int) -> Iterator[list[tuple[Pushed, datetime]]]:
    for start in range(0, len(arrivals), many):
        yield arrivals[start : start + many]


def _named(session: Any, table: sa.Table, column: str) -> dict[int, str]:
    return {row.id: getattr(row, column) for row in session.execute(sa.select(table))}


def _said(table: sa.Table, row: Any, names: dict[str, dict[int, str]]) -> tuple[Any, ...]:
    """The row's values; references by name, ids and ``received_at`` left out."""
    said: list[Any] = []
    for column, value in zip(table.columns, row, strict=True):
        target = next((key.column.table.name for key in column.foreign_keys), None)
        if table.name == "log_entries" and column.name == "subject_id" and row.subject == "person":
            target = "persons"
        if column.name in ("id", "received_at"):
            continue
        if column.name in ("before", "after") and row.deed == "person.erased":
            continue  # of two leavings, the one that arrived first erased the row, and the earlier one set its time
        if table.name == "departures" and column.name == "links":
            said.append([[names["enterprises"][each], *more] for each, *more in value])
            continue
        if target in names:
            said.append(names[target].get(value))
        else:
            said.append(value if target is None else value is not None)
    return tuple(said)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Province]:
    """A province whose database is a file in this folder."""
    put_sqlite(folder / "wxsvc.db")
    database = Database(f"sqlite:///{folder / 'wxsvc.db'}")
    yield Province(database, folder)
    database.dispose()


def cleanly(made: Callable[[list[str]], list[Pushed]]) -> tuple[list[Pushed], Rows]:
    """What was made for those who are known, and the rows once it is delivered well."""
    with TemporaryDirectory() as folder, on_sqlite(Path(folder)) as province:
        pushes = made(province.known)
        return pushes, province.play(deliveries.cleanly(pushes))


@once_in_a_run
def clean_hour() -> tuple[list[Pushed], Rows]:
    """A thousand pushes, whichever database has them delivered badly then."""
    return cleanly(lambda known: deliveries.pushes(random.Random("pushes"), known, PUSHES))


@pytest.fixture
def province(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Province]:
    """One with an empty database of this kind."""
    if database_kind == "postgresql":
        yield Province(emptied(request.getfixturevalue("migrated_postgres")), tmp_path)
        return
    with on_sqlite(tmp_path) as made:
        yield made


def differences(clean: Rows, noisy: Rows) -> dict[str, tuple[list[Any], list[Any]]]:
    """By table, the rows that only one of them has."""
    found = {}
    for name in clean:
        here, there = Counter(map(str, clean[name])), Counter(map(str, noisy[name]))
        if here != there:
            found[name] = (sorted((here - there).elements()), sorted((there - here).elements()))
    return found


def test_bad_deliveries_leave_the_rows_of_a_clean_one(province: Province) -> None:
    made, clean = clean_hour()
    arrivals = deliveries.badly(random.Random("arrivals"), made)
    assert len(arrivals) > 1.4 * PUSHES
    assert differences(clean, province.play(arrivals)) == {}
    for table, least in (("check_ins", 30), ("attendances", 30), ("refused_scans", 120), ("persons", 60)):
        assert len(clean[table]) > least, table


@pytest.mark.postgres
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_so_do_deliveries_that_race(province: Province) -> None:
    """Twelve at once, all within the same minutes: who takes over a check-in meets who joins it."""
    chance = random.Random("racing")

    def within_minutes(known: list[str]) -> list[Pushed]:
        return [replace(push, second=push.second // 9) for push in deliveries.pushes(chance, known, PUSHES // 2)]

    made, clean = cleanly(within_minutes)
    arrivals = deliveries.badly(chance, made, most=200)
    assert differences(clean, province.play(arrivals, at_once=12)) == {}
