"""报送日: by which day a filing is judged, as it was claimed, entered, sent back and confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.terms import HANDED_IN, Stage
from scoring.deadlines import Deadline
from scoring.filings import day_that_counts
from scoring.readings import Readings
from scoring.terms import Refiled
from wxsvc.services.years import day_of


def filed_on(claim: Any, deadline: Deadline, by: Readings) -> date | None:
    """The day that a claim counts by; None while it is not handed in: withdrawn, void, or sent back.

    按时、按质: of a claim that was sent back and filed again, the reading ``refiled_late`` takes the first day or the
    last. ``claim`` is a filing or a row with its columns.
    """
    if claim.stage not in HANDED_IN:
        return None
    return _counted(claim, deadline, by, is_confirmed=claim.stage is Stage.APPROVED)


def filed_on_if_confirmed(claim: Any, deadline: Deadline, by: Readings) -> date | None:
    """The day that it will count by once the reviewer has confirmed it; one that was sent back is filed again before.

    None where nothing is handed in, or where ``refiled_late`` takes the day of filing again, which nobody knows yet.
    """
    comes_back = claim.stage is Stage.RETURNED and by.refiled_late is Refiled.IN_TIME
    return _counted(claim, deadline, by, is_confirmed=True) if claim.stage in HANDED_IN or comes_back else None


def is_backdated(claim: Any) -> bool:
    """Claimed for an earlier day than the one it was entered on: shown to the reviewer."""
    return claim.submitted_at is not None and bool(claim.claimed_on < day_of(claim.submitted_at))


def _counted(claim: Any, deadline: Deadline, by: Readings, *, is_confirmed: bool) -> date:
    claimed_on, submitted_at = claim.claimed_on, getattr(claim, "submitted_at", None)
    first_on = getattr(claim, "first_claimed_on", None)
    if first_on is not None and by.refiled_late is Refiled.IN_TIME:
        claimed_on, submitted_at = first_on, claim.first_submitted_at
    entered_on = claimed_on if submitted_at is None else day_of(submitted_at)
    return day_that_counts(deadline, claimed_on, entered_on, is_confirmed=is_confirmed)
