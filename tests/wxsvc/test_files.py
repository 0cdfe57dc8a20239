"""Photos and papers: kept whole, private and without EXIF, or refused with a reason and nothing left behind."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import stat
import time
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from PIL import ExifTags, Image

from tests import paper_files
from wxsvc.files import Files
from wxsvc.uploads import pictures
from wxsvc.uploads.filetypes import DOCX, JPEG, PDF, PNG, XLSX, FileFault, FileRefused, media_type_of

MB = 2**20
PDF_BYTES = paper_files.pdf()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(folder: Path) -> Files:
    return Files(folder, max_bytes=2 * MB)


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), **options: object) -> BytesIO:
    out = BytesIO()
    image = Image.effect_noise(size, 60).convert("RGB")
    image.save(out, form, **options)  # type: ignore[arg-type]
    out.seek(0)
    return out


def everything_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_photo_is_kept_upright_without_exif_and_tells_when_it_was_taken(files: Files) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "some phone"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:23 09:30:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (28.0, 12.0, 0.0)
    stored = files.store_photo(picture(exif=exif))
    assert (stored.media_type, stored.width, stored.height) == (JPEG, 480, 640)
    assert stored.taken_at == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    with Image.open(files.path(stored.sha256)) as kept:
        assert not kept.getexif()
        assert "exif" not in kept.info


def test_a_camera_that_names_its_offset_is_believed(files: Files) -> None:
    exif = Image.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:11:23 09:30:00"
    details[ExifTags.Base.OffsetTimeOriginal] = "+09:00"
    assert files.store_photo(picture(exif=exif)).taken_at == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


def test_nothing_hidden_behind_the_picture_survives(files: Files) -> None:
    smuggled = BytesIO(picture().read() + b"<script>alert(1)</script>")
    assert b"<script>" not in files.path(files.store_photo(smuggled).sha256).read_bytes()


@pytest.mark.parametrize(("form", "becomes"), [("PNG", PNG), ("WEBP", JPEG), ("JPEG", JPEG)])
def test_photos_of_three_kinds(files: Files, form: str, becomes: str) -> None:
    stored = files.store_photo(picture(form))
    assert stored.media_type == becomes
    assert stored.size == files.path(stored.sha256).stat().st_size


def test_a_large_photo_is_scaled_down(files: Files) -> None:
    out = BytesIO()
    Image.new("RGB", (6000, 3000), "white").save(out, "JPEG")
    out.seek(0)
    stored = files.store_photo(out)
    assert stored.width is not None
    assert stored.height is not None
    assert 2048 <= max(stored.width, stored.height) <= 4096


@pytest.mark.parametrize("size", [(256, 16), (5000, 4), (16_640, 8)])
def test_a_grey_picture_of_sixteen_bits_keeps_its_shades(files: Files, size: tuple[int, int]) -> None:
    """As scanners write them: the gradient is scaled to eight bits, not whitened, in the thumbnail too."""
    shades = b"".join((at * 65535 // (size[0] - 1)).to_bytes(2, "little") for at in range(size[0]))
    out = BytesIO()
    Image.frombytes("I;16", size, shades * size[1]).save(out, "PNG")
    out.seek(0)
    stored = files.store_photo(out)
    for source in (files.path(stored.sha256), BytesIO(files.thumbnail(stored.sha256))):
        with Image.open(source) as drawn:
            row = [drawn.convert("L").getpixel((at * (drawn.width - 1) // 8, 0)) for at in range(9)]
        assert all(abs(shade - at * 255 / 8) < 8 for at, shade in enumerate(row)), row


@pytest.mark.parametrize("mode", ["1", "P"])
def test_a_scan_in_black_and_white_is_made_smaller_without_leaving_lines_out(mode: str) -> None:
    """Every line of a pixel's width leaves a shade: of nearest points, whole strokes of writing would go."""
    lines = Image.frombytes("L", (8192, 4), b"\x00\xff\xff\xff" * 2048 * 4).convert(mode)
    out = BytesIO()
    lines.save(out, "PNG")
    with Image.open(BytesIO(pictures.draw_anew(out.getvalue()).content)) as drawn:
        row = [drawn.convert("L").getpixel((at, 0)) for at in range(200, 210)]
    assert max(map(min, zip(row[::2], row[1::2], strict=True))) < 160, row


@pytest.mark.parametrize(("mode", "form"), [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP")])
def test_what_is_black_on_nothing_is_seen(files: Files, mode: str, form: str) -> None:
    """A chart or a signature without its paper was black on black in its thumbnail, and a photo that shows nothing."""
    drawn = Image.new("RGBA", (400, 300))
    drawn.putalpha(Image.radial_gradient("L").resize(drawn.size))
    out = BytesIO()
    drawn.convert(mode).save(out, form, lossless=True)
    out.seek(0)
    stored = files.store_photo(out)
    with Image.open(BytesIO(files.thumbnail(stored.sha256))) as small:
        shades = small.convert("L").getextrema()
    assert shades[0] < 16 < 240 < shades[1]
    assert stored.fingerprint is not None


def test_storing_twice_keeps_one(files: Files, folder: Path) -> None:
    original = picture()
    first = files.store_photo(original)
    original.seek(0)
    assert files.store_photo(original) == first
    assert len(everything_under(folder)) == 1


def test_files_are_private(files: Files, folder: Path) -> None:
    path = files.path(files.store_paper(BytesIO(PDF_BYTES)).sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@cache
def word_document() -> bytes:
    out = BytesIO()
    Document().save(out)
    return out.getvalue()


@cache
def excel_workbook() -> bytes:
    out = BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def archive(*names: str, size: int = 1) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name in names:
            packed.writestr(name, bytes(size))
    return out.getvalue()


def mountain() -> bytes:
    """A workbook of zeros, larger than any that is opened."""
    return archive("[Content_Types].xml", "xl/workbook.xml", size=110 * MB)


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be huge and is a few bytes."""
    out = BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    content = bytearray(out.getvalue())
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "media_type"), [(PDF_BYTES, PDF), (word_document(), DOCX), (excel_workbook(), XLSX)]
)
def test_papers_are_kept_as_they_are(files: Files, content: bytes, media_type: str) -> None:
    stored = files.store_paper(BytesIO(content))
    assert stored.media_type == media_type
    assert files.path(stored.sha256).read_bytes() == content


def test_a_photo_with_depth_behind_it_has_the_limit_of_every_photo(files: Files) -> None:
    first, depth = Image.new("RGB", (6000, 4000), "green"), Image.new("L", (60, 40))
    out = BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[depth])
    stored = files.store_photo(BytesIO(out.getvalue()))
    assert (stored.media_type, stored.width, stored.height) == (JPEG, 4096, 2731)


def test_a_photo_that_goes_over_its_pixels_a_thousand_times_is_refused(files: Files) -> None:
    """A scan of sixty bytes costs as much as the picture: a small file would hold the process for hours."""
    content = picture("JPEG", (64, 48), progressive=True).read()
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    video = b"\xff\xda" * 1000
    assert files.store_photo(BytesIO(content + video)).width == 64, "a moving picture behind the photo is none of it"
    with pytest.raises(FileRefused) as refused:
        files.store_photo(BytesIO(content[:end] + content[last:end] * 1000 + content[end:]))
    assert refused.value.reason is FileFault.BROKEN


@pytest.mark.parametrize(
    "idle",
    [b"\0", b"\xff", b"\xff\xd0", b"\xff\xd9" + bytes(2**18), b"\xff\xfe\0\2", b"\xff\xc8\xff\xff" + bytes(2**16 - 3)],
    ids=["nothing", "fill bytes", "restarts", "behind the end", "comments", "of no length"],
)
@pytest.mark.parametrize("pixels", ["none", "behind it"])
def test_a_photo_of_bytes_that_say_nothing_is_refused_at_once(idle: bytes, pixels: str) -> None:
    """Whoever sends nine megabytes of them shall not hold the process for a second, nor for hours."""
    whole, idle = picture("JPEG", (64, 48)).read(), idle * (18 * MB // len(idle))
    begun = time.thread_time()
    with pytest.raises(FileRefused) as refused:
        pictures.draw_anew(whole[:3] + idle + (whole[2:] if pixels == "behind it" else b""))
    assert refused.value.reason is FileFault.BROKEN
    assert time.thread_time() - begun < 0.5


def test_fill_bytes_behind_the_pixels_are_looked_at_once() -> None:
    """A photo that breaks off in megabytes of 0xFF would hold the process for hours, were each of them a beginning."""
    whole = picture("JPEG", (64, 48)).read()
    begun = time.thread_time()
    with pytest.raises(FileRefused):
        pictures.draw_anew(whole[: whole.index(b"\xff\xda") + 14] + b"\xff" * MB)
    assert time.thread_time() - begun < 0.5


def test_a_photo_with_a_little_between_its_segments_is_kept() -> None:
    whole = picture("JPEG", (64, 48)).read()
    assert pictures.draw_anew(whole[:2] + b"\xff" * 9 + bytes(9) + b"\xff\xfe\0\2" * 99 + whole[2:]).width == 64


def test_a_picture_that_comes_as_a_paper_is_drawn_anew_too(files: Files) -> None:
    assert files.store_paper(picture("PNG")).width == 640


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", FileFault.EMPTY),
        (b"x" * (2 * MB + 1), FileFault.TOO_LARGE),
        (b"MZ\x90\x00 renamed to .pdf", FileFault.EXECUTABLE),
        (b"\x7fELF", FileFault.EXECUTABLE),
        (b"#!/bin/sh\nrm -rf /", FileFault.EXECUTABLE),
        (b"<html>", FileFault.NOT_ALLOWED),
        (archive("readme.txt"), FileFault.NOT_ALLOWED),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", FileFault.HEIC),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomavc1", FileFault.NOT_ALLOWED),
        (archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), FileFault.MACROS),
        (mountain, FileFault.TOO_LARGE),
        (b"PK\x03\x04 and no more", FileFault.BROKEN),
        (picture().read()[:2000], FileFault.BROKEN),
        (bomb(8000, 6250), FileFault.TOO_MANY_PIXELS),
        (bomb(4097, 4096), FileFault.TOO_MANY_PIXELS),
        (bomb(10_000, 10_000), FileFault.TOO_MANY_PIXELS),
        (bomb(60_000, 60_000), FileFault.TOO_MANY_PIXELS),
    ],
)
def test_everything_else_is_refused_and_leaves_nothing(
    files: Files, folder: Path, content: bytes | Callable[[], bytes], reason: FileFault
) -> None:
    with pytest.raises(FileRefused) as refused:
        files.store_paper(BytesIO(content() if callable(content) else content))
    assert refused.value.reason is reason
    assert everything_under(folder) == []


def test_a_paper_is_no_photo(files: Files) -> None:
    with pytest.raises(FileRefused, match="not_allowed"):
        files.store_photo(BytesIO(PDF_BYTES))


def test_damaged_pictures_are_refused_or_drawn_but_never_an_error(files: Files) -> None:
    rng = random.Random(7)
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:23 09:30:00"
    originals = [picture(form, (64, 48), exif=exif).read() for form in ("JPEG", "PNG", "WEBP")]
    for turn in range(300):
        content = bytearray(originals[turn % 3])
        for _ in range(rng.randrange(1, 8)):
            content[rng.randrange(12, len(content))] = rng.randrange(256)
        with contextlib.suppress(FileRefused):
            files.store_photo(BytesIO(content))


def test_a_full_disk_is_a_reason_of_its_own_and_leaves_nothing(
    files: Files, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileRefused) as refused:
        files.store_photo(picture())
    assert refused.value.reason is FileFault.DISK_FULL
    assert everything_under(folder) == []


def test_a_thumbnail_is_small_and_drawn_once(files: Files, folder: Path) -> None:
    stored = files.store_photo(picture(size=(1600, 1200)))
    small = files.thumbnail(stored.sha256)
    assert small == files.thumbnail(stored.sha256)
    with Image.open(BytesIO(small)) as image:
        assert image.size == (480, 360)
    assert len(everything_under(folder)) == 2


def test_removed_means_gone(files: Files, folder: Path) -> None:
    stored = files.store_photo(picture())
    files.thumbnail(stored.sha256)
    files.remove(stored.sha256)
    files.remove(stored.sha256)
    assert everything_under(folder) == []
    with pytest.raises(FileNotFoundError):
        files.path(stored.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_only_names_of_ours_lead_to_files(files: Files, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        files.path(name)


def test_a_small_file_of_many_pixels_is_refused_before_it_is_unpacked(files: Files) -> None:
    """150 KB of one colour used to cost seven seconds and half a gigabyte; a photo of as many pixels is welcome."""
    many = Image.new("RGB", (6300, 6300), "white")
    for form in ("PNG", "WEBP"):
        out = BytesIO()
        many.save(out, form)
        out.seek(0)
        begun = time.thread_time()
        with pytest.raises(FileRefused) as refused:
            files.store_photo(out)
        assert refused.value.reason is FileFault.TOO_MANY_PIXELS
        assert time.thread_time() - begun < 0.5
    out = BytesIO()
    many.save(out, "JPEG")
    out.seek(0)
    assert files.store_photo(out).width == 4096


def test_one_picture_at_a_time_is_unpacked(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others wait, and after a while their senders are told."""
    under_way, most = [0], [0]
    written = pictures._written

    def slowly(image: Image.Image, form: str) -> bytes:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        drawn = written(image, form)
        under_way[0] -= 1
        return drawn

    monkeypatch.setattr(pictures, "_written", slowly)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: files.store_photo(picture()), range(12)))
    assert most == [1]
    monkeypatch.setattr(pictures, "PATIENCE", 0.05)
    with pictures._opened(picture().read()), pytest.raises(FileRefused) as refused:
        files.store_photo(picture())
    assert refused.value.reason is FileFault.BUSY


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.4",
        b"%PDF-1.7\n" + b"\0" * 5000,
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
        paper_files.pdf()[:-40],
        paper_files.pdf().replace(b"/Type/Page/", b"/Type/Pages/"),
        paper_files.pdf() + b"\0" * 2**17,
    ],
)
def test_a_pdf_that_shows_nothing_proves_nothing(content: bytes) -> None:
    """Cut off on the way, or never written to its end: nobody who reviews can open it."""
    with pytest.raises(FileRefused) as refused:
        media_type_of(content)
    assert refused.value.reason is FileFault.BROKEN


def test_what_readers_pass_over_hinders_no_pdf() -> None:
    assert media_type_of(paper_files.pdf() + b"\r\n<html>saved by a browser</html>") == PDF
    for before in (b"\r\n\r\n", b"\xef\xbb\xbf", b" " * 900):
        assert media_type_of(before + paper_files.pdf()) == PDF
