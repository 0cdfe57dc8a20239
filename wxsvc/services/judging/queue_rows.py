"""The entries of 待审事项 as rows of a query: what waits with the 疑点 that are kept, its platform, who has it, what it
would bring. Hints that the worker has not found yet are found here."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.review_desk import ReviewTake, WaitingRecord
from models.scorecard import StakeRow
from models.types import RowId
from wxsvc.queries import remembered
from wxsvc.services.judging import review_hints, takes, waiting_rows

LOOKED_AT_ONCE: Final = 50
"""Records that the worker has not looked at yet and whose hints are found at once; it soon looks at the others."""
FoundNow: TypeAlias = tuple[tuple[str, int, str], ...]
"""Records with the words of their hints: noun, id, words."""
_NOW: Final = "hints found now"
"""What a session that only reads remembers them by."""


MOMENT: Final = sa.bindparam("moment", type_=ReviewTake.ends_at.type)
"""When it is asked who has what; given to the query with whatever else changes."""


def entries(found: FoundNow) -> sa.Subquery:
    """Each row that waits, its platform, the words of its hints, who has it, what it would bring.

    The hints are those kept of this version; else those that were ``found`` now. Every join is an outer one on a
    primary key: what nobody asks of it, the database leaves out.
    """
    rows = waiting_rows.waits()
    if found:
        columns = sa.column("noun", sa.String), sa.column("id", RowId), sa.column("hints", sa.String)
        looked = sa.values(*columns, name="found_now").data(list(found)).cte("found_now")
        hints = sa.func.coalesce(rows.c.hints, looked.c.hints).label("hints")
        joined = sa.select(*(each for each in rows.c if each.name != "hints"), hints)
        is_it = sa.and_(looked.c.noun == rows.c.noun, looked.c.id == rows.c.id)
        rows = joined.outerjoin(looked, is_it).subquery()
    return _with_platform(rows).add_columns(StakeRow.gain).outerjoin(StakeRow, _at_stake(rows)).subquery()


def shown(rows: sa.Subquery) -> sa.Subquery:
    """The same of the few rows that are shown: what each would bring is sought for it alone."""
    gain = sa.select(StakeRow.gain).where(_at_stake(rows)).scalar_subquery()
    return _with_platform(rows).add_columns(gain.label("gain")).subquery()


def _with_platform(rows: sa.Subquery) -> sa.Select[Any]:
    taken = sa.and_(
        sa.type_coerce(ReviewTake.subject, sa.String) == rows.c.noun,
        ReviewTake.subject_id == rows.c.id,
        ReviewTake.ends_at > MOMENT,
    )
    is_taken = sa.and_(ReviewTake.person_id.is_not(None), takes.IS_REVIEWER)
    columns = Platform.code, Platform.name, Platform.kind, Platform.region_code
    return (
        sa.select(rows, *columns, sa.case((is_taken, ReviewTake.person_id)).label("taken_by"))
        .outerjoin(Platform, Platform.id == rows.c.platform_id)
        .outerjoin(ReviewTake, taken)
    )


def _at_stake(rows: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.and_(
        StakeRow.platform_id == rows.c.platform_id,
        StakeRow.year == rows.c.year,
        StakeRow.subject == rows.c.noun,
        StakeRow.subject_id == rows.c.id,
    )


def found_now(session: Session) -> FoundNow:
    """The hints of records that nobody has looked at yet, those that wait longest first; found once by a session that
    only reads."""
    return remembered(session, _NOW, lambda: _find(session))


def _find(session: Session) -> FoundNow:
    """The hints of records that nobody has looked at, those that wait longest first: noun, id, and the words."""
    row = WaitingRecord
    unknown = sa.select(row.subject, row.subject_id).where(row.hints.is_(None))
    unknown = unknown.order_by(row.since, row.subject, row.subject_id).limit(LOOKED_AT_ONCE)
    keys = [(subject, record_id) for subject, record_id in session.execute(unknown)]
    hints = review_hints.of(session, keys) if keys else {}
    return tuple((noun.value, record_id, ",".join(hints.get((noun, record_id), ()))) for noun, record_id in keys)
