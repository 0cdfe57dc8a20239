"""Status (运行状态): whether this process lives and may be sent work, its metrics, and WeChat's proof of the domain."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from models import migrations
from wxsvc import observe
from wxsvc.access import house

blueprint = Blueprint("status", __name__)


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers, and its schema is the one that this program needs."""
    found = observe.readiness({"database": _ask_database, "schema": _ask_schema})
    return jsonify(
        status="ready" if found.is_ready else "not ready",
        parts={name: "ok" if trouble is None else "failed" for name, trouble in found.parts.items()},
    ), 200 if found.is_ready else 503


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For this machine, or for who knows the token; for everybody else there is no such page."""
    if not (_is_from_here() or _knows_the_token()):
        abort(404)
    content, content_type = observe.metrics()
    return content, 200, {"Content-Type": content_type}


@blueprint.get("/MP_verify_<word>.txt")
def verify(word: str) -> ResponseReturnValue:
    """The file by which WeChat makes sure that the domain is ours."""
    if house().settings.wechat_verify_content != word:
        abort(404)
    return word, 200, {"Content-Type": "text/plain; charset=utf-8"}


def _ask_database() -> None:
    house().database.ask()


def _ask_schema() -> None:
    with house().database.engine.connect() as connection:
        found = migrations.current(connection)
    if found != migrations.head():
        raise RuntimeError(f"schema is {found or 'empty'}, {migrations.head()} is needed")


def _is_from_here() -> bool:
    """From a loopback address, and not passed on by a proxy that nobody told us to trust."""
    is_passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if is_passed_on and not house().settings.trusted_proxies:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _knows_the_token() -> bool:
    token = house().settings.metrics_token
    offered = request.authorization.token if request.authorization else None
    return bool(token and offered) and hmac.compare_digest(str(token).encode(), str(offered).encode())
