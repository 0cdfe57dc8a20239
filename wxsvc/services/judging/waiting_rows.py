"""What waits for the province as rows of one query: records of every kind, late parts, 协办 and open disputes.

Each row has a noun, its id and version, whose it is, its year, what it is called, and since when it waits.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.dispute import Dispute
from models.enterprise import Enterprise
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
    return sa.union_all(*(_records(subject) for subject in MODELS), _late_parts(), _assists(), _disputes()).subquery()


def _records(subject: Subject) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    return _record(subject).where(model.stage == Stage.SUBMITTED)


def _late_parts() -> sa.Select[Any]:
    """Approved activities with a part that was confirmed only afterwards."""
    late = sa.select(ActivityPlatform.activity_id).where(ActivityPlatform.awaits_review)
    return _record(Subject.ACTIVITY).where(Activity.stage == Stage.APPROVED, Activity.id.in_(late))


def _record(subject: Subject) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    since = sa.func.coalesce(model.submitted_at, model.created_at, type_=model.created_at.type)
    title, *more = (getattr(model, column) for column in KINDS[subject].titled_by)
    return _row(subject.value, model.id, model.version, model.platform_id, model.year, title, since, *more)


def _assists() -> sa.Select[Any]:
    part = ActivityPlatform
    row = _row(
        ASSIST, Activity.id, Activity.version, part.platform_id, Activity.year, Activity.title, part.confirmed_at
    )
    # While the activity itself waits, the part is judged with it.
    return row.join(part, part.activity_id == Activity.id).where(
        Activity.stage == Stage.APPROVED, Activity.category == ActivityCategory.OTHER, ASSIST_WAITS, ~part.awaits_review
    )


def _disputes() -> sa.Select[Any]:
    row = _row(DISPUTE, Dispute.id, sa.literal(0), Dispute.platform_id, sa.null(), Enterprise.name, Dispute.raised_at)
    return row.join(Enterprise, Enterprise.id == Dispute.enterprise_id).where(Dispute.state == DisputeState.OPEN)


def _row(
    noun: str, row_id: Any, version: Any, platform_id: Any, year: Any, title: Any, since: Any, more: Any = ""
) -> sa.Select[Any]:
    return sa.select(
        sa.literal(noun, sa.String).label("noun"),
        row_id.label("id"),
        version.label("version"),
        platform_id.label("platform_id"),
        year.label("year"),
        sa.cast(title, sa.Text).label("title"),
        sa.cast(more, sa.Text).label("more"),
        since.label("since"),
    )


def title(noun: str, *values: str) -> str:
    """What a record of a kind that needs two columns for it is called."""
    kind = KINDS[Subject(noun)]
    return kind.title(SimpleNamespace(**dict(zip(kind.titled_by, values, strict=True))))
