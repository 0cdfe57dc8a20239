"""The URL map walked by tests: every rule with its methods, and its path filled with keys of the owner's things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from tests.wxsvc.pages.web import csrf_token
from tests.wxsvc.pages.world import World


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
        "key_id": 1,
        "webhook_id": 1,
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
        "inspection_id": 1,
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
        "session_id": 1,
        "claim_id": 1,
        "material_id": 1,
        "view_id": 1,
    }
    path = rule.rule
    for name in rule.arguments:
        for converter in ("", "int:", "path:"):
            path = path.replace(f"<{converter}{name}>", str(filled[name]))
    assert "<" not in path, f"{rule.rule}: this test knows no value for it"
    return path


def token_of(somebody: Any) -> str:
    """A token that is good for this session."""
    somebody.get("/mine")
    return csrf_token(somebody.get("/roles"))
