"""Half an hour after the end, once, and only if something is left to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto
from models.notice import Notice
from models.platform import Platform
from models.terms import NoticePurpose, Stage
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity import photos, unfinished
from wxsvc.services.counting import folding

DUE = builders.ENDS_AT + timedelta(minutes=30)


def held(session: Session, *, is_complete: bool, **columns: Any) -> Activity:
    """An activity that ended at 17:00 with one enterprise; complete with a photo and a summary."""
    platform = builders.platform(session)
    row = builders.activity(session, platform, summary=builders.SUMMARY if is_complete else None, **columns)
    builders.check_in(session, row, builders.enterprise(session))
    if is_complete:
        builders.photo(session, row)
    return row


def test_what_it_lacks_is_told_once_half_an_hour_after_the_end(db: Database) -> None:
    with db.transaction() as session:
        row = held(session, is_complete=False)
        assert unfinished.tell(session, DUE - timedelta(seconds=1)) == 0
        assert unfinished.tell(session, DUE) == 1
        assert unfinished.tell(session, DUE + timedelta(minutes=1)) == 0
        notice = session.scalars(sa.select(Notice)).one()
        assert (notice.purpose, notice.platform_id) == (NoticePurpose.UNFINISHED, row.platform_id)
        assert notice.facts["lacks"] == ["photos", "summary"]
        assert notice.facts["enterprises"] == 1


@pytest.mark.parametrize(
    ("stage", "is_complete", "told"),
    [
        (Stage.PUBLISHED, True, 1),
        (Stage.SUBMITTED, False, 1),
        (Stage.SUBMITTED, True, 0),
        (Stage.APPROVED, False, 0),
        (Stage.RETURNED, False, 0),
        (Stage.VOID, False, 0),
    ],
)
def test_only_if_something_is_left_to_do(db: Database, stage: Stage, is_complete: bool, told: int) -> None:
    with db.transaction() as session:
        held(session, is_complete=is_complete, stage=stage)
        assert unfinished.tell(session, DUE) == told


def test_neither_what_was_published_just_now_nor_what_ended_long_ago(db: Database) -> None:
    with db.transaction() as session:
        held(session, is_complete=False, published_at=DUE)
        assert unfinished.tell(session, DUE + timedelta(minutes=29)) == 0
        assert unfinished.tell(session, DUE + timedelta(minutes=30)) == 1
        held(session, is_complete=False)
        assert unfinished.tell(session, DUE + timedelta(days=1)) == 0


def test_what_was_handed_in_whole_and_comes_to_lack_something_is_told(db: Database) -> None:
    """Its photo goes three hours after the end, when it had long been looked at."""
    lost, looked = DUE + timedelta(hours=3), timedelta(minutes=1)
    with db.transaction() as session:
        row = held(session, is_complete=True, stage=Stage.SUBMITTED)
        activity_id, by = row.id, builders.staff(session, session.get_one(Platform, row.platform_id))
    folding.retally(db, lambda: DUE)
    with db.transaction() as session:
        assert unfinished.tell(session, lost - looked, lost - 2 * looked) == 0
        photo = session.scalars(sa.select(ActivityPhoto).where(ActivityPhoto.activity_id == activity_id)).one()
        photos.remove_photo(session, photo.id, by, lost)
    folding.fold_waiting(db, lambda: lost)
    with db.transaction() as session:
        assert unfinished.tell(session, lost + looked, lost) == 1
        assert session.scalars(sa.select(Notice)).one().facts["lacks"] == ["photos"]
        assert unfinished.tell(session, lost + 2 * looked, lost + looked) == 0
