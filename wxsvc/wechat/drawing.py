"""Drawing QR codes, ours and WeChat's: any text as SVG or PNG."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import Any

QUIET = 4
"""Modules of white around the code, as the standard asks for."""


@lru_cache(maxsize=256)
def svg(text: str) -> bytes:
    """The code as an SVG document that scales to any size, for pages and posters.

    Neighbours are one piece of the path: half the bytes, and no hairline between them.
    """
    rows = _code(text, 1).get_matrix()
    side, path = len(rows), "".join(_pieces(rows))
    size = f'width="{side}mm" height="{side}mm" viewBox="0 0 {side} {side}"'
    head = "<?xml version='1.0' encoding='UTF-8'?>"
    return f'{head}\n<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="{path}"/></svg>'.encode()


def png(text: str, module: int = 12) -> bytes:
    """The code as a PNG; `module` is the side of one square in pixels."""
    from qrcode.image.pil import PilImage

    out = BytesIO()
    _code(text, module).make_image(PilImage).save(out)
    return out.getvalue()


def _pieces(rows: Sequence[Sequence[bool]]) -> Iterator[str]:
    for y, row in enumerate(rows):
        x = 0
        for is_dark, modules in groupby(row):
            width = len(list(modules))
            if is_dark:
                yield f"M{x} {y}h{width}v1h-{width}z"
            x += width


def _code(text: str, module: int) -> Any:
    import qrcode
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=module, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    return code
