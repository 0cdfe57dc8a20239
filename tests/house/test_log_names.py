"""Every deed that the code writes to the log has its Chinese name; ``tests/log_names.py`` watches what runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from models import Base
from models.terms import Subject
from wxsvc import wording
from wxsvc.pages import operation_words
from wxsvc.services import changed_rows

SERVICES = Path(__file__).parents[2] / "wxsvc" / "services"
WRITERS = {"record", "record_of", "note", "_note", "_log", "log", "_written", "_record", "_record_all"}
"""What use cases call to write an entry."""


def deeds() -> set[str]:
    """Every whole deed (``activity.published``) and every verb that stands in such a call."""
    found = set()
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in WRITERS:
                words = [each for each in ast.walk(node) if isinstance(each, ast.Constant)]
                found |= {
                    str(each.value) for each in words if re.fullmatch(r"[a-z_]+(\.[a-z_]*[a-z])?", str(each.value))
                }
    return found


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_every_whole_deed_has_a_name() -> None:
    """Those of the calls, and whatever else in the services looks like a deed of one of the nouns."""
    looks = re.compile(rf"""["']((?:{"|".join(Subject)})\.[a-z_]*[a-z])["']""")
    texts = [path.read_text(encoding="utf-8") for path in SERVICES.rglob("*.py")]
    whole = {each for each in deeds() if "." in each} | {each for text in texts for each in looks.findall(text)}
    assert len(whole) > 30
    assert {each for each in whole if not _has_name(each)} == set()


def _has_name(deed: str) -> bool:
    noun = deed.partition(".")[0]
    try:
        return bool(operation_words.deed_name(deed, Subject(noun) if noun in set(Subject) else Subject.IMPORT))
    except KeyError:
        return False


def test_every_name_is_of_a_deed_that_is_written() -> None:
    """A verb that no code says any more leaves the table."""
    text = "".join(path.read_text(encoding="utf-8") for path in SERVICES.rglob("*.py"))
    terms = (SERVICES.parents[1] / "models" / "terms.py").read_text(encoding="utf-8")
    verbs = {each.rpartition(".")[2].removeprefix("roster_") for each in wording.words_of("deed")} | set(
        wording.words_of("deed_verb")
    )
    assert {each for each in verbs if each not in text + terms} == set()


def test_every_column_that_the_log_may_tell_has_a_name() -> None:
    told = {(row.class_.__name__, name) for row in _rows() for name in changed_rows.names(row.class_)}
    assert len(told) > 200
    assert {each for each in told if not _is_named(each[1])} == set()


def _rows() -> list[Any]:
    return [row for row in Base.registry.mappers if row.class_.__tablename__ in changed_rows.SUBJECTS]


def _is_named(name: str) -> bool:
    try:
        return bool(operation_words.field_name(name))
    except KeyError:
        return False
