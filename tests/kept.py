"""What every app of a test process would compile anew and need not: page templates, and the SQL of queries.

The tests make many apps and databases, and each compiles the templates that it shows, the queries that it asks. Neither
depends on the one app or database, so both are kept for the next. Should the libraries change inside, nothing is kept
and the tests are only slower.

What takes long and is the same in every process of a run (templates, migrated databases, the small province) is made by
the first that needs it and taken over by the others (:func:`share`). Nothing is kept for the next run: it may test
other code. The bytecode of tests alone stays, as Python's does: a text has its own (:func:`rewrite`).
"""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, Final, TypeVar, cast

import flask
import flask.templating
import pytest
from _pytest.assertion import rewrite as assertion
from _pytest.assertion.rewrite import assertstate_key
from jinja2.bccache import Bucket, BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from tests import builders

_Made = TypeVar("_Made")

_WORDS: Final = ("paramstyle", "server_version_info", "_json_serializer", "_json_deserializer")
"""What of a dialect the SQL of a query and the reading of its answer depend on, beside its kind."""

_shared: list[Path] = []
"""The folder of the run; none where it has one process."""


def share(folder: Path) -> None:
    """From now on take over what other processes of this run put into that folder, and put there what is made here."""
    folder.mkdir(exist_ok=True)
    _shared[:] = [folder]


def once_in_a_run(make: Callable[[], _Made]) -> Callable[[], _Made]:
    """Call ``make`` in one process of the run, once; the others wait for it and get a copy of what it returned.

    The rows that builders make in another process get no number of the copy's.
    """

    @cache
    def made() -> _Made:
        if not _shared:
            return make()
        with Path(_shared[0], f"{make.__module__}.{make.__qualname__}").open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if pickled := file.read():
                returned, used = pickle.loads(pickled)  # noqa: S301 - our own
                builders.pass_by(used)
                return cast("_Made", returned)
            made_here = make()
            file.write(pickle.dumps((made_here, builders.number())))
            return made_here

    return made


def made_in(folder: Path, make: Callable[[], _Made]) -> _Made | None:
    """What a process of that run made so, once all of them ended; None if none did."""
    file = Path(folder, f"{make.__module__}.{make.__qualname__}")
    if not file.is_file() or not (pickled := file.read_bytes()):
        return None
    return cast("_Made", pickle.loads(pickled)[0])  # noqa: S301 - our own


def rewrite(files: list[Path], config: pytest.Config) -> None:
    """Write the bytecode that pytest makes of test files, where there is none yet: each process would make its own."""
    missing = [file for file in files if not _bytecode(file).exists()]
    cores = os.cpu_count() or 1
    children = [_forked(missing[at::cores], config) for at in range(min(cores, len(missing)))]
    for child in children:
        os.waitpid(child, 0)


def _forked(files: list[Path], config: pytest.Config) -> int:
    """A child that rewrites these files; what it cannot, the processes of the run do or complain of."""
    if child := os.fork():
        return child
    try:
        for file in files:
            with suppress(Exception):
                source_hash, code = assertion._rewrite_test(file, config)
                if assertion.try_makedirs(_bytecode(file).parent):
                    assertion._write_pyc(config.stash[assertstate_key], code, source_hash, _bytecode(file))
    finally:
        os._exit(0)


def _bytecode(file: Path) -> Path:
    return assertion.get_cache_dir(file) / f"{file.stem}{assertion.PYC_TAIL}"


class KeptTemplates(BytecodeCache):
    """The code of compiled templates, by name, text and the options that matter to the compiler."""

    def __init__(self) -> None:
        self._kept: dict[object, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get(self._key(bucket))
        for files in () if bucket.code else self._files(bucket):
            files.load_bytecode(bucket)
            if bucket.code is not None:
                self._kept[self._key(bucket)] = bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[self._key(bucket)] = bucket.code
            for files in self._files(bucket):
                files.dump_bytecode(bucket)

    def _files(self, bucket: Bucket) -> list[FileSystemBytecodeCache]:
        made = bucket.environment
        pattern = f"%s-{made.trim_blocks:d}{made.lstrip_blocks:d}"
        return [FileSystemBytecodeCache(str(folder), pattern) for folder in _shared]

    def _key(self, bucket: Bucket) -> object:
        made = bucket.environment
        return (bucket.key, bucket.checksum, made.trim_blocks, made.lstrip_blocks)


class KeptEnvironment(flask.templating.Environment):
    """Flask's environment with one memory of compiled templates for all apps."""

    _templates = KeptTemplates()

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **{"bytecode_cache": self._templates} | options)


def keep() -> None:
    """From now on every app and every database of this process takes what an earlier one compiled."""
    flask.Flask.jinja_environment = KeptEnvironment
    DefaultDialect.__eq__ = _is_like  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = _kind_of  # type: ignore[method-assign, assignment]
    Engine._compiled_cache = property(lambda _engine: _queries, lambda _engine, _own: None)  # type: ignore[assignment]


_queries: LRUCache[Any, Any] = LRUCache(3000)


def _is_like(one: DefaultDialect, other: object) -> bool:
    """Whether two databases are asked in the same words: the keys of the memories begin with the dialect."""
    return type(one) is type(other) and all(getattr(one, name, None) == getattr(other, name, None) for name in _WORDS)


def _kind_of(dialect: DefaultDialect) -> int:
    return hash(type(dialect))
