"""Tables that strangers hand in: what is read, and the sentence for every file that is not one."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from tests import paper_files
from wxsvc import wording
from wxsvc.documents import tables
from wxsvc.documents.table_rows import Row, bare_header
from wxsvc.documents.tables import TableRefused
from wxsvc.uploads.filetypes import FileFault, FileRefused

MOST = 100


Packs = Callable[[], bytes]
"""A file too large to be made before its test runs."""


def workbook(*rows: list[Any], **more: list[list[Any]]) -> bytes:
    """A workbook whose first sheet has these rows; further sheets by name."""
    made = openpyxl.Workbook()
    for sheet, content in (
        (made.worksheets[0], rows),
        *((made.create_sheet(name), each) for name, each in more.items()),
    ):
        for row in content:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def repacked(raw: bytes, **parts: bytes) -> bytes:
    """The same archive with parts replaced or added; ``__`` stands for a slash."""
    changed = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in {*old.namelist(), *changed}:
            new.writestr(name, changed.get(name) or old.read(name))
    return buffer.getvalue()


def cells(raw: bytes, most: int = MOST) -> list[tuple[str, ...]]:
    return [row.cells for row in tables.read(raw, most).rows]


def test_cells_are_read_as_somebody_reads_them() -> None:
    raw = workbook([" 长沙　精工\n有限公司 ", 430102, 12.5, True, datetime(2026, 11, 23, 9), None, "#N/A", "完"])  # noqa: DTZ001
    assert cells(raw) == [("长沙 精工 有限公司", "430102", "12.5", "TRUE", "2026-11-23", "", "", "完")]


def test_a_row_keeps_the_number_that_excel_shows() -> None:
    raw = workbook(["签到表"], [], [None, None], ["企业名称"], ["长沙精工"])
    assert tables.read(raw, MOST).rows == (Row(1, ("签到表",)), Row(4, ("企业名称",)), Row(5, ("长沙精工",)))


def test_a_code_that_excel_took_for_a_number_shows_its_lost_digits() -> None:
    """Fifteen digits are kept; the rest are zeros, as the person sees them in Excel, and no guess of ours."""
    raw = workbook([914403001922038216.0, 91440300192203.0])
    assert cells(raw) == [("914403001922038000", "91440300192203")]


def test_formulas_are_read_by_what_they_show_and_named() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["企业名称", "代码"])
    sheet.write_formula(1, 0, '="长沙"&"精工"', None, "长沙精工")
    sheet.write_formula(2, 0, '=HYPERLINK("http://x")', None, "")
    sheet.write_string(2, 1, "91350100M000100Y43")
    book.close()
    table = tables.read(buffer.getvalue(), MOST)
    assert [row.cells for row in table.rows] == [("企业名称", "代码"), ("长沙精工",), ("", "91350100M000100Y43")]
    assert table.formulas == ("A2", "A3")


def test_further_sheets_are_named_and_hidden_ones_passed_over() -> None:
    made = openpyxl.load_workbook(io.BytesIO(workbook(["甲"], 下午=[["乙"]], 空表=[])))
    made.create_sheet("隐藏", 0).append(["丙"])
    made["隐藏"].sheet_state = "hidden"
    buffer = io.BytesIO()
    made.save(buffer)
    table = tables.read(buffer.getvalue(), MOST)
    assert [row.cells for row in table.rows] == [("甲",)]
    assert table.unread == ("下午",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_every_encoding_that_excel_writes(encoding: str) -> None:
    raw = '企业名称,代码\r\n"长沙,精工","=""0123"""\r\n'.encode(encoding)
    assert cells(raw) == [("企业名称", "代码"), ("长沙,精工", "0123")]


@pytest.mark.parametrize("control", ["\x1a", "\x1a\0\0", "\0", "\b", "\x1d", "\x02"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_a_control_character_is_no_reason_to_refuse_a_list(control: str, encoding: str) -> None:
    """At the end as older programs write it, behind a code as a scanner leaves it."""
    raw = f"企业名称,代码\r\n长沙精工机械有限公司,9143{control}\r\n湘江数控设备有限公司,9144\r\n{control}".encode(
        encoding
    )
    assert cells(raw) == [("企业名称", "代码"), ("长沙精工机械有限公司", "9143"), ("湘江数控设备有限公司", "9144")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_every_delimiter(delimiter: str) -> None:
    assert cells(f"甲{delimiter}乙\n丙{delimiter}丁".encode()) == [("甲", "乙"), ("丙", "丁")]


def test_what_no_database_stores_is_not_read() -> None:
    assert tables.clean("长沙\x00精工\u200b\ufeff\r\n  有限公司") == "长沙 精工 有限公司"
    assert len(tables.clean("企" * 5000)) == 300


MACROS = repacked(workbook(["甲"]), xl__vbaProject_dot_bin=b"\xd0\xcf")


def bomb() -> bytes:
    return repacked(workbook(["甲"]), xl__sharedStrings_dot_xml=b"<sst>" + b" " * (64 * 2**20) + b"</sst>")


def mountain() -> bytes:
    return repacked(workbook(["甲"]), xl__worksheets__sheet2_dot_xml=b" " * (220 * 2**20))


def laughs(before: bytes = b"", depth: int = 9) -> bytes:
    last = bytes([97 + depth])
    return repacked(
        workbook(["甲"]),
        xl__worksheets__sheet1_dot_xml=(
            b'<?xml version="1.0"?>'
            + before
            + b'<!DOCTYPE w [<!ENTITY a "ha">'
            + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(depth))
            + b"]><worksheet><sheetData><row><c><v>&"
            + last
            + b";</v></c></row></sheetData></worksheet>"
        ),
    )


LAUGHS = laughs()
LAUGHS_BEHIND_A_COMMENT = laughs(b"<!--" + b"-ha" * 3000 + b"-->", depth=3)
"""Few enough for the parser's own limit."""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", FileFault.EMPTY),
        (b"MZ\x90\x00" + b"\0" * 200, FileFault.EXECUTABLE),
        (b"\x7fELF" + b"\0" * 200, FileFault.EXECUTABLE),
        (MACROS, FileFault.MACROS),
        (mountain, FileFault.TOO_LARGE),
        (workbook(["甲"])[:900], FileFault.BROKEN),
        (LAUGHS, FileFault.BROKEN),
        (LAUGHS_BEHIND_A_COMMENT, FileFault.BROKEN),
        (repacked(workbook(["甲"]), xl__workbook_dot_xml=b"<a"), FileFault.BROKEN),
        (repacked(workbook(["甲"]), xl__worksheets__sheet1_dot_xml=b"\0\1\2"), FileFault.BROKEN),
    ],
    ids=["empty", "windows", "linux", "macros", "mountain", "cut", "laughs", "hidden laughs", "workbook", "sheet"],
)
def test_files_that_are_refused_with_the_stores_sentence(raw: bytes | Packs, reason: FileFault) -> None:
    with pytest.raises(FileRefused) as caught:
        tables.read(raw() if callable(raw) else raw, MOST)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "picture"),
        (paper_files.pdf(), "not_a_table"),
        (b"<html><table><tr><td>\xe4\xbc\x81", "not_a_table"),
        (b"\x01\x02\x03\x04\x05", "not_a_table"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html>", "not_a_table"),
        (rb"{\rtf1\ansi\ansicpg936 {\f0 \'c6\'f3}}", "not_a_table"),
        ('ID;PWXL;N;E\nC;Y1;X1;K"企业名称"\n'.encode("gbk"), "not_a_table"),
        (b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n', "not_a_table"),
        ("\ufeffBEGIN:VCARD\nORG:长沙精工".encode(), "not_a_table"),
        (b"\x93\xff\xfe\x00\xff\xff", "unreadable_text"),
        (bomb, "too_many_rows"),
        ("企业名称\n".encode() + b"x" * 200_000, "cell_too_long"),
        (b'"' + "长沙精工\n".encode() * 40_000 + b'"', "cell_too_long"),
        (b'"' + "长沙精工\n".encode() * 40_000, "too_many_rows"),
    ],
)
def test_files_that_are_no_table(raw: bytes | Packs, code: str) -> None:
    with pytest.raises(TableRefused) as caught:
        tables.read(raw() if callable(raw) else raw, MOST)
    assert caught.value.code == code
    assert wording.sentence("table_refusals", code, **caught.value.facts)


def test_a_hundred_thousand_rows_are_refused_without_reading_them() -> None:
    """Their end is broken, and nobody ever gets there."""
    row = "<row><c t='inlineStr'><is><t>长沙精密机械制造有限公司</t></is></c><c><v>1</v></c></row>".encode()
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    head = b"<worksheet xmlns='%b'><dimension ref='A1:B9'/><sheetData>" % space
    for count in (20_000, 100_000):
        raw = repacked(workbook(["甲"]), xl__worksheets__sheet1_dot_xml=head + row * count + b"<row></broken>")
        with pytest.raises(TableRefused) as caught:
            tables.read(raw, MOST)
        assert (caught.value.code, caught.value.facts) == ("too_many_rows", {"most": MOST})
    with pytest.raises(TableRefused):
        tables.read("长沙精工\n".encode() * 100_000, MOST)


@pytest.mark.parametrize("said", ["A1", "A1:B2", "A1:XFD1048576", ""])
def test_what_a_sheet_says_of_its_size_is_not_believed(said: str) -> None:
    """Exporters write A1, whatever there is."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    size = f"<dimension ref='{said}'/>" if said else ""
    row = "<row><c t='inlineStr'><is><t>甲</t></is></c><c><v>1</v></c><c><v>2</v></c></row>"
    content = f"<worksheet xmlns='{space}'>{size}<sheetData>{row * 5}</sheetData></worksheet>".encode()
    assert cells(repacked(workbook(["甲"]), xl__worksheets__sheet1_dot_xml=content)) == [("甲", "1", "2")] * 5


def test_a_million_formatted_blank_rows_are_not_waited_for() -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["长沙精工"])
    made.worksheets[0].cell(1_048_576, 1, " ")
    buffer = io.BytesIO()
    made.save(buffer)
    assert cells(buffer.getvalue()) == [("长沙精工",)]


@pytest.mark.parametrize("place", ["1", "-1", "7000", "x"])
def test_a_cell_whose_text_is_missing_makes_the_workbook_a_broken_one(place: str) -> None:
    """Read as nothing, its company would be lost without a word."""
    content = (
        f"<worksheet><sheetData><row><c t='s'><v>{place}</v></c><c t='s'><v></v></c></row></sheetData></worksheet>"
    )
    with pytest.raises(FileRefused) as refused:
        tables.read(
            repacked(
                workbook(["甲"]),
                xl__worksheets__sheet1_dot_xml=content.encode(),
                xl__sharedStrings_dot_xml="<sst><si><t>甲</t></si></sst>".encode(),
            ),
            MOST,
        )
    assert refused.value.reason is FileFault.BROKEN


def test_every_refusal_has_its_sentence() -> None:
    told = tomllib.loads((Path(wording.TEMPLATES) / "table_refusals.toml").read_text())
    of_any_table = {
        "old_excel",
        "picture",
        "not_a_table",
        "unreadable_text",
        "cell_too_long",
        "too_many_rows",
        "no_rows",
        "no_lines",
        "none_came",
        "cells_untold",
    }
    of_orders = {"cells_beyond_header", "amount_unit"}
    of_rulings = {"no_platform_column", "no_points_column", "column_twice", "no_ruling_rows"}
    assert set(told) == of_any_table | of_orders | of_rulings


@pytest.mark.parametrize(
    ("header", "bare"),
    [
        ("2、您所在的企业名称（全称）", "企业名称"),
        ("Q3. 请填写您的单位名称*", "单位名称"),
        ("一、贵单位全称：", "单位全称"),
        ("12.所属企业", "企业"),
        ("统一社会信用代码 [必填]", "统一社会信用代码"),
        ("企业名称", "企业名称"),
        ("統一社會信用代碼", "统一社会信用代码"),
        ("Order_No.", "orderno."),
    ],
)
def test_a_header_is_told_through_what_a_survey_writes_around_it(header: str, bare: str) -> None:
    assert bare_header(header) == bare


def test_the_sheet_with_the_header_is_read_wherever_it_stands() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "填表说明"
    book.worksheets[0].append(["请如实填写企业名称"])
    book.create_sheet("名单").append(["企业名称"])
    book["名单"].append(["长沙精工有限公司_x000D_\n"])
    buffer = io.BytesIO()
    book.save(buffer)
    table = tables.read(buffer.getvalue(), 10, lambda row: "企业名称" in row.cells)
    assert ([row.cells for row in table.rows], table.unread) == ([("企业名称",), ("长沙精工有限公司",)], ("填表说明",))
    assert tables.read(buffer.getvalue(), 10).unread == ("名单",)


@pytest.mark.parametrize("sign", ["'", "`", "’", "\t"])
def test_what_keeps_digits_from_being_a_number_goes(sign: str) -> None:
    table = tables.of_text(f"企业名称,代码\n长沙精工有限公司,{sign}91430104MA4J00014H\n", 10)
    assert table.rows[1].cells == ("长沙精工有限公司", "91430104MA4J00014H")


@pytest.mark.parametrize("sign", [",", "\t", ";"])
@pytest.mark.parametrize(
    ("second", "shown"),
    [
        ('"乙二机械', '"乙二机械'),  # a mark that nothing closes is a sign: the rows below stay rows
        ('"乙二"机械', "乙二机械"),
        ('"乙""二""机械"', '乙"二"机械'),
        ('"乙二\n机械"', "乙二 机械"),
        ('"乙二机械" ', "乙二机械"),
        ('乙"二机械', '乙"二机械'),
    ],
)
def test_a_quotation_mark_swallows_no_rows(sign: str, second: str, shown: str) -> None:
    lines = (["企业名称", "代码"], ["甲一机械", "1"], [second, "2"], ["丙三机械", "3"])
    table = tables.of_text("\n".join(sign.join(line) for line in lines), MOST, lambda row: row.cells[0] == "企业名称")
    assert [row.cells for row in table.rows[1:]] == [("甲一机械", "1"), (shown, "2"), ("丙三机械", "3")]


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\r", "\r\n"])
def test_every_end_of_a_line_ends_a_row(end: str) -> None:
    assert [row.cells for row in tables.of_text(end.join(("甲,1", "乙,2")), MOST).rows] == [("甲", "1"), ("乙", "2")]


@pytest.mark.parametrize("error", ["#N/A", "#SPILL!", "#REF!", "#NAME?", "#GETTING_DATA", "#BUSY!"])
def test_an_error_is_no_text(error: str) -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["甲", error])
    made.worksheets[0]["B1"].data_type = "e"
    buffer = io.BytesIO()
    made.save(buffer)
    assert cells(buffer.getvalue()) == cells(f"甲,{error}\n".encode()) == [("甲",)]


def test_hidden_columns_are_left_out_and_named() -> None:
    """Nobody who sent the table saw them; by hand, or of no width."""
    book = io.BytesIO()
    made = xlsxwriter.Workbook(book)
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["企业名称", "企业名称", "旧代码", "代码"])
    sheet.write_row(1, 0, ["旧一机械", "甲一机械", "1", "2"])
    sheet.set_column(0, 0, None, None, {"hidden": True})
    sheet.set_column(2, 2, 0)
    sheet.set_column(5, 9, None, None, {"hidden": True})  # nothing stands there
    made.close()
    table = tables.read(book.getvalue(), MOST)
    assert [row.cells for row in table.rows] == [("", "企业名称", "", "代码"), ("", "甲一机械", "", "2")]
    assert table.hidden_columns == ("A", "C")


@pytest.mark.parametrize("write", [lambda row: workbook(row), lambda row: ",".join(row).encode()])
def test_a_survey_has_many_columns(write: Callable[[list[str]], bytes]) -> None:
    row = [str(place) for place in range(200)]
    assert cells(write(row)) == [tuple(row)]
