"""What a start loads: a library that only some requests need is imported in the function that needs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import click
import pytest
from flask import url_for
from werkzeug.routing import Rule

from models import Base
from tests.real import free_port
from wxsvc.app import create_app
from wxsvc.cli import main
from wxsvc.settings import Settings

AT_THEIR_PLACE: Final = {
    "PIL",
    "alembic",
    "celery",
    "docx",
    "dotenv",
    "icalendar",
    "kombu",
    "lxml",
    "openpyxl",
    "psycopg",  # SQLAlchemy loads it where the database is PostgreSQL
    "pydantic_settings",
    "qrcode",
    "redis",
    "requests",
    "rich",
    "urllib3",
    "wechatpy",
    "xlsxwriter",
    "wxsvc.api.entries",  # pydantic reads the source of each of its classes
}
"""What is large and not needed to answer most requests, scans least of all."""


SPARED: Final = {
    "wxsvc.cli": AT_THEIR_PLACE | {"flask", "sqlalchemy", "pydantic", "wxsvc.settings", "wxsvc.db"},
    "wxsvc.serving": AT_THEIR_PLACE | {"wxsvc.app", "wxsvc.pages", "wxsvc.chat", "granian", "waitress"},
    "wxsvc.app": AT_THEIR_PLACE,
    "wxsvc.granian_server": AT_THEIR_PLACE,
    "wxsvc.waitress_server": AT_THEIR_PLACE,
    "wxsvc.worker.embedded": AT_THEIR_PLACE - {"celery", "kombu"},
}
"""What is started, and what it may not load. One process loads them one after the other: each of them is asked for no
more than those before it, so what is not there after it was not loaded by it alone either."""


@cache
def loaded() -> tuple[dict[str, set[str]], list[str]]:
    """The modules that are there once each of ``SPARED`` is loaded, and the dataclasses of ours that are there then."""
    program = (
        "import importlib, json, sys\n"
        "there = {}\n"
        f"for started in {[*SPARED]}:\n"
        "    importlib.import_module(started)\n"
        "    there[started] = list(sys.modules)\n"
        "ours = [(name, vars(module)) for name, module in sys.modules.items() if name.startswith('wxsvc.')]\n"
        "print(json.dumps([there, [\n"
        "    f'{name} {each.__qualname__}' for name, named in ours for each in named.values()\n"
        "    if isinstance(each, type) and each.__module__ == name and hasattr(each, '__dataclass_fields__')\n"
        "]]))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    there, dataclasses = json.loads(told)
    return {started: set(modules) for started, modules in there.items()}, dataclasses


@pytest.mark.parametrize("started", SPARED)
def test_a_start_loads_only_what_it_needs(started: str) -> None:
    there, _ = loaded()
    assert started in there[started]
    assert SPARED[started] & there[started] == set()


def test_no_answer_of_the_one_process_waits_for_the_worker(tmp_path: Path) -> None:
    """Celery takes a tenth of what ``wxsvc serve`` loads. Told to end while it is being loaded, the process ends well.

    Here Celery comes only once somebody was answered, or after five seconds.
    """
    port = free_port()
    program = (
        "import builtins, os, signal, sys, threading, time, urllib.request\n"
        "from wxsvc import observe\n"
        "from wxsvc.serving import serve\n"
        "from wxsvc.settings import Settings\n"
        "answered, load = threading.Event(), builtins.__import__\n"
        "def late(name, *given, **more):\n"
        "    if name.partition('.')[0] == 'celery':\n"
        "        answered.wait(5) or answered.set()\n"
        "    return load(name, *given, **more)\n"
        "def ask():\n"
        "    while True:\n"
        "        try:\n"
        f"            urllib.request.urlopen('http://127.0.0.1:{port}/healthz').read()\n"
        "            break\n"
        "        except OSError:\n"
        "            time.sleep(0.05)\n"
        "    print('celery' in sys.modules)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    answered.set()\n"
        "observe.log_to()\n"
        "builtins.__import__ = late\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        f"serve(Settings(), '127.0.0.1', {port})"
    )
    surroundings = os.environ | {"WXSVC_DATA_DIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=surroundings, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.stdout, ended.returncode) == ("False\n", 0), ended.stderr


def test_a_start_makes_no_dataclass_of_ours() -> None:
    """Each is six functions, compiled from text: three hundred of them were a seventh of the start. A ``Struct`` of
    msgspec takes a fortieth. ``scoring`` needs the standard library only, and has few."""
    _, dataclasses = loaded()
    assert dataclasses == []


def test_the_list_of_commands_loads_none_of_them() -> None:
    """It says of each what the command itself says."""
    program = (
        "import sys; from wxsvc.cli import LATER, main; main(['--help'], standalone_mode=False);"
        "print(sys.modules.keys() & {place.partition(':')[0] for place in LATER.values()})"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.endswith("set()\n")
    listed, loaded_first = click.HelpFormatter(), click.HelpFormatter()
    main.format_commands(click.Context(main), listed)
    click.Group.format_commands(main, click.Context(main), loaded_first)
    assert listed.getvalue() == loaded_first.getvalue()


def test_no_command_looks_for_garbage_in_what_it_loads(tmp_path: Path) -> None:
    """What is loaded lasts. With PostgreSQL's address, reading the settings loads SQLAlchemy and the driver as well."""
    program = (
        "import gc; from wxsvc.commands.parts import load_settings; looked = []; gc.callbacks.append("
        "lambda phase, info: looked.append(phase)); load_settings(); print(looked, gc.isenabled())"
    )
    surroundings = os.environ | {"WXSVC_DATABASE_URL": "postgresql://h/db", "WXSVC_DATA_DIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", program], env=surroundings, capture_output=True, text=True, check=True
    ).stdout
    assert told == "[] True\n"


def test_joining_the_app_compiles_nothing_that_writes_addresses(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two functions a rule, and a visit needs a few of them."""
    compiled: list[str] = []
    compile_builder = Rule._compile_builder

    def noted(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled.append(rule.endpoint)
        return compile_builder(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    app = create_app(settings)
    assert compiled == []
    with app.test_request_context():
        assert url_for("status.health") == url_for("status.health") == "/healthz"
    assert compiled == ["status.health"]


def test_models_leave_no_type_to_be_evaluated() -> None:
    """As text (``from __future__ import annotations``), SQLAlchemy evaluates the type of each column by itself: a fifth
    of what the models take to load."""
    assert [table for table in Base.registry.mappers if _is_text(table.class_)] == []


def _is_text(mapped: type) -> bool:
    return any(isinstance(each, str) for each in vars(mapped).get("__annotations__", {}).values())
