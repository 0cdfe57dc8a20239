"""Health, readiness, metrics, WeChat's proof of the domain, headers, and the pages of what went wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.work_list import Change
from tests.builders import NOW
from tests.wxsvc.pages.web import ON_A_DESK
from wxsvc.app import create_app
from wxsvc.services.people import following


def test_a_live_process_says_so_and_a_ready_one_names_its_parts(app: Any) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    parts = dict.fromkeys(("database", "schema", "key", "writing", "files", "folding"), "ok")
    assert ready.json == {"status": "ready", "parts": parts, "reasons": {}}


def test_an_older_schema_is_not_ready(app: Any) -> None:
    with app.extensions["wxsvc"].database.engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '0001'"))
    ready = app.test_client().get("/readyz")
    assert ready.status_code == 503
    assert ready.json["parts"] == {"database": "ok", "schema": "failed"}
    assert "schema is 0001" in ready.json["reasons"]["schema"]


def test_the_former_program_is_ready_until_it_is_restarted(app: Any) -> None:
    """Between ``wxsvc db upgrade`` and the restart the schema is newer; a balancer may ask meanwhile."""
    with app.extensions["wxsvc"].database.engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.both_databases
def test_a_database_that_takes_nothing_is_not_ready(settings: Any, db: Any, page_clock: Any) -> None:
    """Every connection is one that only reads, as of a standby, of a full disk, of a file that is not ours."""

    def only_read(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA query_only = on" if db.is_sqlite else "set default_transaction_read_only = on")
        if not db.is_sqlite:
            connection.commit()

    settings.make_folders()
    client = create_app(settings, page_clock, db).test_client()
    assert client.get("/readyz").status_code == 200
    db.dispose()
    sa.event.listen(db.engine, "connect", only_read)
    try:
        assert client.get("/readyz").status_code == 200, "somebody has written just now"
        page_clock.set(page_clock.now() + timedelta(seconds=11))
        ready = client.get("/readyz")
    finally:
        sa.event.remove(db.engine, "connect", only_read)
        db.dispose()
    assert ready.status_code == 503
    assert [name for name, stands in ready.json["parts"].items() if stands != "ok"] == ["writing"]
    assert "read" in ready.json["reasons"]["writing"]
    assert client.get("/readyz").status_code == 200


def test_a_folder_that_takes_no_file_is_named_and_scans_go_on(app: Any) -> None:
    folder = app.extensions["wxsvc"].settings.files_dir
    folder.touch()  # a file in its place
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["parts"]["files"]) == (200, "failed")


def test_late_scores_are_told_in_time_and_keep_no_process_from_work(
    app: Any, settings: Any, rows: Any, world: Any
) -> None:
    """The age of the oldest change stands in the answer, in the metric and in 运行状态's finding."""
    here = settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})
    parts = app.extensions["wxsvc"]
    client = create_app(here, parts.clock, parts.database).test_client()

    def late(seconds: int) -> tuple[int, str, float]:
        with rows() as session:
            session.execute(sa.delete(Change))
            session.add(Change(platform_id=world.platform_id, year=2026, made_at=NOW - timedelta(seconds=seconds)))
        ready, told = client.get("/readyz"), client.get("/metrics").text
        age = next(line.split()[1] for line in told.splitlines() if line.startswith("wxsvc_queue_age_seconds "))
        return ready.status_code, ready.json["parts"]["folding"], float(age)

    assert late(10) == (200, "ok", 10)
    assert late(30) == (200, "failed", 30)
    assert "30 s" in client.get("/readyz").json["reasons"]["folding"]
    assert late(-30) == (200, "ok", 0)
    with rows() as session:
        session.execute(sa.delete(Change))
    assert "wxsvc_queue_age_seconds 0.0" in client.get("/metrics").text


def test_the_metrics_tell_when_no_official_is_left(app: Any, rows: Any, world: Any) -> None:
    parts = app.extensions["wxsvc"]
    here = parts.settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})
    client, vault = create_app(here, parts.clock, parts.database).test_client(), parts.vault
    assert "wxsvc_officials 1.0" in client.get("/metrics").text
    with rows() as session:
        following.leave(session, world.province, vault.lookup(world.province), NOW + timedelta(minutes=1))
    assert "wxsvc_officials 0.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 404),
        ("203.0.113.9", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("203.0.113.9", {"Authorization": "Bearer t-of-sixteen-characters"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer something-else"}, 404),
    ],
)
def test_metrics_of_a_public_product_are_for_who_knows_the_token(
    settings: Any, empty_database: Any, address: str, headers: dict[str, str], status: int
) -> None:
    guarded = settings.model_copy(update={"metrics_token": "t-of-sixteen-characters"})
    client = create_app(guarded).test_client()
    got = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert got.status_code == status


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 404),
    ],
)
def test_metrics_of_a_product_on_this_machine_are_for_this_machine_too(
    settings: Any, address: str, headers: dict[str, str], status: int
) -> None:
    here = create_app(settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})).test_client()
    assert here.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code == status


def test_the_proof_of_the_domain_comes_from_the_settings(settings: Any) -> None:
    proving = create_app(settings.model_copy(update={"wechat_verify_file": "MP_verify_abc123.txt"})).test_client()
    assert proving.get("/MP_verify_abc123.txt").text == "abc123"
    assert proving.get("/MP_verify_other.txt").status_code == 404


def test_every_answer_carries_the_security_headers(app: Any) -> None:
    headers = app.test_client().get("/roles").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"]


def test_the_session_cookie_is_for_this_host_and_out_of_reach_of_scripts(app: Any) -> None:
    cookie = app.test_client().get("/enter", headers={"User-Agent": "MicroMessenger"}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-wxsvc=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize(("method", "path", "status"), [("get", "/nowhere", 404), ("delete", "/roles", 405)])
def test_what_is_not_there_is_said_in_a_sentence(app: Any, method: str, path: str, status: int) -> None:
    answer = getattr(app.test_client(), method)(path)
    assert answer.status_code == status
    assert "回到首页" in answer.text
    assert set(answer.allow) == ({"GET", "HEAD", "OPTIONS", "POST"} if status == 405 else set()), (
        "a 405 says what there is"
    )


def test_a_fault_of_ours_shows_nothing_of_the_inside(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("postgresql://user:password@host")

    monkeypatch.setitem(app.view_functions, "entry.roles", fail)
    answer = app.test_client().get("/roles", headers={"User-Agent": ON_A_DESK})
    assert answer.status_code == 500
    assert "已自动记录" in answer.text
    assert "password" not in answer.text
