"""The schema as the database itself tells it: one line for each column, constraint, index, trigger and function."""

from __future__ import annotations

import sqlalchemy as sa

VERSION_TABLE = "alembic_version"

COLUMNS = """
    select 'column ' || c.relname || '.' || a.attname || ': ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' collate ' || nullif(l.collname, 'default'), '')
        || case a.attgenerated when 's' then ' generated ' else ' default ' end
        || coalesce(pg_get_expr(d.adbin, d.adrelid), 'none')
        || case when a.attidentity = '' then '' else ' identity' end
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_collation l on l.oid = a.attcollation
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
"""
CONSTRAINTS = """
    select 'constraint ' || conrelid::regclass::text || ' ' || conname || ': ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c', 'x')
"""
INDEXES = """
    select 'index ' || pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace
"""
TRIGGERS = """
    select 'trigger ' || pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text from pg_trigger t
    where not t.tgisinternal
"""
FUNCTIONS = """
    select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
"""


def told(connection: sa.Connection) -> set[str]:
    """Everything that the database enforces or looks up by; the order of columns and of constraints left aside."""
    if connection.dialect.name == "sqlite":
        lines = _sqlite(connection)
    else:
        queries = (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, FUNCTIONS)
        lines = [line for query in queries for line in connection.exec_driver_sql(query).scalars()]
    return {_plain(line) for line in lines if VERSION_TABLE not in line}


def tables_only(lines: set[str]) -> set[str]:
    """Without the guards, of which models know nothing."""
    return {line for line in lines if not line.startswith(("trigger ", "function "))}


def _sqlite(connection: sa.Connection) -> list[str]:
    """SQLite keeps the statements themselves: a table's is taken apart at the commas between its parts."""
    lines = []
    query = "select type, name, sql from sqlite_master where sql is not null"
    for kind, name, statement in connection.exec_driver_sql(query):
        if kind != "table":
            lines.append(f"{kind} {statement}")
            continue
        inside = statement[statement.index("(") + 1 : statement.rindex(")")]
        lines += [f"{_kind_of(part)} {name} {part}" for part in _parts(inside)]
    return lines


def _kind_of(part: str) -> str:
    is_constraint = part.startswith(("CONSTRAINT", "CHECK", "FOREIGN", "UNIQUE", "PRIMARY"))
    return "constraint" if is_constraint else "column"


def _parts(text: str) -> list[str]:
    """Cut at the commas that stand outside brackets and quotation marks."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += (0 if quoted else 1) * ((sign == "(") - (sign == ")"))
        if sign == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _plain(line: str) -> str:
    """White space and the quotation marks around names say nothing."""
    return " ".join(line.replace('"', "").split())
