"""近期活动: what runs and what comes, near ones first, found by region and by words."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.terms import Stage
from scoring.terms import PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.activity.coming_activities import coming


def test_what_is_over_void_or_a_draft_is_not_among_them(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        day = timedelta(days=1)
        later = {"starts_at": now + day, "ends_at": now + day + timedelta(hours=2)}
        over = {"starts_at": now - day, "ends_at": now - day + timedelta(hours=2)}
        running, tomorrow = builders.activity(session, platform), builders.activity(session, platform, **later)
        builders.activity(session, platform, **over)
        builders.activity(session, platform, stage=Stage.VOID, **later)
        builders.activity(session, platform, stage=Stage.DRAFT, published_at=None, **later)
        far = now + timedelta(days=90)
        builders.activity(session, platform, starts_at=far, ends_at=far + timedelta(hours=2))
        assert [(each.activity.id, each.is_running) for each in coming(session, now).rows] == [
            (running.id, True),
            (tomorrow.id, False),
        ]


def test_ones_own_county_comes_first_then_the_city_then_the_rest(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181", name="浏阳市窗口平台")
        far = builders.platform(session, region_code="430300", name="湘潭市窗口平台")
        city = builders.platform(session)
        rows = [builders.activity(session, each) for each in (far, city, county)]
        found = coming(session, now, region_code="430181").rows
        assert [each.activity.id for each in found] == [rows[2].id, rows[1].id, rows[0].id]
        assert [each.is_near for each in found] == [True, True, False]
        assert [each.activity.id for each in coming(session, now).rows] == [row.id for row in rows]


def test_a_place_or_a_word_narrows_the_list(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181", name="浏阳市窗口平台")
        far = builders.platform(session, region_code="430300", name="湘潭市窗口平台")
        own = builders.activity(session, county, title="专利布局培训", place="金阳大道1号")
        other = builders.activity(session, far, title="Digital对接会", place="湘潭书院路")

        def found(text: str) -> list[int]:
            return [each.activity.id for each in coming(session, now, wanted=text).rows]

        assert found("浏阳") == [own.id]
        assert found("长沙") == [own.id]  # the county lies in the city
        assert found("湘潭") == [other.id]
        assert found("专利") == [own.id]
        assert found("digital") == [other.id]
        assert found("书院路") == [other.id]
        assert found("永州") == []
        assert found("  ") == [own.id, other.id]
