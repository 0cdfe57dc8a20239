"""台账: what came back first; what nobody has taken up is in no list."""

from __future__ import annotations

from datetime import datetime

from models.terms import AssignmentKind, PostKind, Stage, Subject
from tests import builders
from tests.wxsvc.services.record_cases import DAY, world
from wxsvc.db import Database
from wxsvc.services.records import assignments, offline_services, posts, record_lists, site_inspections
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.records.posts import PostEntry
from wxsvc.services.records.record_lists import UnsettledRecords
from wxsvc.services.records.site_inspections import SiteInspectionEntry

STAGES = (Stage.RETURNED, Stage.SUBMITTED, Stage.APPROVED, Stage.VOID, Stage.RETURNED, Stage.DRAFT)


def test_a_years_records_what_came_back_first_void_last(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        served = frozenset({builders.enterprise(session).id})
        rows = [
            offline_services.add(session, w.platform.id, OfflineServiceEntry(DAY, f"第{n}次", served), w.owner, now)
            for n in range(len(STAGES))
        ]
        for row, stage in zip(rows, STAGES, strict=True):
            row.stage = stage
        session.flush()
        of = (session, Subject.OFFLINE_SERVICE, w.platform.id, DAY.year)
        places = {row.id: place for place, row in enumerate(rows)}
        assert [places[row.id] for row in record_lists.of_year(*of, limit=9)] == [4, 0, 2, 1, 3]
        assert [places[row.id] for row in record_lists.of_year(*of, limit=2, offset=1)] == [0, 2]
        assert [places[row.id] for row in record_lists.of_year(*of, stage=Stage.VOID, limit=9)] == [3]
        assert record_lists.of_year(*of[:3], DAY.year - 1, limit=9) == []
        counts = record_lists.stage_counts(*of)
        assert counts == {Stage.RETURNED: 2, Stage.SUBMITTED: 1, Stage.APPROVED: 1, Stage.VOID: 1}
        found = record_lists.unsettled(session, w.platform.id)
        assert found[Subject.OFFLINE_SERVICE] == UnsettledRecords(2, 1)
        assert found[Subject.ACTIVITY] == UnsettledRecords(0, 0)
        builders.seal(session, w.platform, DAY.year)
        assert record_lists.unsettled(session, w.platform.id)[Subject.OFFLINE_SERVICE] == UnsettledRecords(0, 0)
        assert {each.id for each in offline_services.served(session, places)[rows[0].id]} == served


def test_posts_inspections_and_responses_of_a_year_by_platform(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, now)
        for n in range(3):
            entry = PostEntry(PostKind.NEWS, f"第{n}条", f"https://example.cn/{n}", DAY)
            row = posts.add(session, w.platform.id, entry, w.owner, now)
        posts.withdraw(session, row.id, w.owner, now)
        assert posts.count(session, w.platform.id, DAY.year) == 2
        assert [each.title for each in posts.of_year(session, w.platform.id, DAY.year, 9)] == ["第1条", "第0条"]
        looked = site_inspections.add(session, w.platform.id, SiteInspectionEntry(DAY, "正常"), w.reviewer, now)
        assert site_inspections.of_year(session, DAY.year) == {w.platform.id: [looked]}
        assert site_inspections.of_year(session, DAY.year - 1) == {}
        asking = AssignmentEntry(DAY.year, AssignmentKind.CASES, "典型案例征集", "每个平台报送案例")
        asked = assignments.add(session, asking, w.province, now)
        response = assignments.respond(session, w.platform.id, asked.id, "已报送两例", w.owner, now, DAY)
        assert assignments.responses_of(session, w.platform.id, DAY.year) == {asked.id: response}
        response.stage = Stage.VOID
        session.flush()
        assert assignments.responses_of(session, w.platform.id, DAY.year) == {asked.id: response}
