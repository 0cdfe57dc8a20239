"""合并提交: works of several threads that are committed together.

A commit of SQLite waits for the disk, as long for one row as for twenty. So whoever comes while a commit is under way
waits, and the next commit is for all of them. Nobody is answered before their own work is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

Connection = TypeVar("Connection")
Result = TypeVar("Result")


class _Work(Generic[Connection, Result]):
    """What one thread wants done, and what came of it."""

    def __init__(self, do: Callable[[Connection], Result]) -> None:
        self._do, self._result = do, list[Result]()
        self.error: BaseException | None = None
        self.is_done = False

    def run(self, connection: Connection) -> None:
        """Do it; it counts once it is committed, and until then may be done again."""
        self._result[:] = [self._do(connection)]

    def result(self) -> Result:
        """What came of it; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self._result[0]


class GroupCommit(Generic[Connection]):
    """Does works one after the other in one transaction: whoever finds nobody at it does what waits, for all.

    ``transaction`` commits at the end of its block, and rolls back by an exception.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._transaction = transaction
        self._turn = threading.Condition()
        self._waiting: list[_Work[Connection, object]] = []
        self._is_led = False

    def do(self, work: Callable[[Connection], Result]) -> Result:
        """What the work returns, once that is committed; raises what the work or the commit raises.

        Another thread may do it, and do it again where the work of somebody else failed.
        """
        mine = _Work(work)
        with self._turn:
            self._waiting.append(mine)  # type: ignore[arg-type]
            self._turn.wait_for(lambda: mine.is_done or not self._is_led)
            if mine.is_done:
                return mine.result()
            together, self._waiting, self._is_led = self._waiting, [], True
        self._commit(together)
        with self._turn:
            self._is_led = False
            self._turn.notify_all()
        return mine.result()

    def _commit(self, together: list[_Work[Connection, object]]) -> None:
        """One of them failed, or the commit: each is done by itself, so that nobody fails for another."""
        try:
            with self._transaction() as connection:
                for work in together:
                    work.run(connection)
        except BaseException as error:
            if len(together) > 1:
                for work in together:
                    self._commit([work])
                return
            together[0].error = error
        for work in together:
            work.is_done = True
