"""疑点 of all that waits, found by the worker and kept for the queue, so that no page has to look for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.review_desk import KeptHints
from models.terms import RecordKey
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints, review_queue
from wxsvc.services.locks import PROVINCE, lock

_NO_YEAR: Final = -1
"""In place of the year, for the lock of whoever keeps hints."""
AT_A_TIME: Final = 1000
"""Records that one look of all that waits takes; what more there is waits for the next look."""
_AT_ONCE: Final = 500
"""Rows that one statement takes away."""


class Looked(Struct, frozen=True):
    """What differs from what is kept: records with their version and the words of their hints; what waits no more."""

    found: Mapping[RecordKey, tuple[int, str]]
    gone: Sequence[RecordKey]


def look_for_hints(session: Session, by: Actor, *, only_new: bool = False, turn: int | None = None) -> Looked:
    """Find the hints of all that waits anew, or of what came or changed since; it takes a while, and only reads.

    What is kept of a record may change with others (the same photo elsewhere, an objection), so all of it is looked at
    from time to time: by a ``turn``, which grows by one from look to look, :data:`AT_A_TIME` of it, in the order in
    which they wait. As many turns as there are thousands look at everything.
    """
    by.must_review()
    versions = review_queue.versions(session, only_new=only_new)
    if turn is not None and versions:
        first = turn % -(-len(versions) // AT_A_TIME) * AT_A_TIME
        versions = dict(list(versions.items())[first : first + AT_A_TIME])
    hints = review_hints.of(session, versions.keys())
    found = {key: (version, ",".join(hints.get(key, ()))) for key, version in versions.items()}
    if not only_new:
        same = sa.select(KeptHints.subject, KeptHints.subject_id, KeptHints.version, KeptHints.hints)
        kept = {(row.subject, row.subject_id): (row.version, row.hints) for row in session.execute(same)}
        found = {key: so for key, so in found.items() if kept.get(key) != so}
    return Looked(found, review_queue.kept_in_vain(session))


def keep_hints(session: Session, looked: Looked, by: Actor) -> int:
    """Keep what was found, so that no page has to look for it; how many changed. What waits no more is forgotten.

    One after another: the looks of each minute and of every ten may end at the same moment, with the same records.
    """
    by.must_review()
    key, former = sa.tuple_(KeptHints.subject, KeptHints.subject_id), [*looked.gone, *looked.found]
    if former:
        lock(session, PROVINCE, _NO_YEAR)
    for start in range(0, len(former), _AT_ONCE):
        session.execute(sa.delete(KeptHints).where(key.in_(former[start : start + _AT_ONCE])))
    rows = [
        {"subject": subject, "subject_id": record_id, "version": version, "hints": words}
        for (subject, record_id), (version, words) in looked.found.items()
    ]
    if rows:
        session.execute(sa.insert(KeptHints), rows)
    return len(rows)
