"""The whole province grown: copies of all its rows, in four directions, written straight into an SQLite file.

A copy of a row has its key, and the keys that it names, moved by a step, and what is unique in it told apart. So there
is much of whatever the whole province has, although no use case is asked for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from models import Base
from models.terms import Subject
from tests import builders

_TABLES: Final = {table.name: table for table in Base.metadata.sorted_tables}
_NEVER: Final = frozenset(
    {"stored_files", "file_names", "workdays", "heartbeats", "holiday_notices", "media", "api_keys", "webhooks",
     "saved_views"}
)  # fmt: skip
"""Whatever does not grow: what the province enters by hand, a few of each, among them."""
_OF_A_YEAR: Final = frozenset(
    {"assignments", "service_items", "call_back_samples", "publicities", "year_closings", "year_snapshots"}
)
_OF_A_CROWD: Final = frozenset(
    {"persons", "enterprises", "enterprise_name_pairs", "contacts", "standings", "staff_roles", "check_ins", "signups",
     "cluster_members", "refused_scans", "attendances", "satisfactions", "offline_service_enterprises", "invitations",
     "rejoinings", "link_claims", "web_sessions", "disputes", "enterprise_merges", "desk_sign_ins", "call_backs"}
)  # fmt: skip
_KEPT_PEOPLE: Final = _NEVER | {
    *("platforms", "persons", "enterprises", "enterprise_name_pairs", "contacts", "staff_roles", "standings"),
}

_SUBJECTS: Final[dict[str, str]] = {
    mapper.class_.SUBJECT.value: mapper.class_.__tablename__
    for mapper in Base.registry.mappers
    if isinstance(getattr(mapper.class_, "SUBJECT", None), Subject)
} | {"check_in": "check_ins", "enterprise": "enterprises", "person": "persons", "platform": "platforms"}
_BY_NAME: Final = {"enterprise_id": "enterprises", "platform_id": "platforms", "person_id": "persons"}
_ALIKE: Final = frozenset({"period", "indicator", "code", "obligation", "sha256"})
"""Words of a unique key that mean something: a copy that has the same key is left out."""
_short_codes: Final = count(16**4)


@dataclass(frozen=True, slots=True)
class Way:
    """A direction to grow in: which tables stay as they are, and whether the copies are of the year before."""

    kept: frozenset[str]
    is_former: bool = False


SAME: Final = Way(_KEPT_PEOPLE | _OF_A_YEAR | {"site_inspections"})
"""More of everything of the same platforms in the same year, by the same people; looks at a site are few."""
FORMER: Final = Way(_KEPT_PEOPLE, is_former=True)
"""More of the year before, of the same platforms; no rules are older."""
CROWD: Final = Way(frozenset(_TABLES) - _OF_A_CROWD)
"""More enterprises and people: at the same activities, on the staff, on the lists."""
PROVINCE: Final = Way(_NEVER | _OF_A_YEAR | {"announcements", "reading_decisions"})
"""More platforms, each with all that the first ones have."""


def grow(place: Path, copies: Mapping[Way, int]) -> None:
    """Add so many copies of the rows of an SQLite file in each way, and let its guards of sealed years go."""
    with sqlite3.connect(place) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {trigger}")
        connection.row_factory = sqlite3.Row
        there = {name: [dict(row) for row in connection.execute(f"select * from {name}")] for name in _TABLES}  # noqa: S608
        for way, number in copies.items():
            step = _step(connection)
            for name in _TABLES.keys() - way.kept:
                _add(connection, _TABLES[name], _copies(_TABLES[name], there[name], way, step, number))
        _remove_orphans(connection)
    connection.close()


def _step(connection: sqlite3.Connection) -> int:
    """Further than any key."""
    most = (f"select max(id) from {name}" for name, table in _TABLES.items() if "id" in table.columns)  # noqa: S608
    return int(10 ** len(str(max(connection.execute(each).fetchone()[0] or 0 for each in most))))


def _add(connection: sqlite3.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    names = [column.name for column in table.columns if column.computed is None]
    said = ", ".join(f'"{name}"' for name in names), ", ".join(f":{name}" for name in names)
    connection.executemany(f"insert or ignore into {table.name} ({said[0]}) values ({said[1]})", rows)  # noqa: S608


def _copies(table: sa.Table, rows: list[dict[str, Any]], way: Way, step: int, copies: int) -> Iterator[dict[str, Any]]:
    changes = [(column.name, _change(table, column, way)) for column in table.columns]
    changes = [(name, change) for name, change in changes if change is not None]
    for number in range(1, copies + 1):
        for row in rows:
            moved = {name: change(row, row[name], step * number) for name, change in changes if row[name] is not None}
            yield row | moved


_Change = Callable[[dict[str, Any], Any, int], Any]


def _change(table: sa.Table, column: sa.Column[Any], way: Way) -> _Change | None:
    """How a column of a copy differs: of (row, value, step)."""
    kept, years = way.kept, way.is_former
    moved: _Change = lambda _row, value, step: value + step  # noqa: E731
    name = column.name
    if name == "id":
        return moved
    if name == "subject_id":
        return lambda row, value, step: value if _SUBJECTS.get(row["subject"], "") in {"", *kept} else value + step
    if column.foreign_keys or name in _BY_NAME:
        of = next((key.column.table.name for key in column.foreign_keys), _BY_NAME.get(name, ""))
        is_number = isinstance(column.type, sa.Integer)
        return moved if of not in kept and is_number else None
    if name == "uscc" and column.unique:
        return lambda _row, _value, _step: builders.uscc()
    if name == "short_code":
        return lambda _row, _value, _step: f"{next(_short_codes):05x}"
    if table.name == "enterprises" and name in ("name", "name_form"):
        return lambda _row, value, step: f"{value[:4]}{step}{value[4:]}"
    if years and (name == "year" or isinstance(column.type, sa.Date) or _is_moment(column)):
        return lambda _row, value, _step: _earlier(value)
    if years and name in ("period", "month"):
        return lambda _row, value, _step: _earlier(value)
    is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
    if is_text and (column.unique or (name in _unique(table) and name not in _ALIKE)):
        return lambda _row, value, step: f"{value}-{step}"
    return None


def _is_moment(column: sa.Column[Any]) -> bool:
    return column.type.python_type is datetime


def _earlier(value: Any) -> Any:
    """A year less, or a text that begins with one."""
    return value - 1 if isinstance(value, int) else f"{int(value[:4]) - 1}{value[4:]}"


def _unique(table: sa.Table) -> set[str]:
    keys = [each.columns for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    keys += [each.columns for each in table.indexes if each.unique]
    return {column.name for columns in keys for column in columns}


def _remove_orphans(connection: sqlite3.Connection) -> None:
    """Rows of a copy that was left out, as its key was there."""
    while found := connection.execute("PRAGMA foreign_key_check").fetchall():
        for name, rowid in {(row[0], row[1]) for row in found}:
            connection.execute(f"delete from {name} where rowid = ?", (rowid,))  # noqa: S608
