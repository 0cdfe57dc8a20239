"""The workbench below the phones: faults, disturbed deliveries, the clock, and the last calls and pushes."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, jsonify, redirect, request
from werkzeug.wrappers import Response

from wxsvc.simulator.faults import KINDS
from wxsvc.simulator.quotas import BEIJING
from wxsvc.simulator.wechat import WeChat

SHOWN = 30


def journal(wechat: WeChat) -> dict[str, Any]:
    """Return the last calls and pushes, newest first, and the state of the clock, for ``journal.html``."""
    return {
        "calls": list(reversed(wechat.gate.calls[-SHOWN:])),
        "deliveries": list(reversed(wechat.pushes.log[-SHOWN:])),
        "faults": wechat.faults.all(),
        "minute": _local(wechat.clock.now()),
        "marked": wechat.pushes.is_marked,
        "local": _local,
    }


def _local(instant: float) -> str:
    return f"{datetime.fromtimestamp(instant, UTC).astimezone(BEIJING):%Y-%m-%d %H:%M}"


def mount(app: Flask, wechat: WeChat) -> None:
    """Add the workbench's addresses. Each takes a form and answers 303, or JSON to a script.

    ``/workbench/fault``: path, kind, code, seconds, times (0 for ever). ``/workbench/clear``.
    ``/workbench/push``: what (duplicate, delay, tamper, hold, release, mark, unmark), value, copies.
    ``/workbench/clock``: seconds.
    ``/workbench/tokens``: what (kill, expire). ``/workbench/calls`` (GET): how many calls each path has had.
    """

    def done() -> Response:
        wants_json = request.accept_mimetypes.best == "application/json"
        return jsonify({"ok": True}) if wants_json else redirect("/#workbench", 303)

    def fault() -> Response:
        form = request.form
        kind = form.get("kind", "error")
        if kind in KINDS:
            times, seconds = form.get("times", 1, int), form.get("seconds", 0.0, float)
            code = form.get("code", -1, int)
            wechat.faults.add(form.get("path", "/cgi-bin/"), kind, code=code, seconds=seconds, times=times or None)
        return done()

    def clear() -> Response:
        wechat.faults.clear()
        return done()

    def push() -> Response:
        what, value = request.form.get("what", ""), request.form.get("value", "")
        if what == "duplicate":
            wechat.pushes.duplicate(request.form.get("value", 2, int))
        elif what == "delay":
            wechat.pushes.delay(request.form.get("value", 3.0, float))
        elif what == "tamper":
            wechat.pushes.tamper(value if value in wechat.pushes.tampering.kinds else "signature")
        elif what == "hold":
            wechat.pushes.hold()
        elif what == "release":
            wechat.pushes.release(value or "sent", request.form.get("copies", 1, int))
        elif what in ("mark", "unmark"):
            wechat.pushes.mark(None if what == "mark" else 0)
        return done()

    def clock() -> Response:
        wechat.clock.advance(request.form.get("seconds", 0.0, float))
        return done()

    def tokens() -> Response:
        with wechat.account.lock:
            if request.form.get("what") == "expire":
                wechat.account.tokens.expire_all()
            else:
                wechat.account.tokens.kill_all()
        return done()

    def calls() -> Response:
        counts: dict[str, int] = {}
        for call in list(wechat.gate.calls):
            counts[call.path] = counts.get(call.path, 0) + 1
        return jsonify(counts)

    app.jinja_env.globals["tamperings"] = wechat.pushes.tampering.kinds
    for view in (fault, clear, push, clock, tokens):
        app.add_url_rule(f"/workbench/{view.__name__}", view_func=view, methods=["POST"])
    app.add_url_rule("/workbench/calls", view_func=calls)
