"""聊天中发来的照片: which activity a picture shows that staff sent to the account.

A picture belongs to the activity that is running; where none or several are, the sender says which by a digit. Only
then the worker fetches it (``chat_picture_errands``): what nobody claims is nobody's business to keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.errand import ChatPicture
from models.person import Person
from models.terms import PhotoKind, Stage
from wxsvc.services.activity import photos
from wxsvc.services.locks import insert_once
from wxsvc.services.people import persons, staff

BEFORE: Final = timedelta(hours=1)
"""Halls are photographed when the check-in opens …"""
AFTER: Final = timedelta(hours=2)
"""… and pictures sent when everybody has left. Longer would make a morning's and an afternoon's activity overlap."""

GOES_ON: Final = timedelta(minutes=10)
"""A picture this soon after another belongs to the same activity: whoever has chosen is not asked again."""

RECENT: Final = timedelta(days=30)
OFFERED: Final = 9
"""Activities to choose from: one digit says which."""

_OPEN: Final = (Stage.PUBLISHED, Stage.RETURNED, Stage.SUBMITTED)
_UNFINISHED: Final = (Stage.PUBLISHED, Stage.RETURNED)


class ReceptionKind(StrEnum):
    """What is said about a picture, or about the digit that chose its activity."""

    SAVING = "saving"
    CHOSEN = "chosen"
    WHICH = "which"
    FULL = "full"
    NO_ACTIVITY = "no_activity"
    NOT_STAFF = "not_staff"


@dataclass(frozen=True, slots=True)
class Reception:
    """``number`` is how many pictures of this person the activity has now, were just given to it, or wait for an
    answer; ``room`` how many more the activity takes (before those just given)."""

    kind: ReceptionKind
    activity: Activity | None = None
    number: int = 0
    room: int = 0
    offered: Sequence[Activity] = ()


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
    activity = _shown(session, platforms, person.id, sent_at, now)
    offered = [] if activity is not None else _offered(session, platforms, sent_at)
    if activity is None and not offered:
        return Reception(ReceptionKind.NO_ACTIVITY)
    if activity is not None and room(session, activity.id) <= 0:
        return Reception(ReceptionKind.FULL, activity)
    insert_once(
        session,
        ChatPicture,
        key=key,
        person_id=person.id,
        media_id=media_id,
        sent_at=sent_at,
        received_at=now,
        activity_id=activity.id if activity is not None else None,
        offered=[each.id for each in offered] or None,
    )
    if activity is not None:
        return _saving(session, activity, person.id)
    return Reception(ReceptionKind.WHICH, number=len(_waiting(session, person.id)), offered=offered)


def choose(session: Session, openid: str, number: int, now: datetime) -> Reception | None:
    """All pictures of this person that wait belong to the activity with this number in the last reply.

    None when nothing waits; ``WHICH`` once more when no such activity was offered, or it takes no pictures any more.
    """
    platforms = _platforms(session, openid)
    person = persons.find(session, openid)
    if not platforms or person is None:
        return None
    persons.locked(session, person.id)
    waiting = _waiting(session, person.id)
    if not waiting:
        return None
    offered = waiting[-1].offered or []
    chosen = session.get(Activity, offered[number - 1]) if 0 < number <= len(offered) else None
    if chosen is None or chosen.platform_id not in platforms or chosen.stage not in _OPEN:
        again = _offered(session, platforms, now)
        waiting[-1].offered = [each.id for each in again]
        return Reception(ReceptionKind.WHICH, number=len(waiting), offered=again)
    left = room(session, chosen.id)
    for row in waiting:
        row.activity_id, row.try_after = chosen.id, None
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


def room(session: Session, activity_id: int) -> int:
    """How many pictures the activity still takes, those on their way counted as taken."""
    kept = sum(each.kind is not PhotoKind.SIGN_IN_SHEET for each in photos.of(session, activity_id))
    coming = session.scalar(
        sa.select(sa.func.count()).where(
            ChatPicture.activity_id == activity_id, ChatPicture.fetched_at.is_(None), ChatPicture.dropped_at.is_(None)
        )
    )
    return photos.MOST - kept - (coming or 0)


def _platforms(session: Session, openid: str) -> set[int]:
    held = staff.known(session, openid).standings
    return {each.platform_id for each in held if each.platform_id is not None}


def _shown(
    session: Session, platforms: Iterable[int], person_id: int, sent_at: datetime, now: datetime
) -> Activity | None:
    """The one activity that runs; else the one of this person's pictures of a moment ago."""
    running = session.scalars(
        sa.select(Activity)
        .where(
            Activity.platform_id.in_(platforms),
            Activity.stage.in_(_OPEN),
            Activity.starts_at <= sent_at + BEFORE,
            Activity.ends_at >= sent_at - AFTER,
        )
        .limit(2)
    ).all()
    if len(running) == 1:
        return running[0]
    return session.scalars(
        sa.select(Activity)
        .join(ChatPicture, ChatPicture.activity_id == Activity.id)
        .where(
            ChatPicture.person_id == person_id,
            ChatPicture.received_at >= now - GOES_ON,
            ChatPicture.dropped_at.is_(None),
            Activity.platform_id.in_(platforms),
            Activity.stage.in_(_OPEN),
        )
        .order_by(ChatPicture.id.desc())
        .limit(1)
    ).first()


def _offered(session: Session, platforms: Iterable[int], moment: datetime) -> list[Activity]:
    """Recent activities that are not submitted yet, the nearest first."""
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
    return list(session.scalars(query.limit(OFFERED)))


def _waiting(session: Session, person_id: int) -> list[ChatPicture]:
    query = sa.select(ChatPicture).where(
        ChatPicture.person_id == person_id, ChatPicture.activity_id.is_(None), ChatPicture.dropped_at.is_(None)
    )
    return list(session.scalars(query.order_by(ChatPicture.id)))


def _saving(session: Session, activity: Activity, person_id: int) -> Reception:
    number = session.scalar(
        sa.select(sa.func.count()).where(
            ChatPicture.activity_id == activity.id,
            ChatPicture.person_id == person_id,
            ChatPicture.dropped_at.is_(None),
        )
    )
    return Reception(ReceptionKind.SAVING, activity, number or 0, room(session, activity.id))
