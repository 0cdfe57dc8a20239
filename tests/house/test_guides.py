"""The guides promise nothing that is not there: links, commands with their options, words on pages, pictures."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from wxsvc.cli import main

ROOT = Path(__file__).parents[2]
GUIDES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`|```sh\n(.*?)```", re.DOTALL)
PICTURES = ROOT / "docs/pictures"
CHECKS = ROOT / "wxsvc/templates/checks.toml"
METRICS = (ROOT / "wxsvc/observe.py", ROOT / "wxsvc/pages/status.py")
MOST_PICTURES, MOST_BYTES = 12, 120 * 1024


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them: small letters, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text: str) -> Iterator[list[str]]:
    """Every command line of ours, in words: ``docker compose … exec web wxsvc doctor`` is one too."""
    for spans in CODE.findall(text):
        for line in "".join(spans).splitlines():
            called = re.search(r"(?:^|[\s·(])wxsvc ([a-z].*)", line.partition("#")[0])
            if called:
                yield re.sub(r"[\[\]]", " ", called[1]).split()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(guide: Path) -> None:
    links = [link for link in LINK.findall(guide.read_text()) if not re.match(r"[a-z]+:", link)]
    lost = []
    for link in links:
        name, _, anchor = link.partition("#")
        target = guide.parent / name if name else guide
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_command_has_these_options(guide: Path) -> None:
    wrong = []
    for words in commands(guide.read_text()):
        command: click.Command | None = main
        rest = list(words)
        while isinstance(command, click.Group) and rest:
            command = command.get_command(click.Context(main), rest.pop(0))
        known = {"--help"} | {name for each in (command.params if command else ()) for name in each.opts}
        asked = {word.partition("=")[0] for word in rest if word.startswith("--")}
        if command is None or asked - known:
            wrong.append(" ".join(words))
    assert wrong == []


def test_the_check_of_commands_finds_them() -> None:
    found = [words[0] for words in commands((ROOT / "docs/operator.md").read_text())]
    assert {"doctor", "backup", "restore", "db", "menu", "retally"} <= set(found)


def test_every_word_quoted_for_staff_stands_on_a_page_or_in_a_menu() -> None:
    shown = [*(ROOT / "wxsvc/templates").rglob("*.*"), ROOT / "wxsvc/chat/menus.toml"]
    words = "\n".join(path.read_text() for path in shown)
    quoted = set(re.findall("“([^”]+)”", (ROOT / "docs/staff.md").read_text()))
    assert len(quoted) > 100
    assert {each for each in quoted if each not in words} == set()


def test_the_pictures_are_those_of_the_guide_few_and_small() -> None:
    shown = set(re.findall(r"\(pictures/([\w-]+\.png)\)", (ROOT / "docs/staff.md").read_text()))
    there = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert shown == set(there)
    assert 0 < len(there) <= MOST_PICTURES
    assert {name for name, size in there.items() if size > MOST_BYTES} == set()


def test_every_error_code_explained_to_operators_is_one_of_wechats() -> None:
    known = tomllib.loads((ROOT / "wxsvc/simulator/data/errors.toml").read_text())
    codes = {code for table in (known, *known.values()) if isinstance(table, dict) for code in table}
    table = (ROOT / "docs/operator.md").read_text().partition("## Troubleshooting")[2]
    first_cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    told = {code for cell in first_cells for code in re.findall(r"\b4\d{4}\b", cell)}
    assert {"40164", "48001", "40001", "45009", "43101", "47003"} <= told <= codes


def test_the_operator_is_told_of_every_line_of_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a row of the table, with what it means when it is wrong; the rows in the order in which doctor asks."""
    titles = {word for name, word in tomllib.loads(CHECKS.read_text()).items() if name.startswith("title_")}
    rows = re.findall(r"^\| ([^`|]+) \|", (ROOT / "docs/operator.md").read_text(), re.MULTILINE)
    assert titles - {title for row in rows for title in row.split(" · ")} == set()
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path))
    said = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).stdout)["findings"]
    asked = [each["title"] for each in said]
    told = [first for row in rows if (first := row.split(" · ")[0]) in asked]
    assert told == sorted(told, key=asked.index)


def test_the_operator_is_told_of_every_metric() -> None:
    """Those that processes count, those that are read from the database; and of none that is not there."""
    counted = {name for path in METRICS for name in re.findall(r'"(wxsvc_[a-z_]+)"', path.read_text())}
    guide = set(re.findall(r"`(wxsvc_[a-z_]+)`", (ROOT / "docs/operator.md").read_text()))
    assert counted == guide
