"""审核结果的通知: a platform hears what became of its records; forty approved together are one notice, not forty.

The enterprise of a need (需求与诉求) hears of it as well, each of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
        row, review = together[0]
        key = f"review:{platform_id}:{min(each.id for _, each in together)}"
        subjects = Counter(subject_of(each).value for each, _ in together)
        facts: dict[str, Any] = {
            "verdict": verdict,
            "count": len(together),
            "subjects": subjects.most_common(),
            "subject": subject_of(row).value,
        }
        alone = len(together) == 1
        kind, day = kind_of(row), kind_of(row).day_of(row)
        facts |= {
            "id": row.id if alone else None,
            "code": kind.code_of(row) if alone and kind.code_of is not None else None,
            "title": kind.title(row) if alone and kind.is_public else None,
            "day_on": day.isoformat() if alone and day is not None else None,
            "reason": review.reason if alone else None,
        }
        notices.tell(session, NoticePurpose.REVIEW, key, facts, now, platform_id=platform_id)
