"""Every deed that any test writes to the log has its Chinese name, and so has whatever is told of it; it names nobody.

The log is never erased, and persons are. So whatever a test seals (names, phones), and whatever leads to a person, is
looked for in each entry that it writes.
"""

from __future__ import annotations

import json
import os
from typing import Any, Final

import sqlalchemy as sa

from models.journal import LogEntry
from wxsvc.pages import operation_words
from wxsvc.texts import private_data
from wxsvc.vault import Vault

LONGEST_NAME: Final = 64
ONE_TEXT_EVERYWHERE: Final = "tests/house/test_poisoned_forms.py"
"""Fills every field with the same text: there a person's name is the need's as well, and is no sign of a fault."""
_sealed: set[str] = set()
_sealed_in: list[str] = [""]


def watch() -> None:
    """From now on an entry without a name in ``words.toml``, or with a person's, is an error of its test."""
    sa.event.listen(LogEntry, "before_insert", _must_have_names)
    sa.event.listen(LogEntry, "before_insert", _must_name_nobody)
    encrypt = Vault.encrypt

    def remembered(vault: Vault, text: str) -> str:
        _of_this_test().add(text)
        return encrypt(vault, text)

    Vault.encrypt = remembered  # type: ignore[method-assign]


def _of_this_test() -> set[str]:
    """What was sealed since this test began."""
    running = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0]
    if _sealed_in[0] != running:
        _sealed_in[0] = running
        _sealed.clear()
    return _sealed


def _must_have_names(_mapper: Any, _connection: Any, entry: LogEntry) -> None:
    if "." in entry.deed:  # else a test's own
        operation_words.deed_name(entry.deed, entry.subject)
        for name in {**entry.details, **(entry.after or {})}:
            operation_words.field_name(name)


def _must_name_nobody(_mapper: Any, _connection: Any, entry: LogEntry) -> None:
    if "." not in entry.deed:
        return
    told = json.dumps([entry.details, entry.before, entry.after], ensure_ascii=False)
    sealed = () if _sealed_in[0].startswith(ONE_TEXT_EVERYWHERE) else _of_this_test()
    named = [each for each in sealed if 2 <= len(each) <= LONGEST_NAME and each in told]
    assert not named, f"{entry.deed} tells of a person: {named}"
    assert private_data.without_contacts(told) == told, f"{entry.deed} tells how a person is reached: {told}"
