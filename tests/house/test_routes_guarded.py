"""Every route is guarded: the URL map is walked as owner, colleague of another platform, stranger and nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.activity_forms import rows as everything
from tests.wxsvc.pages.web import (  # the fixtures of the pages' tests
    IN_WECHAT,
    ON_A_DESK,
    app,
    csrf_token,
    empty_database,
    page_clock,
    phone,
    rows,
    settings,
    wechat,
    wechat_server,
    world,
)
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.access import Audience, audience_of

__all__ = [
    "app",
    "empty_database",
    "page_clock",
    "phone",
    "rows",
    "settings",
    "wechat",
    "wechat_server",
    "world",
]

PUBLIC = {
    "static",
    "status.health",
    "status.ready",
    "status.metrics",
    "status.verify",
    "entry.enter",
    "entry.back",
    "entry.home",
    "entry.roles",
    "entry.choose_role",
    "entry.join",
    "entry.accept",
    "desk.shown",
    "desk.progress",
    "desk.enter",
    "desk.asked",
    "desk.approve",
    "desk.leave",
    "rejoin.offered",
    "rejoin.accept",
}
"""What anyone may ask for. A new route is not among them until somebody writes it here."""

MAY_ENTER = {
    Audience.ENTERPRISE: {"staff", "other_staff", "reviewer", "province", "visitor", "stranger"},
    Audience.PLATFORM: {"staff", "other_staff"},
    Audience.REVIEWER: {"reviewer", "province"},
    Audience.PROVINCE: {"province"},
}
EVERYBODY = sorted(MAY_ENTER[Audience.ENTERPRISE])


@pytest.fixture(autouse=True)
def own_records(rows: Any, world: World) -> None:
    """The owner has a record of every noun."""
    settle_records(rows, world)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def path_of(rule: Rule, world: World, activity_code: str | None = None) -> str:
    """The rule's path, filled with keys of the owner's things."""
    filled: dict[str, Any] = {
        "code": activity_code or (world.platform_code if rule.rule.startswith("/v/") else world.activity_code),
        "check_in_id": world.check_in_id,
        "scan_id": 1,
        "photo_id": world.photo_id,
        "evidence_id": world.evidence_id,
        "activity_id": world.joint_id,
        "draft_id": world.draft_id,
        "enterprise_id": world.enterprise_id,
        "role_id": world.role_id,
        "dispute_id": 1,
        "sample_id": 1,
        "call_id": 1,
        "indicator": "website" if "rulings" in rule.rule else "participations",
        "subject": "activity",
        "subject_id": world.activity_id,
        "record_id": world.records.get(rule.endpoint.split(".")[1], 0),
        "need_id": world.records["waiting_needs"],
        "step": "match",
        "roster_id": world.records.get("rosters", 0),
        "row_id": world.records.get("roster_lines", 0),
        "obligation": "data",
        "period": "2026-11",
        "token": "unknown",
        "sealed": "unknown",
        "person_id": 1,
        "word": "unknown",
        "filename": "wxsvc.css",
        "announcement_id": 1,
        "assignment_id": 1,
        "item_id": 1,
        "batch_id": 1,
        "service_id": world.records.get("online_services", 0),
        "picture_id": 1,
        "reading": "partial_step",
        "year": 2026,
        "what": "csv",
        "amendment_id": 1,
        "snapshot_id": 1,
        "step_id": 1,
        "view_id": 1,
    }
    path = rule.rule
    for name in rule.arguments:
        for converter in ("", "int:", "path:"):
            path = path.replace(f"<{converter}{name}>", str(filled[name]))
    assert "<" not in path, f"{rule.rule}: this test knows no value for it"
    return path


def test_every_route_declares_for_whom_it_is(app: Flask) -> None:
    undeclared = [rule.endpoint for rule, _ in routes(app) if audience_of(app, rule.endpoint) is None]
    assert undeclared == []


def test_what_is_for_anyone_is_listed(app: Flask) -> None:
    assert {rule.endpoint for rule, _ in routes(app) if audience_of(app, rule.endpoint) is Audience.ANYONE} == PUBLIC


@pytest.mark.parametrize(("agent", "status"), [(IN_WECHAT, 303), (ON_A_DESK, 403)])
def test_nobody_enters_without_saying_who_they_are(app: Flask, world: World, agent: str, status: int) -> None:
    client = app.test_client()
    wrong = {}
    for rule, method in routes(app):
        if rule.endpoint not in PUBLIC:
            got = client.open(path_of(rule, world), method=method, headers={"User-Agent": agent})
            if got.status_code != status or (status == 303 and not got.headers["Location"].startswith("/enter?next=")):
                wrong[f"{method} {rule.rule}"] = got.status_code
    assert wrong == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_page_opens_to_its_audience_alone(app: Flask, world: World, phone: Any, who: str) -> None:
    somebody = phone(getattr(world, who))
    somebody.get("/roles")
    somebody.get("/mine")
    wrong = {}
    for rule, method in routes(app):
        if rule.endpoint in PUBLIC:
            continue
        path, audience = path_of(rule, world), audience_of(app, rule.endpoint)
        got = somebody.client.open(path, method=method, headers={"User-Agent": somebody.agent}, buffered=True)
        if who not in MAY_ENTER[audience or Audience.PROVINCE]:
            good = got.status_code == 403
        elif method == "GET":
            good = got.status_code in (200, 302, 303, 404)
        else:
            good = got.status_code == 400  # without the form's token
        if not good:
            wrong[f"{method} {rule.rule}"] = got.status_code
    assert wrong == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_looking_changes_nothing(app: Flask, world: World, phone: Any, who: str) -> None:
    somebody = phone(getattr(world, who))
    before = everything(app.extensions["wxsvc"].database)
    for rule, method in routes(app):
        if method == "GET" and rule.endpoint != "static":
            assert somebody.get(path_of(rule, world)).status_code < 500, rule.rule
    assert everything(app.extensions["wxsvc"].database) == before


def test_another_platforms_things_are_not_there(app: Flask, world: World, phone: Any) -> None:
    """The colleague of another platform sends whole forms to every address of the owner's things."""
    colleague = phone(world.other_staff)
    token = token_of(colleague)
    before = everything(app.extensions["wxsvc"].database)
    keyed = ("code", "check_in_id", "photo_id", "evidence_id", "draft_id", "record_id", "need_id")
    wrong = {}
    for rule, method in routes(app):
        if audience_of(app, rule.endpoint) is Audience.PLATFORM and any(name in rule.arguments for name in keyed):
            path = path_of(rule, world)
            sent = {"csrf_token": token, "reason": "试试", "version": "1", "enterprise": str(world.enterprise_id)}
            got = colleague.client.open(
                path, method=method, data=sent if method == "POST" else None, headers={"User-Agent": colleague.agent}
            )
            if got.status_code not in (403, 404):
                wrong[f"{method} {rule.rule}"] = got.status_code
    assert wrong == {}
    assert everything(app.extensions["wxsvc"].database) == before


def test_another_persons_check_in_is_not_there(app: Flask, world: World, phone: Any) -> None:
    stranger = phone(world.stranger)
    token = token_of(stranger)
    assert stranger.get(f"/receipt/{world.check_in_id}").status_code == 404
    for path in (f"/receipt/{world.check_in_id}/undo", f"/choose?receipt={world.check_in_id}"):
        got = stranger.post_raw(path, csrf_token=token, enterprise=world.enterprise_id)
        assert got.status_code == 404, path
    got = stranger.post_raw(f"/mine/{world.enterprise_id}/code", csrf_token=token, uscc="91350100M000100Y43")
    assert got.status_code == 404


def token_of(somebody: Any) -> str:
    """A token that is good for this session."""
    somebody.get("/mine")
    return csrf_token(somebody.get("/roles"))
