"""Names of settings (设置项名称): what the variables with our prefix hold, and which of them no setting reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

PREFIX: Final = "WXSVC_"
_OF_TESTS: Final = "WXSVC_TEST_"
"""Where the tests find their database, broker and browser."""

_FORMER: Final = frozenset({"WECHAT_ACCOUNT"})
"""Names that meant a setting once. Whoever still sets one starts as before: nothing ever hung on it."""


def values(environ: Mapping[str, str]) -> dict[str, str]:
    """What each variable that begins with our prefix and is not empty holds, by the name of its setting."""
    ours = {name.lower().removeprefix(PREFIX.lower()): value for name, value in environ.items() if _is_ours(name)}
    return {name: value for name, value in ours.items() if value}


def problems(environ: Mapping[str, str], fields: Iterable[str]) -> list[str]:
    """One sentence per variable that begins with our prefix and belongs to none of the fields, in order."""
    known = sorted(field.upper() for field in fields)
    ours = sorted(name for name in environ if _is_ours(name) and not name.startswith(_OF_TESTS))
    return [_problem(name, known) for name in ours if name.upper().removeprefix(PREFIX) not in {*known, *_FORMER}]


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _problem(name: str, known: list[str]) -> str:
    nearest = get_close_matches(name.upper().removeprefix(PREFIX), known, n=1)
    meant = f"did you mean {PREFIX}{nearest[0]}?" if nearest else "docker/env.example names every setting"
    return f"{name} is no setting: {meant}"
