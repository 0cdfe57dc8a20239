"""照片的去处: what a picture from the chat may show: an activity, or a record of one's own that still has no photo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import Evidence
from models.errand import ChatPicture
from models.terms import PhotoKind, Stage, Subject
from wxsvc.services.activity import photos
from wxsvc.services.records import evidence
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS, Reviewable

BEFORE: Final = timedelta(hours=1)
"""Halls are photographed when the check-in opens …"""
AFTER: Final = timedelta(hours=2)
"""… and pictures sent when everybody has left. Longer would make a morning's and an afternoon's activity overlap."""

RECENT: Final = timedelta(days=30)
"""How long an activity that is not handed in is offered."""
JUST_NOW: Final = timedelta(minutes=30)
"""Whoever entered a record this short a time ago may be sending its photos."""
RECORD_WAITS: Final = timedelta(days=3)
"""How long a record without a photo is offered."""
RECORDS_OFFERED: Final = 4
"""Of these, that many: activities wait longer and must not go without."""
OFFERED: Final = 9
"""Places to choose from: one digit says which."""

_OPEN: Final = (Stage.PUBLISHED, Stage.RETURNED, Stage.SUBMITTED)
_UNFINISHED: Final = (Stage.PUBLISHED, Stage.RETURNED)
_TO_MEND: Final = (Stage.RETURNED, Stage.SUBMITTED)


class PicturePlace(Struct, frozen=True):
    """One of them; ``key`` is how it is written down in what was offered."""

    row: Reviewable

    @property
    def subject(self) -> Subject:
        return self.row.SUBJECT

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def platform_id(self) -> int:
        return self.row.platform_id

    @property
    def is_activity(self) -> bool:
        return self.subject is Subject.ACTIVITY

    @property
    def title(self) -> str:
        return KINDS[self.subject].title(self.row)

    @property
    def on(self) -> Any:
        """The day or the moment that it speaks of."""
        return self.row.starts_at if isinstance(self.row, Activity) else KINDS[self.subject].day_of(self.row)

    @property
    def key(self) -> Any:
        """An activity's id, or the word and the id of a record."""
        return self.id if self.is_activity else [self.subject.value, self.id]

    @property
    def most(self) -> int:
        """How many pictures it takes."""
        return photos.MOST if self.is_activity else evidence.MOST_RECORD_PAPERS

    def is_open_to(self, platforms: Collection[int]) -> bool:
        """Whether staff of these platforms may add to it now."""
        stages = _OPEN if self.is_activity else _TO_MEND
        return self.platform_id in platforms and self.row.stage in stages


def of_key(session: Session, key: Any) -> PicturePlace | None:
    """What a key of :attr:`PicturePlace.key` means; None for what is not there."""
    subject, row_id = (Subject.ACTIVITY, key) if isinstance(key, int) else (Subject(key[0]), int(key[1]))
    model: Any = MODELS[subject]
    row = session.get(model, row_id)
    return PicturePlace(row) if row is not None else None


def of_picture(session: Session, picture: ChatPicture) -> PicturePlace | None:
    """What a picture was sent for; None while its sender has not said."""
    if picture.activity_id is not None:
        return of_key(session, picture.activity_id)
    return of_key(session, [picture.subject, picture.subject_id]) if picture.subject is not None else None


def give(picture: ChatPicture, place: PicturePlace) -> None:
    """The picture is of this place from now on, and may be fetched at once."""
    for name, value in columns_of(place).items():
        setattr(picture, name, value)
    picture.try_after = None


def columns_of(place: PicturePlace) -> dict[str, Any]:
    """What a picture of this place has in its columns."""
    if place.is_activity:
        return {"activity_id": place.id}
    return {"subject": place.subject.value, "subject_id": place.id}


def taken_for(place: PicturePlace) -> sa.ColumnElement[bool]:
    """Pictures that are of this place."""
    if place.is_activity:
        return ChatPicture.activity_id == place.id
    return sa.and_(ChatPicture.subject == place.subject.value, ChatPicture.subject_id == place.id)


def room(session: Session, place: PicturePlace) -> int:
    """How many pictures it still takes, those on their way counted as taken."""
    if place.is_activity:
        kept = sum(each.kind is not PhotoKind.SIGN_IN_SHEET for each in photos.of(session, place.id))
    else:
        kept = len(evidence.of_record(session, place.subject, place.id))
    coming = session.scalar(
        sa.select(sa.func.count()).where(
            taken_for(place), ChatPicture.fetched_at.is_(None), ChatPicture.dropped_at.is_(None)
        )
    )
    return place.most - kept - (coming or 0)


def running(session: Session, platforms: Iterable[int], moment: datetime) -> Sequence[Activity]:
    """Activities that run at the moment, two at most."""
    query = sa.select(Activity).where(
        Activity.platform_id.in_(platforms),
        Activity.stage.in_(_OPEN),
        Activity.starts_at <= moment + BEFORE,
        Activity.ends_at >= moment - AFTER,
    )
    return session.scalars(query.limit(2)).all()


def offered(session: Session, platforms: Collection[int], person_id: int, moment: datetime) -> list[PicturePlace]:
    """Recent activities that are not submitted yet, and own records that wait; the nearest first."""
    query = (
        sa.select(Activity)
        .where(
            Activity.platform_id.in_(platforms),
            Activity.stage.in_(_UNFINISHED),
            Activity.starts_at <= moment + BEFORE,
            Activity.ends_at >= moment - RECENT,
        )
        .order_by(Activity.starts_at.desc(), Activity.id.desc())
    )
    found = [(row.starts_at or moment, PicturePlace(row)) for row in session.scalars(query.limit(OFFERED))]
    found += [(place.row.created_at, place) for place in waiting(session, platforms, person_id, moment - RECORD_WAITS)]
    return [place for _, place in sorted(found, key=lambda each: each[0], reverse=True)[:OFFERED]]


def waiting(session: Session, platforms: Collection[int], person_id: int, since: datetime) -> list[PicturePlace]:
    """Records that this person entered since then, still open, without a paper or a picture; the newest first."""
    found = [
        PicturePlace(row)
        for kind in KINDS.values()
        if kind.takes_papers
        for row in session.scalars(_without_photo(kind.model, platforms, person_id, since))
    ]
    return sorted(found, key=lambda place: place.row.created_at, reverse=True)[:RECORDS_OFFERED]


def _without_photo(model: Any, platforms: Collection[int], person_id: int, since: datetime) -> sa.Select[Any]:
    subject = model.SUBJECT
    paper = sa.exists().where(
        Evidence.subject == subject, Evidence.subject_id == model.id, Evidence.withdrawn_at.is_(None)
    )
    picture = sa.exists().where(
        ChatPicture.subject == subject.value, ChatPicture.subject_id == model.id, ChatPicture.dropped_at.is_(None)
    )
    return (
        sa.select(model)
        .where(
            model.platform_id.in_(platforms),
            model.created_by == person_id,
            model.created_at >= since,
            model.stage.in_(_TO_MEND),
            ~paper,
            ~picture,
        )
        .order_by(model.id.desc())
        .limit(RECORDS_OFFERED)
    )
