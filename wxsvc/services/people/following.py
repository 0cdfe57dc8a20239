"""来去: who follows and who left, whatever order the pushes arrive in.

Leaving erases: openid, name and phone go at once. But WeChat delivers late: a scan from before the leaving may arrive
after it, and a leaving after the return. So for some minutes each following and leaving of an openid stays known
(``Passage``, under a keyed hash), and by the pushes' own times it is told again who was there when:

- between two leavings it is one person; whoever comes back is somebody new, who enrols anew;
- what a person did without having enrolled goes with its own time to whoever it was then;
- whoever had enrolled is still known at the door while older pushes may arrive: a check-in that was told as done
  is never taken back because the leaving before it came late. After that the links to enterprises go as well;
- a leaving older than an enrolment, a role or an import erases nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import RefusedScan
from models.person import Contact, Passage, Person, StaffRole
from models.terms import Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people import person_tags, persons

ARRIVES_WITHIN: Final = timedelta(minutes=5)
"""An older push is refused at the door (``chat.envelope.MAX_AGE``)."""

KNOWN_FOR: Final = 2 * ARRIVES_WITHIN + timedelta(minutes=1)
"""A leaving may tell apart pushes for five minutes after it, and those arrive within another five."""


def follow(session: Session, openid: str, trace: str, at: datetime) -> Person:
    """关注, at the push's own time; ``trace`` is the openid's keyed hash. The person who it was then."""
    _hold(session.connection(), trace)
    insert_once(session, Passage, openid_hash=trace, passed_at=at, is_leaving=False)
    left = _next_leaving(session, trace, at)
    person_id = _met(session.connection(), openid, trace, at)
    person = session.get_one(Person, person_id, populate_existing=True)
    if left is None and (person.followed_at is None or person.followed_at < at):
        person.is_following, person.followed_at = True, at
        person_tags.followed(session, person.id)
    session.flush()
    return person


def leave(session: Session, openid: str, trace: str, at: datetime) -> None:
    """取消关注, or an authorisation revoked, at the push's own time: erases who it was then. Twice is calm."""
    _hold(session.connection(), trace)
    if not insert_once(session, Passage, openid_hash=trace, passed_at=at, is_leaving=True):
        return
    passage = session.get_one(Passage, (trace, at, True))
    later = _next_leaving(session, trace, at, is_later=True)
    person = _person_before(session, openid, later)
    if person is None:
        return
    if _bound_since(session, person) > at:
        passage.person_id = person.id
        if later is None and (person.followed_at is None or person.followed_at <= at):
            person.is_following, person.followed_at = False, None
    elif person.created_at <= at:
        _part(session, openid, person, passage, later)
    session.flush()


def whose(connection: sa.Connection, openid: str, trace: str, at: datetime) -> int:
    """The person whose scan it was at that time, met if never before. Holds the openid until the transaction ends."""
    _hold(connection, trace)
    left = connection.execute(_NEXT, {"trace": trace, "at": at}).one_or_none()
    current = left.person_id if left else connection.scalar(_HOLDER, {"openid": openid})
    if current is None or not connection.scalar(_IS_ENROLLED, {"person_id": current}):
        known = connection.scalar(_STILL_KNOWN, {"trace": trace, "at": at, "since": at - ARRIVES_WITHIN})
        if known is not None:
            return cast(int, known)
    return _met(connection, openid, trace, at)


def meet(connection: sa.Connection, openid: str, at: datetime) -> int:
    """The person behind the openid, met at that time if never before."""
    return cast(int, connection.scalar(_MEET, {"openid": openid, "at": at}))


def forget(session: Session, now: datetime) -> int:
    """Once no push that old is accepted: who left loses the links to enterprises, and the trace goes. How many."""
    gone = sa.delete(Passage).where(Passage.passed_at < now - KNOWN_FOR)
    columns = (Passage.is_leaving, Passage.person_id, Passage.passed_at)
    rows = session.execute(gone.returning(*columns).execution_options(synchronize_session=False)).all()
    for is_leaving, person_id, left_at in sorted(rows, key=lambda row: row.passed_at):
        person = session.get(Person, person_id) if is_leaving and person_id is not None else None
        if person is not None and person.erased_at == left_at:
            session.execute(sa.delete(Contact).where(Contact.person_id == person.id))
            by = Actor(person.id)
            journal.record(session, "person.erased", Subject.PERSON, person.id, by=by, now=left_at)
    session.flush()
    return len(rows)


def _person_before(session: Session, openid: str, later: Passage | None) -> Person | None:
    """Who it was until the next leaving that we know of, or is now."""
    if later is None:
        return persons.find(session, openid)
    return session.get(Person, later.person_id) if later.person_id is not None else None


def _part(session: Session, openid: str, person: Person, passage: Passage, later: Passage | None) -> None:
    """The person left at ``passage``; what came after it until ``later`` was somebody else."""
    left_at = passage.passed_at
    trace, end = passage.openid_hash, later.passed_at if later is not None else None
    followings = session.scalars(
        sa.select(Passage.passed_at).where(
            Passage.openid_hash == trace,
            Passage.is_leaving.is_(False),
            Passage.passed_at > left_at,
            Passage.passed_at <= end if end is not None else sa.true(),
        )
    ).all()
    moved: list[RefusedScan] = []
    if not session.scalar(_IS_ENROLLED, {"person_id": person.id}):
        scans = sa.select(RefusedScan).where(RefusedScan.person_id == person.id, RefusedScan.scanned_at > left_at)
        moved = list(session.scalars(scans))
    persons.empty(session, person, left_at)
    passage.person_id = person.id
    after: Person | None = None
    if followings or moved:
        after = Person(
            openid=openid if end is None else None,
            is_following=end is None and bool(followings),
            followed_at=max(followings) if followings and end is None else None,
            created_at=min([*followings, *(scan.scanned_at for scan in moved)]),
            erased_at=end,
        )
        session.add(after)
        session.flush()
        for scan in moved:
            scan.person_id = after.id
    if later is not None:
        later.person_id = after.id if after is not None else None


def _bound_since(session: Session, person: Person) -> datetime:
    """The newest of what a leaving from before it must not undo: enrolment, a role, an enterprise to stand for."""
    granted = sa.select(sa.func.max(StaffRole.granted_at)).where(StaffRole.person_id == person.id, StaffRole.is_held)
    linked = sa.select(sa.func.max(Contact.created_at)).where(Contact.person_id == person.id)
    found = (session.scalar(granted), session.scalar(linked), person.consented_at)
    return max(filter(None, found), default=_LONG_AGO)


def _next_leaving(session: Session, trace: str, at: datetime, *, is_later: bool = False) -> Passage | None:
    """The first leaving at or after that time: whatever happens in the second of a leaving came before it."""
    bound = Passage.passed_at > at if is_later else Passage.passed_at >= at
    query = sa.select(Passage).where(Passage.openid_hash == trace, Passage.is_leaving, bound)
    return session.scalars(query.order_by(Passage.passed_at).limit(1)).first()


def _met(connection: sa.Connection, openid: str, trace: str, at: datetime) -> int:
    """The person of that time, met then if never before: with the openid, or already gone."""
    left = connection.execute(_NEXT, {"trace": trace, "at": at}).one_or_none()
    if left is None:
        return meet(connection, openid, at)
    if left.person_id is not None:
        connection.execute(_MET_BEFORE, {"person_id": left.person_id, "at": at})
        return cast(int, left.person_id)
    person_id = cast(int, connection.scalar(_MEET_GONE, {"at": at, "left_at": left.passed_at}))
    connection.execute(_WAS, {"trace": trace, "left_at": left.passed_at, "person_id": person_id})
    return person_id


def _hold(connection: sa.Connection, trace: str) -> None:
    """One at a time for one openid; scans of somebody enrolled never wait for this."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(bytes.fromhex(trace[:16]), "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.cast(key, sa.BigInteger))))


_LONG_AGO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_PERSON, _PASSAGE = cast(sa.Table, Person.__table__), cast(sa.Table, Passage.__table__)


def _instant(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=Passage.passed_at.type)


_TRACED = _PASSAGE.c.openid_hash == sa.bindparam("trace")
_HAS_CONTACT = sa.exists().where(Contact.person_id == _PERSON.c.id)
_ENROLLED = sa.or_(_PERSON.c.is_no_enterprise, _HAS_CONTACT)

_NEXT = (
    sa.select(_PASSAGE.c.person_id, _PASSAGE.c.passed_at)
    .where(_TRACED, _PASSAGE.c.is_leaving, _PASSAGE.c.passed_at >= _instant("at"))
    .order_by(_PASSAGE.c.passed_at)
    .limit(1)
)
_HOLDER = sa.select(_PERSON.c.id).where(_PERSON.c.openid == sa.bindparam("openid"))
_IS_ENROLLED = sa.select(_ENROLLED).where(_PERSON.c.id == sa.bindparam("person_id"))
_STILL_KNOWN = (
    sa.select(_PERSON.c.id)
    .join(_PASSAGE, _PASSAGE.c.person_id == _PERSON.c.id)
    .where(
        _TRACED,
        _PASSAGE.c.is_leaving,
        _PASSAGE.c.passed_at < _instant("at"),
        _PASSAGE.c.passed_at >= _instant("since"),
        _ENROLLED,
    )
    .order_by(_PASSAGE.c.passed_at.desc())
    .limit(1)
)
_MEET = sa.text(
    "insert into persons (openid, is_no_enterprise, is_following, created_at) values (:openid, false, false, :at)"
    " on conflict (openid) do update set created_at ="
    " case when excluded.created_at < persons.created_at then excluded.created_at else persons.created_at end"
    " returning id"
).bindparams(_instant("at"))
_MEET_GONE = sa.text(
    "insert into persons (is_no_enterprise, is_following, created_at, erased_at) values (false, false, :at, :left_at)"
    " returning id"
).bindparams(_instant("at"), _instant("left_at"))
_MET_BEFORE = sa.text("update persons set created_at = :at where id = :person_id and created_at > :at").bindparams(
    _instant("at")
)
_WAS = sa.text(
    "update passages set person_id = :person_id where openid_hash = :trace and passed_at = :left_at and is_leaving"
).bindparams(_instant("left_at"))
