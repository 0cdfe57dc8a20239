"""Packages whose parts are packed as no Office program packs them: every reader refuses them before it unpacks any."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from tests.wxsvc.documents.test_tables import workbook
from wxsvc.documents import bundle_sheets
from wxsvc.documents.workbooks import Workbook
from wxsvc.uploads.filetypes import FileFault, FileRefused, media_type_of

MOUNTAIN = 32 * 2**20


def packed(packing: int, *, said: int = 100) -> bytes:
    """A workbook one part of which is packed like this and says that it is small."""
    kept = io.BytesIO(workbook(["统一社会信用代码", "企业名称"]))
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", b"<" + bytes(MOUNTAIN), packing)
        archive.infolist()[-1].file_size = said
    return kept.getvalue()


def encrypted() -> bytes:
    """A workbook that some program for archives has put a password on."""
    kept = io.BytesIO(workbook(["统一社会信用代码", "企业名称"]))
    with zipfile.ZipFile(kept, "a") as archive:
        for part in archive.infolist():
            part.flag_bits |= 1
        archive.writestr("docProps/last.txt", b"")
    return kept.getvalue()


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_unpacks_to_gigabytes_at_once_is_refused(packing: int) -> None:
    """Six kilobytes took two gigabytes; a damaged one ended in an error of ours."""
    raw = packed(packing)
    tracemalloc.start()
    try:
        refused_by_all(raw)
        assert tracemalloc.get_traced_memory()[1] < MOUNTAIN // 4
    finally:
        tracemalloc.stop()


def test_an_encrypted_archive_is_refused() -> None:
    refused_by_all(encrypted())


def refused_by_all(raw: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        media_type_of(raw)
    assert refused.value.reason is FileFault.BROKEN
    assert [each.code for each in bundle_sheets.read(raw).problems] == ["not_excel"]
    with pytest.raises(ValueError, match="no Office program"):
        Workbook(raw)


def test_a_paper_in_an_encoding_that_nobody_knows_is_broken() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        made.writestr("_rels/.rels", '<?xml version="1.0" encoding="x"?><Relationships/>')
        made.writestr("word/document.xml", "<document/>")
    with pytest.raises(FileRefused) as refused:
        media_type_of(kept.getvalue())
    assert refused.value.reason is FileFault.BROKEN
