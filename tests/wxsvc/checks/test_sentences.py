"""Every finding has its sentences: what is wrong, and what mends it."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from wxsvc import checks
from wxsvc.wording import TEMPLATES

FOLDER = Path(str(checks.__file__)).parent


def test_every_code_has_a_title_a_sentence_and_what_mends_it() -> None:
    said = tomllib.loads((TEMPLATES / "checks.toml").read_text())
    doctor = FOLDER.parent / "commands/doctor.py"
    missing, used = set(), set()
    for path in [*FOLDER.glob("*.py"), doctor]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if node.func.id in ("bad", "note", "good") and texts:
                name, *code = texts
                keys = {f"title_{name}", *code} | ({f"{code[0]}_mend"} if node.func.id != "good" else set())
                used |= keys
                missing |= keys - said.keys()
    assert missing == set()
    assert said.keys() - used <= {"in_order", "not_asked"}
