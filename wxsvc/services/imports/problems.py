"""What is wrong with a bundle (导入文件的问题), each in its place; the sentences are ``import_problems.toml``'s."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class ImportProblem(Struct, frozen=True):
    """What is wrong in one place: ``code`` and ``facts`` make the sentence. No section means the file as a whole."""

    code: str
    section: str | None = None
    index: int | None = None
    name: str | None = None
    """The field, with its path."""
    key: str = ""
    """The row's own key, by which its author knows it."""
    facts: Mapping[str, object] = field(default_factory=dict)
