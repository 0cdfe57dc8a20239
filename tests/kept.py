"""What every app of a test process would compile anew and need not: address rules and page templates.

The tests make hundreds of apps, and each compiles the same 260 rules and the templates that it shows: a third of the
suite's time. The compiled code depends on nothing of the app, so it is kept for the next one. Should the libraries
change inside, nothing is kept and the tests are only slower.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

import flask
import flask.templating
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

_builders: dict[object, Callable[..., tuple[str, str]]] = {}
_compiled: dict[object, Rule] = {}


class KeptRule(Rule):
    """A rule that takes over what an equal rule of an earlier app has compiled; converters know nothing of the app."""

    def compile(self) -> None:
        known = _compiled.setdefault(self._key(), self)
        if known is self:
            super().compile()
            return
        self._parts, self._trace, self._converters = known._parts, known._trace, known._converters
        self.arguments |= known.arguments
        self._build = self._compile_builder(False).__get__(self, None)
        self._build_unknown = self._compile_builder(True).__get__(self, None)

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self._key(), append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]

    def _key(self) -> object:
        defaults = tuple(sorted((self.defaults or {}).items()))
        return (self.rule, self.subdomain, self.host, self.merge_slashes, defaults)


class KeptTemplates(BytecodeCache):
    """The code of compiled templates, by name, text and the options that matter to the compiler."""

    def __init__(self) -> None:
        self._kept: dict[object, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[self._key(bucket)] = bucket.code

    def _key(self, bucket: Bucket) -> object:
        made = bucket.environment
        return (bucket.key, bucket.checksum, made.trim_blocks, made.lstrip_blocks)


class KeptEnvironment(flask.templating.Environment):
    """Flask's environment with one memory of compiled templates for all apps."""

    _templates = KeptTemplates()

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **{"bytecode_cache": self._templates} | options)


def keep() -> None:
    """From now on every Flask app of this process takes what an earlier one compiled."""
    flask.Flask.url_rule_class = KeptRule
    flask.Flask.jinja_environment = KeptEnvironment
