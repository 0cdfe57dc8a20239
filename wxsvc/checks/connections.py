"""数据库连接: may everybody who is connected open what they need, before PostgreSQL refuses one."""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa

from wxsvc.checks.finding import Finding, bad, good
from wxsvc.db import Database

SPARE: Final = 5
"""Connections for commands, a backup and whoever looks in by hand."""

_NAME: Final = re.compile(r"wxsvc \S+ ([0-9]+)")
_ALLOWED: Final = sa.text(
    "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true), '0')::int"
)
_OWN: Final = sa.text("select current_setting('application_name')")
_THERE: Final = sa.text(
    "select case when datname = current_database() then application_name else '' end as name, count(*)"
    " from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() group by name"
)


def enough(db: Database) -> Finding:
    """What all processes may open together, each by the size of its pools, against what the server allows.

    Every process at this database says by its name how many it may open; of all others those count that are open now.
    """
    if db.is_sqlite:
        return good("connections", "connections_of_a_file")
    with db.engine.connect() as connection:
        allowed = connection.scalars(_ALLOWED).one()
        own = connection.scalars(_OWN).one()
        there = [(name, number) for name, number in connection.execute(_THERE).all() if name != own]
    ours = {name: int(found[1]) for name, _ in there if (found := _NAME.fullmatch(name))}
    others = sum(number for name, number in there if name not in ours)
    most = sum(ours.values())
    facts = {
        "processes": len(ours),
        "most": most,
        "others": others,
        "used": sum(number for name, number in there if name in ours),
        "allowed": allowed,
        "wanted": most + others + SPARE,
    }
    if most + others + SPARE > allowed:
        return bad("connections", "connections_few", **facts)
    return good("connections", "connections_enough", **facts)
