"""The metrics as Prometheus gets them: true whichever process did the work; the files in docs/ ask for what is told."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from models.errand import ChatPicture, Heartbeat
from models.notice import Delivery, Notice
from models.terms import NoticePurpose
from tests.builders import NOW
from wxsvc import observe
from wxsvc.app import create_app
from wxsvc.cli import main
from wxsvc.db import Database

DOCS = Path(__file__).parents[3] / "docs"
NAME = re.compile(r"\bwxsvc_\w+")
START = "from wxsvc.cli import main; main()"


def figures(page: str) -> dict[str, float]:
    """Every sample by its name with its labels."""
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


@pytest.fixture
def metrics(app: Any, settings: Any) -> Callable[[], str]:
    """The page of a product on this machine, whose web and worker are one process."""
    parts = app.extensions["wxsvc"]
    here = settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})
    client = create_app(here, parts.clock, parts.database).test_client()
    return lambda: str(client.get("/metrics").text)


def rules() -> list[str]:
    return re.findall(r"^ +expr: (.+)$", (DOCS / "alerts.yml").read_text(), re.MULTILINE)


def questions() -> list[str]:
    panels = json.loads((DOCS / "grafana.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_what_waits_is_read_from_the_database(metrics: Any, rows: Any, world: Any) -> None:
    with rows() as session:
        notice = Notice(
            purpose=NoticePurpose.REVIEW, key="k", facts={}, made_at=NOW - timedelta(minutes=9), person_id=1
        )
        session.add(notice)
        session.flush()
        session.add(Delivery(notice_id=notice.id, person_id=1, client_msg_id="m"))
        came = NOW - timedelta(minutes=7)
        shown = {"person_id": 1, "sent_at": came, "activity_id": world.activity_id}
        session.add(ChatPicture(key="waits", media_id="a", received_at=came, **shown))
        session.add(ChatPicture(key="has", media_id="b", received_at=came - timedelta(1), dropped_at=NOW, **shown))
        nobodys = shown | {"activity_id": None}
        session.add(ChatPicture(key="asked", media_id="c", received_at=came - timedelta(1), **nobodys))
        session.add(Heartbeat(name="fold", beat_at=NOW - timedelta(seconds=3), problem=None))
        session.add(Heartbeat(name="wechat", beat_at=NOW - timedelta(hours=3), problem="Unreachable: away"))
    told = figures(metrics())
    assert told["wxsvc_database_up"] == 1
    assert told["wxsvc_outbox_age_seconds"] == 540
    assert told["wxsvc_chat_pictures_age_seconds"] == 420
    assert told["wxsvc_heartbeat_age_seconds[fold]"] == 3
    assert (told["wxsvc_job_overdue[fold]"], told["wxsvc_job_failing[fold]"]) == (0, 0)
    assert (told["wxsvc_job_overdue[wechat]"], told["wxsvc_job_failing[wechat]"]) == (1, 1)


def test_a_silent_database_is_told_and_keeps_no_other_figure_away(app: Any, settings: Any) -> None:
    here = settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    client = create_app(here, app.extensions["wxsvc"].clock, away).test_client()
    told = figures(client.get("/metrics").text)
    away.dispose()
    assert told["wxsvc_database_up"] == 0
    assert "wxsvc_queue_age_seconds" not in told
    assert "wxsvc_push_seconds_count" in told


@pytest.mark.parametrize("asked", [rules, questions])
def test_every_metric_that_docs_name_is_told(asked: Callable[[], list[str]], metrics: Any, rows: Any) -> None:
    with rows() as session:
        session.add(Heartbeat(name="fold", beat_at=NOW, problem=None))
    for counter in (observe.pushes, observe.check_ins, observe.deliveries, observe.token_fetches):
        counter.labels("any")
    told = {name.partition("[")[0] for name in figures(metrics())}
    named = {name for expression in asked() for name in NAME.findall(expression)}
    assert len(named) > 5
    assert named - told == set()


def test_a_web_process_of_several_tells_nothing_of_what_only_workers_do(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from wxsvc import observe; print(observe.metrics()[0].decode())"],
        env=os.environ | {observe.MULTIPROCESS: str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "wxsvc_push_seconds_count" in told
    assert "wxsvc_fold_seconds" not in told


def test_a_worker_tells_what_it_did() -> None:
    before = figures(observe.metrics(works_here=True)[0].decode())["wxsvc_fold_seconds_count"]
    address, end = observe.tell_of_work("127.0.0.1", 0)
    try:
        observe.fold_seconds.observe(0.02)
        told = figures(requests.get(f"http://{address}/metrics", timeout=5).text)
    finally:
        end()
    assert told["wxsvc_fold_seconds_count"] == before + 1


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXSVC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WXSVC_LOG_LEVEL", "ERROR")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = CliRunner().invoke(main, ["worker", "--queue", "folding", "--metrics-port", port])
    assert told.exit_code == 2
    assert told.stderr == f"--metrics-port {port} on 127.0.0.1: Address already in use\n"


def test_no_other_command_leaves_files_among_the_webs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever is asked for forgets the folder before it counts anything; one is really started."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    for command in main.list_commands(click.Context(main)):
        monkeypatch.setenv(observe.MULTIPROCESS, str(folder))
        assert main.get_command(click.Context(main), command)
        assert (observe.MULTIPROCESS in os.environ) == (command == "web"), command
    given = {observe.MULTIPROCESS: str(folder), "WXSVC_DATA_DIR": str(tmp_path)}
    ends = "import atexit, sys; atexit.register(lambda: print('wxsvc.observe' in sys.modules)); "
    told = subprocess.run(
        [sys.executable, "-c", f"{ends}{START}", "retally", "--check"],
        env=os.environ | given,
        capture_output=True,
        text=True,
    )
    assert told.stdout.endswith("True\n"), told
    assert list(folder.iterdir()) == []
