"""Photos that show the same or nearly the same: found at any size, hinted at, refused nowhere."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image, ImageEnhance
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto
from models.photo_likeness import PhotoFingerprint
from models.terms import PhotoKind, Stage, Subject
from tests import builders
from wxsvc.db import Database
from wxsvc.demo import sample_photo
from wxsvc.services.activity import photo_likenesses
from wxsvc.services.judging import review_hints
from wxsvc.services.records.hints import Hint
from wxsvc.uploads import pictures

pytestmark = pytest.mark.both_databases

HALL = sample_photo.photo("hall")


def changed(how: str) -> bytes:
    """The same photo, as somebody who uses it again would have it."""
    image = Image.open(BytesIO(HALL))
    match how:
        case "smaller":
            image = image.resize((200, 133))
        case "brighter":
            image = ImageEnhance.Brightness(image).enhance(1.15)
    out = BytesIO()
    image.save(out, "JPEG", quality=30 if how == "worse" else 85)
    return out.getvalue()


def shown(session: Session, content: bytes | None, **columns: object) -> tuple[Activity, ActivityPhoto]:
    """A submitted activity with this photo; None is one of which we know nothing yet."""
    platform = builders.platform(session)
    activity = builders.activity(session, platform, **{"stage": Stage.SUBMITTED, "place": platform.code} | columns)
    photo = builders.photo(session, activity)
    if content is not None:
        photo_likenesses.keep(session, photo.sha256, pictures.fingerprint(content))
    return activity, photo


def compare(session: Session, now: datetime) -> int:
    """What the job does."""
    found = photo_likenesses.compare(session)
    photo_likenesses.note(session, found, now)
    return len(found.looked_at)


def hinted(session: Session, activity: Activity) -> bool:
    key = (Subject.ACTIVITY, activity.id)
    return Hint.SAME_PHOTO in review_hints.of(session, [key]).get(key, ())


@pytest.mark.parametrize("how", ["as it is", "smaller", "worse", "brighter"])
def test_a_photo_is_known_again(db: Database, now: datetime, how: str) -> None:
    """Both activities say so, each names the other, and a third with its own photo says nothing."""
    with db.transaction() as session:
        first, photo = shown(session, HALL)
        second, copy = shown(session, changed(how))
        third, _ = shown(session, sample_photo.photo("another hall"))
        assert compare(session, now) == 3
        assert compare(session, now) == 0
        assert [hinted(session, each) for each in (first, second, third)] == [True, True, False]
        (found,) = photo_likenesses.of_activity(session, second.id)
        assert (found.photo_id, found.other_photo_id, found.other.id) == (copy.id, photo.id, first.id)
        assert found.distance <= photo_likenesses.NEAR


def test_the_very_file_is_known_without_a_fingerprint(db: Database) -> None:
    """And is no doubt within one activity, nor where the other was only published, nor once it is taken away."""
    with db.transaction() as session:
        first, photo = shown(session, None)
        second, own = shown(session, None)
        assert not hinted(session, second)
        own.sha256 = photo.sha256
        session.flush()
        (found,) = photo_likenesses.of_activity(session, second.id)
        assert hinted(session, second)
        assert found.is_same
        first.stage = Stage.PUBLISHED
        session.flush()
        assert not hinted(session, second)
        assert not photo_likenesses.of_activity(session, second.id)
        first.stage, first.reviewed_at = Stage.APPROVED, builders.NOW
        session.flush()
        assert hinted(session, second)
        photo.removed_at = builders.NOW
        session.flush()
        assert not hinted(session, second)


def test_a_picture_of_one_colour_is_like_no_other(db: Database, now: datetime) -> None:
    out = BytesIO()
    Image.new("RGB", (64, 48), "#336677").save(out, "JPEG")
    with db.transaction() as session:
        activities = [shown(session, out.getvalue())[0] for _ in range(2)]
        compare(session, now)
        assert not any(hinted(session, each) for each in activities)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1200, 900)])
def test_a_photo_that_shows_nothing_is_a_doubt(db: Database, now: datetime, size: tuple[int, int]) -> None:
    """It makes an activity complete (现场照片至少1张) and is no proof of it."""
    out = BytesIO()
    Image.new("RGB", size, "#336677").save(out, "PNG")
    with db.transaction() as session:
        blank, photo = shown(session, out.getvalue())
        good, _ = shown(session, HALL)
        unlooked, _ = shown(session, None)
        found = review_hints.of(session, [(Subject.ACTIVITY, each.id) for each in (blank, good, unlooked)])
        assert found == {(Subject.ACTIVITY, blank.id): (Hint.BLANK_PHOTO,)}
        photo.kind = PhotoKind.SIGN_IN_SHEET
        session.flush()
        assert review_hints.of_record(session, blank) == (Hint.NO_PHOTO,)


def test_old_photos_are_named_for_the_job_once(db: Database, now: datetime) -> None:
    """One that cannot be read is not asked about again."""
    with db.transaction() as session:
        _, photo = shown(session, None)
        assert photo_likenesses.without_fingerprint(session) == [photo.sha256]
        photo_likenesses.keep(session, photo.sha256, None)
        assert photo_likenesses.without_fingerprint(session) == []
        assert compare(session, now) == 1
        assert session.get_one(PhotoFingerprint, photo.sha256, populate_existing=True).compared_at == now
