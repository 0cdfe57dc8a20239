"""``wxsvc score`` and ``wxsvc deadlines``: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wxsvc.cli import main

ROOT = Path(__file__).parents[2]
TALLY = {
    "kind": "prefecture",
    "year": 2026,
    "counted": {"activity_participations": 1401, "needs": 37, "activities": {"brand": 5, "other": 9}},
    "missed_filings": 3,
    "rulings": {"website": "4.5", "online_service": "10", "coordination": None},
    "bonus": {"resources": 2, "honours": 1, "press": 1},
}


def wxsvc(*arguments: str, given: str | None = None) -> Result:
    """In this process, which saves the start."""
    return CliRunner().invoke(main, arguments, input=given)


def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as a user types it."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "from wxsvc.cli import main; main(prog_name='wxsvc')", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )


@pytest.fixture
def tally_file(tmp_path):
    path = tmp_path / "tally.json"
    path.write_text(json.dumps(TALLY), encoding="utf-8")
    return str(path)


def test_a_scorecard_comes_out_as_json(tally_file):
    """``wxsvc score FILE --json`` prints the agreed keys and exact points."""
    ended = typed("score", tally_file, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    card = json.loads(ended.stdout)
    assert list(card) == ["kind", "year", "scheme", "lines", "base", "bonus", "total", "awaited", "readings"]
    assert (card["base"], card["bonus"], card["total"], card["awaited"]) == ("50.5", "12", "62.5", "20")
    assert len(card["lines"]) == 14


def test_a_tally_may_come_through_standard_input():
    """``-`` reads the tally from standard input, with or without a byte order mark."""
    assert wxsvc("score", "-", "--json", given=json.dumps(TALLY)).exit_code == 0
    assert wxsvc("score", "-", "--json", given="\ufeff" + json.dumps(TALLY)).exit_code == 0


@pytest.mark.parametrize(("step", "points"), [("whole", "15"), ("started", "14"), ("linear", "14.01")])
def test_readings_are_chosen_on_the_command_line(tally_file, step, points):
    """``--reading`` may be given more than once; the scorecard says which readings it used."""
    ended = wxsvc("score", tally_file, "--reading", f"partial_step={step}", "--reading", "press_bonus=false", "--json")
    card = json.loads(ended.stdout)
    assert card["lines"][0]["points"] == points
    assert card["readings"]["partial_step"] == step
    assert card["readings"]["press_bonus"] is False
    assert card["bonus"] == "9"


def test_a_person_can_read_the_table(tally_file):
    """Without ``--json`` there is a table whose columns line up, though Chinese characters are two cells wide."""
    ended = wxsvc("score", tally_file)
    assert ended.exit_code == 0
    assert "合计62.5；尚待评定20分" in ended.stdout
    assert "口径 不足一档如何扣分：按整档" in ended.stdout
    columns = {cells(row.split("待评定")[0]) for row in ended.stdout.splitlines() if "待评定（" in row}
    columns |= {cells(row.split("已评定")[0]) for row in ended.stdout.splitlines() if "已评定" in row}
    columns |= {cells(row.split("已计入")[0]) for row in ended.stdout.splitlines() if "已计入" in row}
    assert len(columns) == 1


def cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"year": 2020}, "year"),
        ({"kind": "village"}, "kind"),
        ({"counted": {"needs": -1}}, "counted.needs"),
        ({"counted": {"needs": 1.5}}, "counted.needs"),
        ({"rulings": {"website": "5.5"}}, "rulings.website"),
        ({"rulings": {"online_service": "5"}}, "rulings.online_service"),
        ({"rulings": {"platform_fusion": "10"}}, "rulings.platform_fusion"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_tally_ends_with_two_and_one_line(change, field):
    """A wrong tally prints nothing on standard output and one line that names the field on standard error."""
    ended = wxsvc("score", "-", "--json", given=json.dumps({**TALLY, **change}))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith(f"{field}：")


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "/nowhere.json"),
        ("score", "/"),
        ("score", "-", "--reading", "partial_step"),
        ("score", "-", "--reading", "partial_step=half"),
        ("score", "-", "--reading", "mood=good"),
        ("deadlines", "2020"),
        ("deadlines", "99999", "--json"),
        ("deadlines", "2026", "--reading", "sixth_rolls_on=perhaps"),
    ],
)
def test_other_mistakes_end_the_same_way(arguments):
    """An unreadable file, an unknown reading and a year without rules end with 2 and one line."""
    ended = wxsvc(*arguments, given=json.dumps(TALLY))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """Bytes that are no UTF-8 are refused like any wrong tally."""
    path = tmp_path / "tally.json"
    path.write_bytes(b"\xff\xfe{")
    assert typed("score", str(path)).returncode == 2


def test_deadlines_come_out_as_json():
    """``wxsvc deadlines 2026 --json`` prints 25 entries with the agreed keys, in order of their days."""
    ended = wxsvc("deadlines", "2026", "--json")
    due = json.loads(ended.stdout)
    assert (ended.exit_code, ended.stderr, len(due)) == (0, "", 25)
    assert due[0] == {
        "obligation": "plan",
        "period": "2026-01",
        "due_on": "2026-01-04",
        "rolled": True,
        "provisional": False,
        "reason": "1月3日为法定节假日，顺延至1月4日（周日，调休上班）",
    }


def test_deadlines_of_a_year_without_a_notice_are_provisional():
    """2027 comes without an exception, every entry marked."""
    due = json.loads(wxsvc("deadlines", "2027", "--json").stdout)
    assert len(due) == 25
    assert all(entry["provisional"] for entry in due)


def test_deadlines_follow_the_reading():
    """``--reading sixth_rolls_on=true`` moves the return of April 2026 to the 7th."""
    due = json.loads(wxsvc("deadlines", "2026", "--reading", "sixth_rolls_on=true", "--json").stdout)
    april = next(entry for entry in due if (entry["obligation"], entry["period"]) == ("data", "2026-04"))
    assert (april["due_on"], april["rolled"]) == ("2026-04-07", True)


def test_deadlines_show_that_the_day_itself_is_too_late():
    """``--reading day_itself_in_time=false`` takes the day before, after 顺延."""
    due = json.loads(wxsvc("deadlines", "2026", "--reading", "day_itself_in_time=false", "--json").stdout)
    assert (due[0]["due_on"], due[0]["rolled"]) == ("2026-01-03", True)
    assert "不含当日" in due[0]["reason"]


def test_a_person_can_read_the_deadlines():
    """Without ``--json`` the year's deadlines are a table."""
    ended = wxsvc("deadlines", "2026")
    assert ended.exit_code == 0
    assert "年度总结" in ended.stdout
    assert "2026-12-15" in ended.stdout


@pytest.mark.parametrize("arguments", [["score", "-"], ["score", "-", "--json"], ["deadlines", "2026"]])
def test_scoring_needs_neither_web_nor_database(arguments):
    """The commands import neither Flask nor SQLAlchemy nor settings, and run without any setting."""
    program = (
        "import sys\n"
        "from wxsvc.commands import score as score_commands\n"
        f"getattr(score_commands, {arguments[0]!r})({arguments[1:]!r}, standalone_mode=False)\n"
        "heavy = {'flask', 'sqlalchemy', 'celery', 'pydantic', 'wxsvc.settings'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(TALLY),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "PYTHONUTF8": "1"},
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_reading_that_decides_facts_is_kept_and_said_to_change_no_points(tally_file):
    """The tally was counted under it before; the command says so beside the unchanged card."""
    plain = wxsvc("score", tally_file, "--json")
    ended = wxsvc("score", tally_file, "--reading", "assist_counts=true", "--json")
    assert ended.exit_code == 0
    assert "assist_counts" in ended.stderr
    before, after = json.loads(plain.stdout), json.loads(ended.stdout)
    assert after["readings"].pop("assist_counts") is True
    assert before["readings"].pop("assist_counts") is False
    assert after == before
