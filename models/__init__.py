"""The memory: tables and what they refuse. A table lives in the file of its noun; this registers them all."""

from models import (
    activity,
    checkin,
    collaboration,
    dispute,
    enterprise,
    errand,
    journal,
    key_check,
    notice,
    person,
    platform,
    recognition,
    record,
    roster,
    scorecard,
)
from models.base import Base

__all__ = [
    "Base",
    "activity",
    "checkin",
    "collaboration",
    "dispute",
    "enterprise",
    "errand",
    "journal",
    "key_check",
    "notice",
    "person",
    "platform",
    "recognition",
    "record",
    "roster",
    "scorecard",
]
