"""完整服务活动: what an activity still lacks before it counts as one of the 次. Pure: facts in, codes out.

The regulation does not define 完整: how much is enough is a reading (``complete_enterprises``, ``complete_photos``,
``complete_summary``). An approved activity counts its 家次 whether it is complete or not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from scoring.readings import DEFAULT_READINGS, Readings
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
BLANKS: Final = " \t\r\n\u00a0\u3000"
"""Signs of a summary that are no characters (字): a row of them makes no activity complete."""


def characters(summary: str | None) -> int:
    """字数: how many characters a summary has."""
    return sum(sign not in BLANKS for sign in summary or "")


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
    readings: Readings = DEFAULT_READINGS,
) -> tuple[str, ...]:
    """What one activity lacks for one platform, in the order of ``LACKS``; empty when it is complete.

    ``part`` is that platform's confirmed part, ``enterprises`` the live check-ins of counted enterprises, ``photos``
    those not taken away (paper sign-in sheets apart), ``summary_length`` the :func:`characters` of the summary.
    """
    present = {
        "title": bool(title),
        "category": category is not None,
        "part": part is not None,
        "form": form is not None,
        "organisers": bool(organisers),
        "time": starts_at is not None,
        "place": bool(place or meeting_link),
        "enterprises": enterprises >= readings.complete_enterprises,
        "photos": photos >= readings.complete_photos,
        "summary": summary_length >= readings.complete_summary,
    }
    return tuple(code for code in LACKS if not present[code])
