"""The chat of one person with the account, as it stands on the phone's screen."""

import threading
from dataclasses import dataclass, field

from wxsvc.simulator.reply import Article, Segment, segments

LONGEST = 200


@dataclass(frozen=True)
class ChatLine:
    """One bubble or notice. ``side`` is ``me``, ``account`` or ``system``."""

    side: str
    kind: str
    text: str = ""
    at: float = 0.0
    picture: str = ""
    title: str = ""
    url: str = ""
    articles: tuple[Article, ...] = field(default=())

    @property
    def segments(self) -> list[Segment]:
        """The text, split at its links; what a person typed has none."""
        return segments(self.text) if self.side == "account" else [Segment(self.text)]


class Chat:
    """Lines, oldest first, and a version that grows with each; the oldest beyond 200 are dropped."""

    def __init__(self) -> None:
        self._lines: list[ChatLine] = []
        self._lock = threading.Lock()
        self.version = 0

    def add(self, line: ChatLine) -> None:
        """Show a line."""
        with self._lock:
            self._lines = [*self._lines, line][-LONGEST:]
            self.version += 1

    def lines(self) -> list[ChatLine]:
        """Return what is on the screen."""
        with self._lock:
            return list(self._lines)
