"""推送: do other systems get what they asked to be told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from wxsvc.checks.finding import Finding, bad, good
from wxsvc.services import webhooks

PATIENCE: Final = timedelta(hours=1)
"""A receiver that restarts is no trouble; after three days without success its address is ended by itself."""


def told(session: Session, now: datetime) -> Finding:
    """推送: which addresses have refused everything for an hour; their systems look at old figures."""
    failing = webhooks.failing(session, now - PATIENCE)
    if failing:
        return bad(
            "webhooks", "webhooks_failing", systems=[each.system for each in failing], since=failing[0].failing_since
        )
    return good("webhooks", "webhooks_arrive")
