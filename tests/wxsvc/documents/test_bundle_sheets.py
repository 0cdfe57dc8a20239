"""The workbook of an import: what stands in its cells becomes a bundle, and what cannot is named."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import openpyxl
import pytest

from tests.wxsvc.documents.test_tables import repacked
from wxsvc.documents import bundle_sheets
from wxsvc.documents.bundle_sheets import read, template
from wxsvc.services.imports.bundle import Bundle

PLATFORM_HEADERS = ["平台代码", "平台名称", "平台类型", "行政区划代码", "验收日期"]
ENTERPRISE_HEADERS = ["统一社会信用代码", "企业名称", "行政区划代码", "联系人openid"]


def workbook(**sheets: list[list[Any]]) -> bytes:
    """A workbook with these sheets, row by row."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_cells_become_a_bundle() -> None:
    """Texts, numbers of few digits, days, kinds by their names, several openids in one cell: all are understood."""
    sheets = read(
        workbook(
            平台=[PLATFORM_HEADERS, ["430100", "长沙市窗口平台", "市州窗口平台", 430100, date(2026, 3, 1)]],
            企业=[
                ENTERPRISE_HEADERS,
                ["91350100M000100Y43", "长沙精工有限公司", None, "o-li、o-he， o-chen"],
                [None, "", None, None],
                ["9144030071526726XG", "深圳某公司", "430102", None],
            ],
        )
    )
    assert sheets.problems == []
    assert sheets.content == {
        "platforms": [
            {
                "code": "430100",
                "name": "长沙市窗口平台",
                "kind": "prefecture",
                "region": "430100",
                "accepted_on": "2026-03-01",
            }
        ],
        "enterprises": [
            {"uscc": "91350100M000100Y43", "name": "长沙精工有限公司", "contacts": ["o-li", "o-he", "o-chen"]},
            {"uscc": "9144030071526726XG", "name": "深圳某公司", "region": "430102"},
        ],
    }
    assert sheets.rows["enterprises"] == [2, 4]


def test_columns_may_stand_in_any_order() -> None:
    """A header, not its place, says what a column holds."""
    sheets = read(workbook(企业=[list(reversed(ENTERPRISE_HEADERS)), [None, None, "甲", "91350100M000100Y43"]]))
    assert sheets.content == {"enterprises": [{"uscc": "91350100M000100Y43", "name": "甲"}]}


def test_a_long_number_has_lost_its_digits() -> None:
    """Eighteen digits typed as a number are not what they were: the cell is named, not guessed."""
    sheets = read(workbook(企业=[ENTERPRISE_HEADERS, [914403001922038216, "甲", None, None]]))
    assert [(each.code, each.section, each.index, each.name) for each in sheets.problems] == [
        ("digits_lost", "enterprises", 0, "uscc")
    ]


def test_unknown_sheets_and_headers_are_named() -> None:
    """A sheet or a column that nobody reads would be lost in silence; the explaining sheet is ours."""
    headers = [*ENTERPRISE_HEADERS[:2], "行政区化代码", "电话", "企业名称"]
    sheets = read(workbook(企业=[headers], 填写说明=[["甲"]], Sheet3=[["乙"]]))
    assert [(each.code, each.facts["value"]) for each in sheets.problems] == [
        ("header_twice", "企业名称"),
        ("unknown_header", "行政区化代码"),
    ]
    assert [(each.code, each.facts["value"]) for each in sheets.notes] == [
        ("column_unread", "电话"),
        ("sheet_unread", "Sheet3"),
    ]


CODE = "91350100M000100Y43"


@pytest.mark.parametrize(
    ("sheets", "row"),
    [
        (
            {
                "封面": [["2026年企业名录"], ["填报单位：长沙市窗口平台"]],
                "企业": [ENTERPRISE_HEADERS[:2], [CODE, "甲"]],
            },
            2,
        ),
        ({"Sheet1": [["2026年企业名录"], [], ["序号", "单位名称", "社会信用代码"], [1, "甲", CODE]]}, 4),
        ({"企业": [["企业名录（盖章）"], ENTERPRISE_HEADERS[:2], [CODE, "甲"], ["合计", "1家"]]}, 3),
        ({"名单": [["提交时间", "1、您的企业名称", "2、统一社会信用代码（18位）*"], ["2026-11-02", "甲", CODE]]}, 2),
        ({"企业": [ENTERPRISE_HEADERS[:2], ["代码：" + CODE, "甲\n"]]}, 2),
        ({"企业": [ENTERPRISE_HEADERS[:2], ["'" + CODE, "甲_x000D_"]]}, 2),
        ({"企业": [ENTERPRISE_HEADERS[:2], [CODE + "（副本）", " 甲"]]}, 2),
    ],
)
def test_a_list_is_found_by_what_it_says(sheets: dict[str, list[list[Any]]], row: int) -> None:
    """Behind a cover, below a title, as a survey tool writes it, in any sheet; totals are no row."""
    found = read(workbook(**sheets))
    assert found.problems == []
    assert found.content["enterprises"] == [{"uscc": CODE, "name": "甲"}]
    assert found.rows["enterprises"] == [row]


def test_platforms_and_enterprises_are_told_apart_by_their_headers() -> None:
    found = read(workbook(甲=[PLATFORM_HEADERS, ["430100", "长沙市窗口平台"]], 乙=[["企业全称", "税号"], ["甲", CODE]]))
    assert (found.problems, [*found.content]) == ([], ["platforms", "enterprises"])


def test_digits_that_excel_has_shortened_are_lost_in_a_text_too() -> None:
    found = read(workbook(企业=[ENTERPRISE_HEADERS[:2], ["9.14403E+17", "甲"]]))
    assert [each.code for each in found.problems] == ["digits_lost"]


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 500, template()[:2000]])
def test_a_broken_workbook_is_told_so(raw: bytes) -> None:
    """Whatever the bytes are, the answer is one problem and no exception."""
    assert [each.code for each in read(raw).problems] == ["not_excel"]


def test_a_workbook_without_our_sheets_is_told_so() -> None:
    """Only the explaining sheet: nothing to import."""
    assert [each.code for each in read(workbook(填写说明=[["甲"]])).problems] == ["no_sheet"]


def test_the_template_is_read_as_an_empty_bundle() -> None:
    """Its sheets and headers are those that are read, and it holds no rows."""
    sheets = read(template())
    assert (sheets.problems, sheets.content) == ([], {"platforms": [], "enterprises": []})


def test_every_column_is_a_key_of_the_bundles_rows() -> None:
    """A column that the models do not know would be refused in every row."""
    for section in bundle_sheets.SECTIONS:
        row = get_args(Bundle.model_fields[section].annotation)[0]
        assert {bundle_sheets.header(section, name) for name in row.model_fields} == {
            cell.value for cell in openpyxl.load_workbook(io.BytesIO(template()))[bundle_sheets.sheet_name(section)][1]
        }


def test_the_templates_cells_are_text() -> None:
    """A code of eighteen digits typed into the template keeps all of them."""
    made = openpyxl.load_workbook(io.BytesIO(template()))
    for sheet in ("平台", "企业"):
        assert made[sheet].column_dimensions["A"].number_format == "@"
    assert made["平台"].data_validations.dataValidation[0].formula1.startswith('"市州窗口平台,')
    explained = {(row[0].value, row[1].value) for row in made["填写说明"].iter_rows(min_row=2)}
    for section in bundle_sheets.SECTIONS:
        sheet = bundle_sheets.sheet_name(section)
        assert {(sheet, cell.value) for cell in made[sheet][1]} <= explained


def test_rows_beyond_what_the_sheet_says_of_its_size_are_read() -> None:
    """Exporters write A1, whatever there is."""
    raw = workbook(企业=[ENTERPRISE_HEADERS, ["91350100M000100Y43", "甲", None, None]])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    wrong = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', sheet)
    assert wrong != sheet
    sheets = read(repacked(raw, xl__worksheets__sheet1_dot_xml=wrong))
    assert sheets.content == {"enterprises": [{"uscc": "91350100M000100Y43", "name": "甲"}]}


def _unseen(raw: bytes, hide: Callable[[openpyxl.Workbook], None]) -> bytes:
    made = openpyxl.load_workbook(io.BytesIO(raw))
    hide(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_what_nobody_sees_is_imported_by_nobody() -> None:
    """A hidden sheet or column may be an older state; whoever wants it shows it. A list of choices hinders nothing."""
    rows = [ENTERPRISE_HEADERS, ["91350100M000100Y43", "长沙精工有限公司", "430102", None]]
    raw = workbook(企业=rows, 旧表=rows, 选项=[["市州窗口平台"]])

    def hide(book: openpyxl.Workbook) -> None:
        book["旧表"].sheet_state = "veryHidden"
        book["选项"].sheet_state = "hidden"
        book["企业"].column_dimensions["C"].hidden = True

    sheets = read(_unseen(raw, hide))
    assert [(each.code, each.facts["value"]) for each in sheets.problems] == [
        ("column_hidden", "行政区划代码"),
        ("sheet_hidden", "旧表"),
    ]
    assert len(sheets.content["enterprises"]) == 1


def test_an_error_is_no_name() -> None:
    raw = workbook(企业=[ENTERPRISE_HEADERS, ["91350100M000100Y43", "#N/A", None, None]])

    def fail(book: openpyxl.Workbook) -> None:
        book["企业"]["B2"].data_type = "e"

    for sheets in (read(raw), read(_unseen(raw, fail))):
        assert not sheets.content["enterprises"][0].get("name")
