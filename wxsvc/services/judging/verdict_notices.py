"""审核结果的通知: a platform hears what became of its records; forty approved together are one notice, not forty.

The enterprise of a need (需求与诉求) hears of it as well, each of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.activity import Activity
from models.journal import Review
from models.record import Need
from models.terms import NoticePurpose, Stage, Verdict, WebhookEvent
from wxsvc.services import notices, webhooks
from wxsvc.services.records import need_notices
from wxsvc.services.records.kinds import kind_of
from wxsvc.services.reviewables import Reviewable, subject_of


def tell(session: Session, given: Iterable[tuple[Reviewable, Review]], now: datetime) -> None:
    """Tell every platform what was decided together on its records: one notice per platform and verdict.

    Enterprises are told of their needs, each by itself. Other systems that asked for it hear of approved activities.
    """
    session.flush()
    approved: dict[str, dict[str, Any]] = {}
    by_platform: dict[tuple[int, str], list[tuple[Reviewable, Review]]] = {}
    for row, review in given:
        if isinstance(row, Need):
            need_notices.tell_verdict(session, row, review.verdict, review.reason, now)
        verdict = "refused" if review.is_refusal else review.verdict.value
        by_platform.setdefault((row.platform_id, verdict), []).append((row, review))
        if isinstance(row, Activity) and row.stage is Stage.APPROVED and review.verdict is Verdict.APPROVED:
            approved[str(row.id)] = {"activity": row.code, "year": row.year}
    webhooks.tell(session, WebhookEvent.ACTIVITY_APPROVED, approved, now)
    for (platform_id, verdict), together in sorted(by_platform.items()):
        key = f"review:{platform_id}:{min(review.id for _, review in together)}"
        facts = _facts(verdict, together)
        notices.tell(session, NoticePurpose.REVIEW, key, facts, now, platform_id=platform_id)


def _facts(verdict: str, together: Sequence[tuple[Reviewable, Review]]) -> dict[str, Any]:
    """What a notice says: of several records how many of each kind, of a single one which and why."""
    subjects = Counter(subject_of(row).value for row, _ in together)
    row, review = together[0]
    facts: dict[str, Any] = {
        "verdict": verdict,
        "count": len(together),
        "subjects": subjects.most_common(),
        "subject": subject_of(row).value,
    }
    if len(together) > 1:
        return facts | dict.fromkeys(("id", "code", "title", "day_on", "reason"))
    kind = kind_of(row)
    day = kind.day_of(row)
    return facts | {
        "id": row.id,
        "code": kind.code_of(row) if kind.code_of is not None else None,
        "title": kind.title(row) if kind.is_public else None,
        "day_on": day.isoformat() if day is not None else None,
        "reason": review.reason,
    }
