"""疑点 of all that waits, found by the worker and kept for the queue, so that no page has to look for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.review_desk import WaitingRecord
from models.terms import Subject
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints

_AT_ONCE: Final = 500
"""Records that one statement names."""
AT_A_TIME: Final = 1000
"""Records that one look of all that waits takes; what more there is waits for the next look."""


class Looked(NamedTuple):
    """What differs from what is kept of a record: the words of its hints, found of this version."""

    subject: Subject
    record_id: int
    version: int
    hints: str


def look_for_hints(session: Session, by: Actor, *, only_new: bool = False, turn: int | None = None) -> Sequence[Looked]:
    """Find the hints of all that waits anew, or of what came or changed since; it takes a while, and only reads.

    What is kept of a record may change with others (the same photo elsewhere, an objection), so all of it is looked at
    from time to time: by a ``turn``, which grows by one from look to look, :data:`AT_A_TIME` of it, in the order in
    which they wait. As many turns as there are thousands look at everything.
    """
    by.must_review()
    row = WaitingRecord
    asked = sa.select(row.subject, row.subject_id, row.version, row.hints)
    if only_new:
        asked = asked.where(row.hints.is_(None))
    waiting = session.execute(asked.order_by(row.since, row.subject, row.subject_id)).all()
    if turn is not None and waiting:
        first = turn % -(-len(waiting) // AT_A_TIME) * AT_A_TIME
        waiting = waiting[first : first + AT_A_TIME]
    hints = review_hints.of(session, [(each.subject, each.subject_id) for each in waiting])
    looked = (
        (Looked(subject, record_id, version, ",".join(hints.get((subject, record_id), ()))), kept)
        for subject, record_id, version, kept in waiting
    )
    return [found for found, kept in looked if found.hints != kept]


def keep_hints(session: Session, looked: Sequence[Looked], by: Actor) -> int:
    """Keep what was found, so that no page has to look for it; how many changed.

    What was changed or judged meanwhile keeps none. Whoever judges a record now, or keeps its hints, is not waited for,
    so that nobody waits for anybody in a circle: the next look finds what was left out.
    """
    by.must_review()
    row, kept = WaitingRecord, 0
    for start in range(0, len(looked), _AT_ONCE):
        found = {(each.subject, each.record_id, each.version): each.hints for each in looked[start : start + _AT_ONCE]}
        key = sa.tuple_(row.subject, row.subject_id, row.version)
        free = sa.select(row.subject, row.subject_id, row.version).where(key.in_(found))
        free = free.order_by(row.subject, row.subject_id).with_for_update(skip_locked=True)
        changed = [
            {"subject": subject, "subject_id": record_id, "hints": found[subject, record_id, version]}
            for subject, record_id, version in session.execute(free)
        ]
        if changed:
            session.execute(sa.update(row), changed)
        kept += len(changed)
    return kept
