"""在线服务核验: histories of visits, pictures by hand, and the recognition on the same page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.recognition import OnlineServicePicture, Ruling
from models.terms import VisitResult
from tests import builders
from tests.rows_read import rows_read
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World, picture, settle_records
from wxsvc.services.actor import MACHINE
from wxsvc.services.records import service_pictures, visits
from wxsvc.site_visits import Visit

UP = Visit(VisitResult.REACHABLE, 200, "政策咨询", 120, "203.0.113.9", date(2026, 12, 10))


@pytest.fixture
def service_id(rows: Any, world: World) -> int:
    """A service that was up, got another title, and is down since three days ago."""
    settle_records(rows, world)
    service_id = world.records["online_services"]
    seen_so_far = [UP] * 5 + [replace(UP, title="新版页面")] * 5 + [Visit(VisitResult.ERROR_STATUS, 502)] * 3
    with rows() as session:
        for day, visit in enumerate(seen_so_far):
            visits.record(session, service_id, visit, MACHINE, builders.NOW - timedelta(days=13 - day))
    return service_id


def send(phone: Any, service_id: int, **typed: Any) -> Any:
    path = f"/v/online-services/{service_id}"
    data = {"csrf_token": csrf_token(phone.get(path)), "taken_on": "2026-11-20", **typed}
    agent = {"User-Agent": phone.agent}
    return phone._follow(phone.client.post(f"{path}/pictures", data=data, headers=agent))


def test_the_list_says_what_is_down_since_when(rows: Any, phone: Any, world: World, service_id: int) -> None:
    hub = phone(world.reviewer)
    text = re.sub(r"\s+", " ", seen(hub.get("/v/online-services?year=2026")))
    assert "政策咨询" in text
    assert "502 2026年11月20日 10:00起" in text
    assert "政策咨询" not in seen(hub.get("/v/online-services?year=2026&kind=cluster"))
    with rows() as session:
        visits.record(session, service_id, UP, MACHINE, builders.NOW)
    page = hub.get("/v/online-services?year=2026")
    text = re.sub(r"\s+", " ", seen(page))
    assert "可访问 2026年11月23日 10:00起" in text
    assert '<span class="tag tag-wait">2026年12月10日' in page.text
    assert phone(world.staff).get("/v/online-services").status_code in (403, 404)


def test_a_service_has_its_history(phone: Any, world: World, service_id: int) -> None:
    text = re.sub(r"\s+", " ", seen(phone(world.reviewer).get(f"/v/online-services/{service_id}")))
    rows = [text.index(word) for word in ("502 — 3", "新版页面 有变化 5", "政策咨询 5")]
    assert rows == sorted(rows)
    assert phone(world.reviewer).get("/v/online-services/999").status_code == 404


def test_of_the_pictures_the_newest_is_read(rows: Any, phone: Any, world: World, service_id: int) -> None:
    """By its day, and of one day the last; however many there are, one row of each service is read."""
    hub = phone(world.reviewer)
    send(hub, service_id, picture=(picture(), "页面.jpg"))
    with rows() as session:
        kept = session.scalars(sa.select(OnlineServicePicture)).one()
        for day in range(20):
            taken = {"taken_on": date(2026, 11, 20) - timedelta(days=day // 2), "created_at": builders.NOW}
            session.add(OnlineServicePicture(online_service_id=service_id, sha256=kept.sha256, **taken))
        session.flush()
        day = (OnlineServicePicture.taken_on.desc(), OnlineServicePicture.id.desc())
        newest = session.scalars(sa.select(OnlineServicePicture.id).order_by(*day)).first()
        session.expunge_all()
        with rows_read(session.connection().engine) as read:
            found = service_pictures.newest(session, [service_id, service_id + 1])
        assert (read.statements, read.rows) == (1, 1)
        assert {each: row.id for each, row in found.items()} == {service_id: newest}


def test_a_picture_is_kept_once_and_shown(rows: Any, phone: Any, world: World, service_id: int) -> None:
    hub = phone(world.reviewer)
    assert "请选择截图文件" in seen(send(hub, service_id))
    assert "截图已保存" in seen(send(hub, service_id, picture=(picture(), "页面.jpg")))
    page = send(hub, service_id, picture=(picture(), "页面.jpg"))
    assert page.text.count("/v/service-pictures/1?small=1") == 1
    shown = hub.get("/v/service-pictures/1")
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    future = send(hub, service_id, picture=(picture(), "页面.jpg"), taken_on="2027-01-01")
    assert future.status_code == 422
    assert 'id="taken_on-wrong"' in future.text
    wrong = send(hub, service_id, picture=(BytesIO(b"MZ"), "页面.exe"))
    assert 'id="picture-wrong"' in wrong.text
    with rows() as session:
        assert len(session.scalars(sa.select(OnlineServicePicture)).all()) == 1


def test_the_recognition_is_in_the_same_place(rows: Any, phone: Any, world: World, service_id: int) -> None:
    """The hub's opinion from the form on this page, the version that it showed in it."""
    hub = phone(world.reviewer)
    path = f"/v/online-services/{service_id}"
    page = hub.get(path)
    assert "提出意见" in seen(page)
    version = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    typed = {"deed": "opinion", "points": "0", "reason": "连续三天打不开", "version": version}
    to = re.findall(r'action="(/v/rulings/[^"]+)"', page.text)[0]
    assert "意见已提交" in seen(hub.post(to, path, **typed))
    with rows() as session:
        assert session.scalars(sa.select(Ruling.opinion_points)).all() == [0]
    assert "连续三天打不开" in seen(phone(world.province).get(path))
