"""疑点 of all that waits, found anew by the worker and kept for the queue, so that no page has to look for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.review_desk import KeptHints
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints, review_queue
from wxsvc.services.records.hints import Hint

Looked: TypeAlias = tuple[int, tuple[Hint, ...]]
"""The version of a record that was looked at, and what is doubtful about it."""


def look_for_hints(session: Session, by: Actor) -> Mapping[review_hints.Key, Looked]:
    """Find the hints of all that waits anew; it takes a while, and only reads."""
    by.must_review()
    versions = review_queue.versions(session)
    hints = review_hints.of(session, versions.keys())
    return {key: (version, hints.get(key, ())) for key, version in versions.items()}


def keep_hints(session: Session, looked: Mapping[review_hints.Key, Looked], by: Actor) -> int:
    """Keep what was found, so that no page has to look for it; how many changed. What waits no more is forgotten."""
    by.must_review()
    found = {key: (version, ",".join(hints)) for key, (version, hints) in looked.items()}
    kept = {(row.subject, row.subject_id): row for row in session.scalars(sa.select(KeptHints))}
    for key in kept.keys() - found.keys():
        session.delete(kept[key])
    changed = {key: so for key, so in found.items() if key not in kept or (kept[key].version, kept[key].hints) != so}
    for key, (version, words) in changed.items():
        if key in kept:
            kept[key].version, kept[key].hints = version, words
        else:
            session.add(KeptHints(subject=key[0], subject_id=key[1], version=version, hints=words))
    session.flush()
    return len(changed)
