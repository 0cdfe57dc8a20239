"""What every app of a test process would compile anew and need not: page templates.

The tests make many apps, and each compiles the templates that it shows. The code depends on nothing of the app, so it
is kept for the next one. Should the libraries change inside, nothing is kept and the tests are only slower.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

import flask
import flask.templating
from jinja2.bccache import Bucket, BytecodeCache


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
    flask.Flask.jinja_environment = KeptEnvironment
