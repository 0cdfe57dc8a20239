"""Many rows at once: read by their keys, compared, inserted and updated in batches. For imports; no unit of work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Base
from wxsvc.services.imports.bundle import Bundle
from wxsvc.services.imports.problems import ImportProblem
from wxsvc.texts import regions

BATCH: Final = 5000

Item = TypeVar("Item")
Values = dict[str, Any]
"""Column values of one row."""


class SectionCounts(Struct):
    """What came of one section's rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left: int = 0
    """Rows among the unchanged that the bundle would have otherwise, and that are left as people decided."""

    @property
    def changed(self) -> int:
        """Rows that were written."""
        return self.created + self.updated


class Work(Struct):
    """One import under way: what to load, what is wrong with it, and whom to tell how far it is."""

    session: Session
    bundle: Bundle
    named: Mapping[str, set[str]]
    """Keys per section that the file names, those of bad rows too."""
    now: datetime
    tick: Callable[[int], object]
    problems: list[ImportProblem] = field(default_factory=list)
    doubtful: list[ImportProblem] = field(default_factory=list)
    """What is loaded all the same, and to be looked at."""

    def region_in_doubt(self, section: str, index: int, key: str, code: str | None) -> None:
        """A code that no division and no park has is taken as it is, and told: some park may be newer than we are."""
        if code is not None and not regions.may_be(code):
            self.doubtful.append(ImportProblem("region_unknown", section, index, "region", key, {"value": code}))

    def wrong(self, section: str, index: int, name: str | None, code: str, key: str, **facts: object) -> None:
        """Note what is wrong with a row."""
        self.problems.append(ImportProblem(code, section, index, name, key, facts))


class Plan(Struct):
    """What to insert and what to update, once it is known that everything is right."""

    new: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)
    unchanged: int = 0

    def add(self, found: Mapping[str, Any] | None, wanted: Values, only_new: Values) -> bool:
        """Plan one row: new, with ``only_new`` too, or changed if it differs; whether it will be written."""
        if found is None:
            self.new.append(only_new | wanted)
        elif any(found[name] != value for name, value in wanted.items()):
            self.changed.append({"id": found["id"], **wanted})
        else:
            self.unchanged += 1
            return False
        return True

    @property
    def counts(self) -> SectionCounts:
        """The same in figures."""
        return SectionCounts(len(self.new), len(self.changed), self.unchanged)


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists of at most ``BATCH``."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def read_by(
    session: Session, query: sa.Select[*tuple[Any, ...]], column: Any, values: Collection[Any]
) -> Iterator[Mapping[str, Any]]:
    """The rows of the query whose column is one of the values, however many values there are."""
    for batch in batches(sorted(set(values))):
        yield from cast("Iterator[Mapping[str, Any]]", session.execute(query.where(column.in_(batch))).mappings())


def insert(work: Work, model: type[Base], rows: Iterable[Values]) -> None:
    """Insert; a row that somebody else has added meanwhile is an ``IntegrityError``."""
    for batch in batches(rows):
        work.session.execute(sa.insert(_table(model)), batch)
        work.tick(len(batch))


def insert_missing(work: Work, model: type[Base], rows: Iterable[Values], *, ticks: bool = False) -> None:
    """Insert; a row that is there already stays as it is."""
    is_postgresql = work.session.get_bind().dialect.name == "postgresql"
    statement: Any = (postgresql.insert if is_postgresql else sqlite.insert)(_table(model))
    for batch in batches(rows):
        work.session.execute(statement.on_conflict_do_nothing(), batch)
        work.tick(len(batch) if ticks else 0)


def update(work: Work, model: type[Base], rows: Iterable[Values], keys: tuple[str, ...] = ("id",)) -> None:
    """Update by ``keys``; all rows name the same columns."""
    table = _table(model)
    for batch in batches(rows):
        columns = [name for name in batch[0] if name not in keys]
        statement = (
            sa.update(table)
            .where(*(table.c[name] == sa.bindparam(f"of_{name}") for name in keys))
            .values({name: sa.bindparam(f"to_{name}") for name in columns})
        )
        named = [
            {f"of_{name}": row[name] for name in keys} | {f"to_{name}": row[name] for name in columns} for row in batch
        ]
        work.session.execute(statement, named)
        work.tick(len(batch))


def take_stock(work: Work, *models: type[Base]) -> None:
    """Tell PostgreSQL how large these tables have become.

    Its statistics come with the commit; until then it plans the guards of new check-ins for empty tables.
    """
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(sa.text("analyze " + ", ".join(_table(model).name for model in models)))


def _table(model: type[Base]) -> sa.Table:
    return cast(sa.Table, model.__table__)
