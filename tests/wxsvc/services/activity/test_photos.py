"""现场照片: kept with their activity once, taken away without a trace lost."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from models.activity import ActivityPhoto
from models.journal import LogEntry
from models.stored_file import StoredFile
from models.terms import PhotoKind, Role, Stage
from tests import builders, paper_files
from wxsvc.db import Database
from wxsvc.files import Files
from wxsvc.services.activity import photos
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.uploads.filetypes import FileRefused


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files", max_bytes=2**20)


def picture(shade: int = 0) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (64, 48), (shade, 80, 120)).save(out, "PNG")
    out.seek(0)
    return out


def add(
    session: Session, files: Files, activity_id: int, stream: BytesIO, by: Actor, now: datetime, **more: Any
) -> ActivityPhoto:
    """Store it and add it, as an upload does."""
    stored = photos.store(files, stream, more.get("kind", PhotoKind.PHOTO))
    return photos.add_photo(session, activity_id, stored, by, now, **more)


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_the_same_picture_twice_is_one_photo(db: Database, now: datetime, files: Files, name: str) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        by = builders.staff(session, platform)
        first = add(session, files, row.id, picture(), by, now, name=name)
        second = add(session, files, row.id, picture(), by, now, name="别的.png")
        assert first.id == second.id
        assert files.path(first.sha256).is_file()
        assert session.scalars(sa.select(StoredFile.name)).all() == [name]
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["activity.photo_added"]


def test_a_photo_taken_away_keeps_its_row_and_may_come_back(db: Database, now: datetime, files: Files) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        by = builders.staff(session, platform)
        photo = add(session, files, row.id, picture(), by, now)
        seen = row.version
        for _ in range(2):
            photos.remove_photo(session, photo.id, by, now)
        assert (photo.removed_at, row.version) == (now, seen + 1)
        assert list(photos.of(session, row.id)) == []
        again = add(session, files, row.id, picture(), by, now)
        assert again.id != photo.id
        assert session.scalar(sa.select(sa.func.count()).select_from(ActivityPhoto)) == 2


def test_one_picture_may_belong_to_two_activities(db: Database, now: datetime, files: Files) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        by = builders.staff(session, platform)
        for row in (builders.activity(session, platform), builders.activity(session, platform)):
            add(session, files, row.id, picture(), by, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(ActivityPhoto)) == 2


def test_nine_pictures_are_enough_and_a_sheet_is_counted_apart(db: Database, now: datetime, files: Files) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        by = builders.staff(session, platform)
        for shade in range(photos.MOST):
            add(session, files, row.id, picture(shade), by, now)
        with pytest.raises(Refused, match="too_many_photos") as refused:
            add(session, files, row.id, picture(99), by, now)
        assert refused.value.values == {"most": 9}
        sheet = BytesIO(paper_files.pdf())
        add(session, files, row.id, sheet, by, now, kind=PhotoKind.SIGN_IN_SHEET)
        with pytest.raises(FileRefused):
            add(session, files, row.id, BytesIO(sheet.getvalue()), by, now)


def test_only_the_own_staff_add_and_remove_until_approval(db: Database, now: datetime, files: Files) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        photo = builders.photo(session, row)
        strangers = (
            builders.staff(session, builders.platform(session)),
            builders.staff(session, role=Role.PROVINCE),
            Actor(builders.person(session).id),
            Actor(None),
        )
        for by in strangers:
            with pytest.raises(Refused, match="not_allowed"):
                add(session, files, row.id, picture(), by, now)
            with pytest.raises(Refused, match="not_allowed"):
                photos.remove_photo(session, photo.id, by, now)
        approved = builders.activity(session, platform, stage=Stage.APPROVED)
        kept = builders.photo(session, approved)
        own = builders.staff(session, platform)
        with pytest.raises(Refused, match="activity_approved"):
            add(session, files, approved.id, picture(), own, now)
        with pytest.raises(Refused, match="activity_approved"):
            photos.remove_photo(session, kept.id, own, now)


def test_a_sealed_year_takes_no_photo(db: Database, now: datetime, files: Files) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        row = builders.activity(session, platform)
        photo = builders.photo(session, row)
        by = builders.staff(session, platform)
        builders.seal(session, platform)
        with pytest.raises(Refused, match="year_sealed"):
            add(session, files, row.id, picture(), by, now)
        with pytest.raises(Refused, match="year_sealed"):
            photos.remove_photo(session, photo.id, by, now)
