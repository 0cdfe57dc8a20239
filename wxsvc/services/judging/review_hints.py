"""疑点 of records that wait: what their kind makes doubtful, what is not proved, what an enterprise objects to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Dated
from models.checkin import CheckIn
from models.dispute import Dispute
from models.terms import DisputeState, DisputeSubject, Subject
from wxsvc.services.records import doubts, evidence
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import KINDS

Key: TypeAlias = tuple[Subject, int]
"""A record: its noun and its id."""

_AT_ONCE: Final = 1000
"""Records asked about in one query: far fewer than the parameters that either database takes."""


def of(session: Session, keys: Collection[Key]) -> dict[Key, tuple[Hint, ...]]:
    """The hints of these records, in the order of :class:`Hint`; a record without doubts is left out."""
    found: dict[Key, set[Hint]] = {}
    for subject in KINDS:
        ids = sorted(record_id for noun, record_id in keys if noun is subject)
        for start in range(0, len(ids), _AT_ONCE):
            for record_id, hint in _hints(session, subject, ids[start : start + _AT_ONCE]):
                found.setdefault((subject, record_id), set()).add(hint)
    return {key: tuple(hint for hint in Hint if hint in hints) for key, hints in found.items()}


def _hints(session: Session, subject: Subject, ids: list[int]) -> Iterator[tuple[int, Hint]]:
    yield from ((record_id, Hint.DISPUTED) for record_id in _disputed(session, subject, ids))
    kind = KINDS[subject]
    for doubt in kind.doubts:
        yield from doubt(session, ids)
    if issubclass(kind.model, Dated):
        yield from doubts.backfilled(kind.model)(session, ids)
    if kind.needs_proof:
        yield from ((record_id, Hint.NO_PROOF) for record_id in evidence.unproved(session, subject, ids))


def _disputed(session: Session, subject: Subject, ids: list[int]) -> Iterable[int]:
    """Those of the records that an enterprise objects to; of activities, those with a disputed check-in."""
    is_open = Dispute.state == DisputeState.OPEN
    if subject is Subject.ACTIVITY:
        at = sa.select(CheckIn.activity_id).join(Dispute, Dispute.subject_id == CheckIn.id)
        is_about = Dispute.subject == DisputeSubject.CHECK_IN
        return session.scalars(at.where(is_open, is_about, CheckIn.activity_id.in_(ids)))
    if subject.value not in {each.value for each in DisputeSubject}:
        return ()
    is_about = Dispute.subject == DisputeSubject(subject.value)
    return session.scalars(sa.select(Dispute.subject_id).where(is_open, is_about, Dispute.subject_id.in_(ids)))
