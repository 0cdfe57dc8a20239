"""Rows whose order nobody asked for come in another order than a database happens to give them.

Databases mostly answer in the order of insertion, so what forgets its ``ORDER BY`` passes until a plan changes. In the
process of the tests each query is asked to turn round whatever its own ``ORDER BY`` leaves open: all rows where it has
none, equal ones where it has one. It does so every time, so what relies on luck fails at once and always.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

_TURNED: Final = "row_number() OVER () DESC"

# What may stand at a query's top, outside of brackets, strings and names.
_TOKEN: Final = re.compile(
    r"""(?P<skip>'(?:[^']|'')*'|"[^"]*"|--[^\n]*)|(?P<open>\()|(?P<close>\))"""
    r"""|\b(?P<word>SELECT\s+DISTINCT|ORDER\s+BY|LIMIT|OFFSET|FETCH|FOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE|KEY)"""
    r"""|UNION|INTERSECT|EXCEPT|INSERT|UPDATE|DELETE|FROM)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_WRITES: Final = {"INSERT", "UPDATE", "DELETE"}


def turn_round() -> None:
    """From now on the queries of this process come back turned round, on every engine."""
    sa.event.listen(sa.Engine, "before_cursor_execute", _turn_round, retval=True)


def _turn_round(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool
) -> tuple[str, Any]:
    return (statement if executemany else turned(statement)), parameters


@lru_cache(maxsize=4096)
def turned(statement: str) -> str:
    """The same query, with what its ``ORDER BY`` leaves open in another order; anything else as it is."""
    if not re.match(r"\s*(SELECT|WITH)\b", statement, re.IGNORECASE):
        return statement
    words: dict[str, int] = {}
    depth = 0
    for token in _TOKEN.finditer(statement):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif token["word"]:
            word = token["word"].upper().split()[0]  # of SELECT DISTINCT, ORDER BY, FOR UPDATE the first
            if depth == 0 or word in _WRITES:
                words.setdefault(word, token.start())
    if words.keys() & _WRITES or "FROM" not in words:
        return statement
    if words.keys() & {"SELECT", "UNION", "INTERSECT", "EXCEPT", "FOR"}:
        if words.keys() & {"ORDER", "LIMIT", "OFFSET", "FETCH"}:
            return statement
        return f"SELECT * FROM ({statement}) AS asked ORDER BY {_TURNED}"  # noqa: S608 - our own statement
    end = min((words[word] for word in ("LIMIT", "OFFSET", "FETCH") if word in words), default=len(statement))
    link = ", " if "ORDER" in words else " ORDER BY "
    return f"{statement[:end].rstrip()}{link}{_TURNED} {statement[end:]}".rstrip()
