"""Next year's table is data: two invented indicators, given as scheme lines, words and one query, with no migration."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import docx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from models.platform import Platform
from models.record import Post
from models.scorecard import ScoreLineRow
from models.terms import ApiScope, PostKind, Subject
from scoring import scheme_files, words
from scoring.scheme import SchemeError
from tests import builders
from tests.replaced import replacing
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.cli import main
from wxsvc.services import api_keys
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import card_checks, record_counts, tallies, tally_list
from wxsvc.services.counting.alike import Way

COUNTED = """
[[indicators]]
code = "publicity"
group = "activeness"
name = '政策宣传'
text = '考评年度内，平台发布政策信息3条以上得6分，每少1条减2分。'
full = 6
rule = "shortfall"
counts = ["policy_posts"]
unit = "条"
target = 3
step = 1
off = 2
"""
RULED = """
[[indicators]]
code = "satisfaction"
group = "collaboration"
name = '企业满意度'
text = '考评年度内，企业满意度由省枢纽平台评定，满分4分。'
full = 4
rule = "ruling"
ruled_by = "reviewer"
grain = 0.5
rests_on = ["post"]
"""


@pytest.fixture
def next_table(world: World, tmp_path: Path) -> Iterator[Path]:
    """The folder of schemes with a table of 2026 that has a 15th and a 16th line, and the words for its fact.

    The small province is kept for other tests as it is made first: before, by the tables in force.
    """
    del world
    schemes = shutil.copytree(scheme_files.SCHEMES, tmp_path / "schemes")
    table = (schemes / "prefecture.toml").read_text(encoding="utf-8")
    for old, new in (
        ("in_force_from = 2021", "in_force_from = 2026"),
        ("base = 100", "base = 110"),
        ("activeness = 35", "activeness = 41"),
        ("collaboration = 25", "collaboration = 29"),
    ):
        assert old in table
        table = table.replace(old, new)
    (schemes / "prefecture-2026.toml").write_text(table + COUNTED + RULED, encoding="utf-8")
    said = words.WORDS.read_text(encoding="utf-8")
    (tmp_path / "words.toml").write_text(said.replace("[facts]\n", '[facts]\npolicy_posts = "政策信息"\n'), "utf-8")
    with replacing() as patch:
        patch.setattr(scheme_files, "SCHEMES", schemes)
        patch.setattr(words, "WORDS", tmp_path / "words.toml")
        _forget()
        yield schemes
    _forget()


def _forget() -> None:
    """Schemes, annexes and words are read once a process."""
    from scoring import deadlines, evidence

    for module in (scheme_files, words, deadlines, evidence):
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def policy_posts(_way: Way) -> sa.Select[*tuple[Any, ...]]:
    """The one query that the new fact needs."""
    return record_counts.told(Post, Post.title, Post.posted_on, Subject.POST).where(Post.withdrawn_at.is_(None))


@pytest.fixture
def counted(next_table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query among those that are asked."""
    one_each = partial(record_counts.one_each, "policy_posts", Subject.POST)
    more = record_counts.RecordCount(("policy_posts",), Subject.POST, policy_posts, one_each)
    monkeypatch.setattr(record_counts, "COUNTS", [*record_counts.COUNTS, more])


def _write_posts(rows: Any, world: World) -> None:
    with rows() as session:
        for number in (1, 2):
            session.add(
                Post(
                    platform_id=world.platform_id,
                    year=2026,
                    kind=PostKind.NEWS,
                    title=f"政策{number}",
                    link=f"https://example.cn/{number}",
                    posted_on=date(2026, 5, number),
                    created_at=builders.NOW,
                )
            )


@pytest.mark.usefixtures("counted")
def test_invented_lines_fold_and_are_ruled_and_explained(rows: Any, phone: Any, world: World, app: Flask) -> None:
    _write_posts(rows, world)
    fold(rows)
    staff, reviewer, official = phone(world.staff), phone(world.reviewer), phone(world.province)

    own = seen(staff.get("/p/score"))
    assert "政策宣传" in own
    assert "2条；满3；少1" in own
    assert "6－2＝4" in own
    assert "企业满意度" in own
    assert "/110" in own
    behind = seen(staff.get("/p/score/publicity"))
    assert "政策信息" in behind
    assert "政策1" in behind
    assert "平台登记的信息发布2条" in seen(staff.get("/p/score/satisfaction"))

    assert "政策宣传" in seen(official.get(f"/v/score/{world.platform_code}"))
    assert "政策2" in seen(official.get(f"/v/score/{world.platform_code}/publicity"))

    assert "企业满意度" in seen(reviewer.get("/v/rulings?kind=prefecture"))
    bench = f"/v/rulings/{world.platform_code}/satisfaction"
    page = reviewer.get(bench)
    assert "平台登记的信息发布2条" in seen(page)
    assert reviewer.post(bench, deed="rule", points="3.5", reason="抽样回访", version="0").status_code == 200
    fold(rows)
    with rows() as session:
        lines = session.scalars(sa.select(ScoreLineRow).where(ScoreLineRow.platform_id == world.platform_id)).all()
        points = {line.code: line.points for line in lines}
        assert (points["publicity"], points["satisfaction"]) == (Decimal(4), Decimal("3.5"))
        assert not card_checks.check(session, [(world.platform_id, 2026)], lambda: None)
    assert "3.5/4" in seen(official.get(f"/v/score/{world.platform_code}/satisfaction"))

    summary = docx.Document(BytesIO(staff.get("/p/filings/summary/2026/word").data))
    assert "政策宣传" in "\n".join(each.text for each in summary.paragraphs)
    database = app.extensions["wxsvc"].database
    (entry,) = tally_list.entries(database, lambda: builders.NOW, 2026, world.platform_code)
    assert entry["tally"]["counted"]["policy_posts"] == 2
    scored = CliRunner().invoke(main, ["score", "-", "--json"], input=json.dumps(entry["tally"]))
    assert scored.exit_code == 0, scored.output
    assert {line["code"]: line["points"] for line in json.loads(scored.output)["lines"]}["publicity"] == "4"


BOTH: Final = ("政策宣传", "企业满意度")
"""What every page and file of whole cards names."""
SAID: Final = {
    "/p/score": BOTH,
    "/p/score/history": BOTH[:1],
    "/p/score/compare": BOTH,
    "/v/scores": BOTH,
    "/v/scores/compare": BOTH,
    "/v/scores/csv": BOTH,
    "/v/scores/excel": BOTH,
    "/v/score/{code}": BOTH,
    "/v/score/{code}/history": BOTH[:1],
    "/v/score/{code}/compare": BOTH,
    "/v/dashboard": BOTH,
    "/v/readings/partial_step?kind=prefecture&to=linear": (),
    "/v/rulings?kind=prefecture": BOTH[1:],
    "/v/rulings/sheet?kind=prefecture": BOTH[1:],
    "/v/rulings/sheet.xlsx?kind=prefecture": BOTH[1:],
    "/v/year/2026/preview": (),
    "/v/year/2026/documents/workbook": (*BOTH, "政策信息", "政策1"),
    "/v/year/2026/documents/annex1": (*BOTH, "2条；满3；少1"),
    "/v/year/2026/documents/csv": BOTH,
    "/v/year/2026/documents/notice": (),
    "/v/year/2026/documents/bulletin?quarter=2": (),
    "/v/year/2026/documents/month?month=5": (),
    "/api/v1/scorecards?year=2026": ("publicity", "satisfaction"),
    "/api/v1/tallies?year=2026": ("policy_posts", "satisfaction"),
}
"""Every page and file made of cards, and what it says of the invented lines; one with totals alone just answers."""


@pytest.mark.usefixtures("counted")
def test_every_page_and_file_of_scores_says_them(rows: Any, phone: Any, world: World, app: Flask) -> None:
    _write_posts(rows, world)
    fold(rows)
    with rows() as session:
        key = api_keys.make(session, "数据平台", list(ApiScope), MACHINE, builders.NOW)[1]
    for path, said in SAID.items():
        address = path.format(code=world.platform_code)
        if path.startswith("/api"):
            answer = app.test_client().get(address, headers={"Authorization": f"Bearer {key}"})
        else:
            answer = phone(world.staff if path.startswith("/p") else world.province).get(address)
        assert answer.status_code == 200, path
        text = _text(answer.data)
        assert [each for each in said if each not in text] == [], path


def _text(content: bytes) -> str:
    """What a page or a file says, without marks of its format and without white space."""
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as parts:
            content = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".xml"))
    return re.sub(r"<[^>]*>|\s", "", content.decode())


@pytest.mark.usefixtures("next_table")
def test_a_fact_that_no_query_counts_is_named(rows: Any, world: World) -> None:
    """A table that counts what nobody asks the database for would score a silent zero."""
    with (
        rows() as session,
        pytest.raises(SchemeError, match="prefecture-2026: publicity: no query counts policy_posts"),
    ):
        tallies.recount(session, session.get_one(Platform, world.platform_id), 2026, builders.NOW)
