"""Every deed that any test writes to the log has its Chinese name, and so has whatever is told of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.journal import LogEntry
from wxsvc.pages import operation_words


def watch() -> None:
    """From now on an entry without a name in ``words.toml`` is an error of the test that writes it."""
    sa.event.listen(LogEntry, "before_insert", _must_have_names)


def _must_have_names(_mapper: Any, _connection: Any, entry: LogEntry) -> None:
    if "." in entry.deed:  # else a test's own
        operation_words.deed_name(entry.deed, entry.subject)
        for name in {**entry.details, **(entry.after or {})}:
            operation_words.field_name(name)
