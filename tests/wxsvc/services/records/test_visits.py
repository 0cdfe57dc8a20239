"""Visits of online services: which are visited, and what is kept of each."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models.terms import Channel, Subject, VisitResult
from tests import builders
from tests.wxsvc.services.record_cases import ADD, nobody, world
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.records import online_services, reviewed, visits
from wxsvc.services.refusal import Refused
from wxsvc.site_visits import Visit

pytestmark = pytest.mark.both_databases

SEEN = Visit(VisitResult.REACHABLE, 200, "政策咨询", 120, "203.0.113.9")


def test_services_with_an_address_are_visited(db: Database, now: datetime) -> None:
    """A menu path is none; void ones and those of sealed years are left alone."""
    with db.transaction() as session:
        w = world(session, now)
        site = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        item = site.service_item_id
        account = (session, w.platform.id, item, Channel.ACCOUNT)
        menu = online_services.add(*account, "菜单：服务", w.owner, now)
        assert [each.online_service_id for each in visits.to_visit(session, 2026)] == [site.id]
        online_services.correct(session, menu.id, "https://mp.example.cn/s/1", 1, w.owner, now)
        assert [each.address for each in visits.to_visit(session, 2026)] == [site.address, "https://mp.example.cn/s/1"]
        assert visits.to_visit(session, 2025) == []
        reviewed.withdraw(session, Subject.ONLINE_SERVICE, menu.id, "已下线", w.owner, now)
        assert [each.online_service_id for each in visits.to_visit(session, 2026)] == [site.id]
        builders.seal(session, w.platform)
        assert visits.to_visit(session, 2026) == []


def test_a_visit_is_kept_once_and_the_last_is_found(db: Database, now: datetime) -> None:
    """Evidence stands in the order it was seen; a service without visits has none."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        assert visits.latest(session, [row.id]) == {}
        first = visits.record(session, row.id, SEEN, MACHINE, now)
        assert visits.record(session, row.id, SEEN, MACHINE, now) is first
        assert (first.http_status, first.title, first.elapsed_ms, first.peer) == (200, "政策咨询", 120, "203.0.113.9")
        gone = Visit(VisitResult.UNREACHABLE)
        second = visits.record(session, row.id, gone, w.reviewer, now + timedelta(days=1))
        assert visits.latest(session, [row.id]) == {row.id: second}


def test_platforms_do_not_vouch_for_themselves(db: Database, now: datetime) -> None:
    """Staff, strangers and nobody keep no visit; a void service has none."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        for other in (w.owner, w.stranger(), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                visits.record(session, row.id, SEEN, other, now)
        reviewed.withdraw(session, Subject.ONLINE_SERVICE, row.id, "已下线", w.owner, now)
        with pytest.raises(Refused, match="record_void"):
            visits.record(session, row.id, SEEN, MACHINE, now)
