"""活动资料: files that staff put out for those who took part. Not judged, so they may come and go at any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityMaterial
from models.stored_file import FileName, StoredFile
from models.terms import Stage
from wxsvc.files import KeptFile
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import held, insert_once
from wxsvc.services.records import papers
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find_own

MOST: Final = 10
"""Files of one activity."""


def of(session: Session, activity_id: int) -> Sequence[tuple[ActivityMaterial, StoredFile]]:
    """What is put out now, in order of arrival; each file under the name that the activity's platform gave it."""
    query = (
        sa.select(ActivityMaterial, StoredFile, FileName.name)
        .join(StoredFile, StoredFile.sha256 == ActivityMaterial.sha256)
        .join(Activity, Activity.id == ActivityMaterial.activity_id)
        .outerjoin(FileName, (FileName.sha256 == StoredFile.sha256) & (FileName.owner_id == Activity.platform_id))
        .where(ActivityMaterial.activity_id == activity_id, ActivityMaterial.removed_at.is_(None))
        .order_by(ActivityMaterial.id)
    )
    return [(material, papers.named(stored, name)) for material, stored, name in session.execute(query)]


def file_of(session: Session, activity_id: int, material_id: int) -> StoredFile | None:
    """The file of this activity's material; None for another's, and for one that was taken away."""
    return next((stored for row, stored in of(session, activity_id) if row.id == material_id), None)


def must_take(session: Session, activity_id: int, by: Actor) -> Activity:
    """Whether this person may put something out: asked before anything is stored for them.

    Raises ``Refused``: ``not_allowed``, ``activity_not_published``, ``activity_void``.
    """
    row = find_own(session, Activity, activity_id, by)
    if row.stage is Stage.DRAFT:
        raise Refused("activity_not_published")
    if row.stage is Stage.VOID:
        raise Refused("activity_void")
    return row


def add(session: Session, activity_id: int, kept: KeptFile, name: str, by: Actor, now: datetime) -> None:
    """上传资料 that the store has kept (PDF, Word, Excel, pictures): the same file twice is one.

    Raises ``Refused``: ``too_many_materials`` and those of :func:`must_take`.
    """
    row = must_take(session, activity_id, by)
    there = of(session, activity_id)
    if any(stored.sha256 == kept.sha256 for _, stored in there):
        return
    if len(there) >= MOST:
        raise Refused("too_many_materials", most=MOST)
    sha256 = papers.keep(session, kept, name, by, now)
    added = {"activity_id": activity_id, "sha256": sha256, "added_at": now, "added_by": by.person_id}
    if insert_once(session, ActivityMaterial, **added):
        journal.record_of(session, row, "material_added", by, now)


def remove(session: Session, activity_id: int, material_id: int, by: Actor, now: datetime) -> None:
    """移除资料. Idempotent. Raises ``Refused``: ``not_found`` for another activity's, those of :func:`must_take`."""
    row = must_take(session, activity_id, by)
    material = session.get(ActivityMaterial, material_id)
    if material is None or material.activity_id != activity_id:
        raise Refused("not_found")
    if held(session, material).removed_at is None:
        material.removed_at = now
        journal.record_of(session, row, "material_removed", by, now)
