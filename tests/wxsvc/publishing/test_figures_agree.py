"""Every figure is the same everywhere: screen, chat, Excel, Word, CSV, ``wxsvc tallies`` and ``wxsvc score``.

Provinces are made by chance; the files are read back as whoever receives them reads them.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docx
import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

import scoring
from models.person import StaffRole
from models.platform import Platform
from models.recognition import OnlineService
from models.scorecard import ScorecardRow
from models.terms import Role, Stage
from scoring.readings import Readings
from scoring.rules import Bonus
from scoring.scheme_files import scheme_for
from scoring.terms import PlatformKind
from tests import builders, random_province
from tests.databases import put_sqlite
from tests.random_province import YEAR
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.chat import answers
from wxsvc.commands.score import score
from wxsvc.db import Database
from wxsvc.documents.official_sheets import POINTS
from wxsvc.services.counting import tally_list
from wxsvc.services.reports import kind_summaries

REGULATION = (Path(scoring.__file__).parent / "regulation.md").read_text("utf-8")
TOTALS = ("基础得分", "加分", "合计", "待评定")
Figures = dict[str, tuple[Decimal, ...]]


@dataclass
class Made:
    """A province made by chance: its database file, and what ``wxsvc tallies --json`` tells of it.

    Everything else is compared with that. The tests only read, so one province serves them all, and its workbook too.
    """

    database: bytes
    entries: list[dict[str, Any]]
    workbook: bytes = b""


@pytest.fixture(scope="module", params=range(3))
def made(request: pytest.FixtureRequest) -> Made:
    with TemporaryDirectory() as folder:
        file = Path(folder, "wxsvc.db")
        put_sqlite(file)
        database = Database(f"sqlite:///{file}")
        with database.transaction() as session:
            random_province.settle(session, request.param)
            builders.staff(session, role=Role.PROVINCE)
            by = builders.person(session, openid="o-official")
            session.add(StaffRole(person_id=by.id, role=Role.PROVINCE, granted_at=builders.NOW))
        entries = tally_list.entries(database, lambda: builders.NOW, YEAR)
        database.dispose()
        return Made(file.read_bytes(), entries)


@pytest.fixture
def official(app: Flask, made: Made, phone: Any) -> Any:
    """An official of the province, looking."""
    put_sqlite(app.extensions["wxsvc"].database, made.database)
    return phone("o-official")


@pytest.fixture
def workbook(official: Any, made: Made) -> bytes:
    """The year's workbook as the official gets it."""
    made.workbook = made.workbook or official.get(f"/v/year/{YEAR}/documents/workbook").data
    return made.workbook


@lru_cache(maxsize=1)
def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def figures(row: dict[str, Any]) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(row[name])) for name in TOTALS)


def cells(content: bytes, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet under their headers."""
    found = opened(content)[sheet].iter_rows(min_row=3, values_only=True)
    head = [str(each) for each in next(found)]
    return [dict(zip(head, row, strict=True)) for row in found if isinstance(row[0], int)]


def tables(content: bytes) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(io.BytesIO(content)).tables
    ]


def squeezed(page: Any) -> str:
    return re.sub(r"\s+", " ", seen(page))


def test_all_figures_agree(app: Flask, official: Any, made: Made, workbook: bytes) -> None:
    house = app.extensions["wxsvc"]
    where = f"/v/year/{YEAR}/documents"
    files = {what: official.get(f"{where}/{what}").data for what in ("csv", "notice", "annex1")}
    expected: Figures = {
        each["code"]: tuple(Decimal(each["scorecard"][name]) for name in ("base", "bonus", "total", "awaited"))
        for each in made.entries
    }
    assert len(expected) == 9
    assert len({total for _, _, total, _ in expected.values()}) > 3

    assert {row["平台编码"]: figures(row) for row in cells(workbook, "汇总")} == expected
    listed = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert {row["平台编码"]: figures(row) for row in listed} == expected
    ranked = {row["平台编码"]: row["名次"] for row in listed}

    with house.database.read() as session:
        stored = {card.platform.code: card for card in _cards(session)}
        summaries = {each.kind: each for each in kind_summaries.of_year(session, YEAR)}
    by_name = {card.platform.name: code for code, card in stored.items()}
    notice = {row[1]: row for table in tables(files["notice"]) for row in table[1:]}
    assert {by_name[name]: tuple(map(Decimal, row[2:])) for name, row in notice.items()} == {
        code: found[:3] for code, found in expected.items()
    }
    assert {by_name[name]: row[0] for name, row in notice.items()} == ranked

    schemes = [scheme_for(kind, YEAR) for kind in PlatformKind]
    names = {line.code: line.name for scheme in reversed(schemes) for line in scheme.indicators}
    bulletin = tables(official.get(f"{where}/bulletin?quarter=4").data)
    standing = {row[0]: row for table in bulletin if table[0][1] == "基础得分" for row in table[1:]}
    assert {by_name[name]: tuple(map(Decimal, row[1:])) for name, row in standing.items()} == expected
    annexes = tables(files["annex1"])
    details, left_out = cells(workbook, "明细"), cells(workbook, "未计入")
    assert all(row["未计入原因"] for row in left_out)
    counted: Counter[tuple[str, str]] = Counter()
    for row in details:
        counted[row["平台编码"], row["指标"]] += row["数量"]

    order = sorted(stored.values(), key=lambda card: (list(summaries).index(card.platform.kind), card.platform.code))
    for card, annex in zip(order, annexes, strict=True):
        code, kind = card.platform.code, card.platform.kind
        base, bonus, total, awaited = expected[code]
        scored = json.loads(CliRunner().invoke(score, ["-", "--json", *_readings(card)], json.dumps(card.tally)).stdout)
        told = {line["code"]: line for line in scored["lines"]}
        assert tuple(Decimal(scored[name]) for name in ("base", "bonus")) == (base, bonus)

        page = squeezed(official.get(f"/v/score/{code}?year={YEAR}"))
        assert f"合计（截至目前）{_text(total)} " in page
        reply = answers.of_place(house, "o-official", card.platform.name, builders.NOW)
        assert reply is not None
        assert f"目前{_text(total)}分（基础{_text(base)}，加分{_text(bonus)}），待评定{_text(awaited)}分" in reply

        (in_csv,) = [row for row in listed if row["平台编码"] == code]
        sheet = {"prefecture": "市州", "cluster": "产业集群", "county": "县市区和园区"}[kind.value]
        (in_excel,) = [row for row in cells(workbook, sheet) if row["平台编码"] == code]
        assert figures(in_excel) == expected[code]
        by = Readings.from_words(card.readings)
        for line, filled in zip(scheme_for(kind, YEAR).indicators, annex[1:], strict=True):
            points = Decimal(told[line.code]["points"])
            assert Decimal(in_csv[names[line.code]]) == points
            assert Decimal(str(in_excel[f"{line.name}（{_text(line.full)}分）"])) == points
            assert filled[1] == (line.row or line.name)
            assert filled[3] in REGULATION
            assert line.opening in filled[3] and line.text in filled[3]  # noqa: PT018
            assert filled[4] == ("待评定" if told[line.code]["status"] == "awaited" else _text(points))
            assert filled[5] == told[line.code]["working"] or filled[5].startswith("缺佐证")
            under = line.rule.counts_under if isinstance(line.rule, Bonus) else {}
            worth = [fact for fact in line.counts if fact not in under or by.is_on(under[fact])]
            assert counted[code, line.name] == sum(_fact(card.tally, fact) for fact in worth)

    for each in summaries.values():
        totals = [expected[code][2] for code, card in stored.items() if card.platform.kind is each.kind]
        assert (each.lowest, each.highest) == (min(totals), max(totals))
    overview = {kind: squeezed(official.get(f"/v/scores?kind={kind.value}&year={YEAR}")) for kind in summaries}
    for code, card in stored.items():
        assert f"{card.platform.name} " in overview[card.platform.kind]
        assert f" {_text(expected[code][2])} " in overview[card.platform.kind]


@pytest.mark.parametrize("paper", ["bulletin?quarter=1", "month?month=1"])
def test_papers_of_a_period_say_that_they_hold_what_is_not_approved(official: Any, paper: str) -> None:
    """季度简报 and 月度数据 tell of 举办 and of 已审核通过: what lies between them is named."""
    content = official.get(f"/v/year/{YEAR}/documents/{paper}").data
    said = "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)
    assert "尚未提交、待审核和已退回的也在内" in said


def test_every_sheet_is_made_to_be_printed(workbook: bytes) -> None:
    """A4 across, header on every page and in sight, a print area, a named font; points are numbers with a format."""
    book = opened(workbook)
    assert book.sheetnames == ["汇总", "市州", "产业集群", "县市区和园区", "明细", "未计入", "口径"]
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$3", "A4")
        assert sheet.print_area.startswith(f"'{sheet.title}'!$A$1:$")
        assert {cell.font.name for cell in sheet[4]} == {"宋体"}
    for sheet in (book["市州"], book["产业集群"], book["县市区和园区"]):
        points = [cell for cell in sheet[4] if cell.number_format == POINTS]
        assert {cell.data_type for cell in points} == {"n"}
        assert len(points) > len(TOTALS)
    phones = [cell for cell in book["汇总"]["G"][3:] if cell.value]
    assert {(cell.data_type, cell.number_format) for cell in phones} == {("s", "@")}


def test_what_was_counted_is_told_enterprise_by_enterprise(workbook: bytes) -> None:
    """Codes are text of eighteen signs; a name that looks like a formula is a name."""
    book = opened(workbook)
    names = {cell.value: cell.data_type for cell in book["明细"]["H"][3:]}
    codes = {cell.value: (cell.data_type, cell.number_format) for cell in book["明细"]["I"][3:] if cell.value}
    assert {"=1+1有限公司", "+湘江机械", "-负号材料厂"} <= set(names)
    assert set(codes.values()) == {("s", "@")}
    assert {len(code) for code in codes} == {18}
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}


def test_the_workbook_names_what_no_fact_counts_by_its_kind(rows: Any, world: World, phone: Any) -> None:
    """An online service that was withdrawn is judged and not counted: it stands under 未计入 as the page has it."""
    settle_records(rows, world)
    with rows() as session:
        service = session.get_one(OnlineService, world.records["online_services"])
        service.stage, service.return_reason = Stage.VOID, "已下线"
    fold(rows)
    sent = phone(world.province).get(f"/v/year/{YEAR}/documents/workbook")
    told = [(row["统计项"], row["未计入原因"]) for row in cells(sent.data, "未计入")]
    assert ("在线服务", "已作废") in told


@dataclass(frozen=True)
class _Card:
    platform: Platform
    tally: Any
    readings: Any


def _cards(session: Any) -> list[_Card]:
    found = session.execute(sa.select(ScorecardRow, Platform).join(Platform, Platform.id == ScorecardRow.platform_id))
    return [_Card(platform, card.tally, card.readings) for card, platform in found]


def _readings(card: Any) -> list[str]:
    return [part for name, word in card.readings.items() for part in ("--reading", f"{name}={word}")]


def _fact(tally: Any, fact: str) -> int:
    section, _, name = fact.partition(".")
    places = {"bonus": tally["bonus"], "activities": tally["counted"]["activities"]}
    return int(places[section][name] if name else tally["counted"][fact])


def _text(points: Decimal) -> str:
    return f"{points.normalize():f}"
