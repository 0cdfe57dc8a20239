"""公文: what a Word file of ours measures, which fonts it names, and that its text is what was written."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from tests.builders import HOSTILE_NAMES
from wxsvc.documents.official_words import Paper


def written() -> Any:
    paper = Paper()
    paper.title("长沙市窗口平台2026年度工作总结")
    paper.first("主要工作举措")
    paper.second("走访企业")
    paper.second("对接需求")
    paper.text("全年走访企业120家。")
    paper.first("存在的问题")
    paper.second("活动偏少")
    paper.table(["序号", "活动"], [["1", "对接会"], ["2", "宣讲会"]], [16, 140])
    paper.attachments(["媒体报道", "荣誉资质"])
    paper.signature("长沙市窗口平台", "2026年12月15日")
    return docx.Document(io.BytesIO(paper.content()))


def in_mm(*lengths: Any) -> list[int]:
    """Whole millimetres: Word keeps twentieths of a point."""
    return [round(each / Mm(1)) for each in lengths]


def test_the_page_is_that_of_the_standard() -> None:
    (section,) = written().sections
    sides = (section.top_margin, section.left_margin)
    area = (
        section.page_width - section.left_margin - section.right_margin,
        section.page_height - section.top_margin - section.bottom_margin,
    )
    assert in_mm(section.page_width, section.page_height, *sides, *area) == [210, 297, 37, 28, 156, 225]


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Normal", "仿宋_GB2312", 16),
    ],
)
def test_fonts_are_named(style: str, font: str, size: int) -> None:
    found = written().styles[style]
    fonts = found.element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == font
    assert fonts.get(qn("w:eastAsiaTheme")) is None
    assert (found.font.size, found.font.bold) == (Pt(size), False)
    assert found.paragraph_format.line_spacing is not None


def test_headings_count_themselves_and_begin_anew_under_the_next() -> None:
    found = [(each.style.name, each.text) for each in written().paragraphs if each.style.name.startswith("Heading")]
    assert found == [
        ("Heading 1", "一、主要工作举措"),
        ("Heading 2", "（一）走访企业"),
        ("Heading 2", "（二）对接需求"),
        ("Heading 1", "二、存在的问题"),
        ("Heading 2", "（一）活动偏少"),
    ]


def test_pages_are_numbered_between_dashes_on_their_outer_side() -> None:
    document = written()
    (section,) = document.sections
    assert document.settings.odd_and_even_pages_header_footer
    for footer in (section.footer, section.even_page_footer):
        (paragraph,) = footer.paragraphs
        field = "".join(each.text or "" for each in paragraph._p.iter(qn("w:instrText")))
        assert (paragraph.text, field) == ("—  —", "PAGE")
    assert section.footer.paragraphs[0].alignment != section.even_page_footer.paragraphs[0].alignment


def test_the_table_repeats_its_header_and_attachments_are_numbered() -> None:
    document = written()
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["序号", "活动"],
        ["1", "对接会"],
        ["2", "宣讲会"],
    ]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    texts = [each.text for each in document.paragraphs]
    assert texts[-6:] == ["附件：1. 媒体报道", "2. 荣誉资质", "", "", "长沙市窗口平台", "2026年12月15日"]


def test_a_landscape_page_is_turned() -> None:
    paper = Paper(is_landscape=True)
    (section,) = docx.Document(io.BytesIO(paper.content())).sections
    assert in_mm(section.page_width, section.page_height) == [297, 210]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_text_comes_out_as_it_went_in(name: str) -> None:
    paper = Paper()
    paper.text(name)
    paper.table([name], [[name]], [100])
    document = docx.Document(io.BytesIO(paper.content()))
    assert document.paragraphs[0].text == name
    assert document.tables[0].rows[1].cells[0].text == name


def test_control_characters_do_not_break_the_file() -> None:
    paper = Paper()
    paper.text("甲\x00乙\x0b丙\ufffe")
    assert docx.Document(io.BytesIO(paper.content())).paragraphs[0].text == "甲乙丙"


def test_a_line_has_room_for_28_characters() -> None:
    """三号 is 16 points wide, the line 156 mm: the characters stand a little closer."""
    document = written()
    closer = int(document.styles["Normal"].element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    (section,) = document.sections
    width = (section.page_width - section.left_margin - section.right_margin) / Pt(1)
    assert width // (16 + closer) == 28


def test_what_else_to_take_is_named_for_every_font_of_the_standard() -> None:
    paper = Paper()
    with zipfile.ZipFile(io.BytesIO(paper.content())) as parts:
        fonts = parts.read("word/fontTable.xml").decode()
    for name, instead in (
        ("方正小标宋简体", "华文中宋"),
        ("仿宋_GB2312", "仿宋"),
        ("楷体_GB2312", "楷体"),
        ("黑体", "SimHei"),
    ):
        assert instead in fonts.partition(f'w:name="{name}"')[2].partition("</w:font>")[0]


def test_a_cell_may_go_on_below() -> None:
    paper = Paper()
    paper.table(["类别", "指标"], [["活跃度", "一"], [None, "二"], ["协同", "三"]], [40, 100])
    (table,) = docx.Document(io.BytesIO(paper.content())).tables
    assert [row.cells[0].text for row in table.rows] == ["类别", "活跃度", "活跃度", "协同"]
    assert table.rows[1].cells[0]._tc is table.rows[2].cells[0]._tc


def test_a_new_page_begins_with_what_is_written_next() -> None:
    paper = Paper()
    paper.first("一")
    paper.next_page()
    paper.first("二")
    first, second = docx.Document(io.BytesIO(paper.content())).paragraphs
    assert (first.paragraph_format.page_break_before, second.paragraph_format.page_break_before) == (None, True)
    assert second.text == "一、二"


def test_the_same_text_is_the_same_file() -> None:
    assert len({_content() for _ in range(2)}) == 1


def _content() -> bytes:
    paper = Paper()
    paper.title("通报")
    return paper.content()


def test_a_table_is_no_wider_than_the_text() -> None:
    with pytest.raises(ValueError, match="wider"):
        Paper().table(["序号", "活动"], [["1", "对接会"]], [16, 141])
    Paper(is_landscape=True).table(["序号", "活动"], [["1", "对接会"]], [16, 209])


def test_a_header_stays_with_its_rows_and_an_empty_cell_is_no_higher() -> None:
    paper = Paper()
    paper.table(["序号", "活动"], [["1", ""]], [16, 140])
    (table,) = docx.Document(io.BytesIO(paper.content())).tables
    head, row = table.rows
    assert head._tr.trPr.find(qn("w:cantSplit")) is not None
    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in head.cells)
    assert row.cells[1].paragraphs[0]._p.pPr.find(qn("w:rPr")).sz_val == Pt(12)


@pytest.mark.parametrize("ends", ["text", "table"])
def test_the_signature_has_no_page_of_its_own(ends: str) -> None:
    """The last lines before it go with it: a paragraph, or two rows of a table."""
    paper = Paper()
    if ends == "text":
        paper.text("以上口径已公示。")
    else:
        paper.table(["序号", "活动"], [["1", "对接会"], ["2", "宣讲会"], ["3", "座谈会"]], [16, 140])
    paper.signature("长沙市窗口平台", "2026年12月15日")
    read = docx.Document(io.BytesIO(paper.content()))
    *before, day = read.paragraphs
    assert [each.paragraph_format.keep_with_next for each in before] == [True] * len(before)
    assert not day.paragraph_format.keep_with_next
    held = [
        bool(row.cells[0].paragraphs[0].paragraph_format.keep_with_next) for table in read.tables for row in table.rows
    ]
    assert held == ([] if ends == "text" else [True, False, True, True])
