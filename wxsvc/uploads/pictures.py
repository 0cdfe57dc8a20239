"""Pictures (照片): measured before they are unpacked, turned upright, drawn anew without EXIF."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from msgspec import Struct
from PIL import ExifTags, Image, ImageOps

from wxsvc.uploads.filetypes import JPEG, PNG, FileFault, FileRefused

MOST_PIXELS: Final = 40_000_000
"""Of a JPEG, which is unpacked at a fraction of its size."""
LONGEST_EDGE: Final = 4096
"""Pixels. A larger picture is scaled down: a face and a banner stay readable, the disk stays free."""
MOST_UNPACKED: Final = LONGEST_EDGE**2
"""Pixels of a picture that can only be unpacked whole (PNG, WebP): a small file may hold many."""
MOST_SCANS: Final = 100
"""Passes over a JPEG: each costs as much as the whole picture and takes sixty bytes. Programs write a dozen."""
PATIENCE: Final = 20.0
"""Seconds that a picture waits for the one before it."""
THUMBNAIL_EDGE: Final = 480
_JPEGS: Final = ("JPEG", "MPO")
"""Phones put depth and brightness behind the picture as further ones; the first alone is read."""
MOST_SEGMENTS: Final = 1_000
"""Before a JPEG's pixels. Pillow reads each by itself; a program that hides depth there writes a hundred."""
MOST_IDLE: Final = 2**16
"""Bytes between those segments that belong to none: Pillow looks at each by itself, a second for nine megabytes."""
_MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""Of 0xFF in a row the last begins it. A pattern for the row as a whole would begin anew at each of them."""
_ENDS, _SCAN = 0xD9, 0xDA
_ALONE: Final = frozenset((0x01, 0xC8, 0xD8, 0xD9, *range(0xF0, 0xFE)))
"""Markers behind which no length stands, or behind which Pillow reads none."""
_JPEG_BEGINS: Final = b"\xff\xd8"
_GRID: Final = 16
_ONE_AT_A_TIME: Final = threading.BoundedSemaphore()
"""Unpacked pictures fill the memory of a process, not of each of its threads."""


class Picture(Struct, frozen=True):
    """A picture drawn anew. ``taken_at`` is what the camera claimed: evidence, not proof."""

    content: bytes
    media_type: str
    width: int
    height: int
    taken_at: datetime | None
    fingerprint: str | None = None


def draw_anew(content: bytes) -> Picture:
    """The same picture upright and without any metadata: PNG stays PNG, all else becomes JPEG.

    Raises :class:`FileRefused` with ``TOO_MANY_PIXELS`` before anything is unpacked, or with ``BROKEN``.
    """
    with _opened(content) as image:
        taken_at = _taken_at(image.getexif())
        is_png = image.format == "PNG"
        upright = ImageOps.exif_transpose(_scaled(image, LONGEST_EDGE))  # in this order: what is turned is copied
        drawn = _written(upright, "PNG" if is_png else "JPEG")
        form = PNG if is_png else JPEG
        return Picture(drawn, form, upright.width, upright.height, taken_at, _fingerprint(upright))


def thumbnail(content: bytes) -> bytes:
    """A small JPEG of the picture, at most 480 pixels on its longer side."""
    with _opened(content) as image:
        image.draft("RGB", (THUMBNAIL_EDGE, THUMBNAIL_EDGE))
        return _written(_scaled(image, THUMBNAIL_EDGE), "JPEG")


def fingerprint(content: bytes) -> str | None:
    """感知指纹: 256 bits of a picture as hexadecimal, nearly the same for nearly the same pictures.

    None for a picture that says nothing: of one colour, or hardly more. Raises :class:`FileRefused` for a broken one.
    """
    with _opened(content) as image:
        image.draft("RGB", (THUMBNAIL_EDGE, THUMBNAIL_EDGE))
        return _fingerprint(image)


def _fingerprint(image: Image.Image) -> str | None:
    """Is a spot darker than the one on its right? (dHash)"""
    spots = _on_white(_in_eight_bits(image)).convert("L").resize((_GRID + 1, _GRID), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(_GRID):
        for at in range(row * (_GRID + 1), row * (_GRID + 1) + _GRID):
            bits = bits << 1 | (spots[at] < spots[at + 1])
    tells = _GRID < bits.bit_count() < _GRID * (_GRID - 1)
    return f"{bits:064x}" if tells else None


@contextlib.contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    try:
        if content.startswith(_JPEG_BEGINS) and _is_endless(content):
            raise FileRefused(FileFault.BROKEN)
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            is_jpeg = image.format in _JPEGS
            if image.width * image.height > (MOST_PIXELS if is_jpeg else MOST_UNPACKED):
                raise FileRefused(FileFault.TOO_MANY_PIXELS)
            if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE):
                raise FileRefused(FileFault.BUSY)
            try:
                yield image
            finally:
                _ONE_AT_A_TIME.release()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FileRefused(FileFault.TOO_MANY_PIXELS) from None
    except FileRefused:
        raise
    except Exception:  # Pillow has no common error: whatever it stumbles over, the picture is broken
        raise FileRefused(FileFault.BROKEN) from None


def _is_endless(content: bytes) -> bool:
    """Whether a JPEG goes over its pixels, or writes before them, more often than any program does."""
    at, scans, segments, idle = len(_JPEG_BEGINS), 0, 0, 0
    while scans <= MOST_SCANS and segments <= MOST_SEGMENTS and idle <= MOST_IDLE:
        found = _MARKER.search(content, at)
        if not scans:
            idle += (found.start() if found else len(content)) - at
        if found is None or (scans and found[1][0] == _ENDS):
            return idle > MOST_IDLE
        marker, at = found[1][0], found.end()
        scans += marker == _SCAN
        segments += not scans
        if marker not in _ALONE:
            at += int.from_bytes(content[at : at + 2])
    return True


def _scaled(image: Image.Image, edge: int) -> Image.Image:
    """The picture with no side longer than ``edge``. Shades of 16 bits, a palette and black and white alone are made
    plain shades before: Pillow scales the first not at all, and the others by leaving points out."""
    if max(image.size) > edge:
        plain = {"1": "L", "P": "RGBA" if image.has_transparency_data else "RGB"}.get(image.mode)
        image = image.convert(plain) if plain else _in_eight_bits(image)
        image.thumbnail((edge, edge))
    return image


def _written(image: Image.Image, form: str) -> bytes:
    """The pixels alone, copied to a fresh image so that no metadata travels along."""
    pixels = _in_eight_bits(image)
    mode = "RGBA" if form == "PNG" and image.has_transparency_data else "RGB"
    pixels = pixels.convert(mode) if mode == "RGBA" else _on_white(pixels)
    fresh = Image.new(mode, pixels.size)
    fresh.paste(pixels)
    out = BytesIO()
    fresh.save(out, form, quality=85, optimize=True)
    return out.getvalue()


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits with its shades scaled to 8; converting alone would make most of them white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda shade: shade / 257).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    """The picture as a page shows it: what is not seen is mostly kept as black, and so is what is written on it."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white


def _taken_at(exif: Image.Exif) -> datetime | None:
    """拍摄时间 in UTC; a camera that names no offset is taken to show Beijing time."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    taken = details.get(ExifTags.Base.DateTimeOriginal)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal, "+08:00")
    try:
        return datetime.strptime(f"{taken}{offset}", "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
