"""Workbooks as programs other than Excel write them: every one of these opens in Excel without complaint."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

Change = Callable[[str, bytes], tuple[str, bytes]]


def changed(raw: bytes, change: Change) -> bytes:
    """The package with each part's name and content changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(*change(name, old.read(name)))
    return buffer.getvalue()


def _strict(name: str, content: bytes) -> tuple[str, bytes]:
    for before, after in (
        (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    ):
        content = content.replace(before, after)
    return name, content


def _other_case(name: str, content: bytes) -> tuple[str, bytes]:
    return name.replace("sharedStrings", "SharedStrings").replace("worksheets", "Worksheets"), content


def _backslashes(name: str, content: bytes) -> tuple[str, bytes]:
    return name.replace("/", "\\"), content


def _bad_styles(name: str, content: bytes) -> tuple[str, bytes]:
    """A fill without a kind and a colour that is none, as report tools write them."""
    if name == "xl/styles.xml":
        content = content.replace(b"<patternFill", b'<patternFill nonsense="1" patternType="odd"').replace(
            b"<fonts", b'<!-- --><fonts odd="x"'
        )
    return name, content


def _bad_properties(name: str, content: bytes) -> tuple[str, bytes]:
    if name == "docProps/core.xml":
        content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026/11/20 9:00", content)
    return name, content


def _other_main(name: str, content: bytes) -> tuple[str, bytes]:
    return name.replace("workbook.xml", "workbook2.xml"), content.replace(b"workbook.xml", b"workbook2.xml")


def _prefixed(name: str, content: bytes) -> tuple[str, bytes]:
    if name.startswith("xl/worksheets/"):
        content = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", content).replace(b"xmlns=", b"xmlns:x=")
    return name, content


def _marked(name: str, content: bytes) -> tuple[str, bytes]:
    """A byte order mark before every part."""
    return name, b"\xef\xbb\xbf" + content if name.endswith((".xml", ".rels")) else content


KINDS: dict[str, Change] = {
    "strict": _strict,
    "other case": _other_case,
    "backslashes": _backslashes,
    "bad styles": _bad_styles,
    "bad properties": _bad_properties,
    "another main part": _other_main,
    "prefixed": _prefixed,
    "marked": _marked,
}
