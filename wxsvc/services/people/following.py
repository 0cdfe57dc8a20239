"""来去: who follows the account and who left, in whatever order WeChat delivers the pushes.

取消关注 erases openid, name and phone at once; who comes back with the same openid is a new person. But a push may be
delivered late (``ARRIVES_WITHIN``): a scan from before the leaving may arrive after it, and the leaving itself after
the return. So each following and leaving is kept for ``KNOWN_FOR`` as a ``Passage``, under a keyed hash of the openid,
and every push is assigned to a person by its own time, WeChat's ``CreateTime``:

- Between two leavings the openid belongs to one person. After a leaving it belongs to a new one, who enrols anew.
- What somebody did who is not enrolled belongs to the person who had the openid at that time.
- Somebody enrolled who left is still recognised by scans for ``ARRIVES_WITHIN``: a check-in that was confirmed to the
  visitor is never withdrawn because an earlier leaving was delivered late. After ``KNOWN_FOR`` the links to enterprises
  are deleted too.
- A leaving that is older than the person's enrolment, role or import erases nothing.
- Whoever had a role or stood for an enterprise and follows again within ten days is afterwards made one with who they
  were (``returning``); here the one who comes back is somebody new.
- 撤回授权 and 注销 are no mistakes: all that is a visitor's goes in that moment, and whoever follows again is somebody
  new. The passage is kept as of every leaving, so that an older push does not make a second person of an emptied row.
- 删除 and 重新关联 leave such a passage too (``persons.give_up_openid``): what the openid did before is that person's,
  and whoever scans with it afterwards is somebody new.

An example: one openid, of somebody who never enrols. The leaving and the last scan are delivered late:

==========  =========  ==========  ==================================================================================
CreateTime  delivered  push        rows afterwards
==========  =========  ==========  ==================================================================================
10:00       10:00      follows     person 1 has the openid, created at 10:00, following since 10:00
10:01       10:01      scans       refused scan of 10:01: person 1
10:03       10:03      follows     person 1 is following since 10:03
10:04       10:04      scans       refused scan of 10:04: person 1
10:02       10:05      leaves      person 1 has no openid, erased at 10:02; person 2 has the openid, created at 10:03,
                                   following since 10:03; refused scan of 10:04: person 2
10:02       10:06      scans       refused scan of 10:02: person 1 (a scan in the second of a leaving is before it)
==========  =========  ==========  ==================================================================================

At 10:14 ``forget`` deletes the passage of 10:02; from then on nothing connects the two persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.checkin import RefusedScan
from models.person import Contact, Passage, Person, StaffRole
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people import free_text, person_tags, persons, returning

ARRIVES_WITHIN: Final = timedelta(minutes=5)
"""An older push is refused (``chat.envelope.MAX_AGE``)."""

KNOWN_FOR: Final = 2 * ARRIVES_WITHIN + timedelta(minutes=1)
"""A leaving decides about pushes of the five minutes after it; those are delivered within five more. One to spare."""


def follow(session: Session, openid: str, trace: str, at: datetime) -> Person:
    """关注, at the push's own time; ``trace`` is the openid's keyed hash. Whose openid it was then. Idempotent."""
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
    """取消关注, at the push's own time: erases whose openid it was then. Idempotent."""
    _hold(session.connection(), trace)
    if not insert_once(session, Passage, openid_hash=trace, passed_at=at, is_leaving=True):
        return
    passage = session.get_one(Passage, (trace, at, True))
    passage.is_final = _is_revoked_since(session, trace, at)
    later = _next_leaving(session, trace, at, is_later=True)
    person = _person_before(session, openid, later)
    if person is None:
        return
    has_stayed = later is not None and person.erased_at is None
    if has_stayed or _bound_since(session, person) > at:
        passage.person_id = person.id
        if later is None and (person.followed_at is None or person.followed_at <= at):
            person.is_following, person.followed_at = False, None
    elif person.created_at <= at:
        _part(session, openid, person, passage, later)
    session.flush()


def revoke(session: Session, openid: str, traces: Sequence[str], at: datetime) -> None:
    """撤回授权 or 注销: as :func:`leave`, and nothing is kept for a return, nor of who left before. Idempotent.

    ``traces`` are the openid's hashes by every secret, the present one first. Source: WeChat's rules for
    user_authorization_revoke and user_authorization_cancellation; Personal Information Protection Law, art. 47 (1) 3.
    """
    leave(session, openid, traces[0], at)
    returning.know_no_more(session, traces)
    passed = sa.select(Passage).where(Passage.openid_hash.in_(traces), Passage.is_leaving, Passage.passed_at <= at)
    for passage in session.scalars(passed.order_by(Passage.passed_at)).all():
        person = session.get(Person, passage.person_id) if passage.person_id is not None else None
        if person is not None and person.erased_at == passage.passed_at and not passage.is_final:
            _take_leave(session, person, passage.passed_at)
        passage.is_final = True
    session.flush()


def whose(connection: sa.Connection, openid: str, trace: str, at: datetime) -> int:
    """The person who had the openid at that time, created if there is none. Locks the openid for this transaction."""
    _hold(connection, trace)
    left = connection.execute(_NEXT, {"trace": trace, "at": at}).one_or_none()
    current = left.person_id if left else connection.scalar(_HOLDER, {"openid": openid})
    if current is None or not connection.scalar(_IS_ENROLLED, {"person_id": current}):
        known = connection.scalar(_STILL_KNOWN, {"trace": trace, "at": at, "since": at - ARRIVES_WITHIN})
        if known is not None:
            return cast(int, known)
    return _met(connection, openid, trace, at)


def meet(connection: sa.Connection, openid: str, at: datetime) -> int:
    """The person who has the openid now, created if there is none; ``created_at`` is that time at the latest."""
    return cast(int, connection.scalar(_MEET, {"openid": openid, "at": at}))


def forget(session: Session, now: datetime) -> int:
    """Delete the passages that are older than any push still accepted, and the enterprise links of those who left.

    Returns how many passages were deleted.
    """
    gone = sa.delete(Passage).where(Passage.passed_at < now - KNOWN_FOR)
    columns = (Passage.is_leaving, Passage.person_id, Passage.passed_at, Passage.openid_hash, Passage.is_final)
    rows = session.execute(gone.returning(*columns).execution_options(synchronize_session=False)).all()
    for is_leaving, person_id, left_at, trace, is_final in sorted(rows, key=lambda row: row.passed_at):
        person = session.get(Person, person_id) if is_leaving and person_id is not None else None
        if person is None or person.erased_at != left_at:
            continue
        if is_final:
            _forget_deeds(session, person, left_at)  # of pushes that arrived since
        else:
            returning.remember(session, person, trace, left_at)
            _take_leave(session, person, left_at)
    session.flush()
    return len(rows)


def _is_revoked_since(session: Session, trace: str, at: datetime) -> bool:
    later = Passage.openid_hash == trace, Passage.is_leaving, Passage.is_final, Passage.passed_at >= at
    return session.scalar(sa.select(Passage.passed_at).where(*later).limit(1)) is not None


def _forget_deeds(session: Session, person: Person, left_at: datetime) -> None:
    persons.forget_visits(session, person, left_at)
    free_text.without_numbers_of(session, person.id)


def _take_leave(session: Session, person: Person, left_at: datetime) -> None:
    _forget_deeds(session, person, left_at)
    journal.record_of(session, person, "erased", Actor(person.id), left_at)


def _person_before(session: Session, openid: str, later: Passage | None) -> Person | None:
    """The person who had the openid until ``later``; without a later leaving, the one who has it now."""
    if later is None:
        return persons.find(session, openid)
    return session.get(Person, later.person_id) if later.person_id is not None else None


def _part(session: Session, openid: str, person: Person, passage: Passage, later: Passage | None) -> None:
    """Erase the person as of ``passage``; what was done after it, until ``later``, moves to a new person."""
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
    """When the person last enrolled, got a role or was linked to an enterprise: an older leaving erases none of it."""
    granted = sa.select(sa.func.max(StaffRole.granted_at)).where(StaffRole.person_id == person.id, StaffRole.is_held)
    linked = sa.select(sa.func.max(Contact.created_at)).where(Contact.person_id == person.id)
    found = (session.scalar(granted), session.scalar(linked), person.consented_at)
    return max(filter(None, found), default=_LONG_AGO)


def _next_leaving(session: Session, trace: str, at: datetime, *, is_later: bool = False) -> Passage | None:
    """The first leaving at or after that time: what happens in the same second as a leaving counts as before it."""
    bound = Passage.passed_at > at if is_later else Passage.passed_at >= at
    query = sa.select(Passage).where(Passage.openid_hash == trace, Passage.is_leaving, bound)
    return session.scalars(query.order_by(Passage.passed_at).limit(1)).first()


def _met(connection: sa.Connection, openid: str, trace: str, at: datetime) -> int:
    """The person who had the openid at that time; if none is known, a new one, already erased if it was left since."""
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
    """One transaction at a time for one openid; scans of somebody enrolled do not take this lock."""
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
        ~_PASSAGE.c.is_final,
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
