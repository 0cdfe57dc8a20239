"""待审事项: what waits for a verdict, doubts first, and how many there are (待审17件，其中9件无疑点，可一并通过).

An approved activity waits again while a platform that confirmed its part only afterwards is not confirmed.

Everything that waits is looked at as keys and hints; records are read only for the page that is shown. So the chat's
numbers and the page's are the same, and the last record can be reached as well as the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.terms import Stage, Subject
from scoring.terms import PlatformKind
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.records.doubts import PART_WAITS
from wxsvc.services.records.hints import Hint
from wxsvc.services.reviewables import MODELS, Reviewable

PAGE: Final = 50
"""Records on one page of the queue."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """The key of a record that waits, since when, and what is doubtful about it."""

    subject: Subject
    record_id: int
    since: datetime
    hints: tuple[Hint, ...]

    @property
    def is_clean(self) -> bool:
        """无疑点: may be approved together with others."""
        return not self.hints


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A record that waits for a verdict, whose it is, and what is doubtful about it."""

    subject: Subject
    record: Reviewable
    platform: Platform
    hints: tuple[Hint, ...]

    @property
    def is_clean(self) -> bool:
        """无疑点: may be approved together with others."""
        return not self.hints

    @property
    def chosen(self) -> Chosen:
        """The record as it is shown now, for approving it together with others."""
        return Chosen(self.subject, self.record.id, self.record.version)


@dataclass(frozen=True, slots=True)
class Queue:
    """All that waits: records with doubts come first, among equals the one that waits longest."""

    entries: tuple[QueueEntry, ...]

    @property
    def total(self) -> int:
        """待审: how many wait."""
        return len(self.entries)

    @property
    def clean(self) -> int:
        """无疑点: how many of them raise no doubt."""
        return sum(each.is_clean for each in self.entries)

    @property
    def by_subject(self) -> Mapping[Subject, int]:
        """How many of each noun."""
        return Counter(each.subject for each in self.entries)

    @property
    def pages(self) -> int:
        """How many pages the queue fills; an empty one fills one."""
        return max(1, -(-self.total // PAGE))

    def only(self, subject: Subject | None = None, *, is_clean: bool = False) -> Queue:
        """Those of one noun, or without doubts."""
        chosen = (each for each in self.entries if subject is None or each.subject is subject)
        return Queue(tuple(each for each in chosen if each.is_clean or not is_clean))


def waiting(
    session: Session,
    by: Actor,
    *,
    kind: PlatformKind | None = None,
    platform_id: int | None = None,
    year: int | None = None,
) -> Queue:
    """What waits, optionally of one kind of platform, one platform or one year; provincial staff only."""
    by.must_review()
    keys = [
        (subject, row.id, row.since)
        for subject in MODELS
        for row in session.execute(_waiting(subject, kind, platform_id, year))
    ]
    hints = review_hints.of(session, {(subject, record_id) for subject, record_id, _ in keys})
    found = (QueueEntry(*key, hints.get(key[:2], ())) for key in keys)
    return Queue(tuple(sorted(found, key=lambda each: (each.is_clean, each.since))))


def page(session: Session, queue: Queue, number: int) -> list[ReviewItem]:
    """The records of one page, from 1; what was judged in the meantime is left out."""
    entries = queue.entries[(number - 1) * PAGE : number * PAGE]
    rows: dict[tuple[Subject, int], tuple[Reviewable, Platform]] = {}
    for subject in {each.subject for each in entries}:
        model: Any = MODELS[subject]
        ids = [each.record_id for each in entries if each.subject is subject]
        query = sa.select(model, Platform).join(Platform, Platform.id == model.platform_id)
        for record, platform in session.execute(query.where(model.id.in_(ids), _waits(subject))):
            rows[subject, record.id] = record, platform
    shown: Iterable[QueueEntry] = (each for each in entries if (each.subject, each.record_id) in rows)
    return [ReviewItem(each.subject, *rows[each.subject, each.record_id], each.hints) for each in shown]


def _waits(subject: Subject) -> sa.ColumnElement[bool]:
    model: Any = MODELS[subject]
    is_submitted: sa.ColumnElement[bool] = model.stage == Stage.SUBMITTED
    return sa.or_(is_submitted, PART_WAITS) if subject is Subject.ACTIVITY else is_submitted


def _waiting(subject: Subject, kind: PlatformKind | None, platform_id: int | None, year: int | None) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    since = sa.func.coalesce(model.submitted_at, model.created_at, type_=model.created_at.type).label("since")
    query = sa.select(model.id, since).where(_waits(subject)).order_by(since, model.id)
    if kind is not None:
        query = query.join(Platform, Platform.id == model.platform_id).where(Platform.kind == kind)
    if platform_id is not None:
        query = query.where(model.platform_id == platform_id)
    if year is not None:
        query = query.where(model.year == year)
    return query
