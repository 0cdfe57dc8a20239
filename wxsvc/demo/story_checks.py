"""The story's checks: steps are numbered and reported; the first check that fails ends the story with one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from time import monotonic, sleep
from typing import TypeVar

from wxsvc.demo.tables import table
from wxsvc.simulator.reply import Reply

Figure = TypeVar("Figure", int, str)

_LOOKS_EVERY = 0.1
_LONGEST = 110
"""Characters of a reply that a step repeats."""


class StepFailed(Exception):
    """A check failed; the message says in which step, what was wanted and what was seen."""


class StoryChecks:
    """Reports the steps of ``story.toml`` and checks what is read on the phones."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say, self._number, said = say, 0, table("story")
        self._steps: dict[str, str] = said["steps"]
        self._failures: dict[str, str] = said["failures"]
        self.reads: dict[str, str] = said["reads"]
        """The patterns of what must be read, by name."""

    def step(self, step: str, **facts: object) -> None:
        """Report a step that went well."""
        self._number += 1
        self._say(f"{self._number:>2}. {self._steps[step].format(**facts)}")

    def detail(self, step: str, **facts: object) -> None:
        """Report a line that belongs to the step before."""
        self._say(self._steps[step].format(**facts))

    def replied(self, what: str, reply: Reply | None, wanted: str = "") -> Reply:
        """The reply, which must say this."""
        if reply is None:
            raise self._failure(what, "unanswered")
        self.read(what, reply.text, wanted)
        return reply

    def read(self, what: str, text: str, wanted: str = "") -> None:
        """A text must contain ``wanted``, or else match what ``[reads]`` has under this name."""
        if not (wanted in text if wanted else re.search(self.reads[what], text)):
            raise self._failure(what, "not_read", wanted=wanted or self.reads[what], seen=text[:600])

    def found(self, what: str, text: str) -> str:
        """What the pattern of ``[reads]`` finds in a text: its first group, or the whole."""
        match = re.search(self.reads[what], text)
        if match is None:
            raise self._failure(what, "not_read", wanted=self.reads[what], seen=text[:600])
        return match[match.lastindex or 0]

    def equal(self, what: str, wanted: Figure, seen: Figure) -> None:
        """Two figures agree."""
        if wanted != seen:
            raise self._failure(what, what, wanted=wanted, seen=seen)

    def rises(self, look: Callable[[], int], before: int, wanted: int, within: float) -> float:
        """What is looked at comes to ``wanted`` within so many seconds; how many it took."""
        return self._until(look, lambda seen: seen == wanted, before, wanted, within)

    def changes(self, look: Callable[[], str], before: str, within: float) -> float:
        """A number of points that is looked at grows within so many seconds; how many it took."""
        return self._until(look, lambda seen: float(seen) > float(before), before, f"> {before}", within)

    def becomes(self, what: str, is_so: Callable[[], bool], within: float) -> None:
        """Something that the worker does comes about within so many seconds."""
        began = monotonic()
        while not is_so():
            if monotonic() - began > within:
                raise self._failure(what, "not_done", seconds=within)
            sleep(_LOOKS_EVERY)

    def join(self, words: Iterable[str]) -> str:
        """Words in one line."""
        return self._steps["between"].join(words)

    def short(self, text: str) -> str:
        """A reply on one line."""
        line = " ".join(re.sub(r"<[^>]+>", "", text).split())
        return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"

    def _until(
        self,
        look: Callable[[], Figure],
        is_right: Callable[[Figure], bool],
        before: object,
        wanted: object,
        within: float,
    ) -> float:
        began = monotonic()
        while not is_right(seen := look()):
            if monotonic() - began > within:
                raise self._failure("figures", "not_risen", seconds=within, before=before, wanted=wanted, seen=seen)
            sleep(_LOOKS_EVERY)
        return monotonic() - began

    def _failure(self, code: str, sentence: str, **facts: object) -> StepFailed:
        what = self._failures[sentence].format(**facts)
        return StepFailed(self._steps["failure"].format(number=self._number + 1, code=code, what=what))
