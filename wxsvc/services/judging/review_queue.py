"""待审事项: what waits for a verdict, doubts first, and how many there are (待审17件，其中9件无疑点，可一并通过)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.terms import Stage, Subject
from scoring.terms import PlatformKind
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints
from wxsvc.services.judging.review_hints import Hint
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.reviewables import MODELS, Reviewable


@dataclass(frozen=True, slots=True)
class Waiting:
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
class WaitingCounts:
    """How many records wait, how many of them are clean, and how many of each noun."""

    total: int
    clean: int
    by_subject: Mapping[Subject, int]


def waiting(
    session: Session,
    by: Actor,
    *,
    kind: PlatformKind | None = None,
    platform_id: int | None = None,
    subjects: Iterable[Subject] | None = None,
    year: int | None = None,
) -> list[Waiting]:
    """What waits, optionally of one kind of platform, one platform, some nouns or one year; provincial staff only.

    Records with doubts come first, among equals the one that waits longest.
    """
    by.must_review()
    rows = [
        (subject, record, platform)
        for subject in (tuple(subjects) if subjects is not None else tuple(MODELS))
        for record, platform in _submitted(session, subject, kind, platform_id, year)
    ]
    hints = review_hints.of(session, {(subject, record.id) for subject, record, _ in rows})
    found = [Waiting(subject, record, owner, hints.get((subject, record.id), ())) for subject, record, owner in rows]
    return sorted(found, key=lambda each: (each.is_clean, each.record.submitted_at or each.record.created_at))


def waiting_counts(
    session: Session, by: Actor, *, kind: PlatformKind | None = None, year: int | None = None
) -> WaitingCounts:
    """The numbers of the queue, as the chat's answer and the page's heading give them."""
    queue = waiting(session, by, kind=kind, year=year)
    by_subject: dict[Subject, int] = {}
    for each in queue:
        by_subject[each.subject] = by_subject.get(each.subject, 0) + 1
    return WaitingCounts(len(queue), sum(each.is_clean for each in queue), by_subject)


def _submitted(
    session: Session, subject: Subject, kind: PlatformKind | None, platform_id: int | None, year: int | None
) -> Iterable[tuple[Reviewable, Platform]]:
    model: Any = MODELS[subject]
    query = (
        sa.select(model, Platform)
        .join(Platform, Platform.id == model.platform_id)
        .where(model.stage == Stage.SUBMITTED)
        .order_by(model.submitted_at, model.id)
    )
    if kind is not None:
        query = query.where(Platform.kind == kind)
    if platform_id is not None:
        query = query.where(model.platform_id == platform_id)
    if year is not None:
        query = query.where(model.year == year)
    return [(record, platform) for record, platform in session.execute(query)]
