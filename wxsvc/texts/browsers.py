"""Browsers (浏览器): what kind of program and system a browser says it is. Anybody can say anything: it is a hint."""

from __future__ import annotations

from typing import Final

from wxsvc.texts.beside import table_beside

_table: Final = table_beside(__file__)


def kind_of(user_agent: str) -> str:
    """Program and system of a User-Agent, in our words: ``chrome windows``. Nothing else of it is kept."""
    given = user_agent.lower()
    return " ".join(next(each["word"] for each in _table()[part] if each["mark"] in given) for part in _PARTS)


def name_of(kind: str) -> str:
    """How people call such a kind: ``Chrome浏览器 · Windows``."""
    words = dict(zip(_PARTS, kind.split(), strict=False))
    return " · ".join(next(each["name"] for each in _table()[part] if each["word"] == words[part]) for part in words)


_PARTS: Final = ("browser", "system")
