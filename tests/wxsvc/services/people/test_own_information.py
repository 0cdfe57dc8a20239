"""个人信息: everything about one person and nobody else; consent taken back leaves counts and takes the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.person import Contact
from models.terms import DisputeSubject, Door, NeedKind, Refusal, Role
from tests import builders
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.disputes import disputes
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.people import own_information, persons
from wxsvc.services.records import raised_needs
from wxsvc.services.records.raised_needs import RaisedNeed
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

VAULT = Vault(("k" * 40,))


def test_everything_kept_is_told_and_nothing_of_others(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        me = builders.person(session, consent_version="2026-11", consented_at=now, is_following=True)
        own, other = builders.enterprise(session, region_code="430102"), builders.person(session)
        builders.contact(session, me, own)
        builders.contact(session, other, builders.enterprise(session))
        persons.keep_name(me, "王敏", VAULT)
        persons.keep_phone(me, "13800138000", VAULT)
        running, late = builders.activity(session, platform), builders.activity(session, platform, title="路演")
        mine = builders.check_in(session, running, own, me)
        builders.check_in(session, running, builders.enterprise(session), other)
        by = Actor(me.id)
        raised_needs.raise_need(session, RaisedNeed(NeedKind.APPEAL, own.id, "430102", "电费太高"), by, now)
        disputes.raise_dispute(session, own.id, DisputeSubject.CHECK_IN, mine.id, "不是我们", by, now)
        session.flush()
        scan = Scan(str(me.openid), late.code, Door.PAGE, now - timedelta(days=1), now)
        assert check_in(session.connection(), scan).kind is OutcomeKind.TOO_EARLY
        found = own_information.kept(session, me.id, vault=VAULT)
        assert (found.name, found.phone, found.consent_version) == ("王敏", "13800138000", "2026-11")
        assert [each.enterprise for each in found.enterprises] == [own.name]
        assert [(each.activity, each.enterprise) for each in found.check_ins] == [(running.title, own.name)]
        assert [(each.activity, each.why) for each in found.scans] == [("路演", Refusal.TOO_EARLY)]
        assert [each.text for each in found.needs] == ["电费太高"]
        assert [each.reason for each in found.disputes] == ["不是我们"]
        assert (found.roles, found.attendances) == ((), ())
        assert me.openid not in str(found)


def test_consent_taken_back_leaves_counts_and_takes_the_rest(db: Database, now: datetime) -> None:
    """The next scan is a first visit again; a role at work stays."""
    with db.transaction() as session:
        platform = builders.platform(session)
        staff = builders.staff(session, platform)
        assert staff.person_id is not None
        me = persons.locked(session, staff.person_id)
        me.consent_version, me.consented_at = "2026-11", now
        own = builders.enterprise(session)
        builders.contact(session, me, own)
        persons.keep_name(me, "王敏", VAULT)
        activity = builders.activity(session, platform)
        builders.check_in(session, activity, own, me)
        other = builders.activity(session, platform)
        person_id, openid, code = me.id, str(me.openid), other.code
        with pytest.raises(Refused, match="not_allowed"):
            own_information.withdraw_consent(session, person_id, builders.staff(session, role=Role.PROVINCE), now)
        own_information.withdraw_consent(session, person_id, Actor(person_id), now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1
        found = own_information.kept(session, person_id, vault=VAULT)
        assert (found.name, found.phone, found.consent_version, found.enterprises) == (None, None, None, ())
        assert [each.until for each in found.roles] == [None]
        scan = Scan(openid, code, Door.PAGE, now, now)
        assert check_in(session.connection(), scan).kind is OutcomeKind.FIRST_VISIT
    before = every_row(db)
    with db.transaction() as session:
        own_information.withdraw_consent(session, person_id, Actor(person_id), now)
    assert every_row(db) == before


def test_a_new_version_is_agreed_to_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        me = builders.person(session, consent_version="2025-01", consented_at=now - timedelta(days=300))
        for _ in range(2):
            own_information.agree(session, me.id, "2026-11", now)
        assert (me.consent_version, me.consented_at) == ("2026-11", now)
