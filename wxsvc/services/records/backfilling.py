"""补录: the one rule for what is entered late. It is flagged and reviewed, never refused for being late.

A record is late when more than the configured days (``backfill_days``) lie between its day and its entry. An activity
is published before it is held, so it is 事后补录 once it has ended. A sealed year refuses both, as any change.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from wxsvc.services.years import day_of

BACKFILL_DAYS: Final = 30
"""What holds where no setting is at hand."""


def is_late(day: date, entered_at: datetime, backfill_days: int = BACKFILL_DAYS) -> bool:
    """Whether a record of this day is entered late (补录)."""
    return day_of(entered_at) - day > timedelta(days=backfill_days)


def is_afterwards(ends_at: datetime, published_at: datetime) -> bool:
    """Whether an activity was published after its end (事后补录)."""
    return published_at > ends_at
