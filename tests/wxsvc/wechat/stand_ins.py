"""A pytest plugin: every module of wechatpy that we do not use is an empty stand-in, as if it had broken."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

USED: Final = {
    "wechatpy",
    "wechatpy._compat",
    "wechatpy.client",
    "wechatpy.client.api",
    "wechatpy.client.api.base",
    "wechatpy.client.api.jsapi",
    "wechatpy.client.api.media",
    "wechatpy.client.api.menu",
    "wechatpy.client.api.qrcode",
    "wechatpy.client.api.tag",
    "wechatpy.client.api.template",
    "wechatpy.client.base",
    "wechatpy.constants",
    "wechatpy.exceptions",
    "wechatpy.session",
    "wechatpy.session.memorystorage",
    "wechatpy.utils",
}
"""What our part of wechatpy imports; its packages import everything else only to hand it on."""


class Broken:
    """Whatever a stand-in is asked for: it can be named and made, and answers nothing."""


class _Nothing(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Broken


class StandIns(MetaPathFinder, Loader):
    """Finds the unused modules before Python does."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """A stand-in for what we do not use; None lets Python look."""
        is_unused = name.startswith("wechatpy.") and name not in USED
        return ModuleSpec(name, self, is_package=True) if is_unused else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module."""
        return _Nothing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many modules were replaced: the test that asks for this wants to know that it was real."""
    replaced = [name for name, module in sys.modules.items() if isinstance(module, _Nothing)]
    terminalreporter.write_line(f"stand-ins: {', '.join(sorted(replaced))}")


sys.meta_path.insert(0, StandIns())
