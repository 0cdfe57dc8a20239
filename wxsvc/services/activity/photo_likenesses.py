"""相似照片: which photos of activities show the same or nearly the same. A hint for the reviewer; it refuses nothing.

The fingerprint is kept at upload. Pairs are looked for by one job alone, so two uploads of one moment do not miss each
other; photos from before there were fingerprints get theirs from the same job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPhoto
from models.photo_likeness import PhotoFingerprint, PhotoLikeness
from models.platform import Platform
from models.stored_file import StoredFile
from models.terms import EVER_HANDED_IN
from wxsvc.services.locks import insert_once

NEAR: Final = 12
"""Of 256 bits. Another size, quality or brightness changes fewer; two pictures of one hall differ in far more."""
AT_ONCE: Final = 200
"""Photos that are looked at in one go."""


class Alike(Struct, frozen=True):
    """A photo of one activity, and one of another activity that shows the same; 0 is the very file."""

    photo_id: int
    other_photo_id: int
    other: Activity
    other_platform: str
    added_at: datetime
    """When the other photo was added."""
    distance: int

    @property
    def is_same(self) -> bool:
        """The very file, or a copy that no eye can tell from it."""
        return self.distance == 0


def keep(session: Session, sha256: str, bits: str | None) -> None:
    """Keep the fingerprint of a stored picture, once."""
    insert_once(session, PhotoFingerprint, sha256=sha256, bits=bits)


def without_fingerprint(session: Session) -> Sequence[str]:
    """Some pictures of activities whose fingerprint nobody took yet."""
    query = (
        sa.select(ActivityPhoto.sha256)
        .join(StoredFile, StoredFile.sha256 == ActivityPhoto.sha256)
        .outerjoin(PhotoFingerprint, PhotoFingerprint.sha256 == ActivityPhoto.sha256)
        .where(PhotoFingerprint.sha256.is_(None), StoredFile.media_type.like("image/%"))
    )
    return session.scalars(query.distinct().limit(AT_ONCE)).all()


class Comparison(Struct, frozen=True):
    """Photos that were compared with all others, and which look alike: sha256, the other's, bits that differ."""

    looked_at: tuple[str, ...]
    pairs: tuple[tuple[str, str, int], ...]


def compare(session: Session) -> Comparison:
    """Look for pairs among some photos that were never compared and all others; nothing is written, so nobody waits."""
    fresh = session.execute(
        sa.select(PhotoFingerprint.sha256, PhotoFingerprint.bits)
        .where(PhotoFingerprint.compared_at.is_(None))
        .limit(AT_ONCE)
    ).all()
    known = _all(session) if any(bits for _, bits in fresh) else {}
    pairs = tuple(
        (own, other, distance)
        for own, bits in fresh
        if bits
        for other, others in known.items()
        if other != own and (distance := (known[own] ^ others).bit_count()) <= NEAR
    )
    return Comparison(tuple(own for own, _ in fresh), pairs)


def note(session: Session, found: Comparison, now: datetime) -> None:
    """Keep what a comparison found, each pair from either side; twice is once."""
    for own, other, distance in found.pairs:
        for one, its_like in ((own, other), (other, own)):
            insert_once(session, PhotoLikeness, sha256=one, other_sha256=its_like, distance=distance)
    session.execute(
        sa.update(PhotoFingerprint).where(PhotoFingerprint.sha256.in_(found.looked_at)).values(compared_at=now)
    )


def _all(session: Session) -> Mapping[str, int]:
    query = sa.select(PhotoFingerprint.sha256, PhotoFingerprint.bits).where(PhotoFingerprint.bits != "")
    return {sha256: int(bits or "", 16) for sha256, bits in session.execute(query)}


def of_activity(session: Session, activity_id: int, most: int = 20) -> list[Alike]:
    """The photos of one activity that another activity shows too, the most alike first."""
    own, other = aliased(ActivityPhoto), aliased(ActivityPhoto)
    distance = sa.case((other.sha256 == own.sha256, 0), else_=PhotoLikeness.distance)
    query = (
        sa.select(own.id, other.id, Activity, Platform.name, other.added_at, distance.label("distance"))
        .outerjoin(PhotoLikeness, PhotoLikeness.sha256 == own.sha256)
        .join(other, sa.or_(other.sha256 == own.sha256, other.sha256 == PhotoLikeness.other_sha256))
        .join(Activity, Activity.id == other.activity_id)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(
            own.activity_id == activity_id,
            own.shows_activity,
            other.activity_id != activity_id,
            other.shows_activity,
            Activity.stage.in_(EVER_HANDED_IN),
        )
        .order_by("distance", own.id, other.id)
        .limit(most * 2)
    )
    found: dict[tuple[int, int], Alike] = {}
    for row in session.execute(query):
        found.setdefault((row[0], row[1]), Alike(*row))
    return list(found.values())[:most]
