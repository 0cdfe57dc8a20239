"""缺佐证 of many records at once: which of them lack the paper that the annex asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Evidence
from models.platform import Platform
from models.terms import RecordKey, Subject
from scoring.terms import EvidenceItem, PlatformKind
from wxsvc.services.records.evidence import item_of, needs_proof
from wxsvc.services.records.kinds import RecordKind, kind_of
from wxsvc.services.reviewables import MODELS, Reviewable

Asked: TypeAlias = tuple[RecordKind, Any, PlatformKind]
"""A record, or a row with its columns, with its kind and its platform's."""

_PAPER: Final = (Evidence.platform_id, Evidence.year, Evidence.item, Evidence.subject, Evidence.subject_id)


def unproved(session: Session, subject: Subject, ids: Sequence[int]) -> list[int]:
    """Those of many records of one noun that lack what they must show (缺佐证), in two queries."""
    model: Any = MODELS[subject]
    query = sa.select(model, Platform.kind).join(Platform, Platform.id == model.platform_id).where(model.id.in_(ids))
    return _unproved(session, [(kind_of(row), row, kind) for row, kind in session.execute(query) if needs_proof(row)])


def lacked_by(session: Session, platform: Platform, rows: Iterable[Reviewable]) -> dict[int, EvidenceItem]:
    """缺佐证 of many records of one noun and one platform, by their ids; one statement, none where nothing is asked."""
    asked = [(kind_of(row), row, platform.kind) for row in rows if needs_proof(row)]
    wanted = {row.id: item for of, row, kind in asked if (item := item_of(of, row, kind)) is not None}
    lacking = _unproved(session, [each for each in asked if each[1].id in wanted]) if wanted else ()
    return {row_id: wanted[row_id] for row_id in lacking}


def unproved_by(papers: Collection[tuple[Any, ...]], asked: Iterable[Asked]) -> set[RecordKey]:
    """Those that none of the papers proves. Each paper tells platform, year, item and the record that it is about."""

    def is_proved(of: RecordKind, row: Any, kind: PlatformKind) -> bool:
        item = item_of(of, row, kind)
        place = (row.platform_id, row.year, item)
        is_shared = of.shares_papers and (*place, None, None) in papers
        return item is None or is_shared or (*place, of.subject, row.id) in papers

    return {(of.subject, row.id) for of, row, kind in asked if not is_proved(of, row, kind)}


def _unproved(session: Session, asked: Sequence[Asked]) -> list[int]:
    own = sa.tuple_(Evidence.subject, Evidence.subject_id).in_([(of.subject, row.id) for of, row, _ in asked])
    query = sa.select(*_PAPER).where(
        Evidence.platform_id.in_({row.platform_id for _, row, _ in asked}),
        Evidence.year.in_({row.year for _, row, _ in asked}),
        Evidence.withdrawn_at.is_(None),
        sa.or_(Evidence.subject.is_(None), own),
    )
    papers = set(map(tuple, session.execute(query.distinct())))
    return [row_id for _, row_id in unproved_by(papers, asked)]
