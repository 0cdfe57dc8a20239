"""One answer (检查结果): what was asked, how it stands, what is wrong, what mends it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from wxsvc import wording


class FindingState(StrEnum):
    """How it stands: in order, worth knowing, or wrong. Only what is wrong makes ``wxsvc doctor`` fail."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


class Finding(Struct, frozen=True):
    """``name`` is the question's word (``token``), ``what`` and ``mend`` are sentences in Chinese for an operator."""

    name: str
    state: FindingState
    what: str
    mend: str = ""

    @property
    def title(self) -> str:
        """What was asked, in Chinese."""
        return _say(f"title_{self.name}")

    def as_dict(self) -> dict[str, str]:
        """For ``--json``."""
        return {
            "name": self.name,
            "state": self.state.value,
            "title": self.title,
            "what": self.what,
            "mend": self.mend,
        }


def good(name: str, code: str = "in_order", **facts: object) -> Finding:
    """In order; ``code`` names the sentence of ``checks.toml``."""
    return Finding(name, FindingState.GOOD, _say(code, **facts))


def note(name: str, code: str, **facts: object) -> Finding:
    """Worth knowing: the sentences ``code`` and ``code_mend``."""
    return Finding(name, FindingState.NOTE, _say(code, **facts), _say(f"{code}_mend", **facts))


def bad(name: str, code: str, **facts: object) -> Finding:
    """Wrong: the sentences ``code`` and ``code_mend``."""
    return Finding(name, FindingState.BAD, _say(code, **facts), _say(f"{code}_mend", **facts))


def not_asked(name: str, first: str) -> Finding:
    """Pointless before the question ``first`` is in order."""
    return Finding(name, FindingState.NOTE, _say("not_asked", first=_say(f"title_{first}")))


def _say(code: str, **facts: object) -> str:
    return wording.sentence("checks", code, **facts)
