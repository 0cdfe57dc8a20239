"""评定结果的通知: a platform hears of each ruling by itself; of those that were confirmed together, in one notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from models.recognition import Ruling, RulingBatch
from models.terms import NoticePurpose
from scoring.scheme import Indicator
from scoring.words import points_text
from wxsvc.services import notices


def tell(
    session: Session, row: Ruling, line: Indicator, deed: str, points: Decimal, reason: str, now: datetime
) -> None:
    """The platform hears of every ruling, of a changed and of a withdrawn one too."""
    facts = {
        "deed": deed,
        "year": row.year,
        "indicator": row.indicator,
        "name": line.name,
        "points": points_text(points),
        "full": points_text(line.full),
        "reason": reason,
    }
    key = f"ruling:{row.id}:{deed}:{now.isoformat()}"
    notices.tell(session, NoticePurpose.RULING, key, facts, now, platform_id=row.platform_id)


def tell_batch(
    session: Session,
    batch: RulingBatch,
    platform_id: int,
    ruled: Sequence[tuple[Indicator, Decimal]],
    now: datetime,
) -> None:
    """One notice of everything that a batch put in force for one platform; the batch makes it happen once."""
    lines = [{"name": line.name, "points": points_text(points)} for line, points in ruled]
    facts = {"deed": "batch", "year": batch.year, "lines": lines, "reason": batch.reason}
    key = f"ruling_batch:{batch.id}:{platform_id}"
    notices.tell(session, NoticePurpose.RULING, key, facts, now, platform_id=platform_id)
