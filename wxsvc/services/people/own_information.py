"""个人信息: everything that is kept about one person, for them to see and take away; consent and its end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import Attendance, CheckIn, RefusedScan
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.person import Contact, Person, StaffRole, Standing
from models.platform import Platform
from models.record import Need
from models.signup import Signup
from models.terms import Absence, DisputeState, Door, NeedKind, Refusal, Role, Stage, StandingProof, Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.people import free_text, known_standings, persons
from wxsvc.services.people.known_standings import StandingState
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault


class KeptEnterprise(Struct, frozen=True):
    """An enterprise that the person stands for, by its name, and what is known of that (代表身份)."""

    enterprise: str
    code: str
    since: datetime
    is_current: bool
    standing: StandingState
    confirmed_at: datetime | None
    proof: StandingProof | None
    offered_uscc: str | None
    """信用代码 that the person has given, while it waits to be confirmed."""


class KeptLicence(Struct, frozen=True):
    """A 营业执照照片 that the person sent to be confirmed, while it is kept."""

    enterprise_id: int
    enterprise: str
    at: datetime


class KeptRole(Struct, frozen=True):
    """工作人员身份, also one that ended."""

    role: Role
    platform: str | None
    since: datetime
    until: datetime | None


class KeptCheckIn(Struct, frozen=True):
    """A check-in by this person; ``ended_at`` when it was undone or voided."""

    activity: str
    enterprise: str
    at: datetime
    door: Door
    ended_at: datetime | None


class KeptSignup(Struct, frozen=True):
    """报名 by this person for an activity; cancelled ones are gone."""

    activity: str
    enterprise: str
    at: datetime
    is_waiting: bool


class KeptAttendance(Struct, frozen=True):
    """到场 that counted no enterprise."""

    activity: str
    at: datetime
    why: Absence


class KeptScan(Struct, frozen=True):
    """A scan that was no check-in, and did not become one at 登记."""

    activity: str | None
    at: datetime
    why: Refusal


class KeptNeed(Struct, frozen=True):
    """A need or appeal that the person raised."""

    kind: NeedKind
    enterprise: str
    day: date
    text: str
    stage: Stage


class KeptDispute(Struct, frozen=True):
    """A dispute that the person raised."""

    enterprise: str
    at: datetime
    reason: str
    state: DisputeState
    decision: str | None


class OwnInformation(Struct, frozen=True):
    """Everything about one person but the openid, which means nothing to anybody outside WeChat's account."""

    name: str | None
    phone: str | None
    met_at: datetime
    is_following: bool
    is_no_enterprise: bool
    consent_version: str | None
    consented_at: datetime | None
    enterprises: tuple[KeptEnterprise, ...]
    licences: tuple[KeptLicence, ...]
    roles: tuple[KeptRole, ...]
    check_ins: tuple[KeptCheckIn, ...]
    signups: tuple[KeptSignup, ...]
    attendances: tuple[KeptAttendance, ...]
    scans: tuple[KeptScan, ...]
    needs: tuple[KeptNeed, ...]
    disputes: tuple[KeptDispute, ...]


KeptT = TypeVar("KeptT", bound=Struct)

_WHO: Final[sa.BindParameter[int]] = sa.bindparam("person")
_undone_at = sa.case((CheckIn.set_aside_by.is_(None), CheckIn.undone_at))  # a merge is no deed of the person
_ended_at = sa.func.coalesce(_undone_at, CheckIn.voided_at, type_=CheckIn.undone_at.type)
_QUERIES: Final[dict[type[Struct], sa.Select[*tuple[Any, ...]]]] = {
    KeptRole: (
        sa.select(StaffRole.role, Platform.name, StaffRole.granted_at, StaffRole.ended_at)
        .outerjoin(Platform, Platform.id == StaffRole.platform_id)
        .where(StaffRole.person_id == _WHO)
        .order_by(StaffRole.granted_at.desc())
    ),
    KeptCheckIn: (
        sa.select(Activity.title, Enterprise.name, CheckIn.checked_in_at, CheckIn.door, _ended_at)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .where(CheckIn.person_id == _WHO)
        .order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc())
    ),
    KeptSignup: (
        sa.select(Activity.title, Enterprise.name, Signup.signed_up_at, Signup.is_waiting)
        .join(Activity, Activity.id == Signup.activity_id)
        .join(Enterprise, Enterprise.id == Signup.enterprise_id)
        .where(Signup.person_id == _WHO)
        .order_by(Signup.signed_up_at.desc())
    ),
    KeptAttendance: (
        sa.select(Activity.title, Attendance.attended_at, Attendance.absence)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Attendance.person_id == _WHO)
        .order_by(Attendance.attended_at.desc())
    ),
    KeptScan: (
        sa.select(Activity.title, RefusedScan.scanned_at, RefusedScan.refusal)
        .outerjoin(Activity, Activity.id == RefusedScan.activity_id)
        .where(RefusedScan.person_id == _WHO, RefusedScan.completed_by.is_(None))
        .order_by(RefusedScan.scanned_at.desc())
    ),
    KeptNeed: (
        sa.select(Need.kind, Enterprise.name, Need.raised_on, Need.content, Need.stage)
        .join(Enterprise, Enterprise.id == Need.enterprise_id)
        .where(Need.is_from_enterprise, Need.created_by == _WHO)
        .order_by(Need.id.desc())
    ),
    KeptDispute: (
        sa.select(Enterprise.name, Dispute.raised_at, Dispute.reason, Dispute.state, Dispute.decision)
        .join(Enterprise, Enterprise.id == Dispute.enterprise_id)
        .where(Dispute.raised_by == _WHO)
        .order_by(Dispute.id.desc())
    ),
}
"""What is kept of a person, the newest first: the columns are the fields of what is told."""


def kept(session: Session, person_id: int, *, vault: Vault) -> OwnInformation:
    """What the tables have about this person, the newest first."""
    person = session.get_one(Person, person_id)
    return OwnInformation(
        name=persons.name_of(person, vault),
        phone=persons.phone_of(person, vault),
        met_at=person.created_at,
        is_following=person.is_following,
        is_no_enterprise=person.is_no_enterprise,
        consent_version=person.consent_version,
        consented_at=person.consented_at,
        enterprises=_enterprises(session, person_id),
        licences=_licences(session, person_id),
        roles=_kept_of(session, KeptRole, person_id),
        check_ins=_kept_of(session, KeptCheckIn, person_id),
        signups=_kept_of(session, KeptSignup, person_id),
        attendances=_kept_of(session, KeptAttendance, person_id),
        scans=_kept_of(session, KeptScan, person_id),
        needs=_kept_of(session, KeptNeed, person_id),
        disputes=_kept_of(session, KeptDispute, person_id),
    )


def agree(session: Session, person_id: int, version: str, now: datetime) -> Person:
    """同意 the notice in its present version; idempotent."""
    person = persons.locked(session, person_id)
    if person.consent_version != version:
        person.consent_version, person.consented_at = version, now
        journal.record_of(session, person, "consented", Actor(person_id), now, version=version)
        session.flush()
    return person


def put_off(session: Session, person_id: int, version: str) -> None:
    """以后再说: the former consent goes on, and the person is not asked about this version again; idempotent."""
    persons.locked(session, person_id).consent_put_off = version
    session.flush()


def has_put_off(session: Session, person_id: int, version: str) -> bool:
    """Whether the person said 以后再说 to this version."""
    found = session.scalar(sa.select(Person.consent_put_off).where(Person.id == person_id))
    return found == version


def withdraw_consent(session: Session, person_id: int, by: Actor, now: datetime) -> Person:
    """撤回同意: name, phone and links to enterprises go, so the next scan asks again. Counts stay; idempotent.

    The WeChat identity stays for whoever follows the account or works here; deleting everything is ``persons.erase``.
    Only by the person: ``Refused("not_allowed")``.
    """
    if by.person_id != person_id:
        raise Refused("not_allowed")
    return forget_enrolment(session, person_id, by, now)


def forget_enrolment(
    session: Session, person_id: int, by: Actor, now: datetime, deed: str = "person.consent_withdrawn"
) -> Person:
    """Empty what enrolment brought; for the person who takes consent back, and for the end of its time."""
    person = persons.locked(session, person_id)
    has_contacts = session.scalar(sa.select(sa.exists().where(Contact.person_id == person_id)))
    if not (has_contacts or person.consent_version or person.name_sealed or person.phone_sealed):
        return person
    person.name_sealed = person.phone_sealed = None
    persons.forget_visits(session, person, now)
    free_text.without_numbers_of(session, person_id)
    journal.record(session, deed, Subject.PERSON, person_id, by=by, now=now)
    session.flush()
    return person


def erase(session: Session, person_id: int, by: Actor, now: datetime, *, vault: Vault) -> Person:
    """删除 by the person: ``persons.erase``, unless nobody would be left to run the province.

    A push of theirs that arrives again afterwards makes nobody new (``persons.give_up_openid``).

    Raises ``Refused``: ``not_allowed``, ``last_official``.
    """
    if by.person_id != person_id:
        raise Refused("not_allowed")
    officials = sa.select(StaffRole.person_id).where(StaffRole.role == Role.PROVINCE, StaffRole.is_held)
    if session.scalars(officials).all() == [person_id]:
        raise Refused("last_official")
    persons.give_up_openid(session, persons.locked(session, person_id), now, vault)
    return persons.erase(session, person_id, by, now)


def _kept_of(session: Session, kind: type[KeptT], person_id: int) -> tuple[KeptT, ...]:
    return tuple(kind(*row) for row in session.execute(_QUERIES[kind], {"person": person_id}))


def _enterprises(session: Session, person_id: int) -> tuple[KeptEnterprise, ...]:
    known = known_standings.known_of(session, person_id)
    query = (
        sa.select(Enterprise, Contact)
        .join(Contact, Contact.enterprise_id == Enterprise.id)
        .where(Contact.person_id == person_id)
        .order_by(Contact.is_current.desc(), Contact.created_at.desc(), Enterprise.id)
    )
    found = []
    for each, contact in session.execute(query):
        rows = known.get(each.id, [])
        own = next((row for row in rows if row.enterprise_id == each.id), None)
        found.append(
            KeptEnterprise(
                enterprise=each.name,
                code=each.uscc or each.licence_number or "",
                since=contact.created_at,
                is_current=contact.is_current,
                standing=known_standings.state_from(rows),
                confirmed_at=own.confirmed_at if own else None,
                proof=own.proof if own else None,
                offered_uscc=own.offered_uscc if own else None,
            )
        )
    return tuple(found)


def _licences(session: Session, person_id: int) -> tuple[KeptLicence, ...]:
    query = (
        sa.select(Enterprise.id, Enterprise.name, Standing.licence_sent_at)
        .join(Standing, Standing.enterprise_id == Enterprise.id)
        .where(Standing.person_id == person_id)
        .order_by(Standing.licence_sent_at.desc(), Enterprise.id)
    )
    rows = session.execute(query)
    return tuple(KeptLicence(enterprise_id, name, at) for enterprise_id, name, at in rows if at is not None)
