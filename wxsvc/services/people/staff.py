"""人员角色与邀请: who works where. A role begins with a one-time link and ends at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.person import Invitation, Person, StaffRole
from models.platform import Platform
from models.terms import NoticePurpose, Role
from scoring.terms import PlatformKind
from wxsvc.services import changed_rows, journal, locks, notices
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import insert_once
from wxsvc.services.people import persons, web_sessions
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.services.years import year_of
from wxsvc.vault import Vault

VALID_FOR: Final = timedelta(hours=24)
"""Of a link, from being made to being opened: it is sent to somebody who waits for it."""
_RANK: Final = (Role.PROVINCE, Role.REVIEWER, Role.PLATFORM)


STANDING: Final = (StaffRole.id, StaffRole.role, Platform.id, Platform.name, Platform.code, Platform.kind)
"""The columns of a :class:`RoleHeld`, in its order."""


class RoleHeld(Struct, frozen=True):
    """身份: one role that a person holds now, with the platform where it is held at one."""

    id: int
    role: Role
    platform_id: int | None
    platform_name: str | None
    platform_code: str | None
    platform_kind: PlatformKind | None = None


class KnownPerson(Struct, frozen=True):
    """Who is behind an openid: the person once there is one, and every role held, in the order granted."""

    person_id: int | None
    standings: tuple[RoleHeld, ...]


def invite(session: Session, role: Role, platform_id: int | None, by: Actor, now: datetime) -> str:
    """邀请: a token for a link that makes its first opener a member of staff, within a day; an official
    confirms who it was (``link_claims``).

    The province invites anybody, platform staff invite colleagues of their own platform. Raises ``Refused``:
    ``not_allowed``, ``platform_needed``, ``platform_closed``.
    """
    at = platform_id if role is Role.PLATFORM else None
    if role is Role.PLATFORM and (at is None or session.get(Platform, at) is None):
        raise Refused("platform_needed")
    if not (role is Role.PLATFORM and by.role is Role.PLATFORM and by.platform_id == at):
        by.must_be_province()
    if at is not None:
        _must_be_in_use(session, at)
    return _invitation(session, role, at, by, now)


def first_official(session: Session, now: datetime) -> str:
    """The token of the first provincial official; the one before it opens nothing any more.

    Only while nobody is one: ``Refused("official_exists")``.
    """
    locks.lock(session, locks.PROVINCE, year_of(now))
    if officials(session):
        raise Refused("official_exists")
    persons.open_no_more(session, Invitation, now, role=Role.PROVINCE)
    return _invitation(session, Role.PROVINCE, None, MACHINE, now)


def accept(session: Session, token: str, openid: str, name: str, now: datetime, *, vault: Vault) -> StaffRole:
    """Open an invitation as this person, effective at once; the same person opening it again finds the role they have.

    Raises ``Refused``: ``invitation_unknown``, ``invitation_used``, ``invitation_expired``.
    """
    invitation = invitation_of(session, token)
    person = persons.person_of(session, openid, now)
    role = take_up(session, invitation.id, person, now, as_of=now)
    if persons.name_of(person, vault) is None:
        persons.keep_name(person, name, vault)
        session.flush()
    return role


def invitation_of(session: Session, token: str) -> Invitation:
    """The invitation of a link. Raises ``Refused("invitation_unknown")``."""
    invitation = session.scalar(sa.select(Invitation).where(Invitation.token_hash == hash_of(token)))
    if invitation is None:
        raise Refused("invitation_unknown")
    return invitation


def is_open(session: Session, token: str, person_id: int | None, now: datetime) -> bool:
    """Whether this person may open the link; False where they have what it gave. Raises as :func:`accept`."""
    invitation = invitation_of(session, token)
    if person_id is not None and invitation.used_by == person_id and _held(session, person_id, invitation) is not None:
        return False
    if invitation.used_at is not None:
        raise Refused("invitation_used")
    if invitation.expires_at <= now:
        raise Refused("invitation_expired")
    return True


def take_up(session: Session, invitation_id: int, person: Person, now: datetime, *, as_of: datetime) -> StaffRole:
    """The person has from now on what the invitation gives, if it was open at ``as_of``; once.

    Raises as ``accept``, and ``claim_over`` where the person has gone.
    """
    if persons.locked(session, person.id).openid is None:
        raise Refused("claim_over")
    invitation = session.get_one(Invitation, invitation_id)
    if invitation.used_at is None and invitation.expires_at <= as_of:
        raise Refused("invitation_expired")
    if invitation.platform_id is not None:
        _must_be_in_use(session, invitation.platform_id)
    is_first = session.scalar(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None), Invitation.expires_at > as_of)
        .values(used_at=now, used_by=person.id)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(invitation)
    if invitation.used_by != person.id:
        raise Refused("invitation_used")
    role = _held(session, person.id, invitation)
    if role is None:
        if is_first is None:  # the role it gave has ended since
            raise Refused("invitation_used")
        role = _grant(session, person, invitation, now)
    return role


def officials(session: Session) -> int:
    """How many roles of provincial officials are held now."""
    counted = sa.select(sa.func.count()).where(StaffRole.role == Role.PROVINCE, StaffRole.is_held)
    return session.scalar(counted) or 0


def end_role(session: Session, role_id: int, by: Actor, now: datetime) -> StaffRole:
    """End a role, effective at once: by the province, a colleague of the same platform, or the person; idempotent.

    Raises ``Refused``: ``not_allowed``, ``not_found``, ``last_official``.
    """
    role = _held_role(session, role_id)
    is_own = by.person_id is not None and by.person_id == role.person_id
    is_colleague = by.role is Role.PLATFORM and by.platform_id == role.platform_id
    if not (is_own or is_colleague):
        by.must_be_province()
    if not role.is_held:
        return role
    if role.role is Role.PROVINCE and len(persons.hold_officials(session)) == 1:
        raise Refused("last_official")
    role.ended_at = now
    persons.void_invitations(session, role.person_id, now)
    web_sessions.end_all(session, role.person_id)
    _log(session, "ended", role, by, now)
    return role


def end_all_at(session: Session, platform_id: int, by: Actor, now: datetime) -> int:
    """Every role at a platform that closes ends, and links to it open nothing any more; how many roles. Idempotent."""
    by.must_be_province()
    held = sa.select(StaffRole).where(StaffRole.platform_id == platform_id, StaffRole.is_held)
    roles = session.scalars(held.order_by(StaffRole.id).with_for_update()).all()
    for role in roles:
        role.ended_at = now
        web_sessions.end_all(session, role.person_id)
        _log(session, "ended", role, by, now)
    persons.open_no_more(session, Invitation, now, platform_id=platform_id)
    return len(roles)


def transfer(session: Session, role_id: int, platform_id: int, reason: str, by: Actor, now: datetime) -> StaffRole:
    """调动: the person works at another platform from now on; what was entered stays with the former one. Idempotent.

    The person is told. Raises ``Refused``: ``not_allowed``, ``not_found``, ``reason_needed``, ``role_ended``,
    ``role_not_at_platform`` for provincial staff, ``platform_needed``, ``platform_closed``.
    """
    by.must_be_province()
    given = must_have_reason(reason)
    former = _held_role(session, role_id)
    if former.platform_id is None:
        raise Refused("role_not_at_platform")
    there = _must_be_in_use(session, platform_id)
    if former.platform_id == platform_id:
        return former
    where: dict[str, Any] = {"person_id": former.person_id, "role": Role.PLATFORM, "platform_id": platform_id}
    held = sa.select(StaffRole).filter_by(**where).where(StaffRole.is_held)
    if not former.is_held:
        if (moved := session.scalar(held)) is not None:
            return moved
        raise Refused("role_ended")
    former.ended_at = now
    web_sessions.end_all(session, former.person_id)
    _log(session, "ended", former, by, now, reason=given, to=platform_id)
    is_new = insert_once(session, StaffRole, granted_at=now, granted_by=by.person_id, **where)
    role = session.scalars(held).one()
    if is_new:
        changed_rows.written(session, role, None)
    _log(session, "transferred", role, by, now, reason=given, former=former.platform_id)
    here = session.get_one(Platform, former.platform_id)
    facts = {"former": here.name, "platform": there.name, "reason": given}
    notices.tell(session, NoticePurpose.ROLE, f"role:{role.id}", facts, now, person_id=role.person_id)
    return role


def roles_of(session: Session, openid: str) -> tuple[StaffRole, ...]:
    """What the person may do now, the widest role first; empty for somebody who is no staff."""
    held = session.scalars(
        sa.select(StaffRole)
        .join(Person, Person.id == StaffRole.person_id)
        .where(Person.openid == openid, StaffRole.is_held)
        .order_by(StaffRole.id)
    )
    return tuple(sorted(held, key=lambda each: _RANK.index(each.role)))


def known(session: Session, openid: str) -> KnownPerson:
    """Who is behind the openid, read anew each time, in one statement: a role that was taken away is gone at once."""
    rows = session.execute(
        sa.select(Person.id, *STANDING)
        .outerjoin(StaffRole, (StaffRole.person_id == Person.id) & StaffRole.is_held)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(Person.openid == openid)
        .order_by(StaffRole.id)
    ).all()
    held = tuple(RoleHeld(*row[1:]) for row in rows if row[1] is not None)
    return KnownPerson(rows[0][0] if rows else None, held)


def standings_of(session: Session, person_id: int) -> tuple[RoleHeld, ...]:
    """Every role that this person holds now, in the order granted."""
    rows = session.execute(
        sa.select(*STANDING)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(StaffRole.person_id == person_id, StaffRole.is_held)
        .order_by(StaffRole.id)
    )
    return tuple(RoleHeld(*row) for row in rows)


def _held_role(session: Session, role_id: int) -> StaffRole:
    """The role, held until the transaction ends; the person before it, as by whoever leaves."""
    role = must_be_found(session.get(StaffRole, role_id))
    persons.locked(session, role.person_id)
    session.refresh(role, with_for_update=True)
    return role


def _invitation(session: Session, role: Role, platform_id: int | None, by: Actor, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    row = Invitation(
        token_hash=hash_of(token),
        role=role,
        platform_id=platform_id,
        expires_at=now + VALID_FOR,
        created_at=now,
        created_by=by.person_id,
    )
    session.add(row)
    journal.record_of(session, row, "made", by, now, role=role.value)
    return token


def _held(session: Session, person_id: int, like: Invitation) -> StaffRole | None:
    return session.scalar(
        sa.select(StaffRole).where(
            StaffRole.person_id == person_id,
            StaffRole.role == like.role,
            StaffRole.platform_id.is_not_distinct_from(like.platform_id),
            StaffRole.is_held,
        )
    )


def _grant(session: Session, person: Person, invitation: Invitation, now: datetime) -> StaffRole:
    """The role, unless two of the person's own links are opened in the same moment: then the other's."""
    is_new = insert_once(
        session,
        StaffRole,
        person_id=person.id,
        role=invitation.role,
        platform_id=invitation.platform_id,
        granted_at=now,
        granted_by=invitation.created_by,
    )
    role = _held(session, person.id, invitation)
    if role is None:
        raise Refused("invitation_used")
    if is_new:
        changed_rows.written(session, role, None)
        _log(session, "granted", role, Actor(person.id), now)
    return role


def _must_be_in_use(session: Session, platform_id: int) -> Platform:
    """The platform; it is not closed while this transaction runs."""
    platform = session.get(Platform, platform_id, with_for_update={"read": True}, populate_existing=True)
    if platform is None:
        raise Refused("platform_needed")
    if platform.is_closed:
        raise Refused("platform_closed", name=platform.name)
    return platform


def _log(session: Session, deed: str, role: StaffRole, by: Actor, now: datetime, **more: Any) -> None:
    journal.record_of(session, role, deed, by, now, role=role.role.value, **more)
    session.flush()


def hash_of(token: str) -> str:
    """What is kept of the token of a link."""
    return hashlib.sha256(token.encode()).hexdigest()
