"""待确认的链接: who opened an invitation or a link to rejoin; nothing of it is so before an official has confirmed it.

A link can go astray between the official and the colleague. So whoever opens it first only asks; the officials and, for
a link to rejoin, the account that has the role now are told; an official who sees name and time confirms or declines.
While nobody is an official, there is nobody to ask: the first official's link works at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.person import Invitation, LinkClaim, Person, Rejoining
from models.platform import Platform
from models.terms import NoticePurpose, Role, Subject
from wxsvc.queries import Page, page_of
from wxsvc.services import journal, notices
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people import persons, rejoinings, staff
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.vault import Vault

CONFIRMED_WITHIN: Final = timedelta(days=3)
"""After that nobody is waiting for it any more."""


PER_PAGE: Final = 50

_THEN = aliased(Person)


class Waiting(Struct, frozen=True):
    """One claim that an official has to look at."""

    claim: LinkClaim
    claimant: Person
    role: Role | None
    """The role that an invitation gives."""
    platform: Platform | None
    person: Person | None
    """Who a link to rejoin is for."""


def ask_to_join(
    session: Session, token: str, openid: str, name: str, now: datetime, *, vault: Vault
) -> LinkClaim | None:
    """Ask to be the colleague whom this invitation is for; None where it worked at once. Idempotent.

    Raises ``Refused``: ``invitation_unknown``, ``invitation_used``, ``invitation_expired``, ``claim_declined``.
    """
    if not staff.officials(session):
        staff.accept(session, token, openid, name, now, vault=vault)
        return None
    person = persons.person_of(session, openid, now)
    invitation = staff.invitation_of(session, token)
    if invitation.used_at is None:
        claim = _claimed(session, person, now, "invitation_used", invitation.expires_at, invitation_id=invitation.id)
    elif invitation.used_by == person.id:
        return None
    else:
        raise Refused("invitation_used")
    if persons.name_of(person, vault) is None:
        persons.keep_name(person, name, vault)
    session.flush()
    details = {"role": invitation.role.value}
    _told(session, claim, "join", _place(session, invitation.platform_id) | details, now)
    return claim


def ask_to_rejoin(session: Session, token: str, openid: str, now: datetime) -> LinkClaim | None:
    """Ask to be again the member of staff whom this link is for; None where they are. Idempotent.

    Raises as ``rejoinings.offered_to`` does, and ``claim_declined``.
    """
    person = rejoinings.offered_to(session, token, openid, now)
    if person.openid == openid:
        return None
    link = rejoinings.link_of(session, token)
    claimant = persons.person_of(session, openid, now)
    claim = _claimed(session, claimant, now, "rejoining_used", link.expires_at, rejoining_id=link.id)
    _told(session, claim, "rejoin", {}, now)
    key = f"claim:{claim.id}:former"
    notices.tell(session, NoticePurpose.ROLE, key, {"deed": "rejoin_warned"}, now, person_id=person.id)
    return claim


def waiting(session: Session, now: datetime, number: int = 1) -> Page[Waiting]:
    """One page of what officials have to look at, the oldest first."""
    claimant, person = aliased(Person), aliased(Person)
    asked = (
        sa.select(LinkClaim, claimant, Invitation.role, Platform, person)
        .join(claimant, claimant.id == LinkClaim.person_id)
        .outerjoin(Invitation, Invitation.id == LinkClaim.invitation_id)
        .outerjoin(Platform, Platform.id == Invitation.platform_id)
        .outerjoin(Rejoining, Rejoining.id == LinkClaim.rejoining_id)
        .outerjoin(person, person.id == Rejoining.person_id)
        .where(
            LinkClaim.decided_at.is_(None),
            LinkClaim.claimed_at > now - CONFIRMED_WITHIN,
            claimant.openid.is_not(None),
        )
        .order_by(LinkClaim.claimed_at, LinkClaim.id)
    )
    return page_of(session, asked, number, PER_PAGE, Waiting)


def of_opener(session: Session, token: str, openid: str) -> LinkClaim | None:
    """What this person asked for by this link, whatever became of it; None where nobody has opened it yet.

    Raises ``Refused`` where somebody else was first: ``invitation_used``, ``rejoining_used``.
    """
    link = staff.hash_of(token)
    asked = session.execute(
        sa.select(LinkClaim, Person.openid)
        .join(Person, Person.id == LinkClaim.person_id)
        .outerjoin(Invitation, Invitation.id == LinkClaim.invitation_id)
        .outerjoin(Rejoining, Rejoining.id == LinkClaim.rejoining_id)
        .outerjoin(_THEN, _THEN.id == Rejoining.person_id)
        .add_columns(_THEN.openid)
        .where(sa.or_(Invitation.token_hash == link, Rejoining.token_hash == link))
    ).one_or_none()
    if asked is None:
        return None
    claim: LinkClaim = asked[0]
    if openid not in asked[1:]:  # after a rejoining, the openid is that of the link's person
        raise Refused("invitation_used" if claim.invitation_id is not None else "rejoining_used")
    return claim


def confirm(session: Session, claim_id: int, by: Actor, now: datetime, vault: Vault) -> None:
    """确认: it is so from now on, and the claimant is told. By an official, of somebody else's claim; idempotent.

    Raises ``Refused``: ``not_allowed``, ``not_found``, ``claim_over``, ``claim_declined``, ``rejoining_own``, and what
    the link itself refuses.
    """
    claim = _locked(session, claim_id, by)
    if claim.is_confirmed:
        return
    if claim.decided_at is not None:
        raise Refused("claim_declined")
    link = session.get_one(Rejoining, claim.rejoining_id) if claim.rejoining_id is not None else None
    persons.all_locked(session, [claim.person_id, *([link.person_id] if link is not None else [])])
    claimant = session.get_one(Person, claim.person_id)
    if claimant.openid is None or claim.claimed_at <= now - CONFIRMED_WITHIN:
        raise Refused("claim_over")
    if link is not None and claim.person_id == by.person_id:
        raise Refused("rejoining_own")
    _decide(session, claim, by, now, is_confirmed=True)
    if claim.invitation_id is not None:
        staff.take_up(session, claim.invitation_id, claimant, now, as_of=claim.claimed_at)
        concerned, subject, row = claim.person_id, Subject.INVITATION, claim.invitation_id
    elif link is not None:
        rejoinings.take_up(session, link.id, claimant.openid, now, as_of=claim.claimed_at, vault=vault)
        concerned, subject, row = link.person_id, Subject.PERSON, link.person_id
    journal.record(session, "link_claim.confirmed", subject, row, by=by, now=now, claimant=claim.person_id)
    facts = {"deed": "claim_confirmed"}
    notices.tell(session, NoticePurpose.ROLE, f"claim:{claim.id}:confirmed", facts, now, person_id=concerned)


def decline(session: Session, claim_id: int, by: Actor, now: datetime) -> None:
    """不是本人: the link opens nothing any more. By an official; idempotent. Raises ``Refused("claim_confirmed")``."""
    claim = _locked(session, claim_id, by)
    if claim.is_confirmed:
        raise Refused("claim_confirmed")
    if claim.decided_at is None:
        _decide(session, claim, by, now, is_confirmed=False)
        journal.record(
            session, "link_claim.declined", Subject.PERSON, claim.person_id, by=by, now=now, claimant=claim.person_id
        )


def _claimed(
    session: Session, claimant: Person, now: datetime, used: str, expires_at: datetime, **link: Any
) -> LinkClaim:
    """The link's one claim, as this person's; the first opener's it stays."""
    query = sa.select(LinkClaim).filter_by(**link)
    claim = session.scalar(query)
    if claim is None:
        if expires_at <= now:
            raise Refused("invitation_expired")
        insert_once(session, LinkClaim, person_id=claimant.id, claimed_at=now, is_confirmed=False, **link)
        claim = session.scalars(query).one()
    if claim.person_id != claimant.id:
        raise Refused(used)
    if claim.decided_at is not None:
        raise Refused("claim_declined")
    return claim


def _told(session: Session, claim: LinkClaim, what: str, facts: dict[str, Any], now: datetime) -> None:
    """All officials hear of it, once, and it stands in the log."""
    key = f"claim:{claim.id}"
    if notices.tell(session, NoticePurpose.ROLE, key, {"deed": f"{what}_asked"} | facts, now):
        by = Actor(claim.person_id)
        journal.record(session, f"link_claim.{what}", Subject.PERSON, claim.person_id, by=by, now=now)


def _place(session: Session, platform_id: int | None) -> dict[str, Any]:
    return {"platform": session.get_one(Platform, platform_id).name} if platform_id is not None else {}


def _locked(session: Session, claim_id: int, by: Actor) -> LinkClaim:
    by.must_be_province()
    return must_be_found(session.get(LinkClaim, claim_id, with_for_update=True, populate_existing=True))


def _decide(session: Session, claim: LinkClaim, by: Actor, now: datetime, *, is_confirmed: bool) -> None:
    claim.decided_at, claim.decided_by, claim.is_confirmed = now, by.person_id, is_confirmed
    session.flush()
