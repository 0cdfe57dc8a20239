"""``wxsvc demo`` as a person starts it: the phones are there early, the other platforms follow, Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest
import requests
import sqlalchemy as sa
from click.testing import CliRunner

from models.checkin import Attendance, CheckIn
from models.person import StaffRole
from models.platform import Platform
from models.recognition import RulingBatch
from models.scorecard import MonthScore
from models.terms import Absence, Role, Subject
from tests import builders
from tests.clock import SettableClock
from wxsvc.cli import main
from wxsvc.clock import beijing_day
from wxsvc.db import Database
from wxsvc.demo import product
from wxsvc.demo.seeding import people
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints, review_queue
from wxsvc.services.records.hints import Hint

CLERK, VISITOR = "2", "1"
"""Places of the phones on their page."""
MEANWHILE, COMPLETE = "其余各平台的数据还在准备", "全省一年的数据已备齐"
PLATFORMS = 7
"""So many that one beside the clerk's has an activity today."""
OWN = {
    "platforms": [
        {"code": "OWN-1", "name": "高新区窗口平台", "kind": "county", "region": "430371"},
        {"code": "OWN-2", "name": "没有人员的窗口平台", "kind": "prefecture", "region": "430100"},
        {"code": "OWN-3", "name": "省外的窗口平台", "kind": "county", "region": "110101"},
        {"code": "OWN-4", "name": "全省的窗口平台", "kind": "cluster", "region": "430000"},
    ],
    "staff": [
        {"openid": "oOwn-1", "name": "王敏", "role": "platform", "platform": "OWN-1"},
        {"openid": "oOwn-2", "name": "李敏", "role": "reviewer"},
        {"openid": "oOwn-3", "name": "赵敏", "role": "province"},
        {"openid": "oOwn-4", "name": "刘敏", "role": "platform", "platform": "430100"},
    ],
    "enterprises": [
        {"uscc": "91350100M000100Y43", "name": "省外有限公司", "region": "110101", "contacts": ["oOwn-5"]},
        {"uscc": "9144030071526726XG", "name": "长沙某某有限公司", "region": "430102", "contacts": ["oOwn-6"]},
    ],
}
# A shell's background job, as a CI step may be, inherits an ignored Ctrl-C.
PROGRAM = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from wxsvc.cli import main; main()"


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A running demo on free ports, and what it writes."""
    command = [sys.executable, "-c", PROGRAM, "demo", "--port", "0", "--data-dir", str(folder), *options]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


def read_until(lines: IO[str], part: str) -> str:
    """What is written up to the line that has this part."""
    seen = ""
    for line in lines:
        seen += line
        if part in line:
            return seen
    raise AssertionError(f"{part} was never written, only: {seen}")


def page_of_phones(told: str) -> str:
    """The address of the page of phones."""
    found = re.search(r"http://127\.0\.0\.1:\d+", told)
    assert found is not None
    return found[0]


def end(process: subprocess.Popen[str], by: signal.Signals = signal.SIGINT) -> None:
    process.send_signal(by)
    assert process.wait(60) == 0


def platforms_with_activities(folder: Path) -> int:
    return rows(folder, "select count(distinct platform_id) from activities")


def rows(folder: Path, query: str) -> int:
    """The number that a query counts."""
    engine = sa.create_engine(f"sqlite:///{folder / 'wxsvc.db'}")
    with engine.connect() as connection:
        found = connection.scalar(sa.text(query))
    engine.dispose()
    return int(found or 0)


def there_is_to_review(folder: Path) -> None:
    """What the province's pages show: doubtful evenings, arrivals that do not count, a batch, 较上月."""
    database = Database(f"sqlite:///{folder / 'wxsvc.db'}")
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(CheckIn.voided_at.is_not(None)))
        absences = set(session.scalars(sa.select(Attendance.absence).distinct()))
        assert {Absence.COLLEAGUE, Absence.PUBLIC_BODY} <= absences
        reviewer = session.scalars(sa.select(StaffRole.person_id).where(StaffRole.role == Role.REVIEWER)).first()
        queue = review_queue.waiting(session, Actor(reviewer, Role.REVIEWER), datetime.now(UTC))
        keys = [(Subject(each.noun), each.record_id) for each in queue if each.noun in set(Subject)]
        hints = {hint for found in review_hints.of(session, keys).values() for hint in found}
        assert {Hint.QUICK_ARRIVALS, Hint.AFTER_MIDNIGHT, Hint.SAME_PHOTO} <= hints
        today = beijing_day(datetime.now(UTC))
        kept = session.scalar(sa.select(sa.func.count()).select_from(MonthScore).where(MonthScore.year == today.year))
        assert kept == PLATFORMS * (today.month - 1)
        waiting = sa.select(RulingBatch.id).where(
            RulingBatch.confirmed_at.is_(None), RulingBatch.withdrawn_at.is_(None)
        )
        assert (session.scalar(waiting) is not None) == (today.month > 1), "nothing is inspected yet in January"
    database.dispose()


def computed_by(process: subprocess.Popen[str]) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def first_of_two_codes(url: str) -> str:
    """The platform of the code on top, once the codes of two platforms are offered."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        codes = requests.get(f"{url}/state", timeout=30).json()["codes"]["html"]
        found = re.findall(r"<b>[^<]+ · ([^<]+) · [^<]+</b>", codes)
        if len(set(found)) == 2:
            return str(found[0])
        time.sleep(1)
    raise AssertionError(f"no second platform: {codes}")


@pytest.mark.timeout(400)
def test_the_phones_work_while_the_other_platforms_are_seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One folder: ended half-way it begins anew, then is seeded whole, and starts on that after somebody's import."""
    folder = tmp_path / "demo"
    with demo(folder) as (process, lines):
        read_until(lines, MEANWHILE)
        end(process)
        assert COMPLETE not in lines.read()
    assert platforms_with_activities(folder) < 50
    with demo(folder, "--platforms", str(PLATFORMS)) as (process, lines):
        url = page_of_phones(read_until(lines, MEANWHILE))
        assert platforms_with_activities(folder) < PLATFORMS, "the phones came only when everything was seeded"
        state = requests.get(f"{url}/state", timeout=30).json()
        scene = re.search(r'name="what" value="([^"]+)"', state["codes"]["html"])
        assert scene is not None
        for phone, form in ((VISITOR, {"what": scene[1]}), (CLERK, {"which": "platform_score"})):
            deed = "scan" if "what" in form else "tap"
            headers = {"Accept": "application/json"}
            requests.post(f"{url}/phones/{phone}/{deed}", data=form, headers=headers, timeout=30).raise_for_status()
        state = requests.get(f"{url}/state", timeout=30).json()
        assert "签到成功" in state[f"chat-{VISITOR}"]["html"]
        assert "目前" in state[f"chat-{CLERK}"]["html"]
        assert "工作通知" not in state[f"chat-{CLERK}"]["html"], "the past rings"
        read_until(lines, COMPLETE)
        assert platforms_with_activities(folder) == PLATFORMS
        assert first_of_two_codes(url) == "长沙市窗口平台", "the clerk's codes stand on top"
        before = computed_by(process)
        time.sleep(3)
        assert computed_by(process) - before < 0.5, "a demo that nobody uses computes"
        end(process)
    there_is_to_review(folder)
    people_and_platforms_of_their_own(folder, monkeypatch)
    with demo(folder, "--platforms", str(PLATFORMS)) as (process, lines):
        read_until(lines, "--fresh")
        end(process, signal.SIGTERM)
        assert MEANWHILE not in lines.read()
    assert rows(folder, "select count(*) from platforms where code like 'OWN-%'") == len(OWN["platforms"])


def test_a_demo_of_last_year_starts_again(tmp_path: Path) -> None:
    """Its people are there already, and the year that they came to is sealed: a new year begins nothing anew."""
    clock = SettableClock()
    with product.opened(tmp_path, clock) as opened:
        before = people(opened.seeds)
        with opened.database.transaction() as session:
            builders.seal(session, session.get_one(Platform, before.platforms[0].id), 2025)
        clock.advance(days=60)
        assert people(opened.seeds) == before


def people_and_platforms_of_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import platforms without staff, in regions that the demo has no names for, and colleagues of its own people."""
    bundle = folder.with_name("own.json")
    bundle.write_text(json.dumps(OWN))
    monkeypatch.setenv("WXSVC_DATA_DIR", str(folder))
    told = CliRunner().invoke(main, ["import", str(bundle)])
    assert told.exit_code == 0, told.stderr
