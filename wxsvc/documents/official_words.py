"""公文: Word in the look of GB/T 9704-2012 — A4, 22 lines of 28 characters, 小标宋, 仿宋, 黑体 and 楷体, "— 1 —".

Whoever calls brings the text; here is how it is set. Fonts are named in the styles and never shipped.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from wxsvc.texts.beside import table_beside

_words: Final = table_beside(__file__)
_TITLE, _BODY, _SMALL, _TABLE, _SMALLEST = Pt(22), Pt(16), Pt(14), Pt(12), Pt(10.5)
"""二号, 三号, 四号, 小四 and 五号."""
_LINE: Final = Pt(28.95)
"""22 lines on 225 mm."""
_CLOSER: Final = -5
"""Twips between two characters: 28 of 三号 would be a little wider than the 156 mm of a line."""
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML can hold."""
_LEFT, _RIGHT, _TOP, _BOTTOM = Mm(28), Mm(26), Mm(37), Mm(35)


class Paper:
    """One document, written from top to bottom."""

    def __init__(self, *, is_landscape: bool = False) -> None:
        self._document: Any = docx.Document()
        self._document.core_properties.author = self._document.core_properties.comments = ""
        self._firsts = self._seconds = 0
        self._is_new_page = False
        self._styles()
        self._name_fonts()
        section = self._document.sections[0]
        _lay_out(section, is_landscape=is_landscape)
        self._number_pages(section)

    def title(self, text: str) -> None:
        """标题: 二号小标宋, in the middle, a line of air below."""
        self._add(text, "Title")

    def first(self, text: str) -> None:
        """一、 黑体; the numbers count themselves."""
        self._add(_words()["firsts"][self._firsts] + text, "Heading 1")
        self._firsts, self._seconds = self._firsts + 1, 0

    def second(self, text: str) -> None:
        """（一） 楷体."""
        self._add(_words()["seconds"][self._seconds] + text, "Heading 2")
        self._seconds += 1

    def text(self, text: str) -> None:
        """正文: 三号仿宋, two characters in."""
        self._add(text)

    def aside(self, text: str) -> None:
        """A short line above a table: who reports, when."""
        paragraph = self._add("")
        _first_line(paragraph._p.get_or_add_pPr(), 0)
        _run(paragraph, text, _words()["body"], _SMALL)

    def attachments(self, items: Sequence[str]) -> None:
        """附件: below the text, numbered, each on its own line under the first."""
        if not items:
            return
        self.text("")
        head = _words()["attachments"]
        for number, item in enumerate(items, start=1):
            paragraph = self._add(f"{head if number == 1 else ''}{number}. {item}")
            # 附件： stands two characters in, the names below each other seven.
            _indent(paragraph._p.get_or_add_pPr(), left=7, hanging=5 if number == 1 else 2)

    def signature(self, name: str, day: str) -> None:
        """落款: the unit and the day, on the right below two lines; never on a page of their own."""
        self._keep_end_together()
        for text in ("", "", name, day):
            paragraph = self._add(text)
            paragraph.paragraph_format.keep_with_next = text != day
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _indent(paragraph._p.get_or_add_pPr(), firstLine=0, right=4 if text == day else 2)

    def attached(self, text: str) -> None:
        """附件1: in 黑体 at the head of the page, flush left."""
        paragraph = self._add("")
        _first_line(paragraph._p.get_or_add_pPr(), 0)
        _run(paragraph, text, _words()["first"], _BODY)

    def recipients(self, text: str) -> None:
        """主送机关: to whom it goes, flush left below the title."""
        _first_line(self._add(text)._p.get_or_add_pPr(), 0)

    def caption(self, text: str) -> None:
        """What a table is, in the middle above it."""
        paragraph = self._add("")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        _first_line(paragraph._p.get_or_add_pPr(), 0)
        _run(paragraph, text, _words()["first"], _SMALL)

    def next_page(self) -> None:
        """What follows begins on a new page; its headings count from one again."""
        self._is_new_page, self._firsts, self._seconds = True, 0, 0

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str | None]],
        widths: Sequence[float],
        *,
        centred: Collection[int] = (),
        is_small: bool = False,
        is_tight: bool = False,
    ) -> None:
        """A table with a header on every page; ``widths`` in millimetres.

        ``centred`` are columns of numbers and short words; None goes on with the cell above. A small table is
        set in 五号; in a tight one the text stands close to its lines (0.7 mm), so that narrow columns hold three
        characters. Raises ValueError where the table is wider than the text.
        """
        section = self._document.sections[0]
        if Mm(sum(widths)) > section.page_width - section.left_margin - section.right_margin:
            raise ValueError(f"a table of {sum(widths)} mm is wider than the text")
        made = self._document.add_table(rows=1 + len(rows), cols=len(head))
        made.style = "Table Grid"
        made.autofit = False
        _pad(made._tbl.tblPr, is_tight)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = Mm(width)
        lines = [head, *rows]
        for number, (line, texts) in enumerate(zip(made._tbl.tr_lst, lines, strict=True)):
            for mark in ("w:cantSplit",) if number else ("w:cantSplit", "w:tblHeader"):
                line.get_or_add_trPr().append(OxmlElement(mark))
            below = lines[number + 1] if number < len(rows) else head
            for place, (box, text) in enumerate(zip(line.tc_lst, texts, strict=True)):
                box.width = Mm(widths[place])
                if text is None or below[place] is None:
                    _join(box, is_first=text is not None)
                size, is_centred = _SMALLEST if is_small else _TABLE, not number or place in centred
                _fill(box, text or "", size, is_head=not number, is_centred=is_centred)
        self.text("")

    def content(self) -> bytes:
        """The file's bytes."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        return _undated(buffer.getvalue())

    def _keep_end_together(self) -> None:
        """Whatever comes next has the last lines with it: two paragraphs, or the end of a table."""
        ends = list(self._document.element.body.iterchildren(qn("w:p"), qn("w:tbl")))[-2:]
        parts = [part for end in ends for part in (end.tr_lst[-2:] if end.tag == qn("w:tbl") else [end])]
        for each in (paragraph for part in parts for paragraph in part.iter(qn("w:p"))):
            each.get_or_add_pPr().get_or_add_keepNext()

    def _add(self, text: str, style: str = "Normal") -> Any:
        paragraph = self._document.add_paragraph(_FORBIDDEN.sub("", text), style)
        if self._is_new_page:
            paragraph.paragraph_format.page_break_before, self._is_new_page = True, False
        return paragraph

    def _styles(self) -> None:
        words, styles = _words(), self._document.styles
        for name, font, size in (
            ("Normal", words["body"], _BODY),
            ("Title", words["title"], _TITLE),
            ("Heading 1", words["first"], _BODY),
            ("Heading 2", words["second"], _BODY),
        ):
            style = styles[name]
            _set_font(style.font, style.element.get_or_add_rPr(), font, size)
            layout = style.paragraph_format
            layout.space_before = layout.space_after = Pt(0)
            layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
            layout.keep_with_next = name.startswith("Heading")
            properties = style.element.get_or_add_pPr()
            for border in properties.findall(qn("w:pBdr")):
                properties.remove(border)
            _first_line(properties, 0 if name == "Title" else 2)
        language = OxmlElement("w:lang")
        language.set(qn("w:eastAsia"), "zh-CN")
        closer = OxmlElement("w:spacing")
        closer.set(qn("w:val"), str(_CLOSER))
        properties = styles["Normal"].element.get_or_add_rPr()
        properties.insert_element_before(closer, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")
        properties.append(language)
        title = styles["Title"].paragraph_format
        title.alignment, title.space_after = WD_ALIGN_PARAGRAPH.CENTER, _LINE
        title.line_spacing = Pt(36)

    def _name_fonts(self) -> None:
        """What else to take where a machine lacks a font of the standard: its nearest relation, by name."""
        parts = self._document.part.package.iter_parts()
        part = next(each for each in parts if each.partname == "/word/fontTable.xml")
        fonts = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/></w:font>'
            for name, others in _words()["instead"].items()
        )
        part._blob = part.blob.replace(b"</w:fonts>", f"{fonts}</w:fonts>".encode())

    def _number_pages(self, section: Any) -> None:
        """页码: on odd pages to the right, on even ones to the left, one character in."""
        self._document.settings.odd_and_even_pages_header_footer = True
        for footer, side in (
            (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
            (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
        ):
            paragraph = footer.paragraphs[0]
            paragraph.alignment = side
            is_left = side is WD_ALIGN_PARAGRAPH.LEFT
            _indent(paragraph._p.get_or_add_pPr(), firstLine=0, **{"left" if is_left else "right": 1})
            before, _, after = _words()["page"].partition("{}")
            _run(paragraph, before, _words()["number"], _SMALL)
            _page_field(_run(paragraph, "", _words()["number"], _SMALL))
            _run(paragraph, after, _words()["number"], _SMALL)


def _lay_out(section: Any, *, is_landscape: bool) -> None:
    wide, high = Mm(210), Mm(297)
    section.page_width, section.page_height = (high, wide) if is_landscape else (wide, high)
    section.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
    sides = (_LEFT, _RIGHT, _TOP, _BOTTOM)
    if is_landscape:  # the sheet is turned, its binding side is on top
        sides = (_TOP, _BOTTOM, _LEFT, _RIGHT)
    section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = sides
    section.footer_distance = Mm(28) if not is_landscape else Mm(18)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(_LINE.pt * 20)))


def _pad(properties: Any, is_tight: bool) -> None:
    """Some air above and below the text of every cell; in a tight table less than usual beside it."""
    margins = OxmlElement("w:tblCellMar")
    sides = {"top": "50", "left": "40", "bottom": "50", "right": "40"}
    for side in sides if is_tight else ("top", "bottom"):
        air = OxmlElement(f"w:{side}")
        air.set(qn("w:w"), sides[side])
        air.set(qn("w:type"), "dxa")
        margins.append(air)
    properties.insert_element_before(margins, "w:tblLook")


def _fill(box: Any, text: str, size: Any, *, is_head: bool, is_centred: bool) -> None:
    paragraph = Paragraph(box.p_lst[0], None)  # type: ignore[arg-type]
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    paragraph.paragraph_format.keep_with_next = is_head or None
    properties = paragraph._p.get_or_add_pPr()
    _first_line(properties, 0)
    free = OxmlElement("w:snapToGrid")  # the grid is for the text; in a table it would make every line a tall one
    free.set(qn("w:val"), "0")
    properties.insert_element_before(free, "w:spacing", "w:ind", "w:jc", "w:rPr")
    if is_centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    box.get_or_add_tcPr().append(middle)
    run = _run(paragraph, text, _words()["first" if is_head else "body"], size)
    if not text:  # an empty cell is as high as one that says something
        properties.append(deepcopy(run._r.rPr))


def _join(box: Any, *, is_first: bool) -> None:
    """The cell begins a joined one, or is a part of the one above."""
    joined = OxmlElement("w:vMerge")
    if is_first:
        joined.set(qn("w:val"), "restart")
    box.get_or_add_tcPr().append(joined)


def _run(paragraph: Any, text: str, font: str, size: Any) -> Any:
    run = paragraph.add_run(_FORBIDDEN.sub("", text))
    _set_font(run.font, run._r.get_or_add_rPr(), font, size)
    return run


def _set_font(font: Any, properties: Any, name: str, size: Any) -> None:
    font.size, font.bold, font.italic, font.name = size, False, False, _words()["ascii"]
    font.color.rgb = None
    for colour in properties.findall(qn("w:color")):
        properties.remove(colour)
    fonts = properties.get_or_add_rFonts()
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)
    fonts.set(qn("w:eastAsia"), name)


def _first_line(properties: Any, characters: int) -> None:
    _indent(properties, firstLine=characters)


def _indent(properties: Any, **characters: int) -> None:
    """Indents in characters of the text, and in twips for programs that do not count characters."""
    indent = properties.get_or_add_ind()
    for name in ("firstLine", "hanging"):
        for stale in (name, f"{name}Chars"):
            indent.attrib.pop(qn(f"w:{stale}"), None)
    for name, count in characters.items():
        indent.set(qn(f"w:{name}Chars"), str(count * 100))
        indent.set(qn(f"w:{name}"), str(round(count * _BODY.pt * 20)))


def _page_field(run: Any) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._r.append(mark)


def _undated(content: bytes) -> bytes:
    """The same file with the day of no clock in it: the same text is the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(zipfile.ZipInfo(name), given.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
