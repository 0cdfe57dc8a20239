"""疑点 of records that wait: what their kind makes doubtful, what is not proved, what an enterprise objects to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.base import Dated
from models.checkin import CheckIn
from models.dispute import Dispute
from models.terms import DisputeState, DisputeSubject, RecordKey, Subject
from models.types import RowId
from wxsvc.services.records import doubts, proofs
from wxsvc.services.records.hints import DoubtQuery, Hint, HintQuery, said
from wxsvc.services.records.kinds import KINDS, RecordKind, kind_of
from wxsvc.services.reviewables import Reviewable
from wxsvc.services.years import day_of

_AT_ONCE: Final = 1000
"""Records asked about in one query: far fewer than the parameters that either database takes."""
_FEW: Final = 50
_DAYS_AT_ONCE: Final = timedelta(days=14)


def of(session: Session, keys: Collection[RecordKey]) -> dict[RecordKey, tuple[Hint, ...]]:
    """The hints of these records, in the order of :class:`Hint`; a record without doubts is left out."""
    found: dict[RecordKey, set[Hint]] = {}
    for subject, kind in KINDS.items():
        spans = _spans(session, kind, sorted(record_id for noun, record_id in keys if noun is subject))
        for few in _together(spans):
            for record_id, hint in _hints(session, subject, few, *_span(spans[each] for each in few)):
                found.setdefault((subject, record_id), set()).add(hint)
    return {key: tuple(hint for hint in Hint if hint in hints) for key, hints in found.items()}


def of_record(session: Session, record: Reviewable) -> tuple[Hint, ...]:
    """The hints of one record that is at hand, in the same order."""
    first = record.starts_at if isinstance(record, Activity) else kind_of(record).day_of(record)
    last = record.ends_at if isinstance(record, Activity) else first
    hints = {hint for _, hint in _hints(session, record.SUBJECT, [record.id], first, last)}
    return tuple(hint for hint in Hint if hint in hints)


def _hints(
    session: Session, subject: Subject, ids: list[int], first: date | None, last: date | None
) -> Iterator[tuple[int, Hint]]:
    kind = KINDS[subject]
    first, last = (day_of(each) if isinstance(each, datetime) else each for each in (first, last))
    query = _doubts(subject, first, last, len(ids) == 1)
    if query is not None:
        given = {"id": ids[0]} if len(ids) == 1 else {"ids": ids}
        yield from ((row.record_id, Hint(row.hint)) for row in session.execute(query, given))
    for look in kind.looks:
        yield from look(session, ids)
    if kind.needs_proof:
        yield from ((record_id, Hint.NO_PROOF) for record_id in proofs.unproved(session, subject, ids))


@lru_cache(maxsize=128)
def _doubts(subject: Subject, first: date | None, last: date | None, is_one: bool) -> sa.CompoundSelect[Any] | None:
    """The query of what makes records of these days doubtful, for ``ids``: to build it takes longer than to ask it.

    A single record (``id``) stands as it is: so the database knows how many came to this very activity, and plans by
    it.
    """
    kind = KINDS[subject]
    model: Any = kind.model
    chosen: sa.Select[Any] = sa.select(sa.bindparam("id", type_=RowId))
    if not is_one:  # their ids stand once in the statement
        several = sa.select(model.id).where(model.id.in_(sa.bindparam("ids", expanding=True))).cte("asked")
        chosen = sa.select(several.c.id)
    asked = HintQuery(chosen, first, last)
    queries = [query for doubt in kind.doubts for query in doubt(asked)]
    if issubclass(kind.model, Dated):
        queries += doubts.backfilled(kind.model)(asked)
    queries += _disputed(subject, asked)
    return sa.union_all(*queries) if queries else None


def _spans(session: Session, kind: RecordKind, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """From when to when each of these records speaks of, where its kind has days."""
    model: Any = kind.model
    if model is Activity:
        moments = [Activity.starts_at, Activity.ends_at]
    elif issubclass(model, Dated):
        moments = [getattr(model, model.DAY)]
    else:
        return dict.fromkeys(ids, ())
    found: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        few = sa.select(model.id, *moments).where(model.id.in_(ids[start : start + _AT_ONCE]))
        found |= {row[0]: tuple(row[1:]) for row in session.execute(few)}
    return found


def _together(spans: Mapping[int, tuple[Any, ...]]) -> Iterator[list[int]]:
    """The records that one statement asks about: few, or of few days, because it looks at what happened around them."""
    dated = sorted((moments, record_id) for record_id, moments in spans.items() if moments and None not in moments)
    few: list[int] = []
    for moments, record_id in dated:
        is_long = len(few) >= _FEW and moments[0] - spans[few[0]][0] >= _DAYS_AT_ONCE
        if is_long or len(few) == _AT_ONCE:
            yield few
            few = []
        few.append(record_id)
    if few:
        yield few
    undated = [record_id for record_id, moments in spans.items() if not moments or None in moments]
    for start in range(0, len(undated), _AT_ONCE):
        yield undated[start : start + _AT_ONCE]


def _span(moments: Iterable[tuple[Any, ...]]) -> tuple[Any, Any]:
    """The first and the last of these moments."""
    every = [moment for each in moments for moment in each if moment is not None]
    return (min(every), max(every)) if every else (None, None)


def _disputed(subject: Subject, asked: HintQuery) -> list[DoubtQuery]:
    """Those of the records that an enterprise objects to; of activities, those with a disputed check-in."""
    is_open = Dispute.state == DisputeState.OPEN
    if subject is Subject.ACTIVITY:
        at = said(CheckIn.activity_id, Hint.DISPUTED).join(Dispute, Dispute.subject_id == CheckIn.id)
        is_about = Dispute.subject == DisputeSubject.CHECK_IN
        return [at.where(is_open, is_about, CheckIn.activity_id.in_(asked.ids))]
    if subject.value not in {each.value for each in DisputeSubject}:
        return []
    is_about = Dispute.subject == DisputeSubject(subject.value)
    return [said(Dispute.subject_id, Hint.DISPUTED).where(is_open, is_about, Dispute.subject_id.in_(asked.ids))]
