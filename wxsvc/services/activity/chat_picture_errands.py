"""聊天照片的取回: each picture is fetched by one worker, attached like an upload, or given up with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity
from models.errand import ChatPicture
from models.terms import Role, Subject
from scoring.terms import EvidenceItem
from wxsvc.clock import BEIJING
from wxsvc.files import KeptFile
from wxsvc.services import errands
from wxsvc.services.activity import photos, picture_places
from wxsvc.services.activity.picture_places import PicturePlace
from wxsvc.services.actor import Actor
from wxsvc.services.records import evidence, papers
from wxsvc.services.records.evidence import EvidenceEntry
from wxsvc.services.refusal import Refused

KEPT_AT_WECHAT: Final = timedelta(days=3)
SHOWN_FOR: Final = timedelta(days=3)
"""How long a page says that a picture could not be kept."""

LEASE: Final = timedelta(minutes=3)
"""How long a picture belongs to the worker that took it: longer than a slow download and drawing it anew."""


class Drop(StrEnum):
    """Why a picture was given up, beside the reasons of ``FileRefused`` and ``Refused``; kept in ``problem``."""

    GONE = "gone"
    UNANSWERED = "unanswered"


class Taken(Struct, frozen=True):
    """A picture that this worker alone may fetch now."""

    picture_id: int
    media_id: str
    sent_at: datetime


class PictureStatus(Struct, frozen=True):
    """Pictures of the chat as a page shows them: on their way, without an answer yet, given up lately."""

    under_way: int
    unanswered: int
    dropped: Sequence[tuple[ChatPicture, PicturePlace | None]]


def due(session: Session, now: datetime, most: int) -> list[int]:
    """Pictures to fetch now, those that never failed first."""
    query = sa.select(ChatPicture.id).where(*_to_fetch(now)).order_by(ChatPicture.tries, ChatPicture.id)
    return list(session.scalars(query.limit(most)))


def take(session: Session, picture_id: int, now: datetime) -> Taken | None:
    """Take one for this worker alone; None when another has it."""
    mine = session.execute(
        sa.update(ChatPicture)
        .where(ChatPicture.id == picture_id, *_to_fetch(now))
        .values(try_after=now + LEASE)
        .returning(ChatPicture.media_id, ChatPicture.sent_at)
    ).first()
    return Taken(picture_id, mine.media_id, mine.sent_at) if mine is not None else None


def keep(session: Session, taken: Taken, stored: KeptFile, now: datetime) -> None:
    """Attach what was fetched, as an upload by its sender.

    Raises ``Refused`` like :func:`photos.add_photo` and :func:`evidence.add`.
    """
    row = session.get_one(ChatPicture, taken.picture_id, with_for_update=True, populate_existing=True)
    place = picture_places.of_picture(session, row)
    if place is None:
        raise Refused("not_found")
    by = Actor(row.person_id, Role.PLATFORM, place.platform_id)  # staff when it was sent, which is what matters
    name = f"{taken.sent_at.astimezone(BEIJING):%Y%m%d-%H%M%S}.jpg"
    if place.is_activity:
        photos.add_photo(session, place.id, stored, by, now, name=name)
    else:
        _show(session, place, stored, name, by, now)
    row.sha256, row.fetched_at, row.dropped_at = stored.sha256, now, None
    errands.done(row)
    session.flush()


def _show(session: Session, place: PicturePlace, stored: KeptFile, name: str, by: Actor, now: datetime) -> None:
    """A photo among the papers of a record."""
    sha256 = papers.keep(session, stored, name, by, now)
    entry = EvidenceEntry(place.row.year or 0, EvidenceItem.RECORD_PAPERS, name, sha256, None, place.subject, place.id)
    evidence.add(session, place.platform_id, entry, by, now)


def drop(session: Session, picture_id: int, reason: str, now: datetime) -> None:
    """Give it up; ``reason`` is a :class:`Drop`, a reason of ``FileRefused`` or a code of ``Refused``."""
    row = session.get_one(ChatPicture, picture_id, with_for_update=True, populate_existing=True)
    if row.fetched_at is None:
        row.dropped_at, row.problem, row.try_after = now, reason, None
        session.flush()


def failed(session: Session, picture_id: int, problem: str, now: datetime, until: datetime | None = None) -> None:
    """WeChat is away or busy: it is tried again later, or not before ``until``."""
    row = session.get_one(ChatPicture, picture_id, with_for_update=True, populate_existing=True)
    errands.failed(row, problem, now, until)
    session.flush()


def drop_expired(session: Session, now: datetime) -> int:
    """WeChat's three days are over: give up what nobody answered for, or nobody could fetch; how many."""
    is_expired = (
        ChatPicture.fetched_at.is_(None),
        ChatPicture.dropped_at.is_(None),
        ChatPicture.sent_at < now - KEPT_AT_WECHAT,
    )
    reason = sa.case((ChatPicture.is_claimed, Drop.GONE.value), else_=Drop.UNANSWERED.value)
    given_up = session.scalars(
        sa.update(ChatPicture)
        .where(*is_expired)
        .values(dropped_at=now, problem=reason, try_after=None)
        .returning(ChatPicture.id)
        .execution_options(synchronize_session=False)
    )
    return len(given_up.all())


def of_activity(session: Session, activity_id: int, now: datetime) -> PictureStatus:
    """The pictures of one activity that are on their way, or were given up lately."""
    return _standing(session, [ChatPicture.activity_id == activity_id], now)


def of_record(session: Session, subject: Subject, record_id: int, now: datetime) -> PictureStatus:
    """The same of one record."""
    return _standing(session, [ChatPicture.subject == subject.value, ChatPicture.subject_id == record_id], now)


def of_platform(session: Session, platform_id: int, person_id: int | None, now: datetime) -> PictureStatus:
    """The same of a platform's activities, of this person's own records there, and of what is not answered yet."""
    own = sa.and_(ChatPicture.activity_id.is_(None), ChatPicture.person_id == person_id)
    found = _standing(session, [sa.or_(Activity.platform_id == platform_id, own)], now)
    dropped = [each for each in found.dropped if each[1] is None or each[1].platform_id == platform_id]
    return replace(found, dropped=tuple(dropped))


def _to_fetch(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        sa.and_(ChatPicture.is_claimed),
        ChatPicture.fetched_at.is_(None),
        ChatPicture.dropped_at.is_(None),
        errands.is_due(ChatPicture, now),
    )


def _standing(session: Session, conditions: Iterable[sa.ColumnElement[bool]], now: datetime) -> PictureStatus:
    rows = session.execute(
        sa.select(ChatPicture, Activity)
        .outerjoin(Activity, Activity.id == ChatPicture.activity_id)
        .where(
            *conditions,
            ChatPicture.fetched_at.is_(None),
            sa.or_(ChatPicture.dropped_at.is_(None), ChatPicture.dropped_at >= now - SHOWN_FOR),
        )
        .order_by(ChatPicture.id)
    ).all()
    waiting = [picture for picture, _ in rows if picture.dropped_at is None]
    dropped = [picture for picture, _ in rows if picture.dropped_at is not None]
    return PictureStatus(
        under_way=sum(picture.is_claimed for picture in waiting),
        unanswered=sum(not picture.is_claimed for picture in waiting),
        dropped=tuple((picture, picture_places.of_picture(session, picture)) for picture in dropped),
    )
