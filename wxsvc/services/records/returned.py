"""退回待修改: everything of one platform that a reviewer sent back, of every noun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.terms import Stage, Subject
from wxsvc.services.records.reviewables import MODELS


@dataclass(frozen=True, slots=True)
class Returned:
    """A record that came back; its ``return_reason`` says what repairs it."""

    subject: Subject
    record: Any

    @property
    def returned_at(self) -> datetime:
        at: datetime = self.record.reviewed_at or self.record.created_at
        return at


def of_platform(session: Session, platform_id: int, limit: int = 20) -> list[Returned]:
    """What came back, the latest first."""
    found = []
    for subject, model in MODELS.items():
        table: Any = model
        query = sa.select(table).where(table.platform_id == platform_id, table.stage == Stage.RETURNED)
        found += [Returned(subject, row) for row in session.scalars(query.limit(limit))]
    return sorted(found, key=lambda each: each.returned_at, reverse=True)[:limit]
