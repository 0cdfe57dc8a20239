"""口径试算 of 250 platforms with 300,000 check-ins on PostgreSQL: how long one value of one reading takes."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from models.terms import Door, Stage
from scoring.terms import READING_VALUES, ActivityCategory, Form, Part, PlatformKind, ReadingName
from tests import builders
from tests.bench.figures import Figures
from tests.real import Postgres
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.services.reports import what_if
from wxsvc.texts import regions

PLATFORMS, ACTIVITIES, ARRIVALS, COMPANIES = 250, 40, 30, 20_000
KIND = PlatformKind.COUNTY


def fill(session: Session) -> None:
    """Every platform approved forty activities of thirty arrivals; every fifth company is a sole trader."""
    counties = [county.code for city in regions.cities() for county in regions.counties_of(city.code)]
    session.execute(
        sa.insert(Platform),
        [
            {
                "code": f"P{n:04}",
                "name": f"第{n}号窗口平台",
                "kind": KIND,
                "region_code": counties[n % len(counties)],
                "operator_uscc": builders.uscc(n + 1),
                "created_at": builders.NOW,
            }
            for n in range(PLATFORMS)
        ],
    )
    session.execute(
        sa.insert(Enterprise),
        [
            {
                "uscc": builders.uscc(n + 1000, "92430100" if n % 5 == 0 else "91430100"),
                "name": f"第{n}号制造有限公司",
                "name_form": f"第{n}号制造",
                "region_code": counties[n * 7 % len(counties)],
                "created_at": builders.NOW,
            }
            for n in range(COMPANIES)
        ],
    )
    platforms = session.scalars(sa.select(Platform.id).order_by(Platform.id)).all()
    companies = session.scalars(sa.select(Enterprise.id).order_by(Enterprise.id)).all()
    categories = list(ActivityCategory)
    session.execute(
        sa.insert(Activity),
        [
            {
                "code": f"A{platform_id}-{n}",
                "platform_id": platform_id,
                "year": 2026,
                "title": "中小企业数字化转型对接会",
                "category": categories[n % len(categories)],
                "form": Form.ONSITE,
                "organisers": "主办",
                "starts_at": (starts_at := builders.STARTS_AT - timedelta(days=n * 7)),
                "ends_at": starts_at + timedelta(hours=3),
                "opens_at": starts_at,
                "closes_at": starts_at + timedelta(hours=3),
                "place": "长沙市",
                "summary": builders.SUMMARY,
                "scene": f"s{platform_id}-{n}",
                "stage": Stage.APPROVED,
                "published_at": starts_at,
                "submitted_at": starts_at,
                "reviewed_at": starts_at,
                "created_at": starts_at,
            }
            for platform_id in platforms
            for n in range(ACTIVITIES)
        ],
    )
    held = session.execute(sa.select(Activity.id, Activity.platform_id).order_by(Activity.id)).all()
    session.execute(
        sa.insert(ActivityPlatform),
        [
            {
                "activity_id": row.id,
                "platform_id": row.platform_id,
                "part": Part.HOST,
                "asked_at": builders.NOW,
                "confirmed_at": builders.NOW,
            }
            for row in held
        ],
    )
    session.execute(
        sa.insert(CheckIn),
        [
            {
                "activity_id": row.id,
                "enterprise_id": companies[(row.id * 31 + n * 613) % COMPANIES],
                "door": Door.CODE,
                "evidence_grade": 1,
                "checked_in_at": builders.STARTS_AT,
                "received_at": builders.STARTS_AT,
            }
            for row in held
            for n in range(ARRIVALS)
        ],
    )


@pytest.mark.bench
@pytest.mark.timeout(1200)
@pytest.mark.postgres
def test_every_reading_of_a_full_province(
    postgres: Postgres, figures: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.create()
    database = Database(url)
    database.upgrade()
    with database.transaction() as session:
        fill(session)
    database.analyze()
    with database.transaction() as session:
        for platform_id in session.scalars(sa.select(Platform.id)):
            tallies.fold(session, platform_id, 2026, builders.NOW)
    took = {}
    for name in ReadingName:
        other = READING_VALUES[name][1]
        began = time.perf_counter()
        with database.read() as session:
            found = what_if.of(session, 2026, KIND, name, other, builders.NOW)
        took[name] = (time.perf_counter() - began, len(found.moved))
        assert len(found.moves) == PLATFORMS
    database.dispose()
    postgres.drop(url)
    with capsys.disabled():
        for name, (seconds, moved) in took.items():
            figures.tell(f"what-if of `{name}` for {PLATFORMS} platforms", f"{seconds:.2f} s, {moved} move")
    assert took[ReadingName.OUT_OF_REGION_COUNTS][1] == PLATFORMS
