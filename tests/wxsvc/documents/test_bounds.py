"""Bounds: a small file that unpacks to a mountain costs nothing, and an ordinary one is left alone."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.wxsvc.documents.test_tables import repacked, workbook
from wxsvc.documents import bounds, tables
from wxsvc.documents.bounds import CUT, BeyondBounds
from wxsvc.documents.tables import TableRefused
from wxsvc.uploads.filetypes import FileFault, FileRefused

HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"
CELL = b'<c t="inlineStr"><is><t>a</t></is></c>'
PLENTY = bounds.MOST_CELLS + 10_000


def sheet(content: bytes) -> bytes:
    """A workbook whose only sheet is written by hand."""
    return repacked(workbook(["甲"]), xl__worksheets__sheet1_dot_xml=content)


def refused(raw: bytes) -> str:
    """The code with which it is refused."""
    with pytest.raises(TableRefused) as caught:
        tables.read(raw, 100)
    return caught.value.code


def test_an_ordinary_workbook_is_left_as_it_is() -> None:
    raw = workbook(*(["企业名称", "代码"] for _ in range(2000)))
    assert bounds.bounded(raw) is raw


def test_one_row_of_a_million_cells_is_refused() -> None:
    raw = sheet(HEAD + b"<row>" + CELL * PLENTY + b"</row>" + TAIL)
    assert len(raw) < 100_000
    with pytest.raises(BeyondBounds):
        bounds.bounded(raw)
    assert refused(raw) == "too_many_rows"


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_long_sheet_is_cut_behind_a_row_and_marked(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bound that openpyxl comes to in no time; the next test has the real one."""
    monkeypatch.setattr(bounds, "MOST_CELLS", most := 5_000)
    p = prefix.encode()
    head = (
        b"<"
        + p
        + b'worksheet xmlns%s="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><' % (b":x" if p else b"")
    )
    row = b"<%brow>" % p + b'<%bc t="inlineStr"><%bis><%bt>a</%bt></%bis></%bc>' % ((p,) * 6) * 2 + b"</%brow>" % p
    raw = sheet(head + p + b"sheetData>" + row * most + b"</%bsheetData></%bworksheet>" % (p, p))
    short = bounds.bounded(raw)
    sheet_read = openpyxl.load_workbook(io.BytesIO(short), read_only=True).worksheets[0]
    rows = [each for each in sheet_read.iter_rows(values_only=True) if any(each)]
    assert rows[0] == ("a", "a")
    assert rows[-1][0] == CUT
    assert most / 5 < len(rows) <= most / 2 + 1, "two cells a row, and the mark; cut by the last piece of 64 KiB"
    assert refused(raw) == "too_many_rows"


def test_a_list_above_a_million_formatted_rows_is_read() -> None:
    """What was dragged down to the end of the sheet holds nothing."""
    listed = b'<row><c t="inlineStr"><is><t>%b</t></is></c></row>' % "长沙精工有限公司".encode()
    raw = sheet(HEAD + listed + b'<row><c s="0"/><c s="0"/></row>' * PLENTY + TAIL)
    assert bounds.bounded(raw) is not raw
    assert [row.cells for row in tables.read(raw, 100).rows] == [("长沙精工有限公司",)]


@pytest.mark.parametrize("number", ['r="{}"', 'spans="1:2" r="{}"', ""])
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_what_stands_below_formatted_blank_rows_is_no_less_read(prefix: str, number: str) -> None:
    """Two companies, one of them below as many rows as somebody formatted: it was left out without a word."""
    told = '<row {}><c t="inlineStr"><is><t>{}</t></is></c></row>'
    rows = [told.format(number, "长沙精工有限公司"), *[f'<row {number}><c s="0"/></row>'] * 1_500]
    listed = "".join(row.format(place) for place, row in enumerate([*rows, told.format(number, "湘潭电机厂")], 1))
    content = (HEAD + listed.encode() + TAIL).decode().replace("</", "</" + prefix).replace("<row", f"<{prefix}row")
    for name in ("worksheet", "sheetData", "c ", "is>", "t>"):
        content = content.replace(f"<{name}", f"<{prefix}{name}")
    raw = sheet(content.replace("xmlns=", "xmlns:x=" if prefix else "xmlns=").encode())
    assert [(row.number, *row.cells) for row in tables.read(raw, 100).rows] == [
        (1, "长沙精工有限公司"),
        (1_502, "湘潭电机厂"),
    ]


@pytest.mark.parametrize("value", [b"<v>1</v>", b"<is><t>a</t></is>", b"<f>A1</f>"])
def test_what_stands_behind_the_cut_is_told(value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_CELLS", 5_000)
    blank = b'<row><c s="0"/><c s="0"/></row>' * 4_000
    assert refused(sheet(HEAD + b"<row>" + CELL + b"</row>" + blank + b"<row><c>" + value + b"</c></row>" + TAIL)) == (
        "too_many_rows"
    )


@pytest.mark.parametrize("part", ["xl__sharedStrings_dot_xml", "xl__styles_dot_xml", "xl__theme__theme1_dot_xml"])
def test_texts_and_styles_without_end_are_refused(part: str) -> None:
    raw = repacked(workbook(["甲"]), **{part: b"<a>" + b"<b/>" * bounds.MOST_TAGS + b"</a>"})
    assert refused(raw) == "too_many_rows"


@pytest.mark.parametrize("kind", ["sharedStrings", "worksheet"])
def test_what_a_reference_leads_to_is_measured_whatever_it_is_called(kind: str) -> None:
    """Twenty kilobytes that unpacked to gigabytes: a sheet is whatever the workbook calls one."""
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/{kind}" Target="a.png"/></Relationships>'
    )
    hidden = b"\xef\xbb\xbf\n<a><row>" + b"<c/>" * bounds.MOST_TAGS + b"</row></a>"
    raw = repacked(workbook(["甲"]), xl___rels__workbook_dot_xml_dot_rels=links.encode(), xl__a_dot_png=hidden)
    assert refused(raw) == "too_many_rows"


def test_a_picture_in_a_workbook_may_be_large() -> None:
    raw = repacked(workbook(["甲"]), xl__media__image1_dot_png=b"\x89PNG\r\n" + b"<" * bounds.LARGEST_PART)
    assert bounds.bounded(raw) is raw


def test_a_cell_of_a_million_runs_is_refused() -> None:
    runs = b"<r><t>a</t></r>" * bounds.MOST_TAGS
    assert refused(sheet(HEAD + b'<row><c t="inlineStr"><is>' + runs + b"</is></c></row>" + TAIL)) == "too_many_rows"


@pytest.mark.parametrize(("declared", "codec"), [("GB2312", "gb18030"), ("gbk", "gbk"), ("GB18030", "gb18030")])
def test_parts_in_chinese_encodings_are_read(declared: str, codec: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>'.encode()
    content = (HEAD + b"<row>" + CELL + b"</row>" + TAIL).decode().replace(">a<", ">长沙镕精工<").encode(codec)
    assert tables.read(sheet(head + content), 1).rows[0].cells == ("长沙镕精工",)


def test_an_encoding_that_nobody_knows_is_a_broken_file() -> None:
    with pytest.raises(FileRefused) as caught:
        tables.read(sheet(b'<?xml version="1.0" encoding="x"?>' + HEAD + TAIL), 1)
    assert caught.value.reason is FileFault.BROKEN


def test_two_thousand_rows_of_sixty_texts_in_their_own_cells_are_read() -> None:
    content = HEAD + (b"<row>" + CELL * 60 + b"</row>") * 2_000 + TAIL
    assert bounds.bounded(raw := sheet(content)) is raw
