"""待确认的链接: whoever opens a link asks, all officials hear of it, and one of them decides."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.journal import LogEntry
from models.notice import Notice
from models.person import LinkClaim, Person
from models.terms import Role
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import link_claims, persons, rejoinings, staff
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

VAULT = Vault(["a secret of at least thirty-two characters"])
pytestmark = pytest.mark.both_databases


def official(session: Session, now: datetime, openid: str = "o-official") -> Actor:
    token = staff.invite(session, Role.PROVINCE, None, Actor(None, Role.PROVINCE), now)
    return Actor(staff.accept(session, token, openid, "省厅甲", now, vault=VAULT).person_id, Role.PROVINCE)


def refusal(call: object, *given: object, **more: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*given, **more)  # type: ignore[operator]
    return caught.value.code


def claim_of(session: Session) -> LinkClaim:
    return session.scalars(sa.select(LinkClaim)).one()


def test_the_first_officials_link_works_at_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        token = staff.first_official(session, now)
        assert link_claims.ask_to_join(session, token, "o-new", "省厅甲", now, vault=VAULT) is None
        assert [each.role for each in staff.roles_of(session, "o-new")] == [Role.PROVINCE]


def test_an_invitation_waits_for_an_official(db: Database, now: datetime) -> None:
    later = now + timedelta(hours=1)
    with db.transaction() as session:
        by = official(session, now)
        token = staff.invite(session, Role.REVIEWER, None, by, now)
        for _ in range(2):
            assert link_claims.ask_to_join(session, token, "o-new", "李红", now, vault=VAULT) is not None
        assert staff.roles_of(session, "o-new") == ()
        assert refusal(link_claims.ask_to_join, session, token, "o-thief", "x", now, vault=VAULT) == "invitation_used"
        (waits,) = link_claims.waiting(session, later).rows
        assert (persons.name_of(waits.claimant, VAULT), waits.role) == ("李红", Role.REVIEWER)
        assert (
            refusal(link_claims.confirm, session, waits.claim.id, Actor(None, Role.REVIEWER), later, VAULT)
            == "not_allowed"
        )
        for _ in range(2):
            link_claims.confirm(session, waits.claim.id, by, later, VAULT)
        assert [each.role for each in staff.roles_of(session, "o-new")] == [Role.REVIEWER]
        assert link_claims.waiting(session, later).count == 0
        assert refusal(link_claims.decline, session, waits.claim.id, by, later) == "claim_confirmed"
        told = session.execute(sa.select(Notice.person_id, Notice.facts).order_by(Notice.id)).all()
        assert [(each.person_id, each.facts["deed"]) for each in told] == [
            (None, "join_asked"),
            (waits.claim.person_id, "claim_confirmed"),
        ]
        deeds = list(session.scalars(sa.select(LogEntry.deed).where(LogEntry.deed.like("link_claim.%"))))
        assert sorted(deeds) == ["link_claim.confirmed", "link_claim.join"]


def test_the_opener_has_until_the_links_end_and_the_official_three_days(db: Database, now: datetime) -> None:
    opened = now + timedelta(hours=23)
    with db.transaction() as session:
        by = official(session, now)
        token, late = (staff.invite(session, Role.REVIEWER, None, by, now) for _ in range(2))
        link_claims.ask_to_join(session, token, "o-new", "李红", opened, vault=VAULT)
        day = now + timedelta(hours=24)
        assert refusal(link_claims.ask_to_join, session, late, "o-b", "x", day, vault=VAULT) == "invitation_expired"
        over = opened + timedelta(days=3)
        assert link_claims.waiting(session, over).count == 0
        assert refusal(link_claims.confirm, session, claim_of(session).id, by, over, VAULT) == "claim_over"
        link_claims.confirm(session, claim_of(session).id, by, over - timedelta(seconds=1), VAULT)
        assert staff.roles_of(session, "o-new") != ()


def test_what_was_declined_stays_declined(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        by = official(session, now)
        token = staff.invite(session, Role.REVIEWER, None, by, now)
        link_claims.ask_to_join(session, token, "o-thief", "李红", now, vault=VAULT)
        for _ in range(2):
            link_claims.decline(session, claim_of(session).id, by, now)
        assert refusal(link_claims.confirm, session, claim_of(session).id, by, now, VAULT) == "claim_declined"
        assert refusal(link_claims.ask_to_join, session, token, "o-thief", "x", now, vault=VAULT) == "claim_declined"
        assert staff.roles_of(session, "o-thief") == ()


def test_another_wechat_takes_over_once_confirmed_and_the_former_account_is_told(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        by = official(session, now)
        person_id = builders.staff(session, builders.platform(session)).person_id
        former = str(session.get_one(Person, person_id).openid)
        token = rejoinings.offer(session, int(person_id or 0), by, now)
        link_claims.ask_to_rejoin(session, token, "o-new-phone", now)
        assert staff.roles_of(session, former) != ()
        told = session.execute(sa.select(Notice.person_id, Notice.facts).order_by(Notice.id)).all()
        assert [(each.person_id, each.facts["deed"]) for each in told] == [
            (None, "rejoin_asked"),
            (person_id, "rejoin_warned"),
        ]
        assert refusal(link_claims.ask_to_rejoin, session, token, "o-thief", now) == "rejoining_used"
        link_claims.confirm(session, claim_of(session).id, by, now + timedelta(hours=30), VAULT)
        assert staff.roles_of(session, former) == ()
        assert staff.roles_of(session, "o-new-phone") != ()
        assert link_claims.ask_to_rejoin(session, token, "o-new-phone", now) is None


def test_an_official_who_opened_a_link_does_not_confirm_it_themselves(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        one, two = official(session, now), official(session, now, "o-second")
        person_id = builders.staff(session, builders.platform(session)).person_id
        token = rejoinings.offer(session, int(person_id or 0), one, now)
        link_claims.ask_to_rejoin(session, token, "o-second", now)
        assert refusal(link_claims.confirm, session, claim_of(session).id, two, now, VAULT) == "rejoining_own"


def test_who_left_meanwhile_gets_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        by = official(session, now)
        token = staff.invite(session, Role.REVIEWER, None, by, now)
        link_claims.ask_to_join(session, token, "o-new", "李红", now, vault=VAULT)
        persons.erase(session, claim_of(session).person_id, by, now)
        assert link_claims.waiting(session, now).count == 0
        assert refusal(link_claims.confirm, session, claim_of(session).id, by, now, VAULT) == "claim_over"
        assert refusal(link_claims.confirm, session, 999, by, now, VAULT) == "not_found"
