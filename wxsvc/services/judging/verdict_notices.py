"""审核结果的通知: a platform hears what became of its records; forty approved together are one notice, not forty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import BonusClaim, Filing
from models.journal import Review
from models.recognition import PlatformFusion, ResearchReport
from models.terms import NoticePurpose, Verdict
from wxsvc import wording
from wxsvc.services import notices
from wxsvc.services.reviewables import Reviewable, subject_of

_DAYS: Final = ("served_on", "traded_on", "raised_on", "responded_on", "claimed_on")
"""By which a record without a title is known. What an enterprise wrote is not carried into messages."""


def tell(session: Session, given: Iterable[tuple[Reviewable, Review]], now: datetime) -> None:
    """Tell every platform what was decided on its records just now: one notice per platform and verdict."""
    session.flush()
    by_platform: dict[tuple[int, Verdict], list[tuple[Reviewable, Review]]] = {}
    for row, review in given:
        by_platform.setdefault((row.platform_id, review.verdict), []).append((row, review))
    for (platform_id, verdict), together in sorted(by_platform.items()):
        row, review = together[0]
        key = f"review:{platform_id}:{min(each.id for _, each in together)}"
        subjects = Counter(subject_of(each).value for each, _ in together)
        facts: dict[str, Any] = {
            "verdict": verdict.value,
            "count": len(together),
            "subjects": subjects.most_common(),
            "subject": subject_of(row).value,
        }
        alone = len(together) == 1
        facts |= {
            "id": row.id if alone else None,
            "code": _code(row) if alone else None,
            "title": _title(row) if alone else None,
            "day_on": _day(row) if alone else None,
            "reason": review.reason if alone else None,
        }
        notices.tell(session, NoticePurpose.REVIEW, key, facts, now, platform_id=platform_id)


def _title(row: Reviewable) -> str | None:
    match row:
        case Activity() | ResearchReport() | BonusClaim():
            return row.title
        case PlatformFusion():
            return row.name
        case Filing():
            return wording.filing_name(row.obligation, row.period)
    return None


def _code(row: Reviewable) -> str | None:
    """What stands in the address of its page instead of its number."""
    match row:
        case Activity():
            return row.code
        case Filing():
            return f"{row.obligation.value}/{row.period}"
    return None


def _day(row: Reviewable) -> str | None:
    found: date | None = next((day for name in _DAYS if (day := getattr(row, name, None)) is not None), None)
    return found.isoformat() if found is not None else None
