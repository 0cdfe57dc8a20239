"""Pictures of an activity (海报, 分享图): drawn on the server, so that a phone can keep them with one press.

Chinese needs a font, and none is shipped: whichever the machine has is taken. Without one there is no picture
(:class:`NoChineseFont`), never one full of empty boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from io import BytesIO
from typing import Final

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

_FONTS: Final = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "msyh.ttc",
    "simhei.ttf",
)
"""Files that hold every Chinese character in use, the finest first; looked for where the system keeps its fonts."""
_GREEN, _INK, _SOFT, _PAPER = "#06713f", "#1c1c1e", "#55585c", "#ffffff"
_NO_LINE_BEGINS_WITH: Final = "，。、；：！？）》】”’,.;:!?)"

_WIDTH, _HEIGHT, _EDGE = 1080, 1620, 90
_CODE: Final = 520
_CARD: Final = 600
_LEADING: Final = 1.42
"""From one line to the next, in heights of its signs."""


class NoChineseFont(Exception):
    """The machine has no font that knows Chinese."""


class Poster(Struct, frozen=True):
    """What stands on a poster, from top to bottom; ``facts`` are pairs of a label and its text."""

    platform: str
    title: str
    facts: Sequence[tuple[str, str]]
    call: str
    """What one is to do with the code."""
    ways: str
    """Other ways to check in."""


def has_font() -> bool:
    """Whether pictures can be drawn on this machine."""
    return _font_file() is not None


def poster(shown: Poster, code: bytes) -> bytes:
    """One PNG of 1080 × 1620 pixels. ``code`` is the QR code as a PNG. Long texts wrap and are set smaller.

    Raises :class:`NoChineseFont`.
    """
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    pen, inner = ImageDraw.Draw(sheet), _WIDTH - 2 * _EDGE
    pen.rectangle((0, 0, _WIDTH, 24), fill=_GREEN)
    y = _written(pen, [shown.platform], 40, inner, 70, _SOFT, most=2)
    y = _written(pen, [shown.title], 68, inner, y + 16, _INK, most=4, smallest=44)
    y += 20
    code_at = _HEIGHT - _CODE - 260
    facts = [f"{label}　{text}" for label, text in shown.facts]
    _written(pen, facts, 42, inner, y, _INK, height=code_at - y - 10, smallest=30)
    with Image.open(BytesIO(code)) as square:
        sheet.paste(
            square.convert("RGB").resize((_CODE, _CODE), Image.Resampling.NEAREST), ((_WIDTH - _CODE) // 2, code_at)
        )
    y = _written(pen, [shown.call], 52, inner, code_at + _CODE + 14, _GREEN, is_centred=True)
    _written(pen, [shown.ways], 34, inner, y + 6, _SOFT, is_centred=True, most=3)
    return _png(sheet.quantize(64, dither=Image.Dither.NONE))


@lru_cache(maxsize=64)
def card(title: str, *lines: str) -> bytes:
    """The small picture of a shared link, 600 × 600 pixels: title, and beneath it time and place.

    Raises :class:`NoChineseFont`.
    """
    sheet = Image.new("RGB", (_CARD, _CARD), _GREEN)
    pen = ImageDraw.Draw(sheet)
    y = _written(pen, [title], 60, _CARD - 96, 60, _PAPER, most=4, smallest=40, edge=48)
    pen.rectangle((48, y + 10, 168, y + 16), fill=_PAPER)
    _written(pen, lines, 38, _CARD - 96, y + 40, _PAPER, most=4, smallest=30, edge=48)
    return _png(sheet)


@cache
def _font_file() -> str | None:
    for name in _FONTS:
        try:
            return str(ImageFont.truetype(name, 20).path)
        except OSError:
            continue
    return None


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    found = _font_file()
    if found is None:
        raise NoChineseFont
    return ImageFont.truetype(found, size)


def _written(
    pen: ImageDraw.ImageDraw,
    texts: Sequence[str],
    size: int,
    width: int,
    y: int,
    colour: str,
    *,
    most: int = 1,
    height: int | None = None,
    smallest: int | None = None,
    edge: int = _EDGE,
    is_centred: bool = False,
) -> int:
    """Write texts below each other and return where the next may begin; ``most`` lines, or as many as ``height`` takes.

    What does not fit is set smaller, down to ``smallest``, and cut with ``…`` at last.
    """
    for fitting in range(size, (smallest or size) - 1, -4):
        lines = [line for text in texts for line in _lines(text, _font(fitting), width)]
        size = fitting
        most = height // round(size * _LEADING) if height is not None else most
        if len(lines) <= most:
            break
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
    for line in lines:
        x = (edge + (width - _font(size).getlength(line)) / 2) if is_centred else edge
        pen.text((x, y), line, fill=colour, font=_font(size))
        y += round(size * _LEADING)
    return y


def _lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """The text in lines that fit; a word of letters and digits stays whole where it can."""
    for part in text.splitlines() or [""]:
        line = ""
        for sign in part:
            if font.getlength(line + sign) <= width or not line or sign in _NO_LINE_BEGINS_WITH:
                line += sign
                continue
            word = len(line) - len(line.rstrip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-./"))
            cut = len(line) - word if sign.isascii() and not sign.isspace() and 0 < word < len(line) else len(line)
            yield line[:cut].rstrip()
            line = (line[cut:] + sign).lstrip()
        yield line


def _png(sheet: Image.Image) -> bytes:
    out = BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()
