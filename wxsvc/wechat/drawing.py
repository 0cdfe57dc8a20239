"""Drawing QR codes, ours and WeChat's: any text as SVG or PNG."""

from io import BytesIO
from typing import Any

QUIET = 4
"""Modules of white around the code, as the standard asks for."""


def svg(text: str) -> bytes:
    """The code as an SVG document that scales to any size, for pages and posters."""
    from qrcode.image.svg import SvgPathImage

    return _drawn(text, SvgPathImage, 10)


def png(text: str, module: int = 12) -> bytes:
    """The code as a PNG; `module` is the side of one square in pixels."""
    from qrcode.image.pil import PilImage

    return _drawn(text, PilImage, module)


def _drawn(text: str, factory: type[Any], module: int) -> bytes:
    import qrcode
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=module, border=QUIET, image_factory=factory)
    code.add_data(text)
    code.make(fit=True)
    out = BytesIO()
    code.make_image().save(out)
    return out.getvalue()
