"""Status (运行状态): whether this process lives and may be sent work, its metrics, and WeChat's proof of the domain."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from models import migrations
from wxsvc import observe
from wxsvc.access import house, now
from wxsvc.checks import machine
from wxsvc.db import Unreachable
from wxsvc.observe import Gauge
from wxsvc.services import backlog, backup_notes, key_checks, outbox, write_checks
from wxsvc.services.people import staff
from wxsvc.settings import is_loopback

if TYPE_CHECKING:
    from models.errand import Heartbeat
    from wxsvc.checks.jobs import Beat

blueprint = Blueprint("status", __name__)

_TOLD_ONLY: Final = ("folding", "files")
"""Parts without which scans are taken all the same."""


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers and takes what is written, its schema is ours, and our secret opens what it holds.

    Scores that are late, and a folder that takes no uploads, are told beside that and change nothing: without any web
    process scans would be lost as well.
    """
    troubles = dict(observe.readiness({"database": _ask_database, "schema": _ask_schema}).parts)
    if not any(troubles.values()):
        others = {"key": _ask_key, "writing": _ask_writing, "files": _ask_files, "folding": _ask_folding}
        troubles |= observe.readiness(others).parts
    is_ready = not any(trouble for name, trouble in troubles.items() if name not in _TOLD_ONLY)
    return jsonify(
        status="ready" if is_ready else "not ready",
        parts={name: "ok" if trouble is None else "failed" for name, trouble in troubles.items()},
        reasons={name: trouble for name, trouble in troubles.items() if trouble and name != "database"},
    ), 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For who knows the token, and for this machine where the product is not public; else there is no such page."""
    if not (_knows_the_token() or (is_loopback(house().settings.public_url) and _is_from_here())):
        abort(404)
    content, content_type = observe.metrics(_gauges(), works_here=house().settings.has_inner_broker)
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
    """A newer one is fit for work: this process began on its own, migrations only add, and it is restarted next.

    A balancer that asks would else send no scan to either web until the next release has started.
    """
    with house().database.engine.connect() as connection:
        found = migrations.current(connection)
    if found is None or found < migrations.head():
        raise RuntimeError(f"schema is {found or 'empty'}, {migrations.head()} is needed")


def _ask_key() -> None:
    with house().database.read() as session:
        key_checks.must_fit(session, house().vault)


def _ask_writing() -> None:
    with house().database.read() as session:
        is_known = write_checks.is_known(session, now())
    if not is_known:
        with house().database.transaction() as session:
            write_checks.write(session, now())


def _ask_files() -> None:
    house().settings.make_folders()  # as an upload does
    machine.write_probe(house().settings.files_dir)


def _ask_folding() -> None:
    with house().database.read() as session:
        seconds = backlog.waiting_seconds(session, now())
    if seconds > backlog.LATE:
        raise RuntimeError(f"the oldest change has waited {seconds:.0f} s to be counted")


def _gauges() -> list[Gauge]:
    """What the database knows, whichever process did it. While it does not answer, only that is told."""
    from wxsvc.checks import jobs

    try:
        with house().database.read() as session:
            return [
                Gauge("wxsvc_database_up", "Whether the database answers", {"": 1}),
                Gauge(
                    "wxsvc_queue_age_seconds",
                    "Age of the oldest change that waits to be folded",
                    {"": backlog.waiting_seconds(session, now())},
                ),
                Gauge(
                    "wxsvc_outbox_age_seconds",
                    "Age of the oldest notice that waits to be sent; none goes out at night",
                    {"": outbox.waiting_seconds(session, now())},
                ),
                Gauge(
                    "wxsvc_chat_pictures_age_seconds",
                    "Age of the oldest picture from the chat that waits to be fetched; WeChat keeps it for three days",
                    {"": backlog.pictures_waiting_seconds(session, now())},
                ),
                Gauge("wxsvc_officials", "Provincial officials who hold their role", {"": staff.officials(session)}),
                *_heartbeats(jobs.beats(session, now()), backup_notes.last(session)),
            ]
    except Unreachable:
        return [Gauge("wxsvc_database_up", "Whether the database answers", {"": 0})]


def _heartbeats(beats: list[Beat], backup: Heartbeat | None) -> list[Gauge]:
    from wxsvc.checks.jobs import Pulse

    ages = {beat.name: (now() - beat.beat_at).total_seconds() for beat in beats if beat.beat_at is not None}
    overdue = {beat.name: float(beat.pulse in (Pulse.OVERDUE, Pulse.NEVER)) for beat in beats}
    failing = {beat.name: float(beat.problem is not None) for beat in beats}
    if backup is not None:
        ages[backup.name] = (now() - backup.beat_at).total_seconds()
        failing[backup.name] = float(backup.problem is not None)
    return [
        Gauge(
            "wxsvc_heartbeat_age_seconds", "Since each job of the worker last ran, and a backup was made", ages, "task"
        ),
        Gauge("wxsvc_job_overdue", "Whether the job did not run when it was due", overdue, "task"),
        Gauge("wxsvc_job_failing", "Whether the job's last run ended in a failure", failing, "task"),
    ]


def _is_from_here() -> bool:
    """From a loopback address, and not passed on by a proxy."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _knows_the_token() -> bool:
    token = house().settings.metrics_token
    offered = request.authorization.token if request.authorization else None
    return bool(token and offered) and hmac.compare_digest(str(token).encode(), str(offered).encode())
