"""聊天中发来的照片: which activity or record a picture shows that staff sent to the account.

A picture belongs to the activity that is running; where none or several are, or the sender has just entered a record
that has no photo yet, the sender says which by a digit. Only then the worker fetches it (``chat_picture_errands``):
what nobody claims is nobody's business to keep.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.errand import ChatPicture
from models.person import Person
from wxsvc.services.activity import picture_places
from wxsvc.services.activity.picture_places import PicturePlace
from wxsvc.services.locks import insert_once
from wxsvc.services.people import persons, staff

GOES_ON: Final = timedelta(minutes=10)
"""A picture this soon after another belongs to the same place: whoever has chosen is not asked again."""


class ReceptionKind(StrEnum):
    """What is said about a picture, or about the digit that chose its place."""

    SAVING = "saving"
    CHOSEN = "chosen"
    WHICH = "which"
    FULL = "full"
    NO_ACTIVITY = "no_activity"
    NOT_STAFF = "not_staff"


class Reception(Struct, frozen=True):
    """``number`` is how many pictures of this person the place has now, were just given to it, or wait for an
    answer; ``room`` how many more the place takes (before those just given)."""

    kind: ReceptionKind
    place: PicturePlace | None = None
    number: int = 0
    room: int = 0
    offered: Sequence[PicturePlace] = ()


def is_staff(session: Session, openid: str) -> bool:
    """Whether the sender works at a platform."""
    return bool(_platforms(session, openid))


def receive(session: Session, openid: str, key: str, media_id: str, sent_at: datetime, now: datetime) -> Reception:
    """Take a picture in; ``key`` is its push's own, so that the same push is one picture. Nothing is fetched yet."""
    platforms = _platforms(session, openid)
    person = persons.find(session, openid)
    if not platforms or person is None:
        return Reception(ReceptionKind.NOT_STAFF)
    persons.locked(session, person.id)  # of several pictures sent together, each is counted
    choices = picture_places.offered(session, platforms, person.id, sent_at)
    place = _shown(session, platforms, person.id, sent_at, now, choices)
    if place is None and not choices:
        return Reception(ReceptionKind.NO_ACTIVITY)
    if place is not None and picture_places.room(session, place) <= 0:
        return Reception(ReceptionKind.FULL, place)
    belongs = {"offered": [each.key for each in choices]} if place is None else picture_places.columns_of(place)
    insert_once(
        session,
        ChatPicture,
        key=key,
        person_id=person.id,
        media_id=media_id,
        sent_at=sent_at,
        received_at=now,
        **belongs,
    )
    if place is not None:
        return _saving(session, place, person.id)
    return Reception(ReceptionKind.WHICH, number=len(_waiting(session, person.id)), offered=choices)


def choose(session: Session, openid: str, number: int, now: datetime) -> Reception | None:
    """All pictures of this person that wait belong to what had this number in the last reply.

    None when nothing waits; ``WHICH`` once more when no such number was offered, or it takes no pictures any more.
    """
    platforms = _platforms(session, openid)
    person = persons.find(session, openid)
    if not platforms or person is None:
        return None
    persons.locked(session, person.id)
    waiting = _waiting(session, person.id)
    if not waiting:
        return None
    keys = waiting[-1].offered or []
    chosen = picture_places.of_key(session, keys[number - 1]) if 0 < number <= len(keys) else None
    if chosen is None or not chosen.is_open_to(platforms):
        again = picture_places.offered(session, platforms, person.id, now)
        waiting[-1].offered = [each.key for each in again]
        return Reception(ReceptionKind.WHICH, number=len(waiting), offered=again)
    left = picture_places.room(session, chosen)
    for row in waiting:
        picture_places.give(row, chosen)
    session.flush()
    return Reception(ReceptionKind.CHOSEN, chosen, len(waiting), left)


def was_asked(session: Session, openid: str) -> bool:
    """Whether a digit from this person may answer a question about pictures."""
    query = (
        sa.select(ChatPicture.id)
        .join(Person, Person.id == ChatPicture.person_id)
        .where(Person.openid == openid, ChatPicture.offered.is_not(None))
    )
    return session.scalar(query.limit(1)) is not None


def _platforms(session: Session, openid: str) -> set[int]:
    held = staff.known(session, openid).standings
    return {each.platform_id for each in held if each.platform_id is not None}


def _shown(
    session: Session,
    platforms: Collection[int],
    person_id: int,
    sent_at: datetime,
    now: datetime,
    choices: Sequence[PicturePlace],
) -> PicturePlace | None:
    """What it shows without asking: what this person's pictures of a moment ago show, or the one thing that runs.

    A record that the sender has just entered is meant only where nothing else can be, and the running activity only
    where no such record waits.
    """
    just_entered = [
        each for each in choices if not each.is_activity and each.row.created_at >= now - picture_places.JUST_NOW
    ]
    before = _moment_ago(session, platforms, person_id, now)
    running = picture_places.running(session, platforms, sent_at)
    if len(running) == 1 and not just_entered and (before is None or before.is_activity):
        return PicturePlace(running[0])
    if before is not None:
        return before
    return just_entered[0] if not running and list(choices) == just_entered and len(choices) == 1 else None


def _moment_ago(session: Session, platforms: Collection[int], person_id: int, now: datetime) -> PicturePlace | None:
    query = sa.select(ChatPicture).where(
        ChatPicture.person_id == person_id,
        ChatPicture.received_at >= now - GOES_ON,
        ChatPicture.dropped_at.is_(None),
        ChatPicture.is_claimed,
    )
    for picture in session.scalars(query.order_by(ChatPicture.id.desc())):
        place = picture_places.of_picture(session, picture)
        if place is not None and place.is_open_to(platforms):
            return place
    return None


def _waiting(session: Session, person_id: int) -> list[ChatPicture]:
    query = sa.select(ChatPicture).where(
        ChatPicture.person_id == person_id, ~ChatPicture.is_claimed, ChatPicture.dropped_at.is_(None)
    )
    return list(session.scalars(query.order_by(ChatPicture.id)))


def _saving(session: Session, place: PicturePlace, person_id: int) -> Reception:
    number = session.scalar(
        sa.select(sa.func.count()).where(
            picture_places.taken_for(place),
            ChatPicture.person_id == person_id,
            ChatPicture.dropped_at.is_(None),
        )
    )
    return Reception(ReceptionKind.SAVING, place, number or 0, picture_places.room(session, place))
