"""What functions of ours remembered while a test had something of ours replaced is forgotten when that is put back.

Else the next test of the process is told what the replaced part said, or not, by the order of the files. Nothing is
forgotten after other tests: what the product reads once in a process is read once for all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, Final

import pytest

_OURS: Final = ("wxsvc", "models", "scoring")
_Remembering: Final = type(cache(lambda: None))


@pytest.fixture
def monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    """pytest's own, with that."""
    with replacing() as patch:
        yield patch


@contextmanager
def replacing() -> Iterator[pytest.MonkeyPatch]:
    """What is replaced by it is put back at the end, and what was then remembered is forgotten."""
    before = {each: each.cache_info().misses for each in remembering()}
    with pytest.MonkeyPatch.context() as patch:
        yield patch
        has_replaced = any(_is_ours(target) for target, _, _ in patch._setattr)
    for each in remembering() if has_replaced else ():
        if each.cache_info().misses != before.get(each, 0):
            each.cache_clear()


def remembering() -> tuple[Any, ...]:
    """The functions of ours that remember what they returned (``functools.cache``), of all modules imported by now."""
    return _among(len(sys.modules))


@cache
def _among(_modules: int) -> tuple[Any, ...]:
    modules = [module for module in list(sys.modules.values()) if _is_ours(module)]
    found = [each for module in modules for each in list(vars(module).values())]  # another thread may import just now
    return tuple({each for each in found if type(each) is _Remembering and _is_ours(each)})


def _is_ours(place: Any) -> bool:
    name = place.__name__ if isinstance(place, ModuleType) else getattr(place, "__module__", None)
    return str(name).partition(".")[0] in _OURS
