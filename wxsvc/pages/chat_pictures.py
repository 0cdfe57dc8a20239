"""聊天照片 on pages: how many are on their way, and why others could not be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.activity import Activity
from wxsvc import wording
from wxsvc.services.activity.chat_picture_errands import Standing


@dataclass(frozen=True, slots=True)
class NotKept:
    """Pictures that met the same end: how many, of which activity, and the sentence that says why."""

    count: int
    activity: Activity | None
    why: str


def not_kept(standing: Standing) -> Sequence[NotKept]:
    """What was given up lately, said once per activity and reason."""
    counts = Counter((activity, picture.problem or "") for picture, activity in standing.dropped)
    return [NotKept(count, activity, _why(problem)) for (activity, problem), count in counts.items()]


def _why(problem: str) -> str:
    for table in ("chat_pictures", "file_refusals"):
        try:
            return wording.sentence(table, problem)
        except KeyError:
            continue
    return wording.sentence("chat_pictures", "other")
