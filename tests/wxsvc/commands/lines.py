"""A line of every command that opens the database, as an operator types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from wxsvc.cli import main

WITHOUT: Final = {"score", "deadlines", "simulator", "demo", "doctor", "restore"}
"""They need no database, make their own, have a finding for it, or want an empty one."""

_LINES: Final = """\
db upgrade
db first-official
db reseal
serve --port 0
web --port 0
worker
tallies --year 2026
api-keys list
api-keys make --system data
api-keys end 1
webhooks list
webhooks make --system data --url https://data.example.cn/
webhooks end 1
retally
retally --check
readings --year 2026
workdays 2026
year 2026
menu
"""
_BUNDLE: Final = {"platforms": [{"code": "430100", "name": "长沙市窗口平台", "kind": "prefecture", "region": "430100"}]}


def lines(folder: Path) -> list[list[str]]:
    """The arguments of each; what they read and write lies in the folder."""
    bundle = folder / "bundle.json"
    bundle.write_text(json.dumps(_BUNDLE))
    found = [line.split() for line in _LINES.splitlines()]
    found.append(["import", str(bundle)])
    found.append(["export", "--year", "2026", "--what", "csv", "--out", str(folder / "out.csv")])
    found.append(["backup", str(folder / "backup")])
    return found


def names() -> Iterator[str]:
    """Every command that is to have a line."""
    context = click.Context(main)
    for name in set(main.list_commands(context)) - WITHOUT:
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {each}" for each in command.list_commands(context))
        else:
            yield name
