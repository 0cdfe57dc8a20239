"""The README promises nothing that is not there, and says the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tests.bench.figures import README, TABLE, Row, quoted
from wxsvc.cli import main
from wxsvc.message_templates import PURPOSES

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = (ROOT / "README.md").read_text().split("## 中文说明\n")
CODE = re.compile(r"`([^`\n]+)`|^    (\S.*)$|```sh\n(.*?)```", re.MULTILINE | re.DOTALL)


def spans(text: str) -> list[str]:
    return ["".join(groups) for groups in CODE.findall(text)]


def commands(text: str) -> set[str]:
    """Every command of ours that the text names, without its arguments."""
    found = (re.match(r"wxsvc ([a-z]+(?:-[a-z]+)*(?: (?:upgrade|first-official))?)", span) for span in spans(text))
    return {match[1] for match in found if match}


@pytest.mark.parametrize("command", sorted(commands(ENGLISH)))
def test_every_command_exists(command: str) -> None:
    group: click.Command | None = main
    for word in command.split():
        assert isinstance(group, click.Group)
        group = group.get_command(click.Context(main), word)
    assert group is not None


def test_every_command_is_told_of() -> None:
    told = {command.split()[0] for command in commands(ENGLISH)}
    assert set(main.list_commands(click.Context(main))) == told


def test_both_languages_name_the_same_commands_and_settings() -> None:
    assert commands(ENGLISH) == commands(CHINESE)
    settings = re.compile(r"WXSVC_\w+")
    assert set(settings.findall(ENGLISH)) == set(settings.findall(CHINESE))


def test_every_template_message_is_told_of() -> None:
    told = set(re.findall(r"^ *\| `WXSVC_TEMPLATE_(\w+)`", ENGLISH, re.MULTILINE))
    assert {purpose.lower() for purpose in told} == set(PURPOSES)


def test_the_speed_that_is_quoted_was_measured() -> None:
    readme, table = README.read_text(), TABLE.read_text()
    assert quoted(readme, table) == readme
    assert [row for row in Row if f"| {row} |" not in table] == []


def test_every_errand_exists() -> None:
    errands = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {word for span in spans(ENGLISH + CHINESE) for word in re.findall(r"^make ([a-z]+)", span, re.MULTILINE)}
    assert {"demo", "test", "setup"} <= told <= errands


def test_every_path_exists() -> None:
    named = {
        span for span in spans(ENGLISH + CHINESE) if re.fullmatch(r"(?!var|WXSVC|docker/\.env$)[\w.]+/[\w./-]*", span)
    }
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
