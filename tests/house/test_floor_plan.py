"""The floor plan holds: who may know whom, where Chinese may stand, how large a file may grow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp
import pytest

from tests.real import committed

ROOT = Path(__file__).parents[2]
PACKAGES = ("wxsvc", "models", "scoring")
LONGEST_FILE = 350


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, those inside functions too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_run_one_way() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_import_leads_back_to_where_it_began() -> None:
    """No circle among modules: neither by an import inside a function nor by one for type checking only."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    known = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert circles_of(known) == []


def test_a_circle_would_be_found() -> None:
    known = {"a": {"b", "d"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": set()}
    assert circles_of(known) == [["a", "b", "c"]]


def circles_of(known: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules of which each imports every other in the end."""
    reached = {module: reach(known, module) for module in known}
    found = {frozenset(other for other in reached[module] if module in reached[other]) for module in known}
    return sorted(sorted(group) for group in found if group)


def reach(known: Mapping[str, set[str]], module: str) -> set[str]:
    """Every module that an import leads to from this one, over however many others."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        waiting += (fresh := known[waiting.pop()] - seen)
        seen |= fresh
    return seen


def test_every_room_is_on_the_floor_plan() -> None:
    """A module of wxsvc that the layers do not name would be held by no contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    on_plan = set(re.findall(r"wxsvc\.(\w+)", " ".join(contracts[0]["layers"])))
    rooms = {path.stem for path in (ROOT / "wxsvc").iterdir() if path.suffix == ".py" and path.stem != "__init__"}
    rooms |= {path.parent.name for path in (ROOT / "wxsvc").glob("*/*.py")}
    assert rooms - on_plan == set()


def test_scoring_needs_the_standard_library_only() -> None:
    foreign = {
        f"{named(path)}: {name}"
        for path in sources("scoring")
        for name in imports_of(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "scoring"}
    }
    assert foreign == set()


def test_models_know_sqlalchemy_and_the_regulations_words_only() -> None:
    allowed = {*sys.stdlib_module_names, "models", "sqlalchemy"}
    foreign = {
        f"{named(path)}: {name}"
        for path in sources("models")
        for name in imports_of(path)
        if name.split(".")[0] not in (allowed | {"alembic"} if "migrations" in path.parts else allowed)
        and not name.startswith("scoring.terms.")
    }
    assert foreign == set()


def test_migrations_never_import_models() -> None:
    """A migration speaks of the tables as they were on its day."""
    versions = (ROOT / "models" / "migrations" / "versions").rglob("*.py")
    assert {named(path) for path in versions for name in imports_of(path) if _is_a_model(name)} == set()


def _is_a_model(name: str) -> bool:
    return name.startswith("models.") and not name.startswith("models.migrations.")


def test_the_front_door_is_an_inscription() -> None:
    (statement,) = tree_of(ROOT / "wxsvc" / "__init__.py").body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)


PATTERNS_APART = {"wxsvc/simulator/notices.py"}
"""Tables of patterns (which characters a field of a notice may have), which nobody reads as a sentence."""

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def chinese_strings(tree: ast.Module) -> Iterator[int]:
    """Lines of string constants with Chinese characters, docstrings (of attributes too) apart."""
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in described and CHINESE.search(text):
                yield node.lineno


def test_chinese_stands_in_templates_and_not_in_python() -> None:
    found = [
        f"{named(path)}:{line}"
        for path in sources(*PACKAGES)
        if named(path) not in PATTERNS_APART
        for line in chinese_strings(tree_of(path))
    ]
    assert found == []


def test_one_word_is_one_thing() -> None:
    """No two modules define a public class or type of one name.

    The simulator knows nothing of us, and the API's entries are called as its readers call them.
    """
    of_their_own = (ROOT / "wxsvc" / "simulator", ROOT / "wxsvc" / "api")
    defined: dict[str, list[str]] = {}
    for path in sources(*PACKAGES):
        if not path.is_relative_to(of_their_own[0]) and not path.is_relative_to(of_their_own[1]):
            for name in public_types_of(path):
                defined.setdefault(name, []).append(named(path))
    assert {name: places for name, places in defined.items() if len(places) > 1} == {}


def public_types_of(path: Path) -> Iterator[str]:
    for node in tree_of(path).body:
        match node:
            case (
                ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias"))
            ) if not name.startswith("_"):
                yield name
            case _:
                pass


def test_a_long_file_is_two_nouns() -> None:
    assert [named(path) for path in sources(*PACKAGES) if len(path.read_text().splitlines()) > LONGEST_FILE] == []


@pytest.mark.parametrize("package", [*PACKAGES, "wxsvc/chat", "wxsvc/services", "wxsvc/simulator", "wxsvc/wechat"])
def test_every_package_says_what_belongs_there(package: str) -> None:
    """The wxsvc package itself is toured by its front door."""
    assert package == "wxsvc" or (ROOT / package / "README.md").read_text().startswith("# ")


def test_score_needs_neither_flask_nor_sqlalchemy_nor_settings() -> None:
    probe = (
        "import sys; from wxsvc.cli import main; main(['deadlines', '2026', '--json'], standalone_mode=False); "
        "print({'flask', 'sqlalchemy', 'celery', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "set()"


def test_nothing_of_one_machine_is_committed() -> None:
    own = ROOT if ROOT.parent in (Path("/"), Path("/tmp")) else ROOT.parent  # noqa: S108 - every machine has these
    elsewhere = re.compile(rf"{re.escape(str(own))}/|/root/|/home/\w+/")
    paths = [ROOT / name for name in committed(ROOT) if (ROOT / name) != Path(__file__)]
    assert [named(path) for path in paths if path.is_file() and elsewhere.search(path.read_text(errors="ignore"))] == []
