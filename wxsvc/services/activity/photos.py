"""现场照片、截图、纸质签到表: kept with their activity; taking one away keeps the row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto
from models.stored_file import StoredFile
from models.terms import PhotoKind
from wxsvc.files import Files, KeptFile
from wxsvc.services.activity import photo_likenesses
from wxsvc.services.activity.activities import must_be_editable
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.records import papers
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find, find_own, note, write

MOST: Final = 9
"""Pictures of one activity, and as many sign-in sheets: photographs must not become the measure of the work."""


def of(session: Session, activity_id: int) -> Sequence[ActivityPhoto]:
    """What is kept with the activity now, in order of arrival."""
    return session.scalars(
        sa.select(ActivityPhoto)
        .where(ActivityPhoto.activity_id == activity_id, ActivityPhoto.is_kept)
        .order_by(ActivityPhoto.id)
    ).all()


def store(files: Files, stream: IO[bytes], kind: PhotoKind = PhotoKind.PHOTO) -> KeptFile:
    """Draw it anew and keep the bytes. Slow: call it outside any transaction, or scans wait for a picture.

    A sign-in sheet may be a paper (PDF, Excel); the rest are pictures. Raises ``FileRefused``.
    """
    return files.store_paper(stream) if kind is PhotoKind.SIGN_IN_SHEET else files.store_photo(stream)


def must_take(session: Session, activity_id: int, by: Actor) -> Activity:
    """Whether this person may add to this activity now: asked before anything is stored for them."""
    activity = find_own(session, Activity, activity_id, by)
    must_be_editable(session, activity)
    return activity


def add_photo(
    session: Session,
    activity_id: int,
    stored: KeptFile,
    by: Actor,
    now: datetime,
    *,
    name: str = "",
    kind: PhotoKind = PhotoKind.PHOTO,
) -> ActivityPhoto:
    """上传 of what :func:`store` kept: the same picture twice is one.

    Raises ``Refused``: ``not_allowed``, ``too_many_photos``, ``activity_approved`` …
    """
    activity = must_take(session, activity_id, by)
    is_sheet = kind is PhotoKind.SIGN_IN_SHEET
    kept = of(session, activity_id)
    if (found := next((each for each in kept if each.sha256 == stored.sha256), None)) is not None:
        return found
    if sum((each.kind is PhotoKind.SIGN_IN_SHEET) is is_sheet for each in kept) >= MOST:
        raise Refused("too_many_photos", most=MOST)
    insert_once(
        session,
        StoredFile,
        sha256=stored.sha256,
        media_type=stored.media_type,
        size=stored.size,
        name=name.strip(),
        stored_at=now,
        stored_by=by.person_id,
    )
    papers.note_name(session, stored.sha256, name.strip(), by)
    if stored.fingerprint is not None:
        photo_likenesses.keep(session, stored.sha256, stored.fingerprint)
    is_new = insert_once(
        session,
        ActivityPhoto,
        activity_id=activity_id,
        sha256=stored.sha256,
        kind=kind,
        added_at=now,
        added_by=by.person_id,
    )
    photo = next(each for each in of(session, activity_id) if each.sha256 == stored.sha256)
    if is_new:
        note(session, activity, "photo_added", by, now, photo=photo.id)
    return photo


def remove_photo(session: Session, photo_id: int, by: Actor, now: datetime) -> ActivityPhoto:
    """移除 until approval. Idempotent. Raises ``Refused``: ``not_allowed``, ``activity_approved`` …"""
    photo = find(session, ActivityPhoto, photo_id)
    activity = find_own(session, Activity, photo.activity_id, by)
    if photo.is_kept:
        must_be_editable(session, activity)
        photo.removed_at = now
        write(session, activity)  # whoever is judging it has seen a picture that is gone
        note(session, activity, "photo_removed", by, now, photo=photo.id)
    return photo
