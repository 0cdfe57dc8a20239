"""docs/api.md: its curl commands are really run, against a server of this machine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.real import missing
from wxsvc.api.lists import LISTS

GUIDE = (Path(__file__).parents[3] / "docs/api.md").read_text("utf-8")
COMMANDS = [block for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) if "curl" in block]

Typed = Callable[[str], str]


@pytest.fixture
def typed(app: Flask, key: str, tmp_path: Path) -> Iterator[Typed]:
    """What a command of the guide prints here."""
    if shutil.which("curl") is None:
        missing("curl is not installed")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def run(command: str) -> str:
        here = command.replace("https://wx.example.cn", f"http://127.0.0.1:{server.server_port}")
        done = subprocess.run(
            ["sh", "-c", here],
            env={"KEY": key, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    yield run
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_commands_of_the_guide_do_what_it_says(typed: Typed) -> None:
    platforms, tally, page, unchanged, refused = map(typed, COMMANDS)
    assert [each["code"] for each in json.loads(platforms)["data"]] == ["430100", "430200"]
    assert [each["code"] for each in json.loads(tally)["data"]] == ["430100"]
    assert len(json.loads(page)["data"]) == 1
    assert unchanged == "304\n"
    problem, _, status = refused.rpartition("}")
    assert (status, json.loads(problem + "}")["code"]) == ("401\n", "no_key")


def test_every_list_is_in_the_guides_tables() -> None:
    told = re.findall(r"^\| `/api/v1/(\w+)` \| `(\w+)` \| (.*?) \|", GUIDE, re.MULTILINE)
    assert [(name, scope) for name, scope, _ in told] == [(each.scope.value, each.scope.value) for each in LISTS]
    for (_, _, parameters), each in zip(told, LISTS, strict=True):
        assert set(re.findall(r"`(\w+)`", parameters)) == set(each.asked.model_fields) - {"cursor", "limit"}
