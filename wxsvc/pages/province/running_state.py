"""运行状态 (省级): is everything running, in an operator's words. It asks nobody outside, so it always answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from wxsvc.access import house, now
from wxsvc.checks import calendar, machine, other_systems
from wxsvc.checks.finding import FindingState
from wxsvc.services import backlog, outbox
from wxsvc.settings import WeChat
from wxsvc.wechat import diagnosis
from wxsvc.wechat.diagnosis import Explanation

if TYPE_CHECKING:
    from wxsvc.checks.jobs import Beat

blueprint = Blueprint("running_state", __name__)

_WECHAT = "wechat"
"""The job that asks WeChat every few minutes."""


@blueprint.get("/status")
def page() -> ResponseReturnValue:
    """What runs, what waits, and what is wrong."""
    from wxsvc.checks import jobs

    parts = house()
    with parts.database.read() as session:
        beats = jobs.beats(session, now())
        findings = [
            jobs.folding(session, now(), is_embedded=parts.settings.is_embedded),
            jobs.worker(
                beats,
                is_embedded=parts.settings.is_embedded,
                is_simulated=parts.settings.wechat is WeChat.SIMULATOR,
            ),
            machine.schema(parts.database),
            machine.key(session, parts.vault),
            machine.files(parts.settings),
            calendar.next_year(session, now()),
            other_systems.told(session, now()),
        ]
        waiting = backlog.backlog(session)
        unsent = outbox.outbox_state(session, now())
    asked = next(beat for beat in beats if beat.name == _WECHAT)
    return render_template(
        "province/running_state.html",
        beats=beats,
        asked=asked,
        at_wechat=_at_wechat(asked),
        findings=[finding for finding in findings if finding.state is not FindingState.GOOD],
        waiting=waiting,
        unsent=unsent,
        explained=explained,
    )


def explained(problem: str | None) -> Explanation | None:
    """A noted problem in an operator's words; what is none of WeChat's stays as it was noted."""
    if not problem:
        return None
    is_simulated = house().settings.wechat is WeChat.SIMULATOR
    return diagnosis.explain_noted(problem, is_simulated=is_simulated) or Explanation(problem, "")


def _at_wechat(asked: Beat) -> Explanation | None:
    """What is wrong between WeChat and us: what stopped this process's own calls, else what the worker last noted."""
    cause = house().gateway.breaker.cause
    return diagnosis.explain(cause) if cause is not None else explained(asked.problem)
