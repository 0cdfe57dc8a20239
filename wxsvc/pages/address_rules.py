"""Rules of addresses (网址规则): what writes an address from its parts is compiled when one is written first.

Werkzeug compiles two such functions for each of our rules as it is added: that took longer than to join all the rest of
the app.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from werkzeug.routing import Rule


class AddressRule(Rule):
    """One rule. Should werkzeug change inside, it compiles at once, and the start only takes longer."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(super()._compile_builder)
        return lambda rule, /, **parts: compiled(append_unknown)(rule, **parts)
