"""Visits of online services: which are visited, and what is kept of each."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.recognition import OnlineServiceVisit
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


def test_only_changes_are_kept_and_tell_since_when(db: Database, now: datetime) -> None:
    """Forty visits, five changes: up, another title, a new certificate, down twice for different reasons."""
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        secured = replace(SEEN, certificate_ends_on=date(2026, 12, 10))
        seen = [SEEN] * 10 + [replace(SEEN, title="新版")] * 10 + [replace(secured, title="新版")] * 10
        seen += [Visit(VisitResult.ERROR_STATUS, 502)] * 5 + [Visit(VisitResult.UNREACHABLE)] * 5
        for day, visit in enumerate(seen):
            for _ in range(2):
                visits.record(session, row.id, replace(visit, elapsed_ms=day), MACHINE, now + timedelta(days=day))
        assert session.scalar(sa.select(sa.func.count()).select_from(OnlineServiceVisit)) == 5
        history = visits.histories(session, [row.id])[row.id]
        assert [(span.since, span.times) for span in history.spans] == [
            (now + timedelta(days=day), times) for day, times in ((35, 5), (30, 5), (20, 10), (10, 10), (0, 10))
        ]
        assert (history.last.is_up, history.last.until) == (False, now + timedelta(days=39))
        assert (history.since, history.renamed_at) == (now + timedelta(days=30), now + timedelta(days=10))
        assert not history.certificate_ends_soon(date(2026, 12, 1))
        visits.record(session, row.id, secured, MACHINE, now + timedelta(days=40))
        history = visits.histories(session, [row.id])[row.id]
        assert (history.since, history.renamed_at) == (now + timedelta(days=40), now + timedelta(days=40))
        assert history.certificate_ends_soon(date(2026, 12, 1))
        assert not history.certificate_ends_soon(date(2026, 11, 1))


def test_rows_are_bounded_and_those_of_former_days_are_one_span(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page whose title never stands still keeps the newest rows; a row a day of the same is shown as one."""
    monkeypatch.setattr(visits, "MOST_KEPT", 3)
    with db.transaction() as session:
        w = world(session, now)
        row = ADD[Subject.ONLINE_SERVICE](w, w.owner)
        for day in range(6):
            seen = replace(SEEN, title=f"第{day}天")
            visits.record(session, row.id, seen, MACHINE, now + timedelta(days=day))
        kept = visits.histories(session, [row.id])[row.id].spans
        assert [span.title for span in kept] == ["第5天", "第4天", "第3天"]
        session.execute(sa.delete(OnlineServiceVisit))
        for day in range(3):
            at = now + timedelta(days=day)
            old = OnlineServiceVisit(online_service_id=row.id, visited_at=at, result=VisitResult.UNREACHABLE)
            session.add(old)
        session.flush()
        (span,) = visits.histories(session, [row.id])[row.id].spans
        assert (span.since, span.until, span.times) == (now, now + timedelta(days=2), 3)
