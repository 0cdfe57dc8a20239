"""Why a line of a list (名单) waits for a hand, and what of a list was not taken, as pages say it."""

from __future__ import annotations

from typing import Final

from flask import flash

from models.terms import RosterMatch
from scoring import uscc as codes
from wxsvc import wording
from wxsvc.documents.roster_sheets import RosterSheet
from wxsvc.services.door import roster_matching
from wxsvc.services.door.roster_matching import MatchProposal, TypedLine
from wxsvc.texts import names

_TOLD: Final = 10
"""Rows that a sentence names."""


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


def tell_left_out(sheet: RosterSheet) -> None:
    """Say what nobody who looks at the lines would miss: other sheets, hidden columns, rows without a company."""
    comma = wording.word("comma", "roster_file")
    if sheet.formulas:
        _warn("formulas", count=len(sheet.formulas), cells=comma.join(sheet.formulas[:5]))
    left_out = {"passed_over": sheet.passed_over, "identities": sheet.identities, "absent": sheet.absent}
    if sheet.is_renumbered and any(left_out.values()):
        _warn("renumbered")
    for said, numbers in left_out.items():
        if numbers:
            _warn(said, rows=comma.join(map(str, numbers[:_TOLD])), count=len(numbers))
    if sheet.unread:
        _warn("unread", names=comma.join(sheet.unread))
    if sheet.hidden_columns:
        _warn("hidden_columns", columns=sheet.hidden_columns)


def _warn(code: str, **facts: object) -> None:
    flash(wording.sentence("rosters", code, **facts), "wait")


def _of_a_new_one(line: TypedLine) -> str:
    if not line.name:
        return "no_name"
    return "new" if roster_matching.is_plainly_new(line) else "odd_name"
