"""报名: one tap before an activity, with a limit of firms and a waiting list (候补). It counts nothing.

Who signs up or cancels holds the activity's row, so two at once for the last place come one after the other. A place
that gets free goes to whoever has waited longest. Those who signed up hear of whatever changes, and the day before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.notice import Notice
from models.signup import Signup
from models.terms import NoticePurpose, Stage
from wxsvc.clock import BEIJING
from wxsvc.queries import Page, page_of
from wxsvc.services import journal, kept_enterprises, notices, outbox
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.people import enterprises, persons
from wxsvc.services.refusal import Refused
from wxsvc.services.years import day_of

_REMINDED_FROM, _REMINDED_UNTIL = time(9, 0), time(20, 0)
"""When reminders are made, Beijing time: by day, so that none waits over night for a changed mind."""
_ON_A_PAGE: Final = 12
_TOLD_OF: Final = frozenset({"starts_at", "ends_at", "place", "meeting_link"})


class SignupOffer(Struct, frozen=True):
    """报名 of one activity as one enterprise sees it."""

    is_open: bool
    """One can sign up now."""
    limit: int | None
    taken: int
    """已报名: firms that have a place."""
    own: Signup | None
    ahead: int
    """How many wait before one's own waiting row."""
    is_reminder_due: bool
    """Whoever has a place is still reminded: neither the activity's day nor the evening before has begun."""

    @property
    def left(self) -> int | None:
        """Places left; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.taken)


class SignedUp(Struct, frozen=True):
    """One line of the door's list (报名名单)."""

    enterprise_id: int
    enterprise_name: str
    is_waiting: bool
    signed_up_at: datetime
    has_come: bool
    """Checked in, and neither undone nor voided."""


class SignedUpActivity(Struct, frozen=True):
    """An activity that one's enterprise signed up for and that is not over."""

    activity: Activity
    enterprise_name: str
    is_waiting: bool


def sign_up(session: Session, activity_id: int, enterprise_id: int, by: Actor, now: datetime) -> Signup:
    """报名 by somebody who stands for the enterprise; a place, or the waiting list once all are taken. Idempotent.

    Raises ``Refused``: ``not_your_enterprise``, ``signups_closed``.
    """
    persons.must_be_here(session, by.person_id)
    row, enterprise_id = _held(session, activity_id), kept_enterprises.id_of(session, enterprise_id)
    if by.person_id is None or not enterprises.is_contact(session, by.person_id, enterprise_id):
        raise Refused("not_your_enterprise")
    if (found := session.get(Signup, (row.id, enterprise_id), populate_existing=True)) is not None:
        return found
    if not is_open(row, now):
        raise Refused("signups_closed")
    made = Signup(
        activity_id=row.id,
        enterprise_id=enterprise_id,
        person_id=by.person_id,
        signed_up_at=now,
        is_waiting=row.signup_limit is not None and _taken(session, row.id) >= row.signup_limit,
    )
    session.add(made)
    session.flush()
    details = {"enterprise_id": enterprise_id, "is_waiting": made.is_waiting}
    journal.record_of(session, row, "signed_up", by, now, **details)
    return made


def cancel(session: Session, activity_id: int, enterprise_id: int, by: Actor, now: datetime) -> None:
    """取消报名: the row goes, reminders that wait are not sent, and the next one moves up. Idempotent.

    Raises ``Refused``: ``not_your_enterprise``; ``signup_begun`` once the activity has begun.
    """
    persons.must_be_here(session, by.person_id)
    row, enterprise_id = _held(session, activity_id), kept_enterprises.id_of(session, enterprise_id)
    if not enterprises.is_contact(session, by.person_id, enterprise_id):
        raise Refused("not_your_enterprise")
    found = session.get(Signup, (row.id, enterprise_id), populate_existing=True)
    if found is None:
        return
    if row.starts_at is not None and now >= row.starts_at:
        raise Refused("signup_begun")
    session.delete(found)
    session.flush()
    if not session.scalar(
        sa.select(sa.exists().where(Signup.activity_id == row.id, Signup.person_id == found.person_id))
    ):
        outbox.take_back(session, _eve_key(row, found.person_id), now)
    journal.record_of(session, row, "signup_cancelled", by, now, enterprise_id=enterprise_id)
    _move_up(session, row, now)


def is_open(row: Activity, now: datetime) -> bool:
    """Whether one can sign up: staff opened it, and the check-in has not begun, which takes its place."""
    return row.takes_signups and row.stage is Stage.PUBLISHED and row.opens_at is not None and now < row.opens_at


def offer(session: Session, row: Activity, enterprise_id: int | None, now: datetime) -> SignupOffer:
    """What an enterprise (None: one that is not enrolled yet) sees."""
    own = session.get(Signup, (row.id, enterprise_id)) if enterprise_id is not None else None
    ahead = 0
    if own is not None and own.is_waiting:
        waiting = sa.select(Signup.enterprise_id).where(Signup.activity_id == row.id, Signup.is_waiting)
        ahead = list(session.scalars(waiting.order_by(*_ORDER))).index(own.enterprise_id)
    return SignupOffer(
        is_open(row, now),
        row.signup_limit,
        _taken(session, row.id),
        own,
        ahead,
        row.starts_at is not None and now < _reminded_until(row.starts_at),
    )


def of_activity(session: Session, activity_id: int) -> list[SignedUp]:
    """报名名单: those with a place first, each group in the order of signing up."""
    come = sa.exists().where(
        CheckIn.activity_id == Signup.activity_id, CheckIn.enterprise_id == Signup.enterprise_id, CheckIn.is_live
    )
    query = (
        sa.select(Enterprise.id, Enterprise.name, Signup.is_waiting, Signup.signed_up_at, come)
        .join(Enterprise, Enterprise.id == Signup.enterprise_id)
        .where(Signup.activity_id == activity_id)
        .order_by(Signup.is_waiting, *_ORDER)
    )
    return [SignedUp(*row) for row in session.execute(query)]


def of_person(session: Session, person_id: int, now: datetime, number: int = 1) -> Page[SignedUpActivity]:
    """我的报名, page by page: what the person's enterprises signed up for and what is not over, the next one first."""
    query = (
        sa.select(Activity, Enterprise.name, Signup.is_waiting)
        .join(Signup, Signup.activity_id == Activity.id)
        .join(Enterprise, Enterprise.id == Signup.enterprise_id)
        .where(Signup.enterprise_id.in_(kept_enterprises.own_ids(person_id)), Activity.ends_at > now)
        .order_by(Activity.starts_at, Activity.id, Enterprise.id)
    )
    return page_of(session, query, number, _ON_A_PAGE, SignedUpActivity)


def follow_change(session: Session, row: Activity, changed: Iterable[str], now: datetime) -> None:
    """After a correction of the activity: tell of another time or place, and fill the places of a larger limit."""
    if row.ends_at is None or row.ends_at <= now:
        return
    _held(session, row.id)
    _move_up(session, row, now)
    if _TOLD_OF.intersection(changed):
        _tell_all(session, row, "moved", f"moved:{row.version}", now)


def follow_cancelling(session: Session, row: Activity, now: datetime) -> None:
    """After 取消活动: tell everybody who signed up, the waiting ones too; no reminder goes out any more."""
    if row.ends_at is None or row.ends_at <= now:
        return
    for person_id in _tell_all(session, row, "cancelled", "cancelled", now):
        outbox.take_back(session, _eve_key(row, person_id), now)


def follow_up(session: Session, now: datetime) -> int:
    """The worker's part: fill places that got free otherwise, and remind the day before; how many were told."""
    free = sa.exists().where(Signup.activity_id == Activity.id, Signup.is_waiting)
    coming = sa.select(Activity).where(Activity.stage == Stage.PUBLISHED, Activity.starts_at > now, free)
    told = sum(_move_up(session, _held(session, row.id), now) for row in session.scalars(coming).all())
    return told + _remind(session, now)


_ORDER = (Signup.signed_up_at, Signup.enterprise_id)


def _held(session: Session, activity_id: int) -> Activity:
    """The activity, held until the transaction ends: nobody else signs up or cancels meanwhile; scans go on."""
    session.flush()
    return session.get_one(Activity, activity_id, with_for_update={"key_share": True}, populate_existing=True)


def _taken(session: Session, activity_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(Signup)
    return session.scalar(query.where(Signup.activity_id == activity_id, Signup.is_waiting.is_(False))) or 0


def _move_up(session: Session, row: Activity, now: datetime) -> int:
    """Give free places to those who have waited longest, and tell them; how many. The activity is held."""
    if row.stage is not Stage.PUBLISHED or row.starts_at is None or row.starts_at <= now:
        return 0
    query = sa.select(Signup).where(Signup.activity_id == row.id, Signup.is_waiting).order_by(*_ORDER)
    if row.signup_limit is not None:
        query = query.limit(max(0, row.signup_limit - _taken(session, row.id)))
    moved = session.scalars(query).all()
    for each in moved:
        each.is_waiting = False
        name = session.get_one(Enterprise, each.enterprise_id).name
        key = f"signup:{row.id}:up:{each.enterprise_id}:{each.signed_up_at.timestamp():.0f}"
        _tell(session, row, key, {"deed": "moved_up", "enterprises": [name]}, each.person_id, now)
        journal.record_of(session, row, "moved_up", MACHINE, now, enterprise_id=each.enterprise_id)
    return len(moved)


def _remind(session: Session, now: datetime) -> int:
    local = now.astimezone(BEIJING)
    if not _REMINDED_FROM <= local.time() < _REMINDED_UNTIL:
        return 0
    morning = datetime.combine(local.date() + timedelta(days=1), time(), BEIJING)
    coming = sa.select(Activity).where(
        Activity.stage == Stage.PUBLISHED,
        Activity.starts_at >= morning,
        Activity.starts_at < morning + timedelta(days=1),
        sa.exists().where(Signup.activity_id == Activity.id),
    )
    told = 0
    for row in session.scalars(coming).all():
        named = _named(session, row, Signup.is_waiting.is_(False))
        keys = {_eve_key(row, person_id): person_id for person_id in named}
        known = set(session.scalars(sa.select(Notice.key).where(Notice.key.in_(keys))))
        for key, person_id in keys.items():
            if key not in known:
                facts = {"deed": "reminder", "enterprises": named[person_id]}
                told += _tell(session, row, key, facts, person_id, now)
    return told


def _reminded_until(starts_at: datetime) -> datetime:
    return datetime.combine(day_of(starts_at) - timedelta(days=1), _REMINDED_UNTIL, BEIJING)


def _eve_key(row: Activity, person_id: int) -> str:
    """One reminder for a person and a day: an activity that moves to another day is worth another one."""
    return f"signup:{row.id}:eve:{person_id}:{day_of(row.starts_at) if row.starts_at is not None else ''}"


def _tell_all(session: Session, row: Activity, deed: str, key: str, now: datetime) -> Sequence[int]:
    named = _named(session, row)
    for person_id, names in named.items():
        facts = {"deed": deed, "enterprises": names, "reason": row.return_reason}
        _tell(session, row, f"signup:{row.id}:{key}:{person_id}", facts, person_id, now)
    return list(named)


def _named(session: Session, row: Activity, *where: sa.ColumnElement[bool]) -> dict[int, list[str]]:
    """The names of the enterprises by who signed them up."""
    query = (
        sa.select(Signup.person_id, Enterprise.name)
        .join(Enterprise, Enterprise.id == Signup.enterprise_id)
        .where(Signup.activity_id == row.id, *where)
        .order_by(*_ORDER)
    )
    named: dict[int, list[str]] = {}
    for person_id, name in session.execute(query):
        named.setdefault(person_id, []).append(name)
    return named


def _tell(session: Session, row: Activity, key: str, facts: dict[str, Any], person_id: int, now: datetime) -> bool:
    shown = {
        "code": row.code,
        "title": row.title,
        "starts_at": row.starts_at.isoformat() if row.starts_at is not None else None,
        "place": row.place,
    }
    return notices.tell(session, NoticePurpose.SIGNUP, key, shown | facts, now, person_id=person_id)
