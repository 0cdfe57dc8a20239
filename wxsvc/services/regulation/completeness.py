"""完整服务活动: what an activity still lacks before it counts as one of the 次. Pure: facts in, codes out.

The regulation does not define 完整; this is the open default, and the province may set other thresholds. An approved
activity counts its 家次 whether it is complete or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scoring.terms import ActivityCategory, Form, Part

LACKS: Final = (
    "title",
    "category",
    "part",
    "form",
    "organisers",
    "time",
    "place",
    "enterprises",
    "photos",
    "summary",
)
"""Every code that :func:`missing` may give, in the order of a form; ``place`` stands for the meeting link too."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How much is enough: counted enterprises, photos (or screenshots), characters of the summary."""

    enterprises: int = 1
    photos: int = 1
    summary_characters: int = 50


DEFAULT: Final = Thresholds()


def missing(
    *,
    title: str | None,
    category: ActivityCategory | None,
    part: Part | None,
    form: Form | None,
    organisers: str | None,
    starts_at: datetime | None,
    place: str | None,
    meeting_link: str | None,
    enterprises: int,
    photos: int,
    summary_length: int,
    thresholds: Thresholds = DEFAULT,
) -> tuple[str, ...]:
    """What one activity lacks for one platform, in the order of ``LACKS``; empty when it is complete.

    ``part`` is that platform's confirmed part, ``enterprises`` the live check-ins of counted enterprises, ``photos``
    those not taken away (paper sign-in sheets apart), ``summary_length`` the characters of the stored summary.
    """
    present = {
        "title": bool(title),
        "category": category is not None,
        "part": part is not None,
        "form": form is not None,
        "organisers": bool(organisers),
        "time": starts_at is not None,
        "place": bool(place or meeting_link),
        "enterprises": enterprises >= thresholds.enterprises,
        "photos": photos >= thresholds.photos,
        "summary": summary_length >= thresholds.summary_characters,
    }
    return tuple(code for code in LACKS if not present[code])
