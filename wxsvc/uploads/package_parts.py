"""Parts (部件) of docx and xlsx files (OPC, ISO/IEC 29500-2): what they are called, and their XML without surprises."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

_BEFORE_XML = b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The only ones that OPC knows. Of any other, Python unpacks what it is given at once: some kilobytes to gigabytes."""
_CHINESE: Final = re.compile(
    rb"""(\s*<\?xml[^<>]{1,40}encoding\s*=\s*["'])(?:gb2312|gbk|gb18030|cp936)(?=["'])""", re.IGNORECASE
)
_ENCRYPTED: Final = 1
"""Its bit among a part's flags. Office encrypts a file as a whole, which is no archive then."""


def opened(content: bytes) -> zipfile.ZipFile:
    """The package, each of whose parts is packed as Office packs it. Raises ``ValueError`` and ``BadZipFile``."""
    archive = zipfile.ZipFile(BytesIO(content))
    if any(part.compress_type not in _PACKINGS or part.flag_bits & _ENCRYPTED for part in archive.infolist()):
        raise ValueError("a part that no Office program packs")
    return archive


def part_name(name: str) -> str:
    """A part's name as it is compared: OPC knows no case, and some programs write the other slash."""
    return unquote(name).replace("\\", "/").lstrip("/").lower()


def is_xml(content: bytes) -> bool:
    """Whether a part is XML, whatever it is called and however it is encoded: a reference may lead to any name."""
    return content.translate(None, _BEFORE_XML)[:1] == b"<"


def in_utf8(content: bytes) -> bytes:
    """A part that says that it is in GB 2312, GBK or GB 18030, in UTF-8: the XML parser knows none of them."""
    declared = _CHINESE.match(content)
    if declared is None:
        return content
    text = content[declared.end() :].decode("gb18030", "ignore")
    return declared[1] + b"UTF-8" + text.encode()


def must_have_no_document_type(content: bytes) -> None:
    """Raises ``ValueError``: a document type names texts that stand for many times their length.

    It is looked for everywhere: comments of any length may stand before it.
    """
    if b"<!DOCTYPE" in content or b"<!DOCTYPE" in content.replace(b"\0", b""):
        raise ValueError("a document type in an Office file")


def tree(content: bytes) -> ET.Element:
    """A part's XML. Raises ``ValueError`` for a document type, and ``ParseError``."""
    must_have_no_document_type(content)
    return ET.fromstring(content)  # noqa: S314 - no document type; its size is bounded by whoever asks


def local(name: str) -> str:
    """The name of an element or an attribute without its namespace, which is another one in Strict files."""
    return name.rpartition("}")[2]
