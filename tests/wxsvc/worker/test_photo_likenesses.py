"""The job that compares photos: old ones get their fingerprint, a file that is gone is not asked about again."""

from __future__ import annotations

from io import BytesIO

import sqlalchemy as sa

from models.activity import Activity, ActivityPhoto
from models.photo_likeness import PhotoFingerprint, PhotoLikeness
from models.terms import Stage
from tests import builders
from tests.wxsvc.worker.whole import Whole
from wxsvc.demo import sample_photo
from wxsvc.services.activity import photo_likenesses, photos
from wxsvc.services.judging import review_hints
from wxsvc.services.records.hints import Hint
from wxsvc.worker.photo_likenesses import compare


def test_every_photo_is_compared_once(whole: Whole) -> None:
    """An upload brings its fingerprint along; one from before there were any is read from its file."""
    contents = [sample_photo.photo("a"), sample_photo.photo("b")]
    with whole.db.transaction() as session:
        platform = builders.platform(session)
        staff = builders.staff(session, platform)
        for content in (*contents, contents[0][:-2] + b"\xff\xd9"):
            stored = photos.store(whole.house.files, BytesIO(content))
            activity = builders.activity(session, platform)
            photos.add_photo(session, activity.id, stored, staff, builders.NOW)
            activity.stage = Stage.SUBMITTED
        builders.photo(session, activity)  # its bytes are nowhere
        assert session.scalar(sa.select(sa.func.count()).select_from(PhotoFingerprint)) == 2
        session.execute(sa.delete(PhotoFingerprint))
    assert compare(whole.house) == 3
    assert compare(whole.house) == 0
    with whole.db.read() as session:
        kept = {row.sha256: row.bits for row in session.scalars(sa.select(PhotoFingerprint))}
        gone = session.scalars(sa.select(ActivityPhoto.sha256).order_by(ActivityPhoto.id.desc())).first()
        assert [sha256 for sha256, bits in kept.items() if not bits] == [gone]
        assert Hint.BLANK_PHOTO not in review_hints.of_record(session, session.get_one(Activity, activity.id))
        assert session.scalars(sa.select(PhotoLikeness)).all() == []
        assert len(photo_likenesses.of_activity(session, activity.id)) == 1
