"""评定的版本: a form says which version of the ruling it showed; a stale one is told what a colleague did meanwhile."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.recognition import Ruling
from models.terms import Subject
from wxsvc.services.refusal import Refused


def must_have_seen(session: Session, row: Ruling, seen: int | None, typed: Decimal | None) -> None:
    """The form showed the row as it stands; else the refusal says what stands, by whom (a person's id) and when."""
    if seen is None or seen == row.version:
        return
    newest = sa.select(LogEntry).where(LogEntry.subject == Subject.RULING, LogEntry.subject_id == row.id)
    last = session.scalar(newest.order_by(LogEntry.id.desc()).limit(1))
    deed = last.deed.removeprefix("ruling.") if last is not None else None
    stands = last.details["new"] if last is not None else None
    raise Refused(
        "ruling_overtaken",
        deed=deed,
        stands=None if stands is None else Decimal(stands),
        at=last.done_at if last is not None else None,
        by=last.person_id if last is not None else None,
        typed=typed,
    )
