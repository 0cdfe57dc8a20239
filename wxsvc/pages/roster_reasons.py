"""Why a line of a list (名单) waits for a hand, as its page says it."""

from __future__ import annotations

from models.terms import RosterMatch
from scoring import uscc as codes
from wxsvc import wording
from wxsvc.services.door import roster_matching
from wxsvc.services.door.roster_matching import MatchProposal, TypedLine
from wxsvc.texts import names


def reason_of(line: TypedLine, matching: RosterMatch, proposal: MatchProposal, *, is_hidden: bool = False) -> str:
    """Why matching alone did not settle what stands on a line; a row that was hidden is asked about first."""
    if is_hidden:
        return wording.sentence("rosters", "reason_hidden")
    typed = codes.normalise(line.uscc)
    is_good = codes.is_valid(typed)
    if not typed and not names.is_comparable(line.name):
        code = "illegible"
    elif matching is RosterMatch.SEVERAL:
        code = "several"
    elif roster_matching.has_lost_digits(line):
        code = "lost_digits"
    elif matching is RosterMatch.WRONG_CODE:
        code = "meant" if codes.suggestion(typed) else "wrong_code"
    elif is_good:
        code = "other_name" if proposal.enterprises else _of_a_new_one(line)
    elif typed:
        code = "licence"
    else:
        code = "like" if proposal.enterprises else "unknown"
    return wording.sentence("rosters", f"reason_{code}", meant=codes.suggestion(typed) or "")


def _of_a_new_one(line: TypedLine) -> str:
    if not line.name:
        return "no_name"
    return "new" if roster_matching.is_plainly_new(line) else "odd_name"
