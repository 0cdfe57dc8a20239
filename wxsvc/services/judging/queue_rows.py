"""The entries of 待审事项 as rows of a query: what waits with the 疑点 that are kept, its platform, who has it, what it
would bring. Hints that the worker has not found yet are found here."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.review_desk import KeptHints, ReviewTake
from models.scorecard import StakeRow
from models.terms import Subject
from models.types import RowId
from wxsvc.queries import remembered
from wxsvc.services.judging import review_hints, takes, waiting_rows

LOOKED_AT_ONCE: Final = 50
"""Records that the worker has not looked at yet and whose hints are found at once; it soon looks at the others."""
FoundNow: TypeAlias = tuple[tuple[str, int, str], ...]
"""Records with the words of their hints: noun, id, words."""
_NOW: Final = "hints found now"
"""What a session that only reads remembers them by."""


def entries(now: datetime, found: FoundNow) -> sa.Subquery:
    """Each row that waits, its platform, the words of its hints, who has it, what it would bring.

    The hints are those kept of this version; else those that were ``found`` now. Every join is an outer one on a
    primary key: what nobody asks of it, the database leaves out.
    """
    waits = waiting_rows.waits()
    hints: Any = KeptHints.hints
    if found:
        columns = sa.column("noun", sa.String), sa.column("id", RowId), sa.column("hints", sa.String)
        looked = sa.values(*columns, name="found_now").data(list(found)).cte("found_now")
        hints = sa.func.coalesce(KeptHints.hints, looked.c.hints)
    query = sa.select(waits, hints.label("hints")).outerjoin(KeptHints, is_kept(waits))
    if found:
        query = query.outerjoin(looked, sa.and_(looked.c.noun == waits.c.noun, looked.c.id == waits.c.id))
    return with_platform(query.subquery(), now)


def with_platform(rows: sa.Subquery, now: datetime) -> sa.Subquery:
    """Rows that wait, with their platform, who has each, what it would bring."""
    taken = sa.and_(
        sa.type_coerce(ReviewTake.subject, sa.String) == rows.c.noun,
        ReviewTake.subject_id == rows.c.id,
        ReviewTake.ends_at > now,
    )
    is_taken = sa.and_(ReviewTake.person_id.is_not(None), takes.IS_REVIEWER)
    at_stake = sa.and_(
        StakeRow.platform_id == rows.c.platform_id,
        StakeRow.year == rows.c.year,
        StakeRow.subject == rows.c.noun,
        StakeRow.subject_id == rows.c.id,
    )
    query = (
        sa.select(
            rows,
            Platform.code,
            Platform.name,
            Platform.kind,
            Platform.region_code,
            sa.case((is_taken, ReviewTake.person_id)).label("taken_by"),
            StakeRow.gain,
        )
        .outerjoin(Platform, Platform.id == rows.c.platform_id)
        .outerjoin(ReviewTake, taken)
        .outerjoin(StakeRow, at_stake)
    )
    return query.subquery()


def found_now(session: Session) -> FoundNow:
    """The hints of records that nobody has looked at yet, those that wait longest first; found once by a session that
    only reads."""
    return remembered(session, _NOW, lambda: _find(session))


def _find(session: Session) -> FoundNow:
    """The hints of records that nobody has looked at, those that wait longest first: noun, id, and the words."""
    waits = waiting_rows.waits()
    unknown = (
        sa.select(waits.c.noun, waits.c.id)
        .outerjoin(KeptHints, is_kept(waits))
        .where(KeptHints.hints.is_(None), waits.c.noun.in_(waiting_rows.RECORDS))
        .order_by(waits.c.since, waits.c.noun, waits.c.id)
        .limit(LOOKED_AT_ONCE)
    )
    keys = [(Subject(noun), record_id) for noun, record_id in session.execute(unknown)]
    hints = review_hints.of(session, keys) if keys else {}
    return tuple((noun.value, record_id, ",".join(hints.get((noun, record_id), ()))) for noun, record_id in keys)


def is_kept(waits: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether hints are kept of this version of what waits."""
    return sa.and_(
        sa.type_coerce(KeptHints.subject, sa.String) == waits.c.noun,
        KeptHints.subject_id == waits.c.id,
        KeptHints.version == waits.c.version,
    )
