"""Tokens: shared, early, and asked for by one thread of each process."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from models.access_token import AccessToken
from tests.migrated import migrate
from tests.wxsvc.wechat.memory_store import MemoryStore
from wxsvc.db import Database
from wxsvc.vault import Vault
from wxsvc.wechat import errors
from wxsvc.wechat.gateway import Gateway
from wxsvc.wechat.token_store import DatabaseStore
from wxsvc.wechat.tokens import Credential, TokenStore

TOKEN, TICKET, MENU = "/cgi-bin/stable_token", "/cgi-bin/ticket/getticket", "/cgi-bin/menu/get"
NAME = "access_token:wx1234567890abcdef"
NOT_LATEST = {"errcode": 40001, "errmsg": "invalid credential"}
Open = Callable[[TokenStore], Gateway]


def test_a_token_is_replaced_five_minutes_early(wechat: Any, gateway: Gateway, clock: Any) -> None:
    gateway.call("GET", MENU)
    clock.pass_by(seconds=7200 - 301)
    gateway.call("GET", MENU)
    assert len(wechat.calls(TOKEN)) == 1
    clock.pass_by(seconds=1)
    gateway.call("GET", MENU)
    assert [asked.query["access_token"] for asked in wechat.calls(MENU)] == ["TOKEN1", "TOKEN1", "TOKEN2"]


def test_a_token_near_its_end_is_not_asked_for_again_and_again(wechat: Any, gateway: Gateway, clock: Any) -> None:
    wechat.on(TOKEN, {"access_token": "OLD", "expires_in": 300}, {"access_token": "NEW", "expires_in": 7200})
    for _ in range(5):
        gateway.call("GET", MENU)
    assert len(wechat.calls(TOKEN)) == 1
    clock.pass_by(seconds=30)
    gateway.call("GET", MENU)
    assert wechat.calls(MENU)[-1].query["access_token"] == "NEW"


def test_processes_share_one_token(wechat: Any, open_gateway: Open, store: MemoryStore) -> None:
    for _ in range(3):
        open_gateway(store).call("GET", MENU)
    assert len(wechat.calls(TOKEN)) == 1


def test_a_token_that_another_process_renewed_is_adopted(
    wechat: Any, open_gateway: Open, store: MemoryStore, clock: Any
) -> None:
    ours, theirs = open_gateway(store), open_gateway(store)
    ours.call("GET", MENU)
    theirs.call("GET", MENU)
    wechat.on(MENU, lambda asked: NOT_LATEST if asked.query["access_token"] == "TOKEN1" else {"errcode": 0})
    theirs.call("GET", MENU)
    ours.call("GET", MENU)  # only the token that was used is replaced, and that has happened
    assert len(wechat.calls(TOKEN)) == 2


def test_twenty_threads_with_a_refused_token_ask_once(wechat: Any, gateway: Gateway) -> None:
    gateway.token.get()
    wechat.on(MENU, lambda asked: NOT_LATEST if asked.query["access_token"] == "TOKEN1" else {"errcode": 0})
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: gateway.call("GET", MENU), range(20)))
    assert len(wechat.calls(TOKEN)) == 2


def test_those_who_waited_share_a_failure(wechat: Any, gateway: Gateway) -> None:
    wechat.on(TOKEN, {"errcode": 45009, "errmsg": "reach max api daily quota limit"})

    def fails(_: int) -> bool:
        with pytest.raises(errors.QuotaSpent):
            gateway.call("GET", MENU)
        return True

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(fails, range(20)))
    assert len(wechat.calls(TOKEN)) == 1


def test_a_wrong_shape_is_an_error(wechat: Any, gateway: Gateway) -> None:
    wechat.on(TOKEN, {"access_token": "", "expires_in": 7200})
    with pytest.raises(errors.NotUnderstood):
        gateway.call("GET", MENU)


def test_the_ticket_is_kept_in_the_same_way(wechat: Any, gateway: Gateway, clock: Any) -> None:
    wechat.on(
        TICKET, {"errcode": 0, "ticket": "A", "expires_in": 7200}, {"errcode": 0, "ticket": "B", "expires_in": 7200}
    )
    with ThreadPoolExecutor(20) as pool:
        assert {c.value for c in pool.map(lambda _: gateway.ticket.get(), range(20))} == {"A"}
    clock.pass_by(seconds=6900)
    assert gateway.ticket.get().value == "B"
    assert len(wechat.calls(TICKET)) == 2


def test_the_database_keeps_the_newest(database_url: str, request: pytest.FixtureRequest) -> None:
    database = Database(database_url)
    migrate(database, request)
    store = DatabaseStore(database, Vault(["k" * 40]))
    assert store.get(NAME) is None
    for value, fetched, kept in (("a", 10, "a"), ("b", 11, "b"), ("c", 9, "b"), ("d", 11, "d")):
        store.put(NAME, Credential(value, fetched + 7200, fetched))
        found = store.get(NAME)
        assert found is not None
        assert (found.value, found.expires_at - 7200 >= found.fetched_at) == (kept, True)
    database.dispose()


def test_a_copy_of_the_database_has_no_token(database_url: str, request: pytest.FixtureRequest) -> None:
    """It lies sealed; what lies open from before, or under a foreign secret, is fetched anew."""
    database = Database(database_url)
    migrate(database, request)
    DatabaseStore(database, Vault(["o" * 40])).put(NAME, Credential("a-token-of-wechat", 20_000, 10))
    with database.transaction() as session:
        stored = session.scalars(sa.select(AccessToken.value)).one()
        assert "a-token-of-wechat" not in stored
        session.add(AccessToken(name="open", value="a-token", expires_at=20_000, fetched_at=10))
    renewed = DatabaseStore(database, Vault(["n" * 40, "o" * 40])).get(NAME)
    assert renewed is not None
    assert renewed.value == "a-token-of-wechat"
    foreign = DatabaseStore(database, Vault(["f" * 40]))
    assert foreign.get(NAME) is None
    assert foreign.get("open") is None
    foreign.put("open", Credential("b-token", 20_000, 11))
    assert foreign.get("open") is not None
    database.dispose()


PROCESSES = """
import multiprocessing, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from wxsvc.db import Database
from wxsvc.wechat.gateway import Gateway
from wxsvc.vault import Vault
from wxsvc.wechat.token_store import DatabaseStore

def ask(all_are_ready):
    database = Database(sys.argv[1])
    gateway = Gateway(
        "wx1234567890abcdef",
        "s",
        DatabaseStore(database, Vault(["k" * 40])),
        lambda: datetime.now(UTC),
        api_base_url=sys.argv[2],
    )
    all_are_ready.wait(60)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: gateway.call("GET", "/cgi-bin/menu/get"), range(100)))
    gateway.close()
    database.dispose()

fork = multiprocessing.get_context("fork")
all_are_ready = fork.Barrier(4)
processes = [fork.Process(target=ask, args=[all_are_ready]) for _ in range(4)]
for process in processes:
    process.start()
for process in processes:
    process.join()
sys.exit(sum(process.exitcode != 0 for process in processes))
"""


def test_twenty_threads_in_four_processes_on_a_cold_store(
    wechat: Any, database_url: str, request: pytest.FixtureRequest
) -> None:
    """Four processes that one start of the program forks: each opens the database for itself."""
    database = Database(database_url)
    migrate(database, request)
    wechat.on(TOKEN, {"access_token": "STABLE", "expires_in": 7200})
    command = [sys.executable, "-W", "error", "-c", PROCESSES, database.url.render_as_string(False), wechat.url]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stderr
    assert len(wechat.calls(MENU)) == 400
    assert 1 <= len(wechat.calls(TOKEN)) <= 4
    database.dispose()
