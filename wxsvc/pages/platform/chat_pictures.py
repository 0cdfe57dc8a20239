"""聊天照片 on pages: how many are on their way, and why others could not be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from wxsvc import wording
from wxsvc.services.activity.chat_picture_errands import PictureStatus
from wxsvc.services.activity.picture_places import PicturePlace


class NotKept(Struct, frozen=True):
    """Pictures that met the same end: how many, of which activity or record, and the sentence that says why."""

    count: int
    place: PicturePlace | None
    why: str


class Pictures(Struct, frozen=True):
    """What the macro of ``platform/chat_pictures.html`` shows."""

    under_way: int
    unanswered: int
    not_kept: Sequence[NotKept]


def shown(standing: PictureStatus) -> Pictures:
    """The pictures as a page shows them: what was given up lately is said once per place and reason."""
    counts = Counter((place, picture.problem or "") for picture, place in standing.dropped)
    not_kept = [NotKept(count, place, _why(problem)) for (place, problem), count in counts.items()]
    return Pictures(standing.under_way, standing.unanswered, not_kept)


def _why(problem: str) -> str:
    for table in ("chat_pictures", "file_refusals"):
        try:
            return wording.sentence(table, problem)
        except KeyError:
            continue
    return wording.sentence("chat_pictures", "other")
