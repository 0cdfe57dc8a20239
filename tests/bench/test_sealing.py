"""How long two people's seal takes for 250 platforms with 300,000 check-ins on PostgreSQL, and its replay."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import Platform
from models.recognition import Ruling
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.regulation import ReadingDecision
from models.stored_file import StoredFile
from models.terms import Door, NeedKind, PhotoKind, Role, Stage
from models.year_end import Publicity
from scoring.scheme_files import scheme_for
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from tests import builders
from tests.bench.figures import Figures
from tests.wxsvc.services.year_end.ending import AFTER, LATER, YEAR, seen
from wxsvc.db import Database
from wxsvc.services.counting import folding, replays
from wxsvc.services.year_end import closing_steps, sealing
from wxsvc.services.year_end import figures as year_figures

PLATFORMS, ACTIVITIES, COMPANIES, RECORDS, KNOWN = 250, 20, 60, 100, 50_000


@pytest.mark.bench
@pytest.mark.timeout(900)
@pytest.mark.postgres
def test_a_province_is_sealed(emptied_postgres: Database, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    """From the second person's tap to the last document; then every line computed again from the snapshots."""
    db = emptied_postgres
    with db.transaction() as session:
        session.execute(sa.text("set local session_replication_role = replica"))
        _fill(session)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")
    folded = _timed(lambda: folding.retally(db, lambda: AFTER))
    with db.transaction() as session:
        first, second = builders.staff(session, role=Role.PROVINCE), builders.staff(session, role=Role.PROVINCE)
        shown = {each.platform.code: str(each.total) for each in year_figures.of_year(session, YEAR)}
        day = AFTER.date()
        window = {"first_day": day, "last_day": day + timedelta(days=7), "figures": shown, "opened_at": AFTER}
        session.add(Publicity(year=YEAR, **window))
        session.flush()
        looked = _timed(lambda: closing_steps.of_year(session, YEAR, LATER))
        asked = _timed(lambda: sealing.ask(session, YEAR, seen(session), first, LATER))

    def confirm() -> None:
        with db.transaction() as session:
            sealing.confirm(session, YEAR, second, LATER)

    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", note := lambda *given: statements.append(given[2]))
    computed = time.process_time()
    took = _timed(confirm)
    computed = time.process_time() - computed
    sa.event.remove(db.engine, "before_cursor_execute", note)
    with db.read() as session:
        begun = time.perf_counter()
        again = replays.of_year(session, YEAR)
        replayed = time.perf_counter() - begun
        size = sum(len(document.encode()) for document in again.platforms)
    with capsys.disabled():
        what = f"{PLATFORMS} platforms with {PLATFORMS * ACTIVITIES * COMPANIES:,} check-ins sealed"
        own = f"{computed:.1f} s of this process, {len(statements) / PLATFORMS:.1f} statements a platform"
        figures.tell(what, f"{took:.1f} s ({own}), asked for in {asked:.1f} s, steps shown in {looked * 1000:.0f} ms")
        figures.tell("the same folded · replayed", f"{folded:.1f} s · {replayed:.1f} s, documents {size / 1e6:.1f} MB")
    assert again.is_same
    assert len(again.platforms) == PLATFORMS


def _timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _fill(session: Session) -> None:
    """A year in which everything is judged: activities with their check-ins, services, trades, needs, rulings."""
    kinds = [PlatformKind.PREFECTURE] * 14 + [PlatformKind.CLUSTER] * 100
    kinds += [PlatformKind.COUNTY] * (PLATFORMS - len(kinds))
    _add(
        session,
        Platform,
        [
            {
                "id": n,
                "code": f"P{n:04}",
                "name": f"第{n}窗口平台",
                "kind": kind,
                "region_code": f"43{n:04}",
                "operator_uscc": builders.uscc(1_000_000 + n),
            }
            for n, kind in enumerate(kinds, 1)
        ],
        created_at=AFTER,
    )
    _add(
        session,
        Enterprise,
        [
            {"id": n, "uscc": builders.uscc(n), "name": f"第{n}号制造有限公司", "name_form": f"第{n}号制造"}
            for n in range(1, KNOWN + 1)
        ],
        region_code="430102",
        created_at=AFTER,
    )
    _add(session, StoredFile, [{"sha256": "0" * 64}], media_type="image/jpeg", size=9, name="a.jpg", stored_at=AFTER)
    _activities(session)
    _records(session)
    for kind in PlatformKind:
        scheme = scheme_for(kind, YEAR)
        rows: list[dict[str, Any]] = [
            {"kind": kind, "name": name.value, "value": word} for name, word in scheme.readings.as_words().items()
        ]
        _add(session, ReadingDecision, rows, year=YEAR, decided_at=AFTER, reason="会议决定")
        ruled = [
            {"platform_id": n, "indicator": code}
            for n, own in enumerate(kinds, 1)
            if own is kind
            for code in scheme.rulings
        ]
        _add(session, Ruling, ruled, year=YEAR, points=Decimal(0), reason="核实", ruled_at=AFTER)


def _activities(session: Session) -> None:
    numbers = [(n, own) for n in range(1, PLATFORMS + 1) for own in range(ACTIVITIES)]
    ids = list(enumerate(numbers, 1))
    categories = list(ActivityCategory)
    shared = {"title": "中小企业数字化转型对接会", "form": Form.ONSITE, "organisers": "主办", "year": YEAR}
    shared |= {"starts_at": builders.STARTS_AT, "ends_at": builders.ENDS_AT, "place": "长沙", "stage": Stage.APPROVED}
    shared |= {"opens_at": builders.STARTS_AT, "closes_at": builders.ENDS_AT, "summary": builders.SUMMARY}
    shared |= dict.fromkeys(("published_at", "submitted_at", "reviewed_at", "created_at"), builders.NOW)
    own = [
        {
            "id": id_,
            "code": f"A{id_}",
            "platform_id": n,
            "scene": f"s{id_}",
            "short_code": f"{id_:05}",
            "category": categories[place % len(categories)],
        }
        for id_, (n, place) in ids
    ]
    _add(session, Activity, own, **shared)
    parts = [{"activity_id": id_, "platform_id": n} for id_, (n, _) in ids]
    _add(session, ActivityPlatform, parts, part=Part.HOST, asked_at=builders.NOW, confirmed_at=builders.NOW)
    photos = [{"activity_id": id_} for id_, _ in ids]
    _add(session, ActivityPhoto, photos, sha256="0" * 64, kind=PhotoKind.PHOTO, added_at=builders.NOW)
    came = [
        {"activity_id": id_, "enterprise_id": (n - 1) * COMPANIES + company}
        for id_, (n, _) in ids
        for company in range(1, COMPANIES + 1)
    ]
    at = {"checked_in_at": builders.STARTS_AT, "received_at": builders.STARTS_AT}
    _add(session, CheckIn, came, door=Door.CODE, evidence_grade=1, **at)


def _records(session: Session) -> None:
    day = builders.NOW.date()
    each = [(n, own) for n in range(1, PLATFORMS + 1) for own in range(RECORDS)]
    reviewed = {"year": YEAR, "stage": Stage.APPROVED, "version": 1}
    reviewed |= dict.fromkeys(("created_at", "submitted_at", "reviewed_at"), builders.NOW)

    def company(n: int, own: int) -> int:
        return (n - 1) * COMPANIES + 1 + own % COMPANIES

    services = [{"id": id_, "platform_id": n} for id_, (n, _) in enumerate(each, 1)]
    _add(session, OfflineService, services, served_on=day, content="上门走访，梳理惠企政策", **reviewed)
    served = [{"offline_service_id": id_, "enterprise_id": company(*key)} for id_, key in enumerate(each, 1)]
    _add(session, OfflineServiceEnterprise, served)
    trades = [{"platform_id": n, "order_number": f"D-{n}-{own}", "enterprise_id": company(n, own)} for n, own in each]
    _add(session, OnlineTrade, trades, traded_on=day, service="商标注册代理", **reviewed)
    needs = [{"platform_id": n, "enterprise_id": company(n, own)} for n, own in each]
    told = {"kind": NeedKind.MATCHING, "region_code": "430102", "title": "寻找检测机构", "content": "需要材料检测"}
    _add(session, Need, needs, raised_on=day, **told, **reviewed)


def _add(session: Session, table: Any, rows: list[dict[str, Any]], **shared: Any) -> None:
    for start in range(0, len(rows), 20_000):
        session.execute(sa.insert(table), [shared | row for row in rows[start : start + 20_000]])
