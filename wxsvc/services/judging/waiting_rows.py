"""What waits for the province as rows of one query: records of every kind, late parts, 协办 and open disputes.

Each row has a noun, its id and version, whose it is, its year, what it is called, since when it waits, and the words
of the hints (疑点) that are kept of it.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.review_desk import WaitingRecord
from models.terms import DisputeState, Stage, Subject
from scoring.terms import ActivityCategory
from wxsvc.services.records.doubts import ASSIST_WAITS
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS

ASSIST: Final = "assist"
"""协办认定: the evidence of a 协办 in an activity that is approved already."""
DISPUTE: Final = "dispute"
"""企业异议."""
NOUNS: Final = (*(subject.value for subject in MODELS), ASSIST, DISPUTE)
"""Everything that can wait, by its word."""
RECORDS: Final = tuple(subject.value for subject in MODELS)
"""What a reviewer judges; only these have hints and may be taken."""


@cache
def waits() -> sa.Subquery:
    """Everything that waits; the same query each time."""
    return sa.union_all(_records(), _assists(), _disputes()).subquery()


def _records() -> sa.Select[Any]:
    row: Any = WaitingRecord
    return sa.select(
        sa.type_coerce(row.subject, sa.String).label("noun"),
        row.subject_id.label("id"),
        row.version,
        row.platform_id,
        row.year,
        row.title,
        row.more,
        row.since,
        row.hints,
    )


def _assists() -> sa.Select[Any]:
    part = ActivityPlatform
    # What was confirmed before the activity was held waits since that was submitted.
    since = sa.case((Activity.submitted_at > part.confirmed_at, Activity.submitted_at), else_=part.confirmed_at)
    row = _row(ASSIST, Activity.id, Activity.version, part.platform_id, Activity.year, Activity.title, since)
    # While the activity itself waits, the part is judged with it.
    return row.join(part, part.activity_id == Activity.id).where(
        Activity.stage == Stage.APPROVED, Activity.category == ActivityCategory.OTHER, ASSIST_WAITS, ~part.awaits_review
    )


def _disputes() -> sa.Select[Any]:
    row = _row(DISPUTE, Dispute.id, sa.literal(0), Dispute.platform_id, sa.null(), Enterprise.name, Dispute.raised_at)
    return row.join(Enterprise, Enterprise.id == Dispute.enterprise_id).where(Dispute.state == DisputeState.OPEN)


def _row(noun: str, row_id: Any, version: Any, platform_id: Any, year: Any, title: Any, since: Any) -> sa.Select[Any]:
    return sa.select(
        sa.literal(noun, sa.String).label("noun"),
        row_id.label("id"),
        version.label("version"),
        platform_id.label("platform_id"),
        year.label("year"),
        title.label("title"),
        sa.cast("", sa.Text).label("more"),
        since.label("since"),
        sa.cast(sa.null(), sa.Text).label("hints"),
    )


def title(noun: str, *values: str) -> str:
    """What a record of a kind that needs two columns for it is called."""
    kind = KINDS[Subject(noun)]
    return kind.title(SimpleNamespace(**dict(zip(kind.titled_by, values, strict=True))))
