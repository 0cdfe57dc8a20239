"""Works of several threads share a commit; none of them counts before it, and none fails for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.timing import until
from wxsvc.db import Database
from wxsvc.group_commit import GroupCommit

OTHERS = 8


class Ledger:
    """What is committed, by which commits; ``wait`` holds up the first of them."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.is_full = False
        self.begun, self.wait = threading.Event(), threading.Event()

    @contextmanager
    def transaction(self) -> Iterator[list[str]]:
        written: list[str] = []
        yield written
        self.begun.set()
        assert self.wait.wait(30)
        if self.is_full:
            raise OSError("no space")
        self.commits.append(written)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def _all(ledger: Ledger, works: list[Callable[[list[str]], str]], more: Callable[[], None] = lambda: None) -> list[str]:
    """Do the first; the others come while it is being committed. What each returned, or what it raised."""
    group = GroupCommit(ledger.transaction)
    with ThreadPoolExecutor(len(works)) as pool:
        first = pool.submit(group.do, works[0])
        assert ledger.begun.wait(30)
        others = [pool.submit(group.do, work) for work in works[1:]]
        until(lambda: len(group._waiting) == len(others), 30, "they do not wait for the next commit")
        assert not first.done()
        more()
        ledger.wait.set()
    return [_told(each) for each in (first, *others)]


def _told(future: Future[str]) -> str:
    error = future.exception()
    return f"raised {error}" if error else future.result()


def _writes(word: str) -> Callable[[list[str]], str]:
    def work(written: list[str]) -> str:
        written.append(word)
        return f"{word} is written"

    return work


def _fails(written: list[str]) -> str:
    written.append("half")
    raise ValueError("no such code")


def test_who_comes_during_a_commit_shares_the_next(ledger: Ledger) -> None:
    told = _all(ledger, [_writes(each) for each in "abcd"])
    assert told == [f"{each} is written" for each in "abcd"]
    assert [sorted(each) for each in ledger.commits] == [["a"], ["b", "c", "d"]]


def test_one_that_fails_fails_alone(ledger: Ledger) -> None:
    """What it wrote is rolled back, and what the others wrote is done again without it."""
    told = _all(ledger, [_writes("a"), _writes("b"), _fails, _writes("c")])
    assert told == ["a is written", "b is written", "raised no such code", "c is written"]
    assert sorted(ledger.commits) == [["a"], ["b"], ["c"]]


def test_nobody_is_told_of_what_was_not_committed(ledger: Ledger) -> None:
    """The disk runs full during the first commit, and stays so."""

    def runs_full() -> None:
        ledger.is_full = True

    assert _all(ledger, [_writes(each) for each in "abc"], runs_full) == ["raised no space"] * 3
    assert ledger.commits == []


def test_scans_that_come_together_are_committed_together(tmp_path: Path) -> None:
    """On SQLite: fewer commits than scans, and every one of them is in the file."""
    database = Database(f"sqlite:///{tmp_path / 'wxsvc.db'}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("create table seen (id integer primary key)")
    commits: list[object] = []
    sa.event.listen(database.engine, "commit", commits.append)
    barrier = threading.Barrier(OTHERS)

    def scan(number: int) -> None:
        barrier.wait(30)
        database.for_scan(lambda connection: connection.exec_driver_sql("insert into seen values (?)", (number,)))

    with ThreadPoolExecutor(OTHERS) as pool:
        with database.transaction():  # somebody else is writing
            running = [pool.submit(scan, number) for number in range(OTHERS)]
            until(
                lambda: barrier.n_waiting == 0 and len(database._scans._waiting) == OTHERS - 1, 30, "they do not wait"
            )
            commits.clear()
        for each in running:
            each.result()
    assert len(commits) == 2, "of the first scan, and of all the rest"
    with database.read() as session:
        assert list(session.scalars(sa.text("select id from seen order by id"))) == list(range(OTHERS))
    database.dispose()
