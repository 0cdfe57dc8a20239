"""Sample photos of activities: a hall, a screen, an audience. Small, and a different one for each seed."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

SIZE = (480, 320)
_SMALL = (360, 240)


def photo(seed: str) -> bytes:
    """A JPEG; the same seed gives the same bytes."""
    chance = Random(seed)  # noqa: S311 - a picture, no secret
    wall = tuple(chance.randint(150, 225) for _ in range(3))
    image = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 215, *SIZE), fill=tuple(part // 2 for part in wall))
    left, top = chance.randint(110, 150), chance.randint(35, 55)
    draw.rectangle((left - 5, top - 5, left + 235, top + 125), fill=(40, 44, 52))
    draw.rectangle((left, top, left + 230, top + 120), fill=(28, 78, chance.randint(120, 190)))
    draw.rectangle((left + 20, top + 18, left + 210, top + 34), fill=(235, 240, 250))
    for line in range(3):
        draw.rectangle(
            (left + 20, top + 52 + line * 20, left + chance.randint(120, 205), top + 60 + line * 20), (150, 190, 230)
        )
    draw.rectangle((40, 8, 440, 26), fill=(178, 34, 34))
    for row in range(3):
        for seat in range(11 - row):
            x, y = 20 + row * 18 + seat * 42 + chance.randint(-6, 6), 215 + row * 36
            shade = chance.randint(25, 90)
            draw.ellipse((x, y - 24, x + 22, y), fill=(shade + 40, shade + 20, shade))
            draw.rounded_rectangle((x - 8, y, x + 30, y + 40), 8, fill=(shade, shade, chance.randint(60, 140)))
    out = BytesIO()
    image.resize(_SMALL).save(out, "JPEG", quality=80)
    return out.getvalue()
