"""Check-ins as lists: what was undone is in none, what staff took out is shown as such and not live."""

from __future__ import annotations

from datetime import datetime

from tests import builders
from wxsvc.db import Database
from wxsvc.services.door import checkin_lists
from wxsvc.services.door.checkin_lists import ArrivalFilter


def test_live_voided_and_undone_check_ins(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        activity, who = builders.activity(session, platform), builders.person(session)
        companies = [builders.enterprise(session) for _ in range(3)]
        for company in companies:
            builders.contact(session, who, company, is_current=company is companies[0])
        official = builders.person(session).id
        live, voided, undone = [builders.check_in(session, activity, company, who) for company in companies]
        voided.voided_at, voided.voided_by, voided.void_reason = now, official, "未参加"
        undone.undone_at = now
        session.flush()
        entered = builders.check_in(session, activity, builders.enterprise(session), entered_by=official)
        shown = {
            each.check_in_id: each.is_live for each in checkin_lists.of_activity(session, ArrivalFilter(activity.id))
        }
        assert shown == {live.id: True, voided.id: False, entered.id: True}
        newest = checkin_lists.newest_of_activity(session, activity.id, 9)
        assert {each.check_in_id for each in newest} == {live.id, entered.id}
        assert [each.check_in_id for each in checkin_lists.of_enterprises(session, who.id).rows] == [live.id]
        every = {live.id, voided.id, undone.id}
        assert checkin_lists.scanned_by(session, who.id, every) == every
        assert checkin_lists.scanned_by(session, who.id, [live.id]) == {live.id}
        assert checkin_lists.scanned_by(session, None, every) == set()


def test_a_persons_own_check_in_outlasts_the_enterprise_and_a_colleagues_does_not(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        who, colleague = builders.person(session), builders.person(session)
        left, kept = builders.enterprise(session), builders.enterprise(session)
        builders.contact(session, who, kept)
        builders.contact(session, colleague, left)
        first, second, third = [builders.activity(session, platform) for _ in range(3)]
        own = builders.check_in(session, first, left, who)
        builders.check_in(session, second, left, colleague)
        shared = builders.check_in(session, third, kept, who)
        session.flush()
        shown = checkin_lists.of_enterprises(session, who.id)
        assert sorted(each.check_in_id for each in shown.rows) == sorted([own.id, shared.id])
